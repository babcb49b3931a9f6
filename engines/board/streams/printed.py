"""Plain printed numbers are streams: ``printed``, and ``printed_2`` where lines of two forms alternate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

from engines.board.streams.printed_lines import (
    ECHO,
    LONGEST_LINE,
    Row,
    Titles,
    is_readable,
    parse_line,
    parse_titles,
)
from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.store import StreamStore

STREAM = "printed"
MOST_STREAMS = 8
LINES_TO_BEGIN = 3
"""So many lines of one form are a stream, not the answer to an expression."""
QUIET = 10.0
"""A form that did not come for so many seconds is over: the next new one takes its stream's name."""
_MOST_FORMS = 32
_SHOWN = 60
_DIGIT = re.compile(r"\d")
_LONGEST_SPREAD = 0.1


@dataclass
class _Form:
    """Lines with the same columns."""

    columns: tuple[str, ...]
    units: tuple[str, ...]
    last: float
    """Host time of the newest line."""
    stream: str = ""
    """Empty as long as it is none."""
    began: float | None = None
    """Host time at which the stream's time was 0."""
    rows: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    """Host times and values that are not in the stream yet."""


class PrintedReader:
    """Reads the lines of a running program; time is the host's, in seconds since the stream began.

    Lines that came in one piece are spread over the time since the piece before. Ordinary text between the
    numbers is passed over; a prompt ends what had not yet become a stream.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._line = ""
        self._forms: dict[tuple[str, ...], _Form] = {}
        self._announced: Titles | None = None
        """The line just before may have been a CSV header."""
        self._titles: dict[int, Titles] = {}
        """The header that holds, by the number of columns."""
        self._last = 0.0
        self._fresh: set[str] = set()
        self._in_traceback = False
        self.samples = 0
        self.unread = 0
        """Lines between numbers that may have held numbers too and are in no stream ..."""
        self.unread_line = ""
        """... and the last one of them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Streams of the board that is connected now."""
        return tuple(sorted(self._fresh))

    def another_board(self) -> None:
        """What comes next may be from another board."""
        self._fresh.clear()
        self.unread, self.unread_line = 0, ""
        self._prompted()

    def take(self, text: str, now: float) -> None:
        """Take text as it arrives, in any pieces, at host time ``now``."""
        *lines, rest = (self._line + text).split("\n")
        self._line = rest[: LONGEST_LINE + 1]
        if not lines:
            return
        start = max(self._last, now - _LONGEST_SPREAD)
        step = (now - start) / len(lines)
        for number, line in enumerate(lines, 1):
            self._take_line(line.rstrip("\r"), start + step * number)
        self._last = now
        for form in tuple(self._forms.values()):
            self._append(form)

    def _take_line(self, line: str, when: float) -> None:
        if line.startswith(ECHO):
            self._prompted()
            return
        if self._is_traceback(line):
            return
        row = parse_line(line) if is_readable(line) else None
        if row is None:
            self._announced = parse_titles(line) if is_readable(line) else None
            self._miss(line, when)
            return
        columns, units = self._titled(row)
        form = self._forms.get(columns)
        if form is None:
            self._forget_the_oldest()
            form = self._forms[columns] = _Form(columns, units, when)
        form.last = when
        form.rows.append((when, row.values))
        if not form.stream and len(form.rows) >= LINES_TO_BEGIN:
            form.stream = self._free_stream(form)

    def _is_traceback(self, line: str) -> bool:
        """Its frames are indented, and the exception below them is no number either."""
        inside, self._in_traceback = self._in_traceback, line.startswith("Traceback")
        if inside and line.startswith("  "):
            self._in_traceback = True
        return inside or self._in_traceback

    def _miss(self, line: str, when: float) -> None:
        """Count a line that is damaged or holds a number, while numbers come."""
        if is_readable(line) and not _DIGIT.search(line):
            return
        if any(form.stream and when - form.last < QUIET for form in self._forms.values()):
            self.unread += 1
            self.unread_line = line[:_SHOWN]

    def _titled(self, row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The row's columns and units, from the header above where it names none itself."""
        announced, self._announced = self._announced, None
        if row.named:
            return row.columns, row.units
        size = len(row.columns)
        if announced is not None and len(announced.columns) == size + row.clock:
            self._titles[size] = Titles(announced.columns[row.clock :], announced.units[row.clock :])
        return self._titles.get(size, (row.columns, row.units))

    def _prompted(self) -> None:
        """The program ended: what it announced holds no longer, what it answered is no stream."""
        self._announced = None
        self._titles.clear()
        self._forms = {columns: form for columns, form in self._forms.items() if form.stream}

    def _forget_the_oldest(self) -> None:
        if len(self._forms) >= _MOST_FORMS:
            waiting = [form for form in self._forms.values() if not form.stream]
            del self._forms[min(waiting, key=lambda form: form.last).columns]

    def _append(self, form: _Form) -> None:
        if not form.rows or not form.stream:
            return
        rows, form.rows = form.rows, []
        try:
            writer = self._store.open(form.stream, form.columns, form.units)
        except StreamError as error:
            self.unread += len(rows)
            self.unread_line = str(error)
            return
        if form.began is None:
            form.began = rows[0][0]
            if writer.total:  # of an earlier program with the same columns
                self._store.reset(form.stream)
                form.began -= writer.newest + 1e-6
        began = form.began
        writer.append(
            [when - began for when, _ in rows], list(zip(*(values for _, values in rows), strict=True))
        )
        self._fresh.add(form.stream)
        self.samples += len(rows)

    def _free_stream(self, form: _Form) -> str:
        """The first name that no form has, or one that has been quiet; else that of the quietest one."""
        owners = {each.stream: each for each in self._forms.values() if each.stream}
        for number in count(1):
            name = STREAM if number == 1 else f"{STREAM}_{number}"
            owner = owners.get(name)
            if owner is None and number <= MOST_STREAMS:
                return name
            if owner is None:
                break
            if form.last - owner.last > QUIET:
                return self._take_over(owner)
        return self._take_over(min(owners.values(), key=lambda each: each.last))

    def _take_over(self, owner: _Form) -> str:
        self._append(owner)
        del self._forms[owner.columns]
        return owner.stream
