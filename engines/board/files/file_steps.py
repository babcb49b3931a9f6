"""What changes to a board's files are made of: steps, each with its inverse, several of them one work."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass
from typing import Protocol

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.files.kept_copies import KeptCopy
from engines.board.files.walk import exists, refuse_existing

_RENAME = """
def _dirigent(old, new):
    import os
    try:
        os.rename(old, new)
    except OSError:
        # Another disk? Only then is a copy of any use.
        os.stat(old)
        if old.split("/")[1] == new.split("/")[1]:
            raise
        tell(False)
        return
    tell(True)
"""
_COPY = """
def _dirigent(old, new):
    import os
    def copy(old, new):
        if os.stat(old)[0] & 0x4000:
            os.mkdir(new)
            for e in os.ilistdir(old):
                copy(old + "/" + e[0], new + "/" + e[0])
            return
        block = memoryview(bytearray(512))
        with open(old, "rb") as source:
            with open(new, "wb") as target:
                while True:
                    size = source.readinto(block)
                    if not size:
                        break
                    target.write(block[:size])
    def remove(path):
        if os.stat(path)[0] & 0x4000:
            for e in os.ilistdir(path):
                remove(path + "/" + e[0])
            os.rmdir(path)
        else:
            os.remove(path)
    try:
        copy(old, new)
    except BaseException:
        # Also for Ctrl-C, which is how it is called off: half a copy is of no use.
        try:
            remove(new)
        except OSError:
            pass
        raise
"""


class Step(Protocol):
    def do(self, bench: RawBench) -> None:
        """Raises BoardFileError when the board refuses, with nothing done; any other error broke it off."""

    def is_done(self, bench: RawBench) -> bool:
        """After it was broken off: whether it took place all the same. One that goes on by itself says no."""

    @property
    def inverse(self) -> Step: ...

    @property
    def paths(self) -> tuple[str, ...]:
        """What it makes or takes away."""


@dataclass(frozen=True)
class Move:
    """Give a file or folder another name or place; nothing is ever overwritten."""

    old: str
    new: str

    def do(self, bench: RawBench) -> None:
        if self.new.startswith(f"{self.old}/"):
            raise BoardFileError(self.old, "a folder cannot be moved into itself", errno.EINVAL)
        if self.old.casefold() != self.new.casefold():  # on FAT, a.py and A.py are one file
            refuse_existing(bench, self.new)
        if bench.files.call_one(_RENAME, self.old, self.old, self.new):
            return
        bench.files.call(_COPY, self.new, self.old, self.new)
        bench.files.remove(self.old, tree=True)

    def is_done(self, bench: RawBench) -> bool:
        return exists(bench, self.new) and not exists(bench, self.old)

    @property
    def inverse(self) -> Step:
        return Move(self.new, self.old)

    @property
    def paths(self) -> tuple[str, ...]:
        return self.old, self.new


@dataclass(frozen=True)
class Make:
    """A new folder, or a new empty file."""

    path: str
    is_dir: bool

    def do(self, bench: RawBench) -> None:
        refuse_existing(bench, self.path)
        if self.is_dir:
            bench.files.mkdir(self.path)
        else:
            bench.files.write(self.path, b"")

    def is_done(self, bench: RawBench) -> bool:
        return exists(bench, self.path)

    @property
    def inverse(self) -> Step:
        return Unmake(self.path, self.is_dir)

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,)


@dataclass(frozen=True)
class Unmake:
    """Take a new folder or file away again, as long as it is empty."""

    path: str
    is_dir: bool

    def do(self, bench: RawBench) -> None:
        full = bench.files.ls(self.path) if self.is_dir else bench.files.stat(self.path).size > 0
        if full:
            raise BoardFileError(self.path, "is not empty any more, so it is kept", errno.ENOTEMPTY)
        bench.files.remove(self.path)

    def is_done(self, bench: RawBench) -> bool:
        return not exists(bench, self.path)

    @property
    def inverse(self) -> Step:
        return Make(self.path, self.is_dir)

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,)


@dataclass(frozen=True)
class Delete:
    """Delete files and whole folders, after a copy was made of them."""

    paths: tuple[str, ...]
    copy: KeptCopy

    def do(self, bench: RawBench) -> None:
        self.copy.fetch(bench, self.paths)
        self.copy.delete(bench, self.paths)

    def is_done(self, bench: RawBench) -> bool:
        return False

    @property
    def inverse(self) -> Step:
        return PutBack(self.paths, self.copy)


@dataclass(frozen=True)
class PutBack:
    """Write what was deleted to where it was."""

    paths: tuple[str, ...]
    copy: KeptCopy

    def do(self, bench: RawBench) -> None:
        self.copy.put_back(bench)

    def is_done(self, bench: RawBench) -> bool:
        return False

    @property
    def inverse(self) -> Step:
        return Delete(self.paths, self.copy)


Steps = tuple[Step, ...]


class Work:
    """Steps that are done all or, where the board refuses one, none.

    When it is broken off (cancelled, no time left, the link lost) the board is not asked for more: what is
    done stays, and doing it again goes on from there.
    """

    def __init__(self, steps: Steps, *, unsure: bool = False) -> None:
        self.steps = steps
        self._done = 0
        """Steps that are done while it is not done as a whole."""
        self._unsure = unsure
        """The next step was broken off: perhaps it took place."""

    def do(self, bench: RawBench) -> None:
        try:
            for step in self.steps[self._done :]:
                if not (self._unsure and step.is_done(bench)):
                    step.do(bench)
                self._unsure = False
                self._done += 1
        except BoardFileError:
            self._unsure = False
            self._take_back(bench)
            raise
        except Exception:
            self._unsure = True
            raise
        self._done = 0

    def _take_back(self, bench: RawBench) -> None:
        with contextlib.suppress(BoardError):  # the refusal is told; `standing` is what cannot be taken back
            while self._done:
                self.steps[self._done - 1].inverse.do(bench)
                self._done -= 1

    @property
    def is_part_way(self) -> bool:
        """Some of it is done and some is not."""
        return bool(self._done) or self._half is not None

    @property
    def standing(self) -> Work:
        """What is done of it, when it is part way."""
        if self._half:
            return Work((*self.steps[: self._done], Delete(self._half.gone, self._half)))
        return Work(self.steps[: self._done + self._unsure], unsure=self._unsure)

    @property
    def _half(self) -> KeptCopy | None:
        """Of the files of the step that was broken off."""
        step = self.steps[self._done] if self.steps else None
        return step.copy if isinstance(step, Delete | PutBack) and step.copy.is_broken else None

    @property
    def inverse(self) -> Work:
        return Work(tuple(step.inverse for step in reversed(self.steps)), unsure=self._unsure)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for step in self.steps for path in step.paths)

    @property
    def count(self) -> int:
        """Files and folders that it is about, without what is in folders."""
        return sum(len(step.paths) if isinstance(step, Delete) else 1 for step in self.steps)
