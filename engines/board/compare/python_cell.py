"""The CPython side of ``%%compare``: runs one program from standard input, in this process."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import sys
import time
import traceback
import tracemalloc
from types import CodeType

_FILE = "Cell"
_QUICK = 2.0
"""Seconds: a program that took longer is not run a second time for its memory."""


def main() -> int:
    """Read ``{"code", "mark"}``; print what the program prints, the mark, and a JSON record of how it went.

    The time is that of a plain run. The memory is the peak of a second one, because watching it costs time.
    """
    request = json.load(sys.stdin)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.argv = [_FILE]
    gc.collect()
    seconds, error, program = 0.0, "", None
    try:
        program = compile(request["code"], _FILE, "exec")
        seconds = _timed(program)
    except SystemExit:
        pass
    except BaseException as raised:
        error = _traceback(raised, request["code"])
    memory = _peak(program) if program is not None and not error and seconds < _QUICK else None
    sys.stdout.flush()
    record = {"seconds": seconds, "memory": memory, "error": error}
    print(request["mark"] + json.dumps(record), end="", flush=True)  # noqa: T201 (the answer)
    return 0


def _timed(program: CodeType) -> float:
    began = time.perf_counter()
    exec(program, {"__name__": "__main__"})
    return time.perf_counter() - began


def _peak(program: CodeType) -> int | None:
    tracemalloc.start()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(program, {"__name__": "__main__"})
    except BaseException:  # what it did the first time may keep it from doing it again
        return None
    return tracemalloc.get_traced_memory()[1]


def _traceback(error: BaseException, code: str) -> str:
    lines = code.splitlines()
    text = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == _FILE and frame.lineno:
            shown = lines[frame.lineno - 1].strip() if frame.lineno <= len(lines) else ""
            text.append(f"  Cell, line {frame.lineno}: {shown}")
    if isinstance(error, SyntaxError) and error.lineno:
        text.append(f"  Cell, line {error.lineno}: {(error.text or '').strip()}")
    head = ["Traceback (most recent call last):"] if text else []
    last = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "\n".join([*head, *text, last])
