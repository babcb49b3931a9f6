"""Where the figures of the scripting surface keep their data: in the kernel, or in the application.

Kernel-side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from engines.plot.paths import Insert, Move, Operation, Set, apply
from engines.plot.typed_arrays import attach, detach


class Server(Protocol):
    """The kernel's line to the application."""

    def call(
        self, verb: str, arguments: dict[str, Any], buffers: Sequence[bytes] = ()
    ) -> tuple[Any, Sequence[bytes | memoryview]]:
        """Ask, and wait for the answer. Raises what went wrong there."""

    def emit(self, event: str, data: Any, buffers: Sequence[bytes] = ()) -> None:
        """Tell, without an answer."""


def operation_data(operation: Operation) -> list[Any]:
    """An operation as plain data: its name, its path, its value."""
    if isinstance(operation, Set | Insert):
        return [type(operation).__name__.lower(), list(operation.path), operation.value]
    if isinstance(operation, Move):
        return ["move", list(operation.path), operation.to]
    return ["remove", list(operation.path)]


class Store(Protocol):
    """Where a figure's data lie."""

    def read(self, resolve: bool = False) -> dict[str, Any]: ...
    def edit(self, operations: list[Operation]) -> None: ...
    def target(self) -> tuple[dict[str, Any], list[bytes]]: ...


class LocalStore:
    """A figure in the kernel, seen only where it is shown."""

    def __init__(self, figure: dict[str, Any]) -> None:
        self.figure = figure

    def read(self, resolve: bool = False) -> dict[str, Any]:
        return self.figure

    def edit(self, operations: list[Operation]) -> None:
        for operation in operations:
            apply(self.figure, operation)

    def target(self) -> tuple[dict[str, Any], list[bytes]]:
        """How a request names this figure: it sends all of it along."""
        figure, buffers = detach(self.figure)
        return {"figure": figure}, buffers


class AppStore:
    """A figure document of the application."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name

    def read(self, resolve: bool = False) -> dict[str, Any]:
        figure, buffers = self.server.call("figure.get", {"name": self.name, "resolve": resolve})
        return attach(figure, buffers)

    def edit(self, operations: list[Operation]) -> None:
        data, buffers = detach([operation_data(operation) for operation in operations])
        self.server.call("figure.edit", {"name": self.name, "operations": data}, buffers)

    def target(self) -> tuple[dict[str, Any], list[bytes]]:
        return {"name": self.name}, []
