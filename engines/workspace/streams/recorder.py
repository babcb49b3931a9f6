"""Recording a stream to disk while it runs: one thread follows the ring and writes what is new."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from engines.workspace.streams import locking
from engines.workspace.streams.layout import Kind, Segment, StreamError
from engines.workspace.streams.recording import (
    HEADER_SIZE,
    Header,
    check_line,
    journal_path,
    mark_line,
)
from engines.workspace.streams.ring import Block
from engines.workspace.streams.store import StreamStore

SYNC_SECONDS = 1.0
"""So much is lost at most when the power fails."""
_POLL = 0.1
_PART = 1 << 16
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class RecordingWriter:
    """Writes one recording; for one thread.

    Raises:
        StreamError: the file exists already, cannot be made, or the disk is full. What is whole stays.
    """

    def __init__(
        self, path: Path, name: str, columns: Sequence[str], units: Sequence[str], origin: float
    ) -> None:
        self.path = path
        self.rows = 0
        self._header = Header(name, tuple(columns), tuple(units), origin)
        self._ends: list[int] = []
        self._checks: list[int] = []
        self._marks: list[Segment] = []
        self._told = 0
        """Marks that stand in the journal's file."""
        self._crc = 0
        head = self._header.to_bytes()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("x+b", buffering=0)
        except FileExistsError:
            raise StreamError(f"{path} is there already; record under another name") from None
        except OSError as error:
            raise StreamError(f"{path}: cannot be written ({error.strerror})") from error
        locking.try_lock(self._file)
        try:
            self._journal = journal_path(path).open("wb", buffering=0)
            self._write(self._file, head)
        except (OSError, StreamError) as error:
            self._abandon()
            raise _failed(path, error) if isinstance(error, OSError) else error from None

    @property
    def size(self) -> int:
        """Bytes of the rows written."""
        return self.rows * self._header.row_size

    def append(self, block: Block) -> None:
        """Write rows; they are sure to survive only after ``sync``."""
        import numpy as np

        data = np.column_stack((block.t, *block.values)).astype("<f8", copy=False).tobytes()
        self._write(self._file, data)
        self._crc = zlib.crc32(data, self._crc)
        self.rows += len(block.t)

    def mark(self, mark: Segment) -> None:
        """An interruption; ``mark.start`` is counted in this recording."""
        self._marks.append(mark)

    def sync(self) -> None:
        """Bring everything so far to the disk: the rows first, then the journal's line about them."""
        if self.rows == (self._ends[-1] if self._ends else 0) and self._told == len(self._marks):
            return
        self._flush(self._file)
        lines = b"".join(map(mark_line, self._marks[self._told :]))
        self._told = len(self._marks)
        self._ends.append(self.rows)
        self._checks.append(self._crc)
        self._crc = 0
        self._write(self._journal, lines + check_line(self.rows, self._checks[-1]))
        self._flush(self._journal)

    def close(self) -> None:
        """End the recording. When even that finds no room, the journal stays beside it."""
        try:
            self.sync()
            self._journal.close()
            self._complete()
        except OSError as error:
            raise _failed(self.path, error) from error
        finally:
            self._journal.close()
            self._file.close()

    def give_up(self) -> None:
        """After an error: what is whole stays, if need be with its journal beside it."""
        with contextlib.suppress(OSError, StreamError):
            self._file.truncate(HEADER_SIZE + self.size)
            self.close()
        self._journal.close()
        self._file.close()

    def _complete(self) -> None:
        """The journal moves in. The header is first: a file whose header counts its rows can be read at
        every moment, with the journal that is still beside it."""
        end = HEADER_SIZE + self.size
        self._file.truncate(end)
        self._file.seek(0)
        self._write(self._file, replace(self._header, rows=self.rows).to_bytes())
        self._flush(self._file)
        self._file.seek(end)
        checks = map(check_line, self._ends, self._checks)
        self._write(self._file, b"".join([*checks, *map(mark_line, self._marks)]))
        self._flush(self._file)
        journal_path(self.path).unlink(missing_ok=True)

    def _abandon(self) -> None:
        self._file.close()
        for path in (self.path, journal_path(self.path)):
            with contextlib.suppress(OSError):
                path.unlink()

    def _write(self, file: BinaryIO, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[file.write(view) :]
        except OSError as error:
            raise _failed(self.path, error) from error

    def _flush(self, file: BinaryIO) -> None:
        try:
            os.fsync(file.fileno())
        except OSError as error:
            raise _failed(self.path, error) from error


@dataclass(frozen=True)
class RecordingState:
    """How a recording goes."""

    name: str
    path: Path
    running: bool
    rows: int = 0
    size: int = 0
    """Bytes."""
    missed: int = 0
    """Rows that were overwritten before they could be written."""
    problem: str = ""
    """Why it ended by itself; empty when it was stopped."""


class Recorder:
    """Records one stream from now on, until it is stopped, the stream ends or the disk is full.

    Args:
        name: a stream of the store; it goes on whatever happens here.
        path: the new file.
        changed: called on the recorder's thread about once a second and at the end.
        past: also what the ring still holds.

    Raises:
        StreamError: there is no such stream, or the file cannot be made.
    """

    def __init__(
        self,
        store: StreamStore,
        name: str,
        path: Path,
        changed: Callable[[RecordingState], object] = lambda state: None,
        *,
        past: bool = False,
    ) -> None:
        if name not in store.running:
            known = ", ".join(store.running) or "none"
            raise StreamError(f"no stream {name!r} is running; there are: {known}")
        self._reader = store.reader(name)
        self._changed = changed
        self._index = self._reader.oldest if past else self._reader.total
        self._seen = 0 if past else self._reader.marks
        self._base = self._index
        """The ring's number of the recording's first row, as if none had been missed."""
        self._waiting: list[Segment] = []
        reader = self._reader
        self._writer = RecordingWriter(path, name, reader.columns, reader.units, reader.origin)
        self.state = RecordingState(name, path, running=True)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"recorder-{name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it soon: what has arrived is written still. Does not wait."""
        self._ending.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the file is complete."""
        self._thread.join(timeout)

    def _run(self) -> None:
        problem, synced = "", time.monotonic()
        try:
            while True:
                ending = self._ending.wait(_POLL) or self._reader.closed  # before the last look
                self._take()
                if ending:
                    break
                if time.monotonic() - synced >= SYNC_SECONDS:
                    self._writer.sync()
                    synced = time.monotonic()
                    self._tell(running=True)
            self._writer.close()
            if not self._ending.is_set():
                problem = "the stream ended, or has other columns now"
        except StreamError as error:
            problem = str(error)
            self._writer.give_up()
        self._reader.close()
        self._tell(running=False, problem=problem)

    def _tell(self, running: bool, problem: str = "") -> None:
        state, writer = self.state, self._writer
        self.state = RecordingState(
            state.name, state.path, running, writer.rows, writer.size, state.missed, problem
        )
        self._changed(self.state)

    def _take(self) -> None:
        """Write all rows that are new, with the marks between them."""
        self._waiting += self._new_marks()
        stop = self._reader.total
        while self._index < stop:
            block = self._reader.read(self._index, min(self._index + _PART, stop))
            missed = block.start - self._index
            if missed > 0:
                self._miss(missed)
            self._writer.append(block)
            self._index = max(block.stop, self._index)
        while self._waiting and self._waiting[0].start <= self._index:
            mark = self._waiting.pop(0)
            if mark.start >= self._base:
                row = min(mark.start - self._base, self._writer.rows)
                self._writer.mark(Segment(row, mark.kind, mark.lost, mark.seconds))

    def _miss(self, rows: int) -> None:
        """The ring was faster than the disk."""
        self._writer.mark(Segment(self._writer.rows, Kind.GAP, rows))
        self._index += rows
        self._base += rows
        state = self.state
        self.state = RecordingState(
            state.name, state.path, True, state.rows, state.size, state.missed + rows, state.problem
        )

    def _new_marks(self) -> list[Segment]:
        count = self._reader.marks
        if count == self._seen:
            return []
        found = self._reader.segments[1:]
        while count != (again := self._reader.marks):  # another one was made meanwhile
            count, found = again, self._reader.segments[1:]
        new, self._seen = count - self._seen, count
        return list(found[-new:])


def _failed(path: Path, error: OSError) -> StreamError:
    if error.errno in _FULL:
        return StreamError(f"{path}: the disk is full. What was recorded is kept; make room and record again")
    return StreamError(f"{path}: cannot be written ({error.strerror})")
