"""Keep a folder of this computer and one of the board the same: compare, show the plan, then do it.

``compare`` makes a plan, ``apply`` does it (or the part of it that the user chose), ``undo`` takes it back.
Each is one operation of the session and can be cancelled. A file is the old one or the new one at any moment.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.operations import Operation
from engines.board.packages.mpy import board_format, compile_source
from engines.board.session import BoardSession
from engines.board.sync.apply import KEEP_LIMIT, SyncResult, SyncRun, take_back, undo_refused
from engines.board.sync.compare import Comparison, Pair, look
from engines.board.sync.plan import Direction, Kind, SyncPlan

__all__ = [
    "Comparison", "Direction", "Kind", "Pair", "SyncPlan", "SyncResult", "apply", "compare", "put_compiled",
    "run", "undo_last", "undo_refused",
]  # fmt: skip

_COMPARE_TIMEOUT = 600.0
_APPLY_TIMEOUT = 300.0
_SLOWEST = 1000
"""Bytes a second that even a slow link manages."""


def compare(session: BoardSession, pair: Pair, *, interrupt: bool = False) -> Operation[Comparison]:
    """Make a plan; nothing is changed. Raises BoardError, also when a folder is missing."""
    pair = replace(pair, memory=pair.memory or session.sync_memory)
    return session.submit(
        f"Comparing {pair.local.name or pair.local} with the board",
        lambda bench: look(bench, pair, session.name),
        timeout=_COMPARE_TIMEOUT,
        interrupt=interrupt,
    )


def apply(
    session: BoardSession, comparison: Comparison, *, keep: int = KEEP_LIMIT, interrupt: bool = False
) -> Operation[SyncResult]:
    """Do a plan, or what is left of it after ``SyncPlan.only`` and ``decided``.

    Files that have changed since the plan was made are left alone, and told. A file that the board refuses
    does not stop the others; a full disk does.

    What was done is in ``session.last_sync``, for ``undo_last``, also when it was broken off: cancelled, the
    disk full, the link lost.

    Args:
        keep: bytes of the board's files that are kept at most for undo; see ``undo_refused``.
    """
    size = comparison.plan.size

    def work(bench: RawBench) -> SyncResult:
        run = SyncRun(bench, comparison, keep)
        try:
            run.run()
        finally:
            if run.has_begun:
                session.last_sync = (comparison, run.result)
        return run.result

    return session.submit(
        f"Syncing {comparison.pair.local.name or comparison.pair.local}",
        work,
        timeout=_APPLY_TIMEOUT + 2 * size / _SLOWEST + len(comparison.plan.actions),
        interrupt=interrupt,
    )


def undo_last(session: BoardSession) -> Operation[tuple[str, ...]]:
    """Take back what the last ``apply`` on this board did, once. After an error it can be tried again.

    The result names the files that were changed since, which stay.

    Raises:
        BoardError: there was none, or it cannot be taken back.
    """
    if session.last_sync is None:
        raise BoardError("There is no sync to take back.")
    comparison, result = session.last_sync
    if not result.steps:
        raise BoardError(f"The last sync cannot be taken back: {result.undo_refused}.")
    operation = session.submit(
        "Undoing the sync",
        lambda bench: take_back(bench, comparison, result),
        timeout=_APPLY_TIMEOUT + sum(len(step.before or b"") for step in result.steps) / _SLOWEST,
    )
    operation.add_done_callback(lambda done: _forget(session, done))
    return operation


def _forget(session: BoardSession, done: Future[tuple[str, ...]]) -> None:
    """What was taken back is not taken back again; what failed can be tried again."""
    if not done.cancelled() and done.exception() is None:
        session.last_sync = None


def put_compiled(session: BoardSession, local: Path, remote: str = "") -> Operation[str]:
    """Put a Python file as .mpy, made for this board; the result is its path there.

    Args:
        remote: path on the board; by default the file's own name, where the board's programs start.

    Raises (the operation): MpyError, SyntaxError (with file and line), BoardFileError,
    BoardError (no such file).
    """

    def work(bench: RawBench) -> str:
        target = remote or f"{local.stem}.mpy"
        if not local.is_file():
            raise BoardError(f"{local}: there is no such file on this computer")
        bench.files.write(target, compile_source(local, board_format(bench)), bench.progress)
        return target

    return session.submit(f"Compiling {local.name}", work, timeout=_APPLY_TIMEOUT)


def run(
    session: BoardSession, pair: Pair, *, dry_run: bool = False, interrupt: bool = False
) -> Future[dict[str, Any]]:
    """Compare and do the plan, for scripts: what was done, as plain data (see ``report``).

    Conflicts are told and left alone. With ``dry_run`` nothing is changed.
    """
    answer: Future[dict[str, Any]] = Future()

    def compared(operation: Future[Comparison]) -> None:
        try:
            comparison = operation.result()
            if dry_run or comparison.plan.is_empty:
                answer.set_result(report(comparison))
                return
            apply(session, comparison, interrupt=interrupt).add_done_callback(
                lambda done: _pass_on(done, comparison, answer)
            )
        except BaseException as error:
            answer.set_exception(error)

    compare(session, pair, interrupt=interrupt).add_done_callback(compared)
    return answer


def _pass_on(done: Future[SyncResult], comparison: Comparison, answer: Future[dict[str, Any]]) -> None:
    try:
        answer.set_result(report(comparison, done.result()))
    except BaseException as error:
        answer.set_exception(error)


def report(comparison: Comparison, result: SyncResult | None = None) -> dict[str, Any]:
    """A plan, and what came of it, as plain data.

    ``actions``: dicts of ``action`` (the words of ``Kind``), ``path``, ``size`` (bytes that travel), ``why``
    and ``done``. ``same``: number of files that were the same. ``failed``: [path, reason]. ``problems``:
    sentences about files that were left out. ``local``, ``board``: the folders. ``undo_refused``: why it
    cannot be taken back; empty when it can.
    """
    done = result.done if result else ()
    return {
        "local": str(comparison.pair.local),
        "board": comparison.pair.board,
        "actions": [
            {
                "action": each.kind.value,
                "path": each.path,
                "size": each.size,
                "why": each.why,
                "done": each in done,
            }
            for each in comparison.plan.actions
        ],
        "same": comparison.plan.same,
        "failed": [[action.path, why] for action, why in result.failed] if result else [],
        "problems": list(comparison.plan.problems),
        "undo_refused": undo_refused(comparison.plan),
    }
