"""Plain printed numbers are a stream too: tuples, CSV, ``name:value`` pairs, or a JSON object a line."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import groupby

from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.store import StreamStore, stream_name

STREAM = "printed"
LONGEST_LINE = 500
MOST_COLUMNS = 16
LINES_TO_BEGIN = 3
"""So many lines of one shape in a row are a stream, not the answer to an expression."""
_PLAIN = re.compile(r"[-+.0-9eE,; \t()\[\]]+")
_PAIR = re.compile(
    r"([A-Za-z_]\w*) ?[:=] ?([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)[^\d ,;]{0,4}[ ,;]*"
)
_ECHO = (">>>", "...", "===", "Traceback", "  ")
_LONGEST_SPREAD = 0.1

Row = tuple[tuple[str, ...], tuple[float, ...]]
"""Column names and values."""


def parse_line(line: str) -> Row | None:
    """The numbers of one line with their column names, or None when it is ordinary text."""
    if not line or len(line) > LONGEST_LINE or line.startswith(_ECHO):
        return None
    if _PLAIN.fullmatch(line):
        return _plain(line)
    if line.startswith("{"):
        return _json_object(line)
    return _pairs(line) if ":" in line or "=" in line else None


def _plain(line: str) -> Row | None:
    body = line.strip(" \t()[]").replace(";", ",")
    parts = body.split(",") if "," in body else body.split()
    if parts and not parts[-1].strip():
        parts.pop()  # a tuple of one: (7,)
    if not 0 < len(parts) <= MOST_COLUMNS:
        return None
    try:
        return _numbered(len(parts)), tuple(map(float, parts))
    except ValueError:
        return None


@cache
def _numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return ("value",) if count == 1 else tuple(f"v{number}" for number in range(1, count + 1))


def _json_object(line: str) -> Row | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    numbers = {
        stream_name(name): float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    }
    return (tuple(numbers), tuple(numbers.values())) if 0 < len(numbers) <= MOST_COLUMNS else None


def _pairs(line: str) -> Row | None:
    line = " ".join(line.split())  # single spaces keep the pattern from trying again and again
    names: list[str] = []
    values: list[float] = []
    at = 0
    while at < len(line):
        pair = _PAIR.match(line, at)
        if pair is None or len(names) == MOST_COLUMNS:
            return None
        names.append(pair[1])
        values.append(float(pair[2]))
        at = pair.end()
    return (tuple(names), tuple(values)) if len(set(names)) == len(names) else None


class PrintedReader:
    """Reads the lines of a running program; time is the host's, in seconds since the stream began.

    Lines that came in one piece are spread over the time since the piece before.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._line = ""
        self._waiting: list[tuple[float, Row]] = []
        """Lines of one shape in a row that are not yet a stream."""
        self._columns: tuple[str, ...] = ()
        self._began = 0.0
        self._last = 0.0
        self.samples = 0

    def take(self, text: str, now: float) -> None:
        """Take text as it arrives, in any pieces, at host time ``now``."""
        *lines, rest = (self._line + text).split("\n")
        self._line = rest[: LONGEST_LINE + 1]
        if not lines:
            return
        start = max(self._last, now - _LONGEST_SPREAD)
        step = (now - start) / len(lines)
        parsed = [(start + step * n, parse_line(line.rstrip("\r"))) for n, line in enumerate(lines, 1)]
        for columns, group in groupby(parsed, key=lambda item: item[1] and item[1][0]):
            if columns is None:
                self._waiting.clear()
            else:
                self._take_rows(columns, [(when, row) for when, row in group if row])
        self._last = now

    def _take_rows(self, columns: tuple[str, ...], rows: list[tuple[float, Row]]) -> None:
        if columns != self._columns:
            if self._waiting and self._waiting[0][1][0] != columns:
                self._waiting.clear()
            self._waiting.extend(rows)
            if len(self._waiting) < LINES_TO_BEGIN:
                return
            rows, self._waiting = self._waiting, []
            self._columns, self._began = columns, rows[0][0]
        try:
            writer = self._store.open(STREAM, columns)
        except StreamError:
            return
        values = zip(*(row[1] for _, row in rows), strict=True)
        writer.append([when - self._began for when, _ in rows], list(values))
        self.samples += len(rows)
