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
are whole. Opening changes nothing, whatever state the file is in: every whole row is there, and ``unchecked``
says which ones no readable line of the journal speaks for.
"""

from __future__ import annotations

import bisect
import json
import math
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

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
    """None while it is recorded, and for ever when that was cut off."""

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
    """What is known of the rows: where blocks end, with their CRC-32, and the interruptions."""

    ends: tuple[int, ...] = ()
    checks: tuple[int | None, ...] = ()
    """None: the line before could not be read, so it is not known where the block begins."""
    marks: tuple[Segment, ...] = ()
    unreadable: int = 0
    """Lines that are damaged."""

    @classmethod
    def parse(cls, text: bytes) -> Journal:
        """A damaged line is passed over, and so is a last one that was cut off."""
        ends: list[int] = []
        checks: list[int | None] = []
        marks: list[Segment] = []
        end, known, unreadable = 0, True, 0
        for line in text.split(b"\n")[:-1]:
            found = _line(line)
            if isinstance(found, Segment):
                marks.append(found)
            elif found is None or found[0] < end:
                unreadable += 1
                known = False
            elif found[0] > end:
                end = found[0]
                ends.append(end)
                checks.append(found[1] if known else None)
                known = True
        marks.sort(key=lambda mark: mark.start)
        return cls(tuple(ends), tuple(checks), tuple(marks), unreadable)

    def until(self, rows: int) -> Journal:
        count = bisect.bisect_right(self.ends, rows)
        marks = tuple(mark for mark in self.marks if mark.start <= rows)
        return Journal(self.ends[:count], self.checks[:count], marks, self.unreadable)

    def blocks(self) -> list[tuple[int, int, int | None]]:
        """First row, row behind and CRC-32 of each block."""
        return list(zip((0, *self.ends), self.ends, self.checks, strict=False))


def _line(line: bytes) -> Segment | tuple[int, int] | None:
    """A mark, or the end of a block and its CRC-32; None when it is damaged."""
    try:
        fields = json.loads(line)
        if "crc32" in fields:
            return int(fields["rows"]), int(fields["crc32"])
        seconds = math.nan if fields["seconds"] is None else float(fields["seconds"])
        return Segment(max(int(fields["row"]), 0), _KINDS[fields["kind"]], int(fields["lost"]), seconds)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


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
        path: it is only read. One that was cut off (power failure, kill) or lost its journal has all rows
            that are whole.

    Raises:
        StreamError: the file is missing, no recording, or shorter than its header says.
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

    @property
    def unreadable(self) -> int:
        """Damaged lines of the journal: marks and check sums that are not known."""
        return self._journal.unreadable

    def unchecked(self) -> list[tuple[int, int]]:
        """Rows (first row, row behind) of which the journal does not say how they were recorded."""
        blocks = self._journal.blocks()
        found = [(start, end) for start, end, check in blocks if check is None]
        checked = blocks[-1][1] if blocks else 0
        return [*found, (checked, self.total)] if checked < self.total else found

    def damaged(self) -> list[tuple[int, int]]:
        """Reads all of it: the blocks (first row, row behind) that are not as they were recorded."""
        size = 8 * (len(self.columns) + 1)
        with self.path.open("rb") as file:
            return [
                (start, end)
                for start, end, check in self._journal.blocks()
                if check is not None and _crc(file, start, end, size) != check
            ]

    def close(self) -> None:
        """Let the file go; arrays that were read from it stay good."""
        self._rows = self._rows[:0].copy()


def _open(path: Path) -> tuple[Header, Journal]:
    beside = journal_path(path)
    text = beside.read_bytes() if beside.exists() else b""
    with path.open("rb") as file:
        header = Header.read(file, path)
        size = path.stat().st_size
        if header.rows is None:
            whole = max(size - HEADER_SIZE, 0) // header.row_size
            journal = Journal.parse(text).until(whole)
            rows = _rows_written(file, header.row_size, max(journal.ends, default=0), whole)
            return replace(header, rows=rows), journal
        end = HEADER_SIZE + header.rows * header.row_size
        if end > size:
            raise StreamError(f"{path}: {end - size} bytes are missing at its end; copy it again")
        file.seek(end)
        return header, Journal.parse(text or file.read()).until(header.rows)


def _rows_written(file: BinaryIO, row_size: int, least: int, rows: int) -> int:
    """Zeros up to the end are room that the system had made before the power failed."""
    part = _PART // row_size
    while rows > least:
        first = max(rows - part, least)
        file.seek(HEADER_SIZE + first * row_size)
        if written := file.read((rows - first) * row_size).rstrip(b"\0"):
            return first + math.ceil(len(written) / row_size)
        rows = first
    return rows


def _crc(file: BinaryIO, start: int, end: int, row_size: int) -> int:
    file.seek(HEADER_SIZE + start * row_size)
    left, crc = (end - start) * row_size, 0
    while left > 0 and (part := file.read(min(left, _PART))):
        crc = zlib.crc32(part, crc)
        left -= len(part)
    return crc


def journal_path(path: Path) -> Path:
    return path.with_name(path.name + JOURNAL)
