"""Copies of what is deleted or replaced on a board, kept on this computer so that it can be put back."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.files.exchange import KeptFile
from engines.board.files.walk import exists, refuse_existing, walk

LIMIT = 4_000_000
"""Bytes that are fetched at most before one deletion: at 115,200 baud that takes six minutes."""


class TooLargeToKeepError(BoardError):
    """Nothing was deleted, because no copy could be kept. ``size`` in bytes."""

    def __init__(self, what: str, size: int) -> None:
        super().__init__(f"{what}: too large to keep a copy of ({size} bytes), so nothing was deleted.")
        self.size = size


@dataclass(frozen=True)
class _Kept:
    path: str
    file: Path | None
    """The copy on this computer, under a number: the board's names may not be valid here. None: a folder."""


class KeptCopies:
    """A private folder of copies, which goes when it is closed or the program ends.

    Args:
        limit: bytes that one deletion, or one file that is replaced, may have at most.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._folder: Path | None = None
        self._count = 0

    def new(self) -> KeptCopy:
        """Room for what one deletion takes."""
        return KeptCopy(self._place(), self._limit)

    def keep(self, bench: RawBench, path: str) -> KeptFile | None:
        """The content of a file that will be replaced; None where there is none, or it cannot be kept.

        Raises BoardFileError when it cannot be read.
        """
        if not exists(bench, path):
            return None
        entry = bench.files.stat(path)
        if entry.is_dir or entry.size > self._limit:
            return None
        content = bench.files.read(path, bench.progress)
        try:
            return KeptFile(self._place(), content)
        except OSError:
            return None  # this computer's disk is full

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="dirigent-deleted-"))
            self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._count += 1
        return self._folder / str(self._count)

    def close(self) -> None:
        if self._folder is not None:
            self._remove()
            self._folder = None


class KeptCopy:
    """One deletion's files and folders.

    Deleting or putting back may be broken off (cancelled, the link lost). The copies are on this computer, so
    ``put_back`` then brings back what is not there.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._kept: list[_Kept] = []
        self.gone: tuple[str, ...] = ()
        """The paths whose deletion was begun."""
        self.is_broken = False
        """Deleting or putting back did not come to its end: some is on the board and some is not."""

    def fetch(self, bench: RawBench, paths: tuple[str, ...]) -> None:
        """Copy files and whole folders from the board, in place of what was kept here before.

        Raises:
            TooLargeToKeepError: they have too many bytes; nothing was read.
            BoardFileError: a file cannot be read, or this computer's disk is full.
        """
        found = [each for path in paths for each in walk(bench, path)]
        total = sum(each.size for each in found)
        if total > self._limit:
            raise TooLargeToKeepError(", ".join(paths), total)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept, self.gone = [], ()
        done = 0
        for number, each in enumerate(found):
            if each.is_dir:
                self._kept.append(_Kept(each.path, None))
                continue
            data = bench.files.read(each.path)
            done += len(data)
            bench.progress(done, total)
            self._kept.append(_Kept(each.path, self._store(number, each.path, data)))

    def _store(self, number: int, path: str, data: bytes) -> Path:
        file = self._folder / str(number)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as error:
            raise BoardFileError(
                path, f"no copy can be kept in {self._folder} ({error.strerror}), so nothing was deleted"
            ) from error
        return file

    def delete(self, bench: RawBench, paths: tuple[str, ...]) -> None:
        """Delete what was fetched, whole folders too. Where the board refuses, all of it is put back.

        Raises:
            BoardFileError: it refused; when ``gone`` is not empty then, not all could be put back.
        """
        self.is_broken = True
        try:
            for path in paths:
                self.gone += (path,)
                bench.files.remove(path, tree=True)
        except BoardFileError:
            with contextlib.suppress(BoardError):
                self.put_back(bench)
            raise
        self.is_broken = False

    def put_back(self, bench: RawBench) -> None:
        """Write everything to where it was; after it was broken off, what is missing of it.

        Raises:
            BoardFileError: there is something in its place already, or no space. What it began is taken away.
        """
        goes_on, self.is_broken = self.is_broken, True
        began: list[str] = []
        try:
            for kept in self._kept:
                if goes_on and exists(bench, kept.path):
                    continue
                refuse_existing(bench, kept.path)
                began.append(kept.path)
                _write(bench, kept)
        except BoardFileError:
            if not goes_on:
                self._take_away(bench, began)
            raise
        self.is_broken, self.gone = False, ()

    def _take_away(self, bench: RawBench, began: list[str]) -> None:
        for path in reversed(began):
            if exists(bench, path):
                bench.files.remove(path)
        self.is_broken = False


def _write(bench: RawBench, kept: _Kept) -> None:
    if kept.file is None:
        bench.files.mkdir(kept.path)
        return
    try:
        data = kept.file.read_bytes()
    except OSError as error:
        raise BoardFileError(kept.path, f"its copy {kept.file} cannot be read ({error.strerror})") from error
    bench.files.write(kept.path, data, bench.progress)
