"""Places in MicroPython's tracebacks: finding them in a line of text, and the file on the board.

A traceback's lines are ``  File "main.py", line 7, in blink``. What has no file is called ``<stdin>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engines.board.board_program import call
from engines.board.operations import Operation
from engines.board.session import BoardSession

STDIN = "<stdin>"
_LOCATION = re.compile(r'File "([^"\n]+)", line (\d+)')
_NOT_FILES = ("<string>",)

_FIND = """
def _dirigent(name):
    import os, sys
    for folder in [os.getcwd()] + list(sys.path):
        path = folder.rstrip("/") + "/" + name
        try:
            if not os.stat(path)[0] & 0x4000:
                tell(path)
                return
        except OSError:
            pass
    tell(None)
"""


@dataclass(frozen=True)
class Location:
    """A line of a file, and where in the text it is named (``start`` to ``end``, code points)."""

    file: str
    line: int
    start: int
    end: int


def location_in(text: str) -> Location | None:
    """The place that a line of output names, if any."""
    match = _LOCATION.search(text)
    if match is None or match[1] in _NOT_FILES:
        return None
    return Location(match[1], int(match[2]), match.start(), match.end())


def renamed(traceback: str, name: str) -> str:
    """The traceback of a program that was sent to the board, with the name that its source has here."""
    return traceback.replace(f'File "{STDIN}"', f'File "{name}"')


def find_on_board(session: BoardSession, name: str) -> Operation[str | None]:
    """The path of a file that a traceback names: in the board's current folder, then along its ``sys.path``.
    None where there is none: it is frozen into the firmware, or was deleted.
    """
    return session.submit(f"Looking for {name}", lambda bench: bench.ask_one(call(_FIND, name)))
