"""Changes to this computer's files that can be taken back: rename, move, new folder, trash, replace."""

from __future__ import annotations

import errno
import itertools
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QFile

from engines.board.files.kept_copies import LIMIT
from engines.workspace.files import write_atomically
from engines.workspace.history import Change, History


class Step(Protocol):
    def do(self) -> None: ...


@dataclass(frozen=True)
class Move:
    old: Path
    new: Path

    def do(self) -> None:
        if self.new.exists() and not self.new.samefile(self.old):
            raise FileExistsError(17, "there is one of this name already", str(self.new))
        shutil.move(self.old, self.new)


@dataclass(frozen=True)
class MakeFolder:
    path: Path

    def do(self) -> None:
        self.path.mkdir()


@dataclass(frozen=True)
class RemoveFolder:
    """Only while it is empty."""

    path: Path

    def do(self) -> None:
        self.path.rmdir()


@dataclass(frozen=True)
class Exchange:
    """A file and its kept copy change contents: it is its own inverse."""

    path: Path
    kept: Path

    def do(self) -> None:
        now = self.kept.with_name(f"{self.kept.name}-now")
        shutil.copy2(self.path, now)
        write_atomically(self.path, self.kept.read_bytes())
        now.replace(self.kept)


Steps = Sequence[Step]


class ComputerEdits:
    """The undo stack of the computer's pane. Methods raise OSError, with nothing half done, and otherwise
    return what they did as a sentence."""

    def __init__(self) -> None:
        self._history: History[Steps] = History(_do_all)
        self._folder: Path | None = None
        """Of the copies of what was replaced; it goes when the program ends."""
        self._numbers = itertools.count()

    @property
    def undo_label(self) -> str | None:
        return self._history.undo_label

    @property
    def redo_label(self) -> str | None:
        return self._history.redo_label

    def rename(self, path: Path, name: str) -> str:
        new = path.parent / _checked(name)
        return self._edit(f"Renamed {path.name} to {name}", [Move(path, new)], [Move(new, path)])

    def make_folder(self, folder: Path, name: str) -> str:
        path = folder / _checked(name)
        return self._edit(f"Made the folder {name}", [MakeFolder(path)], [RemoveFolder(path)])

    def to_trash(self, paths: Iterable[Path]) -> str:
        """Raises OSError when the system has no trash for one; those before it are in the trash."""
        gone: list[Move] = []
        try:
            for path in paths:
                file = QFile(str(path))
                if not file.moveToTrash():
                    raise OSError(1, "it cannot be moved to the trash", str(path))
                place = Path(file.fileName())
                if place != path and file.fileName():  # not every system tells where it is now
                    gone.append(Move(path, place))
        finally:
            if gone:
                what = gone[0].old.name if len(gone) == 1 else f"{len(gone)} entries"
                text = f"Moved {what} to the trash"
                back = [Move(each.new, each.old) for each in reversed(gone)]
                self._history.remember(Change[Steps](text, gone, back))
        return text if gone else "Moved to the trash"

    def keep(self, path: Path) -> Path | None:
        """A copy of a file that will be replaced; None where there is none, or it cannot be kept.

        From any one thread; ``remember_replaced`` follows when it was replaced.
        """
        try:
            if not path.is_file() or path.stat().st_size > LIMIT:
                return None
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="dirigent-replaced-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return Path(shutil.copy2(path, self._folder / str(next(self._numbers))))
        except OSError:
            return None  # this computer's disk is full

    def remember_replaced(self, path: Path, kept: Path) -> None:
        step = [Exchange(path, kept)]
        self._history.remember(Change[Steps](f"Replaced {path.name}", step, step))

    def undo(self) -> str:
        label = self._history.undo()
        return f"Undone: {label}" if label else "Nothing to undo"

    def redo(self) -> str:
        label = self._history.redo()
        return f"Done again: {label}" if label else "Nothing to do again"

    def skip(self) -> None:
        """Forget the change that could not be taken back."""
        self._history.drop_undo()

    def _edit(self, text: str, forward: Steps, backward: Steps) -> str:
        self._history.do(Change(text, forward, backward))
        return text


def _checked(name: str) -> str:
    """A name within a folder. Raises OSError for one that would lead elsewhere."""
    if name in ("", ".", "..") or "\0" in name or Path(name).name != name:
        raise OSError(errno.EINVAL, "this is no name: it would be in another folder", name)
    return name


def _do_all(steps: Steps) -> None:
    for step in steps:
        step.do()
