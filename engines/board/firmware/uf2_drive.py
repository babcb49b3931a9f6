"""Finding the drives of UF2 bootloaders."""

from __future__ import annotations

import contextlib
import os
import string
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engines.board.firmware.uf2_families import FAMILIES, families_of
from engines.board.firmware.uf2_file import BLOCK, family_of

INFO = "INFO_UF2.TXT"
CURRENT = "CURRENT.UF2"
"""The firmware that is on the board; not all bootloaders show it."""
LABELS = Path("/dev/disk/by-label")
"""Where Linux lists drives by their names, mounted or not."""
_BOARD_LABELS = ("RPI-RP2", "RP2350")
_DISKS = ("vfat", "msdos", "fuseblk", "exfat", "fat")


@dataclass(frozen=True)
class Uf2Drive:
    """A mounted drive with an INFO_UF2.TXT."""

    folder: Path
    model: str
    board_id: str
    families: frozenset[int]
    """What it takes; empty when the drive does not say."""

    @property
    def name(self) -> str:
        return self.model or self.board_id or "UF2 bootloader"

    @property
    def present(self) -> bool:
        return _file(self.folder, INFO) is not None


def find_drives(volumes: Iterable[Path]) -> list[Uf2Drive]:
    """Those of the volumes that are UF2 bootloaders."""
    drives = []
    for folder in volumes:
        info = _file(folder, INFO)
        if info is None:
            continue
        try:
            text = info.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it is just going away
        facts = dict(_fact(line) for line in text.splitlines())
        model, board_id = facts.get("model", ""), facts.get("board-id", "")
        families = families_of(board_id, model) or _families_on(folder)
        drives.append(Uf2Drive(folder, model, board_id, families))
    return drives


def _families_on(folder: Path) -> frozenset[int]:
    """What the firmware on the drive is for. Some bootloaders put USB ids in the family's place."""
    current = _file(folder, CURRENT)
    if current is None:
        return frozenset()
    try:
        with current.open("rb") as file:
            family = family_of(file.read(BLOCK))
    except OSError:
        return frozenset()  # it is just going away
    return frozenset({family}) if family in FAMILIES else frozenset()


def unmounted(labels: Path = LABELS) -> Path | None:
    """The drive of an RP2 bootloader that Linux knows; to be asked when none is mounted."""
    return next((labels / each for each in _BOARD_LABELS if (labels / each).exists()), None)


def _fact(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip().lower(), value.strip()


def _file(folder: Path, name: str) -> Path | None:
    """FAT has no case, Linux mounts of it may."""
    for each in (name, name.lower()):
        with contextlib.suppress(OSError):
            if (folder / each).is_file():
                return folder / each
    return None


def mounted_volumes() -> list[Path]:
    """Where removable drives are mounted on this computer."""
    if sys.platform == "win32":
        return _windows_volumes()
    if sys.platform == "darwin":
        return _children(Path("/Volumes"))
    return _linux_volumes(Path("/proc/mounts"))


def _linux_volumes(mounts: Path) -> list[Path]:
    """FAT drives, wherever they are mounted (/media, /run/media, by hand)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    rows = [line.split(" ") for line in lines]
    return [Path(_unescaped(row[1])) for row in rows if len(row) > 2 and row[2] in _DISKS]


def _unescaped(text: str) -> str:
    """/proc/mounts writes a space in a name as ``\\040``."""
    for sign in " \t\n\\":
        text = text.replace(f"\\{ord(sign):03o}", sign)
    return text


def _children(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _windows_volumes() -> list[Path]:
    list_drives: Callable[[], list[str]] | None = getattr(os, "listdrives", None)  # Python 3.12
    names = list_drives() if list_drives else [f"{letter}:\\" for letter in string.ascii_uppercase]
    return [Path(name) for name in names if name.upper() not in ("A:\\", "B:\\")]
