"""Kernel-side: ``%%board``, ``%%micropython`` and ``%%compare``, cells that run on MicroPython."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engines.board.compare import report
from engines.board.compare.runs import Run, run_cpython, run_micropython

if TYPE_CHECKING:
    from engines.board.scripting import Board, Boards

EMBEDDED = "micropython"
"""The name under which the app knows the MicroPython inside Dirigent."""
_MAIN = Path(__file__).resolve().parents[2] / "main.py"
_TIMEOUT = 30.0


class MagicError(Exception):
    """A magic's line that cannot be understood."""


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"seconds are a number above 0, not {text!r}")
    return seconds


class _Options(argparse.ArgumentParser):
    def __init__(self, magic: str) -> None:
        super().__init__(prog=f"%%{magic}", add_help=False)
        self.add_argument("--timeout", type=_seconds, metavar="SECONDS")

    def error(self, message: str) -> NoReturn:
        raise MagicError(
            f"{message}. Write it like this: {self.format_usage().removeprefix('usage: ').strip()}"
        )

    def read(self, line: str) -> argparse.Namespace:
        try:
            return self.parse_args(shlex.split(line))
        except ValueError as error:
            raise MagicError(str(error)) from error


class Magics:
    """The cell magics over the boards of the app."""

    def __init__(self, boards: Boards, default: str) -> None:
        self._boards = boards
        self._default = default

    def register(self, shell: Any) -> None:
        for name, magic in (
            ("board", self.board),
            ("micropython", self.micropython),
            ("compare", self.compare),
        ):
            shell.register_magic_function(magic, "cell", name)

    def board(self, line: str, cell: str) -> None:
        """%%board [NAME] [--timeout S]: run the cell on the board; what it prints comes as it is printed."""
        options = _Options("board")
        options.add_argument("name", nargs="?", default=self._default)
        chosen = options.read(line)
        _print(self._boards[chosen.name], cell, chosen.timeout)

    def micropython(self, line: str, cell: str) -> None:
        """%%micropython [--fresh] [--timeout S]: run the cell on the MicroPython inside Dirigent.

        Names stay from cell to cell; ``--fresh`` starts anew. No board is needed.
        """
        options = _Options("micropython")
        options.add_argument("--fresh", action="store_true")
        chosen = options.read(line)
        embedded = self._embedded(chosen.fresh)
        _print(embedded, cell, chosen.timeout)

    def compare(self, line: str, cell: str) -> None:
        """%%compare [--board NAME | --no-board] [--timeout S]: run the cell on CPython and MicroPython.

        And on the board, if one is connected. Shows output, time and memory side by side; marks differences.
        """
        options = _Options("compare")
        options.add_argument("--board", default=self._default)
        options.add_argument("--no-board", action="store_true")
        chosen = options.read(line)
        timeout = chosen.timeout or _TIMEOUT
        runs = [
            run_cpython(_python_cell(), cell, timeout),
            run_micropython("MicroPython in Dirigent", _executor(self._embedded(False), timeout), cell),
        ]
        board = self._boards[chosen.board]
        if not chosen.no_board and board.is_connected:
            runs.append(run_micropython(f"Board {chosen.board}", _executor(board, timeout), cell))
        _show(runs)

    def _embedded(self, fresh: bool) -> Board:
        board = self._boards[EMBEDDED]
        board.start_embedded(fresh=fresh)
        return board


def _print(board: Board, code: str, timeout: float | None) -> None:
    with closing(board.run(code, timeout=timeout)) as texts:  # an interrupt may meet the printing
        for text in texts:
            print(text, end="", flush=True)  # noqa: T201 (a cell's output)


def _executor(board: Board, timeout: float) -> Callable[[str], Any]:
    def execute(source: str) -> Generator[str, None, None]:
        with closing(board.run(source, timeout=timeout)) as texts:
            yield from texts

    return execute


def _python_cell() -> list[str]:
    """How to start this program again as ``python_cell``: a frozen one is its own interpreter."""
    program = (
        [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-X", "utf8", str(_MAIN)]
    )
    return [*program, "--python-cell"]


def _show(runs: list[Run]) -> None:
    from IPython.display import display

    display({"text/html": report.html(runs), "text/plain": report.text(runs)}, raw=True)
