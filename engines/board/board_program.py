"""Programs that run on the board: made small, run only when they arrived whole, and heard among other prints.

A program answers by ``tell(value)``, which every one of them has, once or often.
"""

from __future__ import annotations

import ast
import codecs
import contextlib
import re
from binascii import crc32
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from engines.board.errors import RemoteError

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "board"
DAMAGED = "damaged on its way"
_FRAME = re.compile(r'File "<(stdin|string)>"')
_TOLD = re.compile("\x1e([^\x1e\n]*)\x1e\n?")

# A serial line may drop or double bytes, and a program with another path in it could hit another file.
# A timer may print at any time: what the program tells stands between two characters 1E.
_CHECKED = """
def _dirigent(source, check):
 try:
  from binascii import crc32
 except ImportError:
  crc32 = lambda source: check
 if crc32(source) != check:
  raise OSError({damaged!r})
 exec(source, {{"tell": lambda value: print("\\x1e%r\\x1e" % (value,))}})
try:
 _dirigent({source!r}, {check})
finally:
 del _dirigent
"""


def checked(source: str) -> str:
    """A program that runs ``source`` when it arrived undamaged, and leaves no name behind.

    Otherwise it raises an OSError on the board whose text is ``DAMAGED``; nothing has happened then.
    """
    data = source.encode()
    return _CHECKED.format(source=data, check=crc32(data), damaged=DAMAGED).strip()


def call(function: str, *arguments: object) -> str:
    """A checked program that defines a function ``_dirigent`` and calls it with literals."""
    return checked(f"{function.strip()}\n_dirigent({literals(*arguments)})")


def told_repr(expression: str) -> str:
    """A program of the user's, not ``checked``, that tells the ``repr`` of an expression."""
    return f'print("\\x1e%r\\x1e" % (repr((\n{expression}\n)),))'


def told(text: str) -> list[Any]:
    """The values in what was printed while a program ran (with Python's line ends); no damaged ones."""
    found = []
    for piece in _TOLD.findall(text):
        with contextlib.suppress(ValueError, SyntaxError):
            found.append(ast.literal_eval(piece))
    return found


class Telling:
    """Takes what a program prints as it arrives, and passes on what it tells, as lists of some values."""

    def __init__(self, on_values: Callable[[list[Any]], object]) -> None:
        self._on_values = on_values
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def __call__(self, data: bytes) -> None:
        *lines, self._text = (self._text + self._decoder.decode(data)).split("\n")
        if values := told("\n".join(lines)):
            self._on_values(values)


def besides(text: str) -> str:
    """What was printed while a program ran that it did not tell."""
    return _TOLD.sub("", text)


def is_damaged(error: RemoteError) -> bool:
    """The program was not what was sent; none of it has run.

    What has run shows in the traceback as ``<string>``, for it is executed by the program around it.
    """
    if DAMAGED in error.summary or error.summary.startswith(("SyntaxError", "IndentationError")):
        return True
    frames = set(_FRAME.findall(error.traceback))
    return frames == {"stdin"} and not error.summary.startswith("KeyboardInterrupt")


def literals(*arguments: object) -> str:
    return ", ".join(ascii(argument) for argument in arguments)


def call_resource(name: str, function: str, *arguments: object) -> str:
    """A checked program that calls a function of a module in ``resources/board`` with literals."""
    return checked(f"{resource(name)}\n{function}({literals(*arguments)})")


@lru_cache
def resource(name: str, without: str = "") -> str:
    """A program of ``resources/board`` without comments, docstrings, indents and one of its functions."""
    tree = ast.parse((RESOURCES / name).read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not _is_text(node) and getattr(node, "name", "-") != without]
    return re.sub("^(?:    )+", lambda match: " " * (len(match[0]) // 4), ast.unparse(tree), flags=re.M)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
