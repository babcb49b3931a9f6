"""What there is on the board: one path, or a folder and everything in it."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from engines.board.bench import RawBench
from engines.board.files.board_files import BoardFileError


@dataclass(frozen=True)
class Found:
    """A file or folder of the board; ``size`` in bytes, 0 for a folder."""

    path: str
    is_dir: bool
    size: int


def walk(bench: RawBench, path: str) -> list[Found]:
    """A file, or a folder and everything in it, folders before what they hold."""
    entry = bench.files.stat(path)
    found = [Found(path, entry.is_dir, max(entry.size, 0))]
    for folder in found:  # grows while it is walked
        if folder.is_dir:
            found += [
                Found(f"{folder.path.rstrip('/')}/{each.name}", each.is_dir, max(each.size, 0))
                for each in bench.files.ls(folder.path)
            ]
    return found


def exists(bench: RawBench, path: str) -> bool:
    """Whether there is a file or folder of this name; other troubles raise BoardFileError."""
    try:
        bench.files.stat(path)
    except BoardFileError as error:
        if error.number in (errno.ENOENT, errno.ENODEV):
            return False
        raise
    return True


def refuse_existing(bench: RawBench, path: str) -> None:
    """Raises BoardFileError when there is something of this name already."""
    if exists(bench, path):
        raise BoardFileError(
            path, "there is one of this name already; rename or move that first", errno.EEXIST
        )


def parent(path: str) -> str:
    """The folder that holds a path: ``/`` for ``/main.py``."""
    return path.rpartition("/")[0] or "/"


def join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"


def name_of(path: str) -> str:
    """The last part of a path: ``main.py`` for ``/flash/main.py``."""
    return path.rpartition("/")[2]
