"""Making a board's own disk anew, when its file system is damaged.

Which block device and which file system: as each port's firmware does it itself (MicroPython
``docs/reference/filesystem.rst``, ``ports/rp2/modules/_boot.py``, ``ports/esp32/modules/flashbdev.py``).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.board.board_program import call_resource
from engines.board.errors import BoardError, DeadlineError, RemoteError
from engines.board.files.file_errors import CORRUPT, BoardFileError

if TYPE_CHECKING:
    from engines.board.bench import RawBench
    from engines.board.operations import Operation
    from engines.board.session import BoardSession

_LONG = 300.0
_DAMAGE = (errno.EIO, errno.ENODEV, CORRUPT)


@dataclass(frozen=True)
class Formatted:
    """A disk without files. ``kind``: FAT or LittleFS; ``size`` in bytes."""

    path: str
    kind: str
    size: int


def format_board(session: BoardSession) -> Operation[Formatted]:
    """``format_disk`` on a connected board."""
    return session.submit("Formatting the disk", format_disk, timeout=_LONG)


def format_disk(bench: RawBench) -> Formatted:
    """Format the board's flash disk and mount it again; every file on it is lost.

    Raises:
        BoardError: the board has none that can be formatted, the computer has it mounted as well, or
            its flash fails.
    """
    bench.before_write(bench)
    try:
        done = bench.ask_one(call_resource("format.py", "format_disk"))
    except RemoteError as error:
        if not error.summary.startswith("OSError"):
            raise
        raise BoardError(
            f"The board's disk could not be formatted ({error.summary}): its flash may be worn out. Reset "
            "it and try again; if that does not help, write its firmware anew and erase everything first."
        ) from error
    if done is None:
        raise BoardError(
            "This board has no disk that can be formatted from here: that goes for pyboards and other STM32 "
            "boards, RP2 and ESP32. A virtual board's disk is a folder of this computer: delete its files."
        )
    return Formatted(*done)


def suggests_damage(error: BaseException) -> bool:
    """Whether a listing that fails so speaks for a damaged file system."""
    if isinstance(error, BoardFileError):
        return error.number in _DAMAGE
    return isinstance(error, DeadlineError)
