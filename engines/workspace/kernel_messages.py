"""What the kernel tells and asks the app of its own accord."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engines.workspace.kernel_api import KernelError


@dataclass(frozen=True)
class KernelEvent:
    """Something the kernel tells: ``names.changed``, ``streams.changed``, ``sheet.edited`` ..."""

    event: str
    data: dict[str, Any]
    buffers: tuple[memoryview, ...]
    parent_id: str


class Respond:
    """Answers one question of kernel-side code, once, from any thread."""

    def __init__(
        self, send: Callable[[dict[str, Any], Sequence[bytes | memoryview]], None], number: int
    ) -> None:
        self._send = send
        self._number = number

    def __call__(self, value: Any = None, buffers: Sequence[bytes | memoryview] = ()) -> None:
        self._send({"id": self._number, "value": value}, buffers)

    def error(self, error: KernelError) -> None:
        self._send({"id": self._number, "error": asdict(error)}, ())


@dataclass(frozen=True)
class AppCall:
    """A question of kernel-side code (``board.eval``), which waits for ``respond``."""

    verb: str
    arguments: dict[str, Any]
    buffers: tuple[memoryview, ...]
    respond: Respond
