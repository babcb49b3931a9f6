"""Exceptions of formulas as what their cells show, with the user's part of the traceback."""

from __future__ import annotations

import linecache
from pathlib import Path
from types import TracebackType

from engines.sheet.formula import FILENAME
from engines.sheet.values import CellError, ErrorValue

_OWN_FOLDER = str(Path(__file__).resolve().parent.parent)
_MOST_FRAMES = 12


def error_value(error: BaseException, address: str, text: str) -> ErrorValue:
    """What the cell at ``address`` with the formula ``text`` shows for an exception."""
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be shown)"
    origin, root = "", None
    if isinstance(error, CellError):
        origin, root = error.origin, error.root
        message = message.removeprefix(address.rpartition("!")[0] + "!")  # its own sheet's name says nothing
    lines = [f"Formula '{text}' in {address}"]
    frames = _user_frames(error.__traceback__)
    if len(frames) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        frames = [*frames[:half], f"  ... {len(frames) - 2 * half} more ...", *frames[-half:]]
    lines += frames
    lines.append(f"{name}: {message}" if message else name)
    return ErrorValue(name, message, "\n".join(lines), origin, root)


def _user_frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        filename = code.co_filename
        if filename != FILENAME and not filename.startswith(_OWN_FOLDER):
            line = linecache.getline(filename, traceback.tb_lineno, traceback.tb_frame.f_globals).strip()
            place = f"  {Path(filename).name}, line {traceback.tb_lineno}, in {code.co_name}"
            frames.append(f"{place}\n    {line}" if line else place)
        traceback = traceback.tb_next
    return frames
