"""Running one program in several Pythons and measuring it."""

from __future__ import annotations

import ast
import json
import platform
import re
import secrets
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engines.board.board_program import call_resource

_FRAME = re.compile(r'File "<(?:string|stdin)>", line (\d+)(?:, in <module>)?')
_OUR_FRAMES = re.compile(r', in (?:measure|_dirigent)$|File "<stdin>"')


@dataclass(frozen=True)
class Run:
    """What one Python made of the program.

    ``error`` is the traceback, '' when it ended well; ``seconds`` and ``memory`` (bytes) are None where they
    are not known; ``note`` says why there is no result at all.
    """

    name: str
    output: str = ""
    error: str = ""
    seconds: float | None = None
    memory: int | None = None
    note: str = ""

    @property
    def exception(self) -> str:
        """The last line of the traceback: ``ValueError: wrong``."""
        lines = self.error.strip().splitlines()
        return lines[-1] if lines else ""


def run_cpython(command: Sequence[str], code: str, timeout: float) -> Run:
    """Run it in a process of its own (``python_cell``), so that its time and memory are its own.

    Args:
        command: starts ``python_cell.main``.
    """
    name = f"CPython {platform.python_version()}"
    mark = _mark()
    process = subprocess.Popen(
        [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        errors="replace",
    )  # fmt: skip
    try:
        text, _ = process.communicate(json.dumps({"code": code, "mark": mark}), timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        text, _ = process.communicate()
        return Run(name, text.partition(mark)[0], note=f"not done within {timeout:g} s, so it was ended")
    except BaseException:
        process.kill()
        process.communicate()
        raise
    output, _, rest = text.partition(mark)
    try:
        result = json.loads(rest)
    except ValueError:
        return Run(name, output, note=f"it ended by itself (exit code {process.returncode})")
    return Run(name, output, result["error"], result["seconds"], result["memory"])


def run_micropython(name: str, execute: Callable[[str], Iterable[str]], code: str) -> Run:
    """Run it on a board.

    Args:
        execute: runs a program there and gives what it prints, piece by piece; raises what it raises.
    """
    mark = _mark()
    text = ""
    try:
        for piece in execute(call_resource("measure.py", "measure", code, mark)):
            text += piece
    except Exception as error:
        return Run(name, text.partition(mark)[0], note=str(error))
    output, _, rest = text.partition(f"{mark}\n")
    traceback, _, figures = rest.partition(f"{mark}\n")
    try:
        took, used, version = ast.literal_eval(figures.strip())
    except (ValueError, SyntaxError):
        return Run(name, output, note="it ended without a result")
    return Run(f"{name} ({version})", output, _cell_traceback(traceback, code), took / 1e6, max(used, 0))


def _cell_traceback(text: str, code: str) -> str:
    """A board's traceback without our own frames, with the lines of the program."""
    lines = code.splitlines()

    def located(match: re.Match[str]) -> str:
        number = int(match[1])
        shown = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return f"Cell, line {number}: {shown}"

    kept = [line for line in text.splitlines() if not _OUR_FRAMES.search(line)]
    return "\n".join(_FRAME.sub(located, line) for line in kept)


def _mark() -> str:
    return f"\x1e{secrets.token_hex(8)}\x1e"
