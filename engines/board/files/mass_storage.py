"""A pyboard can show its disk to the computer as a USB stick. When both write to it, it is damaged.

The computer keeps a copy of the disk's tables and knows nothing of what MicroPython writes, and the other way
round. So before the first write of a connection the board is asked for its USB mode, and this computer for a
mounted volume with the board's files.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.board_program import call
from engines.board.errors import BoardError, RemoteError
from engines.workspace.events import Event

BOOT_LINE = "import pyb; pyb.usb_mode('VCP')"
TURN_OFF = (
    f"Add the line  {BOOT_LINE}  to boot.py, eject the disk on this computer, and reset the board: "
    "from then on it is a serial port only. pyb.usb_mode('VCP+MSC') brings the disk back."
)
_LABEL = "PYBFLASH"
_FAT = ("vfat", "msdos", "exfat", "fuseblk")
_OF_THE_SYSTEM = ("system volume information", "$recycle.bin", "autorun.inf")
_ASK = """
def _dirigent():
    try:
        import pyb
        mode = pyb.usb_mode()
    except (ImportError, AttributeError):
        mode = None
    disks = []
    if "MSC" in str(mode):
        import os
        for disk in ("/flash", "/sd"):
            try:
                disks.append([e[0] for e in os.ilistdir(disk)])
            except OSError:
                pass
    tell((str(mode), disks))
"""
_ATTEMPTS = 2

Volumes = Callable[[], Iterable[Path]]


class MassStorageError(BoardError):
    """Nothing was written, because this computer has, or may have, the board's disk mounted as well."""


def mass_storage_conflict(bench: RawBench, volumes: Volumes | None = None) -> str | None:
    """A sentence when this computer has mounted the disk of the board, else None.

    Raises:
        MassStorageError: the board does not tell whether it shows one.
    """
    mode, listings = _usb_mode(bench)
    if "MSC" not in mode:
        return None
    disks = [_own(listing) for listing in listings]
    found = next((each for each in (volumes or mounted_volumes)() if _is_boards(each, disks)), None)
    if found is None:
        return None
    return (
        f"The board's disk is also mounted on this computer, at {found}: writing from both sides damages it. "
        "Turn the USB disk off first, or write anyway."
    )


def _usb_mode(bench: RawBench) -> tuple[str, list[list[str]]]:
    """The board's USB mode ('None' where it knows none), and what its disks hold if it shows one."""
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(RemoteError):
            if answers := bench.ask(call(_ASK)):
                return answers[-1]
    raise MassStorageError(
        "The board did not tell whether its disk is mounted on this computer, where writing from both sides "
        "damages it, so nothing was written. Do it again, or reset the board first, or write anyway."
    )


def _is_boards(volume: Path, disks: list[set[str]]) -> bool:
    if volume.name == _LABEL:
        return True
    try:
        names = _own(entry.name for entry in volume.iterdir())
    except OSError:
        return False
    return bool(names) and names in disks


def _own(names: Iterable[str]) -> set[str]:
    """Without what the computer's system puts on every stick."""
    folded = (name.casefold() for name in names)
    return {name for name in folded if not name.startswith(".") and name not in _OF_THE_SYSTEM}


def mounted_volumes() -> list[Path]:
    """Disks of this computer that a board could have: FAT file systems, or removable ones."""
    if sys.platform == "win32":
        import ctypes

        removable = 2
        letters = [f"{letter}:\\" for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
        return [Path(each) for each in letters if ctypes.windll.kernel32.GetDriveTypeW(each) == removable]
    if sys.platform == "darwin":
        return sorted(Path("/Volumes").glob("*"))
    try:
        return fat_mounts(Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []


def fat_mounts(table: str) -> list[Path]:
    r"""FAT volumes in a mount table (man 5 fstab: spaces in names are written \040)."""
    rows = [line.split() for line in table.splitlines()]
    names = [row[1] for row in rows if len(row) > 2 and row[2] in _FAT]
    return [Path(name.encode().decode("unicode_escape").encode("latin-1").decode()) for name in names]


class DiskGuard:
    """Asked before every write of a session; looks once per connection.

    ``warned`` carries the sentence, on the session's thread, each time that a write was refused.
    """

    def __init__(self, volumes: Volumes = mounted_volumes) -> None:
        self.volumes = volumes
        self.warned: Event[str] = Event()
        self._clear = False

    def new_connection(self) -> None:
        self._clear = False

    def allow(self) -> None:
        """The user wants to write all the same; holds until the connection ends."""
        self._clear = True

    def check(self, bench: RawBench) -> None:
        """Raises MassStorageError."""
        if self._clear:
            return
        try:
            conflict = mass_storage_conflict(bench, self.volumes)
        except MassStorageError as error:
            self.warned.emit(str(error))
            raise
        if conflict is None:
            self._clear = True
            return
        self.warned.emit(conflict)
        raise MassStorageError(f"{conflict} {TURN_OFF}")
