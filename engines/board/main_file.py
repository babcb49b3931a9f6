"""The board's main.py: keeping it from starting with the board, and letting it again."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from engines.board.bench import RawBench
from engines.board.errors import BoardError
from engines.board.operations import Operation
from engines.board.status import Remedy

if TYPE_CHECKING:
    from engines.board.session import BoardSession

MAIN = "main.py"
OFF = ".off"
_PLACES = ("", "/flash/", "/")
_FIND = """
def _dirigent(names):
    import os
    for name in names:
        try:
            os.stat(name)
            tell(name)
            return
        except OSError:
            pass
    tell("")
"""
_FREE = """
def _dirigent(name):
    import os
    found, number = name, 1
    while True:
        try:
            os.stat(found)
        except OSError:
            tell(found)
            return
        number += 1
        found = name + str(number)
"""


def disable_main(session: BoardSession) -> Operation[tuple[str, str]]:
    """Rename main.py to main.py.off, so that it does not start; its old and its new path. Putting it back is
    offered beside the status."""
    operation: Operation[tuple[str, str]] = session.submit("Renaming main.py", _put_away)

    def done(operation: Future[tuple[str, str]]) -> None:
        if operation.cancelled() or operation.exception() is not None:
            return
        path, put_away = operation.result()
        session.offer(
            f"{path} is {put_away} now and does not start with the board.",
            Remedy.RESTORE_MAIN,
            lambda: restore_main(session, put_away),
        )

    operation.add_done_callback(done)
    return operation


def offer_to_disable(session: BoardSession, main: str) -> None:
    """After a rescue. ``main``: the path of the board's main.py; '' for none."""
    if main:
        text = f"The board is free. {main} would start again with it."
        session.offer(text, Remedy.DISABLE_MAIN, lambda: disable_main(session))


def restore_main(session: BoardSession, put_away: str = "") -> Operation[str]:
    """Undo ``disable_main``, whose result says where it was put; the path of main.py."""
    return session.submit("Putting main.py back", lambda bench: _put_back(bench, put_away))


def find_main(bench: RawBench) -> str:
    """Where the board's main.py is; '' when there is none."""
    return bench.files.call_one(_FIND, MAIN, [place + MAIN for place in _PLACES])


def _put_away(bench: RawBench) -> tuple[str, str]:
    """Rename main.py to main.py.off, so that it does not start; its old and its new path.

    Raises:
        BoardError: there is none, or it cannot be renamed.
    """
    path = find_main(bench)
    if not path:
        raise BoardError("There is no main.py on the board; look whether boot.py starts the program.")
    new = bench.files.call_one(_FREE, path, path + OFF)
    bench.files.rename(path, new)
    return path, new


def _put_back(bench: RawBench, put_away: str = "") -> str:
    """Give a main.py that was put away its name back; its path.

    Args:
        put_away: the path that ``disable_main`` resulted in; by default the one that is found.

    Raises:
        BoardError: there is none, there is another main.py by now, or it cannot be renamed.
    """
    put_away = put_away or bench.files.call_one(_FIND, MAIN + OFF, [p + MAIN + OFF for p in _PLACES])
    if not put_away:
        raise BoardError(f"There is no {MAIN}{OFF} on the board.")
    path = put_away[: put_away.rindex(OFF)]
    if bench.files.call_one(_FIND, path, [path]):
        raise BoardError(f"There is another {path} by now; rename one of the two among the files.")
    bench.files.rename(put_away, path)
    return path
