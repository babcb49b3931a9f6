"""Running one program in several Pythons and measuring it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engines.board.board_program import besides, call_resource, told
from engines.board.excerpt import Excerpt

_FRAME = re.compile(r'File "<(?:string|stdin)>", line (\d+)(?:, in <module>)?')
_SHOWN = 10
"""So many lines of a long traceback at its beginning, and as many at its end."""
_HEAD, _TAIL = 1 << 20, 1 << 16
"""Bytes of the output that are kept."""
_DRAIN = 2.0
"""Seconds for the rest of the output when the process has ended: something may live on and hold the pipe."""
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
    """Run it in a process of its own (``python_cell``), so that its time and memory are its own. What the
    program starts ends with it.

    Args:
        command: starts ``python_cell.main``.
    """
    name = f"CPython {platform.python_version()}"
    mark = f"\x1e{secrets.token_hex(8)}\x1e"
    process = subprocess.Popen(
        [*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    said = Excerpt(_HEAD, _TAIL)
    reader = threading.Thread(target=_follow, args=(process.stdout, said), name="compare", daemon=True)
    reader.start()
    note = ""
    try:
        _ask(process, {"code": code, "mark": mark, "timeout": timeout})
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        note = f"not done within {timeout:g} s, so it was ended"
    finally:
        _end(process)
        reader.join(_DRAIN)
    output, _, rest = _text(said).partition(mark)
    if note:
        return Run(name, output, note=note)
    try:
        result, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return Run(name, output, note=f"it ended by itself (exit code {process.returncode})")
    error = _shortened(result["error"])
    return Run(name, output + rest[end:], error, result["seconds"], result["memory"])


def _ask(process: subprocess.Popen[bytes], request: dict[str, object]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as file:  # it ended already: its exit code tells
        file.write(json.dumps(request).encode())


def _follow(pipe: io.BufferedReader, said: Excerpt) -> None:
    with pipe:
        while data := pipe.read1(1 << 16):
            said.add(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started, which may hold its output open."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # they have all ended
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    process.wait()


def run_micropython(name: str, execute: Callable[[str], Iterable[str]], code: str) -> Run:
    """Run it on a board.

    Args:
        execute: runs a program there and gives what it prints, piece by piece; raises what it raises.
    """
    said = Excerpt(_HEAD, _TAIL)
    try:
        for piece in execute(call_resource("measure.py", "measure", code)):
            said.add(piece.encode())
    except Exception as error:
        return Run(name, besides(_text(said)), note=str(error))
    output, answers = besides(_text(said)), told(_text(said))
    if not answers:
        return Run(name, output, note="it ended without a result")
    took, used, version, traceback = answers[-1]
    shown = _shortened(_cell_traceback(traceback, code))
    return Run(f"{name} ({version})", output, shown, took / 1e6, max(used, 0))


def _text(said: Excerpt) -> str:
    return bytes(said).decode(errors="replace").replace("\r\n", "\n")


def _shortened(traceback: str) -> str:
    """Of a runaway recursion the beginning and the end."""
    lines = traceback.splitlines()
    left_out = len(lines) - 2 * _SHOWN
    if left_out <= 1:
        return traceback
    return "\n".join([*lines[:_SHOWN], f"  … {left_out} more lines …", *lines[-_SHOWN:]])


def _cell_traceback(text: str, code: str) -> str:
    """A board's traceback without our own frames, with the lines of the program."""
    lines = code.splitlines()

    def located(match: re.Match[str]) -> str:
        number = int(match[1])
        shown = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return f"Cell, line {number}: {shown}"

    kept = [line for line in text.splitlines() if not _OUR_FRAMES.search(line)]
    return "\n".join(_FRAME.sub(located, line) for line in kept)
