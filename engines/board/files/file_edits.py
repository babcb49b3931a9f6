"""Changes to a board's files that can be taken back: rename, move, new folder, new file, delete, replace.

A change is made of steps (``file_steps``). All of them are done or none: when the board refuses one, those
before it are taken back. One that is broken off (cancelled, the link lost) is remembered as far as it came,
so that undo takes that back. What is deleted is copied to this computer first (``kept_copies``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engines.board.bench import RawBench
from engines.board.board_program import call
from engines.board.files.exchange import Exchange
from engines.board.files.file_steps import Delete, Make, Move, Steps, Work
from engines.board.files.kept_copies import LIMIT, KeptCopies
from engines.board.files.walk import join, name_of, parent
from engines.board.operations import Operation
from engines.board.session import BoardSession
from engines.workspace.events import Event
from engines.workspace.history import Change, History

_TIMEOUT = 900.0

_CHIP = """
def _dirigent():
    try:
        import machine
        tell(machine.unique_id())
    except Exception:
        tell(b"")
"""


@dataclass(frozen=True)
class Edited:
    """What was done, the folders that hold something else now, and whether it can be taken back."""

    text: str
    folders: tuple[str, ...]
    undoable: bool = True
    broken_off: bool = False
    """It was cancelled, or failed, when some of it was done."""


class FileEdits:
    """The undo stack of one board's files. Every method returns an operation of the session.

    The stack is for the board it was made with: another board begins a new one, be it at the same port.

    Operations raise BoardFileError when the board refuses; the files are then as they were. After any other
    error (CancelledError, DeadlineError, DisconnectedError) what was done stays; ``changed`` tells that, and
    undo takes it back. An undo that fails stays on the stack, so that it can be tried again and goes on from
    where it was; ``skip_undo`` takes it from there.
    """

    def __init__(self, session: BoardSession, limit: int = LIMIT) -> None:
        """``limit``: bytes of which a copy is kept at most, for one deletion or one file that is replaced."""
        self._session = session
        self._copies = KeptCopies(limit)
        self._history: History[Work] = History(self._apply)
        self._bench: RawBench | None = None
        """That of the operation that is at work."""
        self._work = Work(())
        """What it does."""
        self._port, self._chip = "", ""
        self.changed: Event[Edited] = Event()
        """After each change, undo and redo, and when one was broken off, before its operation fails.

        Emitted on the session's thread.
        """

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
            text, folders = f"Deleted {_list(gone)}", _folders(gone)
            done = 0
            try:
                for path in gone:
                    done += 1
                    bench.files.remove(path, tree=True)
            except Exception:
                part = _broken_off(text, done, len(gone))
                self._tell(Edited(part, folders, undoable=False, broken_off=True))
                raise
            return self._tell(Edited(text, folders, undoable=False))

        return self._session.submit("Deleting", work, timeout=_TIMEOUT)

    @contextmanager
    def replacing(self, bench: RawBench, path: str) -> Iterator[None]:
        """Around an upload, in its operation: undo brings back the file that it replaces.

        Not where there is none, or it is larger than the limit.
        """
        kept = self._copies.keep(bench, path)
        if kept is not None:
            self._settle_on(bench)
        yield
        if kept is not None:
            work = Work((Exchange(path, kept),))
            self._history.remember(Change(f"Replaced {name_of(path)}", work, work.inverse))

    def undo(self) -> Operation[Edited]:
        """Take the last change back."""
        return self._submit("Undoing", lambda: _said("Undone", self._history.undo()), self._undo_stopped)

    def redo(self) -> Operation[Edited]:
        return self._submit(
            "Doing again", lambda: _said("Done again", self._history.redo()), self._redo_stopped
        )

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
            work = Work(steps)
            self._history.do(Change(text, work, work.inverse))
            return text

        return self._submit(title, do, lambda: self._remember_part(text))

    def _submit(self, title: str, do: Callable[[], str], stopped: Callable[[], object]) -> Operation[Edited]:
        """Queue a change, undo or redo.

        Args:
            do: does it, and says what was done.
            stopped: called when it was broken off, with some of it done.
        """

        def work(bench: RawBench) -> Edited:
            self._settle_on(bench)
            self._bench, self._work = bench, Work(())
            try:
                text = do()
            except Exception:
                if self._work.is_part_way:
                    stopped()
                raise
            finally:
                self._bench = None
            return self._tell(Edited(text, _folders(self._work.paths)))

        return self._session.submit(title, work, timeout=_TIMEOUT)

    def _remember_part(self, text: str) -> None:
        """What was done of a change before it was broken off is a change, too."""
        part = self._work.standing
        label = _broken_off(text, part.count, self._work.count)
        self._history.remember(Change(label, part, part.inverse))
        self._tell(Edited(label, _folders(part.paths), broken_off=True))

    def _redo_stopped(self) -> None:
        label = self._history.redo_label or ""
        self._history.drop_redo()
        self._remember_part(label)

    def _undo_stopped(self) -> None:
        """The change is where it was, and goes on from there."""
        text = f"Undone in part: {self._history.undo_label}"
        self._tell(Edited(text, _folders(self._work.paths), broken_off=True))

    def _settle_on(self, bench: RawBench) -> None:
        """Another port, or another board at the same one, begins a new stack."""
        port, chip = self._name_of_port(), bench.ask_one(call(_CHIP))
        if (port, chip) != (self._port, self._chip):
            self._history.clear()
            self._port, self._chip = port, chip

    def _apply(self, work: Work) -> None:
        assert self._bench is not None
        self._work = work
        work.do(self._bench)

    def _tell(self, edited: Edited) -> Edited:
        self.changed.emit(edited)
        return edited

    @property
    def _is_same_board(self) -> bool:
        return self._port == self._name_of_port()

    def _name_of_port(self) -> str:
        target = self._session.target
        return target.name if target else ""


def _said(word: str, label: str | None) -> str:
    return f"{word}: {label}" if label else "Nothing to undo"


def _broken_off(text: str, done: int, count: int) -> str:
    return f"{text}, broken off after {done} of {count}" if count > 1 else f"{text}, broken off"


def _list(paths: tuple[str, ...]) -> str:
    return name_of(paths[0]) if len(paths) == 1 else f"{len(paths)} entries"


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(parent, paths)))
