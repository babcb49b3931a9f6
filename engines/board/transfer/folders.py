"""What one step of a transfer does: a file is copied, a folder is made and its content told."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.files.walk import join


@dataclass(frozen=True)
class Child:
    """Something in a folder, with where it goes."""

    source: str
    target: str
    size: int = -1


Replacing = Callable[[RawBench, str], AbstractContextManager[None]]
"""Around the writing of a file of the board, which may be there already."""
ReplacingHere = Callable[[Path], AbstractContextManager[None]]
"""Around the writing of a file of this computer."""


def put_work(local: Path, remote: str, replacing: Replacing) -> Callable[[RawBench], list[Child]]:
    """Copy a file to the board, or make the folder there and say what belongs into it.

    Links to folders are left out, as they may lead round in a circle.
    """

    def work(bench: RawBench) -> list[Child]:
        if not local.is_dir():
            with replacing(bench, remote):
                bench.files.write_file(local, remote, bench.progress)
            return []
        make_folder(bench, remote)
        inside = sorted(path for path in local.iterdir() if not (path.is_symlink() and path.is_dir()))
        return [
            Child(str(path), join(remote, path.name), -1 if path.is_dir() else path.stat().st_size)
            for path in inside
        ]

    return work


def get_work(remote: str, local: Path, replacing: ReplacingHere) -> Callable[[RawBench], list[Child]]:
    """Copy a file from the board, or make the folder here and say what belongs into it."""

    def work(bench: RawBench) -> list[Child]:
        entry = bench.files.stat(remote)
        if not entry.is_dir:
            with replacing(local):
                bench.files.read_file(remote, local, bench.progress)
            return []
        local.mkdir(parents=True, exist_ok=True)
        return [
            Child(join(remote, entry.name), str(local / _local_name(entry.name)), entry.size)
            for entry in bench.files.ls(remote)
        ]

    return work


def make_folder(bench: RawBench, path: str) -> None:
    """Make a folder on the board; it may be there already."""
    try:
        bench.files.mkdir(path)
    except BoardFileError as error:
        if error.number != errno.EEXIST:
            raise


def _local_name(name: str) -> str:
    """A name that stays in its folder here, too."""
    if name in ("", ".", "..") or any(sign in name for sign in ("/", os.sep, "\0")):
        raise BoardError(f"{name!r} on the board cannot be a file's name on this computer; rename it there.")
    return name
