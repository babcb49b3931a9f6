"""Changes to a board's files that can be taken back: rename, move, new folder, new file, delete.

A change is a tuple of steps, each with its inverse. All of its steps are done or none: when one fails, those
before it are taken back. What is deleted is copied to this computer first (``kept_copies``).
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from engines.board.bench import RawBench
from engines.board.board_program import call
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.files.kept_copies import LIMIT, KeptCopies, KeptCopy
from engines.board.files.walk import join, name_of, parent, refuse_existing
from engines.board.operations import Operation
from engines.board.session import BoardSession
from engines.workspace.events import Event
from engines.workspace.history import Change, History

_TIMEOUT = 900.0

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
    copy(old, new)
"""

_CHIP = """
def _dirigent():
    try:
        import machine
        tell(machine.unique_id())
    except Exception:
        tell(b"")
"""


class Step(Protocol):
    def do(self, bench: RawBench) -> None: ...

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
        try:
            bench.files.call(_COPY, self.new, self.old, self.new)
        except BoardError:
            with contextlib.suppress(BoardError):
                bench.files.remove(self.new, tree=True)
            raise
        bench.files.remove(self.old, tree=True)

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
        try:
            for path in self.paths:
                bench.files.remove(path, tree=True)
        except BoardError:
            with contextlib.suppress(BoardError):
                self.copy.put_back(bench, only_missing=True)
            raise

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

    @property
    def inverse(self) -> Step:
        return Delete(self.paths, self.copy)


Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Edited:
    """What was done, the folders that hold something else now, and whether it can be taken back."""

    text: str
    folders: tuple[str, ...]
    undoable: bool = True


class FileEdits:
    """The undo stack of one board's files. Every method returns an operation of the session.

    The stack is for the board it was made with: another board begins a new one, be it at the same port.

    Operations raise BoardFileError when the board refuses; the files are then as they were. An undo that
    fails stays on the stack, so that it can be tried again; ``skip_undo`` takes it from there.
    """

    def __init__(self, session: BoardSession, limit: int = LIMIT) -> None:
        """``limit``: bytes of which a copy is kept at most, for one deletion."""
        self._session = session
        self._copies = KeptCopies(limit)
        self._history: History[Steps] = History(self._apply)
        self._bench: RawBench | None = None
        """That of the operation that is at work."""
        self._touched: tuple[str, ...] = ()
        self._port, self._chip = "", ""
        self.changed: Event[Edited] = Event()
        """After each change, undo and redo; emitted on the session's thread."""

    @property
    def undo_label(self) -> str | None:
        return self._history.undo_label if self._is_same_board else None

    @property
    def redo_label(self) -> str | None:
        return self._history.redo_label if self._is_same_board else None

    def rename(self, old: str, name: str) -> Operation[Edited]:
        new = join(parent(old), name)
        return self._edit("Renaming", f"Renamed {name_of(old)} to {name}", (Move(old, new),))

    def move(
        self, paths: Iterable[str], folder: str, names: Iterable[str] = (), *, replace: Iterable[str] = ()
    ) -> Operation[Edited]:
        """Move files and folders into another folder.

        Args:
            names: their names there, where they get others.
            replace: what is in their way; it is deleted first, as part of the same change.
        """
        olds, away = tuple(paths), tuple(replace)
        news = [join(folder, name) for name in (tuple(names) or map(name_of, olds))]
        deletion: Steps = (Delete(away, self._copies.new()),) if away else ()
        steps = tuple(Move(old, new) for old, new in zip(olds, news, strict=True))
        return self._edit("Moving", f"Moved {_list(olds)} to {folder}", deletion + steps)

    def make_folder(self, path: str) -> Operation[Edited]:
        return self._edit("Making a folder", f"Made the folder {path}", (Make(path, True),))

    def make_file(self, path: str) -> Operation[Edited]:
        return self._edit("Making a file", f"Made the file {path}", (Make(path, False),))

    def delete(self, paths: Iterable[str], *, keep: bool = True) -> Operation[Edited]:
        """Delete files and whole folders.

        With ``keep``, a copy is made first, and the operation raises TooLargeToKeepError, with nothing
        deleted, when it would be too large; without, the deletion cannot be taken back.
        """
        gone = tuple(paths)
        if keep:
            return self._edit("Deleting", f"Deleted {_list(gone)}", (Delete(gone, self._copies.new()),))

        def work(bench: RawBench) -> Edited:
            for path in gone:
                bench.files.remove(path, tree=True)
            return self._tell(Edited(f"Deleted {_list(gone)}", _folders(gone), undoable=False))

        return self._session.submit("Deleting", work, timeout=_TIMEOUT)

    def undo(self) -> Operation[Edited]:
        """Take the last change back."""
        return self._submit("Undoing", lambda: _said("Undone", self._history.undo()))

    def redo(self) -> Operation[Edited]:
        return self._submit("Doing again", lambda: _said("Done again", self._history.redo()))

    def skip_undo(self) -> None:
        """Forget the change that cannot be taken back, so that those before it can."""
        self._history.drop_undo()

    def skip_redo(self) -> None:
        self._history.drop_redo()

    def close(self) -> None:
        """Forget everything, the kept copies too."""
        self._history.clear()
        self._copies.close()

    def _edit(self, title: str, text: str, steps: Steps) -> Operation[Edited]:
        def do() -> str:
            self._history.do(Change(text, steps, tuple(step.inverse for step in reversed(steps))))
            return text

        return self._submit(title, do)

    def _submit(self, title: str, do: Callable[[], str | None]) -> Operation[Edited]:
        """Queue a change, undo or redo; ``do`` says what came of it."""

        def work(bench: RawBench) -> Edited:
            self._settle_on(bench)
            self._bench, self._touched = bench, ()
            try:
                text = do()
            finally:
                self._bench = None
            return self._tell(Edited(text or "Nothing to undo", self._touched))

        return self._session.submit(title, work, timeout=_TIMEOUT)

    def _settle_on(self, bench: RawBench) -> None:
        """Another port, or another board at the same one, begins a new stack."""
        port, chip = self._name_of_port(), bench.ask_one(call(_CHIP))
        if (port, chip) != (self._port, self._chip):
            self._history.clear()
            self._port, self._chip = port, chip

    def _apply(self, steps: Steps) -> None:
        assert self._bench is not None
        _do_all(self._bench, steps)
        self._touched = _folders(path for step in steps for path in step.paths)

    def _tell(self, edited: Edited) -> Edited:
        self.changed.emit(edited)
        return edited

    @property
    def _is_same_board(self) -> bool:
        return self._port == self._name_of_port()

    def _name_of_port(self) -> str:
        target = self._session.target
        return target.name if target else ""


def _do_all(bench: RawBench, steps: Steps) -> None:
    done: list[Step] = []
    try:
        for step in steps:
            step.do(bench)
            done.append(step)
    except BoardError:
        with contextlib.suppress(BoardError):
            for step in reversed(done):
                step.inverse.do(bench)
        raise


def _said(word: str, label: str | None) -> str | None:
    return f"{word}: {label}" if label else None


def _list(paths: tuple[str, ...]) -> str:
    return name_of(paths[0]) if len(paths) == 1 else f"{len(paths)} entries"


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(parent, paths)))
