"""What the tools ask of the kernel, whoever provides it (the real client, or a fake in tests).

Every call returns at once; answers come through callbacks on the thread that the client delivers on
(the GUI thread in the app).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

HELP_SECONDS = 2.0
"""An interrupt helps within that time, or not at all."""


class Lane(Enum):
    """Where in the kernel a request runs."""

    MAIN = "main"  # one queue for cells and formulas: no one sees a half-done state
    LIVE = "live"  # beside a busy cell: formulas that read only streams and sheet values
    ASIDE = "aside"  # beside a busy cell, with a deadline: completion, inspection, variables, views


@dataclass(frozen=True)
class KernelError:
    """An exception in the kernel, as text. ``traceback`` lines may hold ANSI colours."""

    name: str
    message: str
    traceback: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


@dataclass(frozen=True)
class Reply:
    """The answer to a request: a value with binary buffers, or an error."""

    value: Any = None
    buffers: tuple[memoryview, ...] = ()
    error: KernelError | None = None


@dataclass(frozen=True)
class Output:
    """One iopub message of a running cell, in Jupyter's terms.

    ``kind`` is the message type (``stream``, ``display_data``, ``execute_result``, ``error``,
    ``clear_output``, ``update_display_data``, ``execute_input``, ``status``); ``content`` its content.
    """

    kind: str
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Executed:
    """How a cell ended, and which workspace names it changed, deleted and read."""

    status: str  # "ok", "error", "aborted" (skipped after an error or an interrupt) or "died" (kernel death)
    execution_count: int | None = None
    error: KernelError | None = None
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


class Kernel(Protocol):
    """The kernel as the tools see it."""

    def request(
        self,
        verb: str,
        arguments: dict[str, Any],
        then: Callable[[Reply], object] | None = None,
        *,
        buffers: Sequence[bytes | memoryview] = (),
        lane: Lane = Lane.MAIN,
    ) -> None:
        """Call a registered kernel-side function (see ``kernel_side/server.py``)."""

    def execute(
        self,
        code: str,
        *,
        on_output: Callable[[Output], object],
        then: Callable[[Executed], object],
        on_input: Callable[[str, bool], object] | None = None,
        silent: bool = False,
    ) -> None:
        """Run a cell on the main lane. ``on_input(prompt, is_password)`` is asked for a line of stdin.

        ``on_output`` is called after ``then``, too: threads and tasks that the cell has started still print.
        """

    def answer_input(self, text: str) -> None:
        """Answer the pending ``on_input``."""

    def complete(self, code: str, cursor: int, then: Callable[[Reply], object]) -> None:
        """Completions as Jupyter's complete_reply content, within a deadline, even beside a busy cell."""

    def inspect(self, code: str, cursor: int, then: Callable[[Reply], object]) -> None:
        """Help as Jupyter's inspect_reply content, within a deadline, even beside a busy cell."""

    def interrupt(self) -> None:
        """SIGINT: ends what the main lane runs; queued cells come back ``aborted``."""
