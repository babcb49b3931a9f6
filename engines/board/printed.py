"""Plain printed numbers are a stream too: tuples, CSV, ``name:value`` pairs, or a JSON object a line."""

from __future__ import annotations

import json
import re
from collections import deque

from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.store import StreamStore, stream_name

STREAM = "printed"
LONGEST_LINE = 500
MOST_COLUMNS = 16
LINES_TO_BEGIN = 3
"""So many lines of one shape in a row are a stream, not the answer to an expression."""
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_PAIR = re.compile(rf"([A-Za-z_]\w*) ?[:=] ?({_NUMBER})[^\d ,;]{{0,4}}")
_PLAIN = re.compile(rf"[(\[]? ?{_NUMBER}(?:(?: ?[,;] ?| ){_NUMBER})* ?,? ?[)\]]?")
_ECHO = (">>>", "...", "===", "Traceback", "  ")
_LONGEST_SPREAD = 0.1


def parse_line(line: str) -> dict[str, float] | None:
    """The numbers of one line by column name, or None when it is ordinary text."""
    if len(line) > LONGEST_LINE or line.startswith(_ECHO):
        return None
    line = " ".join(line.split())  # single spaces also keep the patterns from trying again and again
    if not line:
        return None
    values = _json_object(line) if line.startswith("{") else _pairs(line) or _plain(line)
    return values if values and len(values) <= MOST_COLUMNS else None


def _json_object(line: str) -> dict[str, float] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    numbers = {
        stream_name(name): float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    }
    return numbers or None


def _pairs(line: str) -> dict[str, float] | None:
    found = _PAIR.findall(line)
    rest = _PAIR.sub("", line).strip(" ,;\t")
    return {name: float(value) for name, value in found} if found and not rest else None


def _plain(line: str) -> dict[str, float] | None:
    if not _PLAIN.fullmatch(line):
        return None
    values = [float(text) for text in re.findall(_NUMBER, line)]
    if len(values) == 1:
        return {"value": values[0]}
    return {f"v{index}": value for index, value in enumerate(values, 1)}


class PrintedReader:
    """Reads the lines of a running program; time is the host's, in seconds since the stream began.

    Lines that came in one piece are spread over the time since the piece before.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._line = ""
        self._waiting: deque[tuple[float, dict[str, float]]] = deque(maxlen=LINES_TO_BEGIN - 1)
        self._columns: tuple[str, ...] = ()
        self._began: float | None = None
        self._last = 0.0
        self.samples = 0

    def take(self, text: str, now: float) -> None:
        """Take text as it arrives, in any pieces, at host time ``now``."""
        *lines, rest = (self._line + text).split("\n")
        self._line = rest[: LONGEST_LINE + 1]
        rows = []
        for line in lines:
            values = parse_line(line.rstrip("\r"))
            if values is None:
                self._waiting.clear()
                continue
            rows.append(values)
        start = max(self._last, now - _LONGEST_SPREAD)
        for index, values in enumerate(rows, 1):
            self._take_row(start + (now - start) * index / len(rows), values)
        self._last = now

    def _take_row(self, when: float, values: dict[str, float]) -> None:
        columns = tuple(values)
        if columns == self._columns:
            self._append(when, values)
            return
        if self._waiting and tuple(self._waiting[-1][1]) != columns:
            self._waiting.clear()
        if len(self._waiting) + 1 < LINES_TO_BEGIN:
            self._waiting.append((when, values))
            return
        try:
            self._store.open(STREAM, columns)
        except StreamError:
            return
        self._columns = columns
        self._began = self._waiting[0][0]
        for earlier, numbers in (*self._waiting, (when, values)):
            self._append(earlier, numbers)
        self._waiting.clear()

    def _append(self, when: float, values: dict[str, float]) -> None:
        began = self._began if self._began is not None else when
        writer = self._store.open(STREAM, self._columns)
        writer.append_row(when - began, tuple(values.values()))
        self.samples += 1
