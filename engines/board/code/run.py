"""Running a source from an editor on the board, with tracebacks that name the editor's file and lines."""

from __future__ import annotations

import ast
import textwrap

from engines.board.bench import RawBench
from engines.board.code.tracebacks import renamed
from engines.board.operations import Operation
from engines.board.session import BoardSession


def run_source(
    session: BoardSession,
    source: str,
    name: str,
    *,
    first_line: int = 1,
    soft_reset: bool = False,
    show_value: bool = False,
) -> Operation[str]:
    """Run a source in the board's memory, its output and traceback in the terminal. What runs is interrupted.

    Args:
        name: what tracebacks call the source, in place of ``<stdin>``.
        first_line: the number that the first line has in its file.
        soft_reset: start MicroPython anew before; boot.py runs, main.py does not.
        show_value: an expression by itself shows its value, as at the prompt.
    """
    program = placed(source, first_line, show_value=show_value)

    def work(bench: RawBench) -> str:
        if soft_reset:
            bench.soft_reset()
        return bench.exec_shown(program, lambda traceback: renamed(traceback, name))

    short = name.rpartition("/")[2]
    return session.submit(f"Running {short}", work, timeout=None, interrupt=True, user_code=True)


def placed(source: str, first_line: int, *, show_value: bool = False) -> str:
    """A part of a file as a program of its own: without the indentation that all of it has, at its own line
    numbers.
    """
    source = textwrap.dedent(source)
    if show_value and _is_expression(source):
        source = f"_value = ({source.strip()}\n)\nif _value is not None: print(repr(_value))\ndel _value"
    return "\n" * (first_line - 1) + source


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
