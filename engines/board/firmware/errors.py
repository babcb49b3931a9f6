"""What can go wrong with firmware: the file, the bootloader, the writing."""

from __future__ import annotations

from engines.board.errors import BoardError

PERMISSION = "permission"
DRIVER = "driver"
LOST = "lost"


class FirmwareError(BoardError):
    """Firmware that is refused or could not be written: where, what, and what to do next.

    Args:
        where: the file, the board or the port.
        problem: half a sentence, without a full stop.
        remedy: whole sentences.
        cause: one of this module's constants, where the cause has a remedy of its own.
        half_written: the board's firmware is incomplete now; it has to be written again before it starts.
    """

    def __init__(
        self, where: str, problem: str, remedy: str, *, cause: str = "", half_written: bool = False
    ) -> None:
        super().__init__(f"{where}: {problem}. {remedy}")
        self.where = where
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
        self.half_written = half_written
