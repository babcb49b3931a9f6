"""What can go wrong with an operation on a board. Ports have errors of their own (``port_errors``)."""

from __future__ import annotations


class BoardError(Exception):
    """An operation that did not succeed; the message says what, where and what to do next."""


class BoardBusyError(BoardError):
    """The operation needs the prompt, and a program is running."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or "A program is running on the board. Interrupt it first, or ask with interrupt=True."
        )


class DisconnectedError(BoardError):
    """There is no connection, or it was lost during the operation."""


class CancelledError(BoardError):
    """The user called the operation off."""


class DeadlineError(BoardError):
    """The operation took longer than it was given."""


class ProtocolError(BoardError):
    """The board answered something that the REPL's protocol does not know; ``answer`` holds it."""

    def __init__(self, message: str, answer: bytes = b"") -> None:
        shown = f" The board answered {answer[-80:]!r}." if answer else " The board did not answer."
        super().__init__(message + shown)
        self.answer = answer


class BoardResetError(BoardError):
    """The board started anew while a program ran, by the program or by its button; ``seen`` came last."""

    def __init__(self, seen: bytes) -> None:
        super().__init__("The board was reset while the program ran.")
        self.seen = seen


class ResetRefusedError(BoardError):
    """The board's MicroPython has no reset, or it failed; nothing has happened."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The board cannot reset itself ({reason}). Press its reset button, or unplug it for a moment."
        )


class RemoteError(BoardError):
    """An exception on the board: its traceback as text, and what was printed before."""

    def __init__(self, traceback: str, output: str = "") -> None:
        super().__init__(traceback.strip())
        self.traceback = traceback
        self.output = output

    @property
    def summary(self) -> str:
        """The last line of the traceback: ``ValueError: wrong``."""
        lines = self.traceback.strip().splitlines()
        return lines[-1] if lines else "unknown error"
