"""Which files of two folders, one here and one on a board, have to travel: pure comparing, no files touched.

Contents are compared by size, then by SHA-256. For syncing both ways the digests of the last time tell which
side has changed since. Where both have, that is a conflict: shown, and never decided without the user.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

IGNORED = (
    "__pycache__", ".git", ".hg", ".svn", ".dirigent", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ".ipynb_checkpoints", ".idea", ".vscode", ".DS_Store", "Thumbs.db", "System Volume Information",
    "*~", "#*#", ".#*", ".*.sw?", "*.tmp", "*.dirigent-part*", "*.bak", "4913", ".packages.json",
)  # fmt: skip
"""Caches, version control, what editors leave behind, and the list of packages that belongs to one board."""


class Direction(Enum):
    TO_BOARD = "to_board"
    FROM_BOARD = "from_board"
    BOTH = "both"

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise ValueError(f"direction is one of {', '.join(each.value for each in cls)}; not {value!r}")


class Kind(Enum):
    PUT = "copy to the board"
    COMPILE = "compile and copy to the board"
    GET = "copy to the computer"
    DELETE_THERE = "delete on the board"
    DELETE_HERE = "delete on the computer"
    CONFLICT = "conflict"
    LEFT = "left as it is"
    """Deleted on one side; it stays on the other, since deleting was not asked for."""

    @property
    def is_delete(self) -> bool:
        return self in (Kind.DELETE_HERE, Kind.DELETE_THERE)

    @property
    def goes_there(self) -> bool:
        return self in (Kind.PUT, Kind.COMPILE)

    @property
    def does_something(self) -> bool:
        return self not in (Kind.CONFLICT, Kind.LEFT)


class File(NamedTuple):
    """A file of one side. ``digest`` is its SHA-256 in hex, empty while it is not known."""

    size: int
    digest: str = ""
    source: str = ""
    """The Python file that this compiled module is made from."""
    stamp: int = 0
    """When it was written, in nanoseconds; 0 on the board, whose clock may be wrong."""


Tree = Mapping[str, File]
"""Files by their path within the folder, parts separated by "/"."""


@dataclass(frozen=True)
class Action:
    """What is done with one file; ``here`` and ``there`` are the files it was decided by."""

    kind: Kind
    path: str
    why: str
    here: File | None = None
    there: File | None = None

    @property
    def size(self) -> int:
        """Bytes that travel."""
        if self.kind.goes_there:
            return self.here.size if self.here else 0
        return self.there.size if self.kind is Kind.GET and self.there else 0


@dataclass(frozen=True)
class SyncPlan:
    """What is to be done, by path, and how many files are the same already."""

    actions: tuple[Action, ...] = ()
    same: int = 0
    problems: tuple[str, ...] = ()
    """Files that are left out, a sentence each: not readable, not to be compiled, of a bad name."""

    @property
    def is_empty(self) -> bool:
        """Both sides are as they should be, or only the user can tell how."""
        return not any(action.kind.does_something for action in self.actions)

    @property
    def conflicts(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.kind is Kind.CONFLICT)

    @property
    def size(self) -> int:
        return sum(action.size for action in self.actions)

    def only(self, paths: Iterable[str]) -> SyncPlan:
        """The part of the plan that is about these files."""
        chosen = set(paths)
        return replace(self, actions=tuple(each for each in self.actions if each.path in chosen))

    def decided(self, path: str, kind: Kind) -> SyncPlan:
        """A conflict is decided: PUT takes the computer's file, GET the board's."""
        return replace(self, actions=tuple(_decide(each, path, kind) for each in self.actions))


def _decide(action: Action, path: str, kind: Kind) -> Action:
    if action.path != path or action.kind not in (Kind.CONFLICT, Kind.LEFT):
        return action
    if action.here is None or action.there is None:  # one side has deleted it
        if kind is Kind.PUT and action.here is None:
            kind = Kind.DELETE_THERE
        elif kind is Kind.GET and action.there is None:
            kind = Kind.DELETE_HERE
    return replace(action, kind=kind, why="decided")


def is_ignored(path: str, patterns: tuple[str, ...] = IGNORED) -> bool:
    """Whether a pattern fits the path, or a part of it: a folder's name takes all that is in it."""
    fits = _matcher(patterns)
    return fits(path) or any(fits(part) for part in path.split("/"))


@lru_cache(maxsize=8)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    expression = re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")
    return lambda text: expression.match(text) is not None


def digests_wanted(
    here: Tree, there: Tree, direction: Direction, known: Mapping[str, str] | None = None
) -> tuple[set[str], set[str]]:
    """The files whose digests ``plan`` needs, here and on the board: the same size does not say enough."""
    both = here.keys() & there.keys()
    wanted_here = {path for path in both if here[path].size == there[path].size}
    wanted_there = set(wanted_here)
    if direction is Direction.BOTH:
        remembered = (known or {}).keys()
        wanted_here |= remembered & here.keys()
        wanted_there |= remembered & there.keys()
    return wanted_here, wanted_there


def plan(
    here: Tree,
    there: Tree,
    direction: Direction,
    *,
    delete: bool = False,
    known: Mapping[str, str] | None = None,
) -> SyncPlan:
    """Compare two folders.

    Args:
        here: files of the computer; digests are known where ``digests_wanted`` says so.
        there: files of the board, likewise.
        delete: what is missing on the side that files come from is deleted on the other; both ways: what was
            deleted on one side since the last time is deleted on the other.
        known: digests of the last time, by path; used both ways only.
    """
    known = known or {}
    actions = []
    same = 0
    blocked = _blocked(here, there) | _blocked(there, here)
    for path in sorted(here.keys() | there.keys()):
        one, other = here.get(path), there.get(path)
        if path in blocked:
            why = "a file on one side, a folder on the other"
            actions.append(Action(Kind.CONFLICT, path, why, one, other))
            continue
        if one and other and (one.size, one.digest) == (other.size, other.digest):
            same += 1
            continue
        decision = _DECIDE[direction](one, other, known.get(path, ""), delete)
        if one is None and _shadows(path, here):
            decision = Kind.DELETE_THERE, "would be imported in place of the compiled one"
        if decision is not None:
            kind, why = decision
            if kind is Kind.PUT and one and one.source:
                kind = Kind.COMPILE
            actions.append(Action(kind, path, why, one, other))
    return SyncPlan(tuple(actions), same)


def _blocked(files: Tree, others: Tree) -> set[str]:
    """Paths that are a file in one tree and a folder in the other, and what is in such folders."""
    blocked = set()
    for path in others:
        parent = path.rpartition("/")[0]
        while parent:
            if parent in files:
                blocked |= {parent, path}
            parent = parent.rpartition("/")[0]
    return blocked


def _shadows(path: str, here: Tree) -> bool:
    """MicroPython looks for ``x.py`` before ``x.mpy``."""
    compiled = here.get(f"{path.removesuffix('.py')}.mpy")
    return path.endswith(".py") and compiled is not None and bool(compiled.source)


_Decision = tuple[Kind, str] | None


def _to_board(here: File | None, there: File | None, known: str, delete: bool) -> _Decision:
    if here is None:
        return (Kind.DELETE_THERE, "not on the computer") if delete else None
    return Kind.PUT, "new" if there is None else "differs"


def _from_board(here: File | None, there: File | None, known: str, delete: bool) -> _Decision:
    if there is None:
        return (Kind.DELETE_HERE, "not on the board") if delete else None
    return Kind.GET, "new" if here is None else "differs"


def _both(here: File | None, there: File | None, known: str, delete: bool) -> _Decision:
    if here and there:
        if here.digest == known != "":
            return Kind.GET, "changed on the board"
        if there.digest == known != "":
            return Kind.PUT, "changed on the computer"
        return (
            Kind.CONFLICT,
            "changed on both sides" if known else "differs, and it is not known which is newer",
        )
    if here:
        return _one_side(here, known, delete, Kind.PUT, Kind.DELETE_HERE, ("the computer", "the board"))
    assert there is not None
    return _one_side(there, known, delete, Kind.GET, Kind.DELETE_THERE, ("the board", "the computer"))


def _one_side(
    file: File, known: str, delete: bool, copy: Kind, remove: Kind, names: tuple[str, str]
) -> _Decision:
    side, other = names
    if not known:
        return copy, f"new on {side}"
    if file.digest != known:
        return Kind.CONFLICT, f"changed on {side}, deleted on {other}"
    return (remove if delete else Kind.LEFT), f"deleted on {other}"


_DECIDE = {Direction.TO_BOARD: _to_board, Direction.FROM_BOARD: _from_board, Direction.BOTH: _both}
