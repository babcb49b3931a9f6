"""The disks of a board: what is mounted where, and how much of it is free."""

from __future__ import annotations

from dataclasses import dataclass

from engines.board.bench import RawBench
from engines.board.files.board_files import BoardFileError

# Newer firmware tells its mounts. For older one, and where one disk plays several: what stands in the root
# under a usual name and is another disk is one of its own; so is everything there when nothing else is.
_LIST = """
def _dirigent():
    import os
    usual = ("flash", "sd", "rom", "ramdisk", "remote")
    def usage(path):
        try:
            return os.statvfs(path)
        except (AttributeError, OSError):
            return None
    try:
        import vfs
        paths = [m[1] for m in vfs.mount()]
    except (ImportError, AttributeError, TypeError):
        paths = []
    if len(paths) < 2:
        root = usage("/")
        names = [(e[0], e[1] & 0x4000) for e in os.ilistdir("/")]
        known = ["/" + name for name, is_dir in names if is_dir and name in usual]
        if not (root and root[2]):
            paths = ["/" + name for name, is_dir in names if is_dir]
        elif len(known) == len(names):
            paths = known
        else:
            paths = ["/"] + [path for path in known if usage(path)[:3] != root[:3]]
    for path in paths or ["/"]:
        s = usage(path)
        tell((path, s[0] * s[3] if s else -1, s[1] * s[2] if s else -1))
"""


@dataclass(frozen=True)
class Disk:
    """A mounted disk: its path, free and total bytes (-1 where the board does not tell)."""

    path: str
    free: int
    total: int

    @property
    def name(self) -> str:
        return self.path.strip("/") or "/"

    @property
    def is_rom(self) -> bool:
        """It cannot be written to, full or not."""
        return self.path == "/rom"


def list_disks(bench: RawBench) -> list[Disk]:
    """The board's disks, flash first, then by name.

    Raises:
        BoardFileError: the board's answer is not understood.
    """
    answer = bench.files.call(_LIST, "/")
    try:
        disks = [Disk(*each) for each in answer]
    except TypeError as error:
        raise BoardFileError("/", f"the board answered {answer!r}; try again") from error
    return sorted(disks, key=lambda disk: (disk.path not in ("/flash", "/"), disk.path))
