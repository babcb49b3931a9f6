"""Compare a folder of this computer with one of the board: what would be done is made into a plan."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.files.board_files import BoardFileError
from engines.board.packages.mpy import board_format
from engines.board.sync.memory import SyncMemory
from engines.board.sync.plan import IGNORED, Direction, SyncPlan, digests_wanted, plan
from engines.board.sync.sides import (
    Side,
    add_digests_here,
    add_digests_there,
    compile_side,
    identity,
    refuse_foreign_modules,
    scan_here,
    scan_there,
)


@dataclass(frozen=True)
class Pair:
    """Two folders and how they are kept the same.

    Args:
        local: folder of this computer.
        board: folder of the board; empty: the one that its programs start in (``os.getcwd()``).
        delete: what is missing on one side is deleted on the other; see ``plan.plan``.
        compiled: Python files go to the board as .mpy, but for main.py and boot.py.
        memory: folder for what was the same the last time; without it every difference is a conflict when
            syncing both ways.
    """

    local: Path
    board: str = ""
    direction: Direction = Direction.TO_BOARD
    delete: bool = False
    compiled: bool = False
    ignore: tuple[str, ...] = IGNORED
    memory: Path | None = None


@dataclass(frozen=True)
class Comparison:
    """A plan and what it was made for: ``pair`` names the board's folder in full."""

    pair: Pair
    plan: SyncPlan
    memory: SyncMemory


def look(bench: RawBench, pair: Pair, name: str = "board") -> Comparison:
    """``compare``, given the open raw REPL."""
    _check(pair)
    pair, there = look_there(bench, pair)
    here = look_here(bench, pair)
    memory = SyncMemory(pair.memory, identity(bench) or name, pair.board, pair.local.resolve())
    known = memory.read()
    if pair.direction is not Direction.FROM_BOARD:
        changed = [
            p for p, file in here.files.items() if p not in there.files or file.size != there.files[p].size
        ]
        refuse_foreign_modules(bench, pair.local, here, changed)
    _leave_out(here, there)
    wanted_here, wanted_there = digests_wanted(here.files, there.files, pair.direction, known)
    add_digests_here(pair.local, here, wanted_here)
    add_digests_there(bench, pair.board, there, wanted_there)
    _leave_out(here, there)
    made = plan(here.files, there.files, pair.direction, delete=pair.delete, known=known)
    problems = here.problems | there.problems
    _remember_same(memory, known, here, there)
    return Comparison(
        pair, replace(made, problems=tuple(problems[path] for path in sorted(problems))), memory
    )


def _check(pair: Pair) -> None:
    if pair.compiled and pair.direction is not Direction.TO_BOARD:
        raise BoardError(
            "Compiled files only go to the board: they cannot be made into Python again. "
            "Copy to the board, or leave compiling out."
        )


def look_here(bench: RawBench, pair: Pair) -> Side:
    if pair.direction is not Direction.TO_BOARD and not pair.local.exists():
        return Side()
    here = scan_here(pair.local, pair.ignore)
    if pair.compiled:
        compile_side(pair.local, here, board_format(bench))
    return here


def look_there(bench: RawBench, pair: Pair) -> tuple[Pair, Side]:
    try:
        root, there = scan_there(bench, pair.board, pair.ignore)
    except BoardFileError as error:
        if error.number != errno.ENOENT or pair.direction is Direction.FROM_BOARD:
            raise
        return replace(pair, board=pair.board.rstrip("/") or "/"), Side()
    if not root:
        _leave_mounts_out(there)
    there.folders.add("")
    return replace(pair, board=root or "/"), there


def _leave_mounts_out(there: Side) -> None:
    """What the root shows and is no disk of the board: read-only memory, and a folder of this computer."""
    mounts = {"rom", "remote"}
    there.files = {path: file for path, file in there.files.items() if path.partition("/")[0] not in mounts}


def _leave_out(here: Side, there: Side) -> None:
    """What cannot be compared is left alone on both sides."""
    problems = here.problems.keys() | there.problems.keys()
    if not problems:
        return
    for side in (here, there):
        for path in [path for path in side.files if _concerns(problems, path)]:
            del side.files[path]


def _concerns(problems: Iterable[str], path: str) -> bool:
    names = {path, *map(str, PurePosixPath(path).parents)}
    if path.endswith(".mpy"):
        names.add(f"{path.removesuffix('.mpy')}.py")  # it was not compiled
    return not names.isdisjoint(problems)


def _remember_same(memory: SyncMemory, known: dict[str, str], here: Side, there: Side) -> None:
    """Files that are the same now are known from now on; files that are nowhere are forgotten."""
    kept = {path: digest for path, digest in known.items() if path in here.files or path in there.files}
    for path, file in here.files.items():
        other = there.files.get(path)
        if file.digest and other and (file.size, file.digest) == (other.size, other.digest):
            kept[path] = file.digest
    remember(memory, kept)


def remember(memory: SyncMemory, known: dict[str, str]) -> None:
    try:
        memory.write(known)
    except OSError as error:
        raise BoardError(
            f"{memory.path}: cannot be written ({error.strerror}). Free some space, or make it writable."
        ) from error
