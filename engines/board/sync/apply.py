"""Do a plan of ``compare``, file by file, and take it back."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.files.walk import exists, join, parent
from engines.board.packages.mpy import MpyFormat, board_format
from engines.board.sync.compare import Comparison, Pair, look_here, look_there, remember
from engines.board.sync.plan import Action, Kind, SyncPlan
from engines.board.sync.sides import (
    add_digests_here,
    add_digests_there,
    compiled_data,
    digest_here,
    digests_there,
)
from engines.board.transfer.folders import make_folder
from engines.workspace.files import write_atomically

KEEP_LIMIT = 1_000_000
"""Bytes of the board's files that are fetched before they are replaced or deleted: for undo."""
_KEEP_HERE = 64_000_000
"""Bytes of this computer's files that are kept in memory for undo."""


@dataclass(frozen=True)
class Step:
    """One side of a file that was changed, or was about to be; ``before`` is None where there was no file."""

    path: str
    on_board: bool
    before: bytes | None
    digest: str
    """SHA-256 of what was written; empty: it was deleted."""


@dataclass(frozen=True)
class SyncResult:
    """What was done. ``failed`` holds what was not, with the reason."""

    done: tuple[Action, ...] = ()
    failed: tuple[tuple[Action, str], ...] = ()
    steps: tuple[Step, ...] = ()
    """Empty when it cannot be taken back; ``undo_refused`` then says why."""
    undo_refused: str = ""
    known: dict[str, str] = field(default_factory=dict)
    """What was remembered before."""

    @property
    def deleted(self) -> tuple[str, ...]:
        """The files that are gone; the last one perhaps, when it was broken off."""
        known = [action.path for action in self.done if action.kind.is_delete]
        perhaps = [step.path for step in self.steps if not step.digest]
        return tuple(dict.fromkeys(known + perhaps))


def undo_refused(plan: SyncPlan, keep: int = KEEP_LIMIT) -> str:
    """Why a plan cannot be taken back once it is done; empty when it can.

    Args:
        keep: bytes of the board's files that are kept at most.
    """
    actions = [each for each in plan.actions if each.kind.does_something]
    there = sum(each.there.size for each in actions if each.there and each.kind is not Kind.GET)
    here = sum(each.here.size for each in actions if each.here and not _writes_there(each.kind))
    if there > keep:
        return f"{there} bytes of the board's files are replaced or deleted: too many to keep"
    if here > _KEEP_HERE:
        return f"{here} bytes of this computer's files are replaced or deleted: too many to keep"
    return ""


class SyncRun:
    """Does a plan, given the open raw REPL."""

    def __init__(self, bench: RawBench, comparison: Comparison, keep: int) -> None:
        self._bench = bench
        self._pair = comparison.pair
        self._memory = comparison.memory
        self._actions = [each for each in comparison.plan.actions if each.kind.does_something]
        self._total = sum(each.size for each in self._actions)
        self._moved = 0
        self._refused = undo_refused(comparison.plan, keep)
        self._done: list[Action] = []
        self._failed: list[tuple[Action, str]] = []
        self._steps: list[Step] = []
        """Noted before they are done: the answer may be lost, and the file be changed."""
        self._folders: set[str] = set()
        self._format: MpyFormat | None = None
        self._known_before = self._memory.read()
        self._known = dict(self._known_before)

    @property
    def result(self) -> SyncResult:
        """What was done so far; true also when ``run`` was broken off."""
        steps = () if self._refused else tuple(self._steps)
        return SyncResult(tuple(self._done), tuple(self._failed), steps, self._refused, self._known_before)

    @property
    def has_begun(self) -> bool:
        """Something was changed, or may have been."""
        return bool(self._done or self._steps)

    def run(self) -> None:
        """Raises what ends it: BoardFileError when the disk is full, CancelledError, PortError ..."""
        actions = self._still_true()
        self._need_space(actions)
        try:
            for action in _in_order(actions):
                self._do(action)
        finally:
            remember(self._memory, self._known)  # what was done is known, also when it was cancelled
        self._remove_empty_folders()

    def _still_true(self) -> list[Action]:
        """Look at the files again: the plan may have been shown for an hour."""
        pair, there = look_there(self._bench, self._pair)
        here = look_here(self._bench, pair)
        self._folders = set(there.folders)
        hashed_here = {each.path for each in self._actions if each.here and each.here.digest}
        hashed_there = {each.path for each in self._actions if each.there and each.there.digest}
        add_digests_here(pair.local, here, hashed_here & here.files.keys())
        add_digests_there(self._bench, pair.board, there, hashed_there & there.files.keys())
        true = []
        for action in self._actions:
            if (here.files.get(action.path), there.files.get(action.path)) == (action.here, action.there):
                true.append(action)
            else:
                self._failed.append((action, "changed since the plan was made; compare again"))
        return true

    def _need_space(self, actions: list[Action]) -> None:
        """All that is written; and a file is there twice until the new one is complete."""
        puts = [each for each in actions if each.kind.goes_there]
        if not puts:
            return
        grows = sum(each.size - (each.there.size if each.there else 0) for each in puts)
        need = max(grows, 0) + max((each.there.size for each in puts if each.there), default=0)
        try:
            free, _ = self._bench.files.space(self._pair.board or "/")
        except BoardError:
            return  # a board that does not tell, or a folder that is still to be made
        if need > free:
            raise BoardFileError(
                self._pair.board,
                f"{need} bytes are needed, {free} are free. Delete something on the board, or choose less",
                errno.ENOSPC,
            )

    def _do(self, action: Action) -> None:
        work: dict[Kind, Callable[[Action], None]] = {
            Kind.PUT: self._put,
            Kind.COMPILE: self._compile,
            Kind.GET: self._get,
            Kind.DELETE_THERE: self._delete_there,
            Kind.DELETE_HERE: self._delete_here,
        }
        steps = len(self._steps)
        try:
            work[action.kind](action)
        except BoardFileError as error:
            del self._steps[steps:]
            if error.number == errno.ENOSPC:
                raise
            self._failed.append((action, str(error)))
        except OSError as error:
            del self._steps[steps:]
            problem = error.strerror or str(error)
            self._failed.append((action, f"{self._pair.local / action.path}: {problem}"))
        except SyntaxError as error:
            self._failed.append((action, str(error)))
        else:
            self._done.append(action)
            self._know(self._steps[-1])
        self._moved += action.size

    def _progress(self, done: int, total: int) -> None:
        self._bench.progress(self._moved + done, max(self._total, 1))

    def _there(self, path: str) -> str:
        return join(self._pair.board, path)

    def _put(self, action: Action) -> None:
        digest = digest_here(self._pair.local, action.path)
        before = self._kept_there(action)
        self._make_folders(action.path)
        source = self._pair.local / action.path
        self._steps.append(Step(action.path, True, before, digest))
        self._bench.files.write_file(source, self._there(action.path), self._progress)

    def _compile(self, action: Action) -> None:
        assert action.here is not None
        self._format = self._format or board_format(self._bench)
        data = compiled_data(self._pair.local, action.here, self._format)
        before = self._kept_there(action)
        self._make_folders(action.path)
        self._steps.append(Step(action.path, True, before, hashlib.sha256(data).hexdigest()))
        self._bench.files.write(self._there(action.path), data, self._progress)

    def _make_folders(self, path: str) -> None:
        names = [str(each) for each in reversed(PurePosixPath(path).parents) if str(each) != "."]
        if "" not in self._folders:  # the folder itself is new
            make_parents(self._bench, self._there(path.partition("/")[0]))
            self._folders.add("")
        for name in names:
            if name not in self._folders:
                make_folder(self._bench, self._there(name))
                self._folders.add(name)

    def _get(self, action: Action) -> None:
        target = self._pair.local / action.path
        if not target.parent.resolve().is_relative_to(self._pair.local.resolve()):
            raise OSError(0, "the folder is a link to somewhere else, so nothing was written")
        before = target.read_bytes() if action.here and not self._refused else None
        target.parent.mkdir(parents=True, exist_ok=True)
        self._bench.files.read_file(self._there(action.path), target, self._progress)
        self._steps.append(Step(action.path, False, before, digest_here(self._pair.local, action.path)))

    def _delete_there(self, action: Action) -> None:
        before = self._kept_there(action)
        self._steps.append(Step(action.path, True, before, ""))
        self._bench.files.remove(self._there(action.path))

    def _delete_here(self, action: Action) -> None:
        target = self._pair.local / action.path
        before = None if self._refused else target.read_bytes()
        self._steps.append(Step(action.path, False, before, ""))
        target.unlink()

    def _kept_there(self, action: Action) -> bytes | None:
        if action.there is None or self._refused:
            return None
        return self._bench.files.read(self._there(action.path))

    def _know(self, step: Step) -> None:
        if step.digest:
            self._known[step.path] = step.digest
        else:
            self._known.pop(step.path, None)

    def _remove_empty_folders(self) -> None:
        """Folders that a deletion left empty; one that holds something refuses by itself."""
        for on_board in (True, False):
            deleted = [each.path for each in self._steps if not each.digest and each.on_board is on_board]
            parents = {str(parent) for path in deleted for parent in PurePosixPath(path).parents} - {"."}
            for folder in sorted(parents, reverse=True):
                try:
                    if on_board:
                        self._bench.files.remove(self._there(folder))
                    else:
                        (self._pair.local / folder).rmdir()
                except (BoardFileError, OSError):
                    continue


def make_parents(bench: RawBench, path: str) -> None:
    """Make the folders that a file of this path needs on the board, as far as they are missing."""
    missing: list[str] = []
    folder = parent(path)
    while folder != "/" and not exists(bench, folder):
        missing.append(folder)
        folder = parent(folder)
    for folder in reversed(missing):
        bench.files.mkdir(folder)


def _in_order(actions: list[Action]) -> list[Action]:
    """Copies first, then deletions; but where FAT would take both names for one file, the deletion first."""
    copied = {each.path.casefold() for each in actions if not each.kind.is_delete}

    def turn(action: Action) -> int:
        if not action.kind.is_delete:
            return 1
        return 0 if action.path.casefold() in copied else 2

    return sorted(actions, key=turn)


def _writes_there(kind: Kind) -> bool:
    return kind.goes_there or kind is Kind.DELETE_THERE


# Taking back


def take_back(bench: RawBench, comparison: Comparison, result: SyncResult) -> tuple[str, ...]:
    pair = comparison.pair
    on_board = digests_there(bench, pair.board, [step.path for step in result.steps if step.on_board])
    changed = []
    total = sum(len(step.before or b"") for step in result.steps)
    done = 0
    for step in reversed(result.steps):
        now = on_board.get(step.path, "") if step.on_board else _digest_now(pair.local, step.path)
        if now == _digest(step.before):
            continue  # taken back already, or never done
        if now != step.digest:
            changed.append(step.path)
            continue
        _restore(bench, pair, step)
        done += len(step.before or b"")
        bench.progress(done, max(total, 1))
    remember(comparison.memory, result.known)
    return tuple(changed)


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _digest_now(folder: Path, path: str) -> str:
    try:
        return digest_here(folder, path)
    except OSError:
        return ""


def _restore(bench: RawBench, pair: Pair, step: Step) -> None:
    target = join(pair.board, step.path)
    if step.on_board and step.before is None:
        bench.files.remove(target)
    elif step.on_board:
        make_parents(bench, target)
        bench.files.write(target, step.before or b"")
    elif step.before is None:
        (pair.local / step.path).unlink()
    else:
        write_atomically(pair.local / step.path, step.before)
