"""The ring of one stream: one writer, any number of readers in any process."""

from __future__ import annotations

import bisect
import contextlib
import json
import mmap
import os
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.workspace.streams import locking
from engines.workspace.streams.layout import (
    HEADER_SIZE,
    MAGIC,
    MARK_SLOTS,
    MARK_WORDS,
    MARKS_AT,
    META_AT,
    META_LIMIT,
    Kind,
    Segment,
    StreamError,
    Word,
    fence,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

DEFAULT_CAPACITY = 1 << 20
SMALLEST_CAPACITY = 1 << 12


class RingWriter:
    """Creates the ring file at ``path`` and appends to it; for one thread of one process.

    Args:
        path: the file; must not be held by another writer.
        columns: names of the value columns (without time).
        units: a unit for each column, or nothing.
        capacity: rows kept. Halved as often as the file system needs it (not below 4096).

    Raises:
        StreamError: another writer holds the file, or there is no room for it.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        columns: Sequence[str],
        units: Sequence[str] = (),
        capacity: int = DEFAULT_CAPACITY,
    ) -> None:
        if path.exists() and locking.is_locked(path):
            raise StreamError(f"{path}: another program writes this stream; close it or use another name")
        self.path = path
        self.name = name
        self.columns = tuple(columns)
        self.units = tuple(units) or ("",) * len(self.columns)
        self._file = path.open("w+b")
        if not locking.try_lock(self._file):
            self._file.close()
            raise StreamError(f"{path}: another program writes this stream; close it or use another name")
        self.capacity = self._allocate(capacity)
        self._map = mmap.mmap(self._file.fileno(), self._size(self.capacity))
        self._bytes = memoryview(self._map)
        self._words = self._bytes[:HEADER_SIZE].cast("Q")
        self._floats = self._bytes[:HEADER_SIZE].cast("d")
        self._columns = _column_views(self._bytes, self.capacity, len(self.columns) + 1)
        self._write_header()

    def _size(self, capacity: int) -> int:
        return HEADER_SIZE + 8 * capacity * (len(self.columns) + 1)

    def _allocate(self, capacity: int) -> int:
        """Reserve the room now: writing to a mapped page that a full disk cannot give kills the process."""
        while True:
            try:
                self._file.truncate(self._size(capacity))
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(self._file.fileno(), 0, self._size(capacity))
                return capacity
            except OSError as error:
                if capacity // 2 < SMALLEST_CAPACITY:
                    self._file.close()
                    raise StreamError(f"{self.path}: no room for a stream ({error.strerror})") from error
                capacity //= 2

    def _write_header(self) -> None:
        meta = json.dumps({"name": self.name, "columns": self.columns, "units": self.units}).encode()
        if len(meta) > META_LIMIT:
            self.close()
            raise StreamError(f"stream {self.name!r}: the column names and units are too long")
        struct.pack_into("=I", self._bytes, META_AT, len(meta))
        self._bytes[META_AT + 4 : META_AT + 4 + len(meta)] = meta
        self._words[Word.CAPACITY] = self.capacity
        self._words[Word.COLUMNS] = len(self.columns) + 1
        self._floats[Word.ORIGIN] = time.time()
        fence()
        self._words[Word.MAGIC] = MAGIC

    @property
    def total(self) -> int:
        """Rows ever appended."""
        return self._words[Word.TOTAL]

    @property
    def lost(self) -> int:
        return self._words[Word.LOST]

    @property
    def newest(self) -> float:
        """Time of the newest row in seconds; 0.0 when there is none."""
        return self._columns[0][(self.total - 1) % self.capacity] if self.total else 0.0

    def append(self, t: ArrayLike, columns: Sequence[ArrayLike]) -> None:
        """Append ``n`` rows at once: times of shape (n,), and one array of shape (n,) for each column.

        Raises:
            ValueError: the shapes do not fit the stream.
        """
        import numpy as np

        block = [np.ascontiguousarray(values, dtype=np.float64) for values in (t, *columns)]
        count = len(block[0])
        if len(block) != len(self._columns) or any(values.shape != (count,) for values in block):
            shapes = [values.shape for values in block]
            raise ValueError(
                f"stream {self.name!r} takes 1+{len(self.columns)} arrays of one length: {shapes}"
            )
        if not count:
            return
        skipped = max(0, count - self.capacity)
        at = (self.total + skipped) % self.capacity
        end = self.total + count
        self._words[Word.CLAIMED] = end
        fence()
        for view, values in zip(self._columns, block, strict=True):
            _copy_in(view, at, values[skipped:])
        fence()
        self._words[Word.TOTAL] = end

    def append_row(self, t: float, values: Sequence[float]) -> None:
        """Append one row; the quick way for single samples."""
        total = self._words[Word.TOTAL]
        at = total % self.capacity
        if len(values) != len(self.columns):
            raise ValueError(f"stream {self.name!r} takes {len(self.columns)} values, not {len(values)}")
        self._words[Word.CLAIMED] = total + 1
        fence()
        self._columns[0][at] = t
        for view, value in zip(self._columns[1:], values, strict=True):
            view[at] = value
        fence()
        self._words[Word.TOTAL] = total + 1

    def mark(self, kind: Kind, lost: int = 0, seconds: float = float("nan")) -> None:
        """Begin a new segment at the next row; ``lost`` samples are missing before it."""
        count = self._words[Word.MARKS]
        at = MARKS_AT // 8 + (count % MARK_SLOTS) * MARK_WORDS
        self._words[Word.MARKS_GUARD] += 1
        fence()
        self._words[at], self._words[at + 1], self._words[at + 2] = self.total, kind, lost
        self._floats[at + 3] = seconds
        self._words[Word.MARKS] = count + 1
        self._words[Word.LOST] += lost
        fence()
        self._words[Word.MARKS_GUARD] += 1

    def close(self) -> None:
        """Say that nothing more will come. The file stays readable until it is deleted."""
        if self._file.closed:
            return
        self._words[Word.CLOSED] = 1
        _release([*self._columns, self._words, self._floats, self._bytes])
        self._map.close()
        self._file.close()


@dataclass(frozen=True)
class Block:
    """Rows ``start`` to ``start + len(t)`` of a stream: float64 copies of one moment."""

    start: int
    t: NDArray[np.float64]
    values: tuple[NDArray[np.float64], ...]

    @property
    def stop(self) -> int:
        return self.start + len(self.t)


class RingReader:
    """Maps a ring read-only. Copies are consistent even while the writer overwrites.

    Raises:
        StreamError: the file is missing or not a ring.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise StreamError(f"{path}: cannot map this stream ({error})") from error
        self._bytes = memoryview(self._map)
        if len(self._bytes) < HEADER_SIZE or self._bytes[:8].cast("Q")[0] != MAGIC:
            self._bytes.release()
            self._map.close()
            raise StreamError(f"{path}: this file is not a stream of Dirigent, or of another version")
        self._words = self._bytes[:HEADER_SIZE].cast("Q")
        self._floats = self._bytes[:HEADER_SIZE].cast("d")
        self.capacity: int = self._words[Word.CAPACITY]
        self._columns = _column_views(self._bytes, self.capacity, self._words[Word.COLUMNS])
        (length,) = struct.unpack_from("=I", self._bytes, META_AT)
        meta: dict[str, Any] = json.loads(bytes(self._bytes[META_AT + 4 : META_AT + 4 + length]))
        self.name: str = meta["name"]
        self.columns: tuple[str, ...] = tuple(meta["columns"])
        self.units: tuple[str, ...] = tuple(meta["units"])

    @property
    def total(self) -> int:
        """Rows ever appended; row numbers run from 0 to ``total``."""
        return self._words[Word.TOTAL]

    @property
    def oldest(self) -> int:
        """The first row that is still there."""
        return max(0, self._words[Word.CLAIMED] - self.capacity)

    def __len__(self) -> int:
        return max(0, self.total - self.oldest)

    @property
    def lost(self) -> int:
        """Samples known to be missing."""
        return self._words[Word.LOST]

    @property
    def origin(self) -> float:
        """Host time (Unix seconds) at which the stream's time was 0."""
        return self._floats[Word.ORIGIN]

    @property
    def closed(self) -> bool:
        """The writer has said that nothing more comes."""
        return bool(self._words[Word.CLOSED])

    @property
    def producing(self) -> bool:
        """Whether a living writer holds the stream."""
        return not self.closed and locking.is_locked(self.path)

    @property
    def marks(self) -> int:
        """How many gaps and resets there ever were."""
        return self._words[Word.MARKS]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Unbroken runs, oldest first: the start, then every gap and clock reset (the newest 192)."""
        while True:
            guard = self._words[Word.MARKS_GUARD]
            fence()
            marks = self._read_marks()
            fence()
            if guard % 2 == 0 and guard == self._words[Word.MARKS_GUARD]:
                return (Segment(0, Kind.START), *marks)
            if not self.producing:  # it died while it wrote a mark: take what there is
                return (Segment(0, Kind.START), *marks)

    def _read_marks(self) -> list[Segment]:
        count = self._words[Word.MARKS]
        marks = []
        for number in range(max(0, count - MARK_SLOTS), count):
            at = MARKS_AT // 8 + (number % MARK_SLOTS) * MARK_WORDS
            start, kind, lost = self._words[at : at + 3]
            marks.append(Segment(start, Kind(kind), lost, self._floats[at + 3]))
        return marks

    def read(self, start: int, stop: int) -> Block:
        """Rows ``start`` to ``stop``, cut to what is there and was not overwritten while it was copied."""
        stop = min(stop, self.total)
        start = min(max(start, self.oldest), stop)
        t, *values = (_copy_out(view, start, stop) for view in self._columns)
        fence()
        cut = min(max(0, self.oldest - start), stop - start)
        return Block(start + cut, t[cut:], tuple(column[cut:] for column in values))

    def read_column(self, index: int, start: int, stop: int) -> NDArray[np.float64]:
        """Rows ``start`` to ``stop`` of one column (0 is time), always ``stop - start`` long.

        Rows that were overwritten meanwhile come as NaN: what belongs together keeps one length.
        """
        column = _copy_out(self._columns[index], start, stop)
        fence()
        column[: max(0, self.oldest - start)] = float("nan")
        return column

    def last(self, count: int) -> Block:
        """The newest ``count`` rows."""
        total = self.total
        return self.read(total - count, total)

    def since(self, index: int) -> Block:
        """All rows from number ``index`` on. Pass the block's ``stop`` the next time."""
        return self.read(index, self.total)

    def index_at(self, seconds: float) -> int:
        """The number of the first row whose time is at least ``seconds``."""
        times, capacity = self._columns[0], self.capacity
        rows = range(self.oldest, self.total)
        return rows.start + bisect.bisect_left(rows, seconds, key=lambda row: times[row % capacity])

    def time_of(self, row: int) -> float:
        """The time of one row in seconds."""
        return self._columns[0][row % self.capacity]

    def close(self) -> None:
        _release([*self._columns, self._words, self._floats, self._bytes])
        with contextlib.suppress(BufferError):
            self._map.close()


def _column_views(file: memoryview, capacity: int, columns: int) -> list[memoryview[float]]:
    """One float64 view per column."""
    size = 8 * capacity
    if len(file) < HEADER_SIZE + size * columns:
        raise StreamError("the stream's file is shorter than its header says")
    starts = (HEADER_SIZE + size * column for column in range(columns))
    return [file[start : start + size].cast("d") for start in starts]


def _release(views: Sequence[memoryview[Any]]) -> None:
    for view in views:
        view.release()


def _copy_in(view: memoryview[float], at: int, values: Any) -> None:
    head = min(len(view) - at, len(values))
    view[at : at + head] = values[:head]
    if head < len(values):
        view[: len(values) - head] = values[head:]


def _copy_out(view: memoryview[float], start: int, stop: int) -> NDArray[np.float64]:
    import numpy as np

    column = np.asarray(view)
    capacity = len(column)
    if stop <= start:
        return np.empty(0)
    first, last = start % capacity, (stop - 1) % capacity
    if stop - start <= capacity and first <= last:
        return column[first : last + 1].copy()
    return np.concatenate((column[first:], column[: last + 1]))
