"""Programs that run on the board: made small, and run only when they arrived whole."""

from __future__ import annotations

import ast
import re
from binascii import crc32
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from engines.board.errors import RemoteError

RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "board"
DAMAGED = "damaged on its way"
_ATTEMPTS = 3

# A serial line may drop or double bytes, and a program with another path in it could hit another file.
_CHECKED = """
def _dirigent(source, check):
 try:
  from binascii import crc32
 except ImportError:
  crc32 = lambda source: check
 if crc32(source) != check:
  raise OSError({damaged!r})
 exec(source, {{}})
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


def ask(execute: Callable[..., str], function: str, *arguments: object, **options: object) -> str:
    """Run a ``call`` and again when it arrived damaged; what it printed. Raises RemoteError."""
    source = call(function, *arguments)
    for _ in range(_ATTEMPTS - 1):
        try:
            return execute(source, **options)
        except RemoteError as error:
            if not is_damaged(error):
                raise
    return execute(source, **options)


def is_damaged(error: RemoteError) -> bool:
    """The program was not what was sent; none of it has run."""
    return DAMAGED in error.summary or error.summary.startswith(("SyntaxError", "IndentationError"))


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
