"""The CPython side of ``%%compare``: runs one program from standard input, in this process."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import io
import json
import os
import sys
import time
import traceback
import tracemalloc
from types import CodeType

_FILE = "Cell"
_QUICK = 2.0
"""Seconds: a program that took longer is not run a second time for its memory."""
_GRACE = 5.0
_LONGEST = 1e6


def main() -> int:
    """Read ``{"code", "mark", "timeout"}``; print what the program prints, the mark, and a JSON record of how
    it went.

    The time is that of a plain run. The memory is the peak of a second one, because watching it costs time.
    """
    request = json.load(sys.stdin)
    _end_at_last(request["timeout"] + _GRACE)
    output = sys.stdout
    output.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    answer = os.dup(output.fileno())  # the program may close its output, or override print
    sys.argv = [_FILE]
    gc.collect()
    record = _run(request["code"])
    with contextlib.suppress(ValueError, OSError):  # it was closed: nothing waits in it
        output.flush()
    with os.fdopen(answer, "wb") as file:
        file.write((request["mark"] + json.dumps(record)).encode())
    return 0


def _end_at_last(seconds: float) -> None:
    """Who asked ends this process in time; where it is gone, nobody else would."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(min(seconds, _LONGEST), exit=True, file=nowhere)


def _run(code: str) -> dict[str, object]:
    try:
        program = compile(code, _FILE, "exec")
    except Exception as raised:
        return {"seconds": None, "memory": None, "error": _traceback(raised, code)}
    seconds, failure = _timed(program)
    memory = _peak(program) if failure is None and seconds < _QUICK else None
    return {"seconds": seconds, "memory": memory, "error": _traceback(failure, code) if failure else ""}


def _timed(program: CodeType) -> tuple[float, BaseException | None]:
    began = time.perf_counter()
    try:
        exec(program, {"__name__": "__main__"})
    except SystemExit:
        return time.perf_counter() - began, None
    except BaseException as raised:
        return time.perf_counter() - began, raised
    return time.perf_counter() - began, None


def _peak(program: CodeType) -> int | None:
    tracemalloc.start()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(program, {"__name__": "__main__"})
    except SystemExit:
        pass
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
