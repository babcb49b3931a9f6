"""Streams on disk: an open format that any tool can read, and its reader.

``NAME.stream`` is one file:

======  ======================================================================================
offset  meaning
======  ======================================================================================
0       header: one line of JSON, filled up with spaces to 4096 bytes, a newline at the end:
        ``{"format": "dirigent-stream", "version": 1, "name", "columns", "units", "origin",
        "rows"}``; origin is the Unix time at which ``t`` is 0
4096    rows, one after the other: t in seconds and the columns, each a little-endian float64
behind  journal: lines of JSON. ``{"rows": n, "crc32": c}``: the rows up to number n, from those
        of the line before on, have that CRC-32. ``{"row": n, "kind": "gap" or "reset",
        "lost": k, "seconds": s}``: before row n there is an interruption
======  ======================================================================================

While it is recorded ``rows`` is null and the journal grows in a file beside it, ``NAME.stream.journal``: the
rows are on the disk before the journal's line about them is, so that whatever happens the rows in the journal
are whole. Opening such a file cuts off what lies behind them and completes it.
"""

from __future__ import annotations

import bisect
import contextlib
import json
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engines.workspace.streams import locking
from engines.workspace.streams.layout import Kind, Segment, StreamError
from engines.workspace.streams.ring import Block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIX = ".stream"
JOURNAL = ".journal"
FORMAT = "dirigent-stream"
VERSION = 1
HEADER_SIZE = 4096
_KINDS = {"gap": Kind.GAP, "reset": Kind.RESET}
_PART = 1 << 24


@dataclass(frozen=True)
class Header:
    name: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    origin: float
    rows: int | None = None
    """None while it is recorded."""

    @property
    def row_size(self) -> int:
        """Bytes of one row."""
        return 8 * (len(self.columns) + 1)

    def to_bytes(self) -> bytes:
        """Raises StreamError when names and units are too long."""
        fields = {"format": FORMAT, "version": VERSION, "name": self.name, "columns": self.columns,
                  "units": self.units, "origin": self.origin, "rows": self.rows}  # fmt: skip
        line = json.dumps(fields, ensure_ascii=False).encode()
        if len(line) >= HEADER_SIZE:
            raise StreamError(f"stream {self.name!r}: the column names and units are too long to be recorded")
        return line.ljust(HEADER_SIZE - 1) + b"\n"

    @classmethod
    def read(cls, file: BinaryIO, path: Path) -> Header:
        """Raises StreamError when it is no recording."""
        try:
            fields = json.loads(file.read(HEADER_SIZE))
            if fields["format"] != FORMAT:
                raise ValueError(fields["format"])
            if fields["version"] > VERSION:
                raise StreamError(f"{path}: recorded by a newer Dirigent; open it with that one")
            rows = None if fields["rows"] is None else int(fields["rows"])
            columns, units = tuple(map(str, fields["columns"])), tuple(map(str, fields["units"]))
            if len(columns) != len(units) or not columns:
                raise ValueError("columns and units")
            return cls(str(fields["name"]), columns, units, float(fields["origin"]), rows)
        except (ValueError, KeyError, TypeError) as error:
            problem = "this is no recording of a stream, or its header is damaged"
            raise StreamError(f"{path}: {problem}") from error


@dataclass(frozen=True)
class Journal:
    """What is known of the rows: where checked blocks end, with their CRC-32, and the interruptions."""

    ends: tuple[int, ...] = ()
    checks: tuple[int, ...] = ()
    marks: tuple[Segment, ...] = ()

    @classmethod
    def parse(cls, text: bytes) -> Journal:
        """Reads as far as it is whole: a line that was cut off ends it."""
        ends: list[int] = []
        checks: list[int] = []
        marks: list[Segment] = []
        for line in text.split(b"\n")[:-1]:
            try:
                fields = json.loads(line)
                if "crc32" in fields:
                    ends.append(int(fields["rows"]))
                    checks.append(int(fields["crc32"]))
                else:
                    seconds = math.nan if fields["seconds"] is None else float(fields["seconds"])
                    marks.append(Segment(fields["row"], _KINDS[fields["kind"]], int(fields["lost"]), seconds))
            except (ValueError, KeyError, TypeError):
                break
        return cls(tuple(ends), tuple(checks), tuple(marks))

    def until(self, rows: int) -> Journal:
        count = bisect.bisect_right(self.ends, rows)
        marks = tuple(mark for mark in self.marks if mark.start <= rows)
        return Journal(self.ends[:count], self.checks[:count], marks)

    def to_bytes(self) -> bytes:
        lines = [check_line(end, check) for end, check in zip(self.ends, self.checks, strict=True)]
        return b"".join([*lines, *map(mark_line, self.marks)])


def check_line(rows: int, crc32: int) -> bytes:
    return json.dumps({"rows": rows, "crc32": crc32}).encode() + b"\n"


def mark_line(mark: Segment) -> bytes:
    seconds = None if math.isnan(mark.seconds) else mark.seconds
    fields = {"row": mark.start, "kind": mark.kind.name.lower(), "lost": mark.lost, "seconds": seconds}
    return json.dumps(fields).encode() + b"\n"


class Recording:
    """A recording, opened: it reads like a ring that is complete. Columns are views of the mapped file, so
    one that is larger than the memory can be read.

    Args:
        path: one that was cut off (power failure, kill) is mended first, where the file can be written.

    Raises:
        StreamError: the file is missing, no recording, or damaged beyond its tail.
    """

    oldest = 0
    closed = True
    producing = False
    capacity = 1 << 62
    """Nothing is ever overwritten."""

    def __init__(self, path: Path) -> None:
        import numpy as np

        self.path = path
        try:
            header, self._journal = _open(path)
        except OSError as error:
            raise StreamError(f"{path}: cannot be read ({error.strerror})") from error
        self.name, self.columns, self.units = header.name, header.columns, header.units
        self.origin = header.origin
        self.total = header.rows or 0
        self.lost = sum(mark.lost for mark in self._journal.marks)
        shape = (self.total, len(self.columns) + 1)
        self._rows: NDArray[np.float64] = np.empty(shape)
        if self.total:
            self._rows = np.asarray(np.memmap(path, "<f8", "r", HEADER_SIZE, shape))

    def __len__(self) -> int:
        return self.total

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Unbroken runs: the start, then every gap and clock reset."""
        return (Segment(0, Kind.START), *self._journal.marks)

    @property
    def marks(self) -> int:
        """How many gaps and resets there are."""
        return len(self._journal.marks)

    def read(self, start: int, stop: int) -> Block:
        """Rows ``start`` to ``stop``, cut to what is there."""
        stop = max(min(stop, self.total), 0)
        start = min(max(start, 0), stop)
        t, *values = self._rows[start:stop].T
        return Block(start, t, tuple(values))

    def read_column(self, index: int, start: int, stop: int) -> NDArray[np.float64]:
        """Rows ``start`` to ``stop`` of one column (0 is time)."""
        return self._rows[start:stop, index]

    def last(self, count: int) -> Block:
        """The newest ``count`` rows."""
        return self.read(self.total - count, self.total)

    def since(self, index: int) -> Block:
        """All rows from number ``index`` on."""
        return self.read(index, self.total)

    def index_at(self, seconds: float) -> int:
        """The number of the first row whose time is at least ``seconds``."""
        return int(self._rows[:, 0].searchsorted(seconds))

    def time_of(self, row: int) -> float:
        """The time of one row in seconds."""
        return float(self._rows[row, 0])

    def damaged(self) -> list[tuple[int, int]]:
        """Reads all of it: the blocks (first row, row behind) that are not as they were recorded."""
        start, found = 0, []
        with self.path.open("rb") as file:
            for end, check in zip(self._journal.ends, self._journal.checks, strict=True):
                if _crc(file, start, end, 8 * (len(self.columns) + 1)) != check:
                    found.append((start, end))
                start = end
        return found

    def close(self) -> None:
        """Let the file go; arrays that were read from it stay good."""
        self._rows = self._rows[:0].copy()


def _open(path: Path) -> tuple[Header, Journal]:
    with path.open("rb") as file:
        header = Header.read(file, path)
        if header.rows is not None:
            file.seek(HEADER_SIZE + header.rows * header.row_size)
            size = path.stat().st_size
            if file.tell() > size:
                raise StreamError(f"{path}: {file.tell() - size} bytes are missing at its end; copy it again")
            return header, Journal.parse(file.read())
        recorded = journal_path(path)
        text = recorded.read_bytes() if recorded.exists() else b""
        journal = Journal.parse(text)
        rows = _whole_rows(file, header, journal)
        journal = journal.until(rows)
    if not locking.is_locked(path):
        with contextlib.suppress(OSError), path.open("r+b") as out:  # of a read-only disk it is only read
            complete(out, path, header, rows, journal)
    return _with_rows(header, rows), journal


def complete(file: BinaryIO, path: Path, header: Header, rows: int, journal: Journal) -> None:
    """End a recording: what lies behind ``rows`` is cut off, the journal moves in. Raises OSError."""
    end = HEADER_SIZE + rows * header.row_size
    file.truncate(end)
    file.seek(end)
    _write_all(file, journal.to_bytes())
    os.fsync(file.fileno())
    file.seek(0)
    _write_all(file, _with_rows(header, rows).to_bytes())
    file.flush()
    os.fsync(file.fileno())
    journal_path(path).unlink(missing_ok=True)


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    file.flush()


def _with_rows(header: Header, rows: int) -> Header:
    return Header(header.name, header.columns, header.units, header.origin, rows)


def _whole_rows(file: BinaryIO, header: Header, journal: Journal) -> int:
    """The rows up to the last block that is whole; blocks before it were on the disk earlier."""
    bounds = (0, *journal.ends)
    for number in range(len(journal.ends), 0, -1):
        start, end = bounds[number - 1], bounds[number]
        if _crc(file, start, end, header.row_size) == journal.checks[number - 1]:
            return end
    return 0


def _crc(file: BinaryIO, start: int, end: int, row_size: int) -> int | None:
    """CRC-32 of rows; None when the file ends before."""
    file.seek(HEADER_SIZE + start * row_size)
    left, crc = (end - start) * row_size, 0
    while left > 0:
        part = file.read(min(left, _PART))
        if not part:
            return None
        crc = zlib.crc32(part, crc)
        left -= len(part)
    return crc


def journal_path(path: Path) -> Path:
    return path.with_name(path.name + JOURNAL)
