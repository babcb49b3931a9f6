"""App-side: owns the rings by stream name and tells the kernel through ``index.json`` which there are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engines.workspace.events import Event
from engines.workspace.files import write_atomically
from engines.workspace.streams import locking
from engines.workspace.streams.layout import Kind, StreamError
from engines.workspace.streams.readers import Reader, open_reader
from engines.workspace.streams.recording import Recording
from engines.workspace.streams.ring import DEFAULT_CAPACITY, RingWriter

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

INDEX = "index.json"
LOCK = "owner.lock"
MOST_STREAMS = 64
_ROOM = 256 << 20
_YOUNG = 10.0


def stream_name(text: str) -> str:
    """A Python name for a stream: what a name cannot hold becomes an underscore."""
    name = re.sub(r"\W", "_", text.strip()) or "stream"
    return f"_{name}" if name[0].isdigit() else name


class StreamStore:
    """The streams of one running app.

    Every stream has one producer (a thread of the app). A change of columns begins a new *generation*: a new
    ring under the same name. A clock reset begins a new *segment*: the user's time never runs backwards, it
    goes on by the host's clock (the producer maps it; ``reset`` marks the place).

    Args:
        directory: an own folder for the rings; by default a fresh one in shared memory (Linux), the user's
            runtime folder or the temporary folder. Folders of dead processes are removed.
    """

    def __init__(self, directory: Path | None = None, capacity: int = DEFAULT_CAPACITY) -> None:
        self.directory = directory or _fresh_directory()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._owner = (self.directory / LOCK).open("wb")
        if not locking.try_lock(self._owner):
            self._owner.close()
            raise StreamError(f"{self.directory}: another program keeps its streams here; use another folder")
        for left in self.directory.glob("*.ring"):
            left.unlink(missing_ok=True)
        self._capacity = capacity
        self._writers: dict[str, RingWriter] = {}
        self._recordings: dict[str, Recording] = {}
        self._generation = 0
        self._guard = threading.Lock()
        self.changed: Event[tuple[str, ...]] = Event()
        """Emitted with all names when a stream appears, disappears or changes its columns; on the
        producer's thread."""
        self._write_index()

    def names(self) -> tuple[str, ...]:
        """Running streams, then recordings."""
        return (*self._writers, *self._recordings)

    @property
    def running(self) -> tuple[str, ...]:
        """Streams that are no recordings."""
        return tuple(self._writers)

    def attach(self, recording: Recording) -> str:
        """Show a recording as a stream; the name it has here: its own one, with a number if that is taken.

        Raises:
            StreamError: too many streams.
        """
        with self._guard:
            if len(self.names()) >= MOST_STREAMS:
                raise StreamError(f"{recording.path} is left out: there are {MOST_STREAMS} streams already")
            name = self._free_name(stream_name(recording.name))
            self._recordings[name] = recording
            self._write_index()
        self.changed.emit(self.names())
        return name

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.names():
            number += 1
            name = f"{wanted}_{number}"
        return name

    def open(self, name: str, columns: Sequence[str], units: Sequence[str] = ()) -> RingWriter:
        """The writer of stream ``name``, made anew when it does not exist with these columns and units.

        Raises:
            StreamError: too many streams, or no room.
        """
        units = tuple(units) or ("",) * len(columns)
        with self._guard:
            writer = self._writers.get(name)
            if writer is not None and (writer.columns, writer.units) == (tuple(columns), units):
                return writer
            if writer is None and len(self.names()) >= MOST_STREAMS:
                raise StreamError(f"stream {name!r} is left out: there are {MOST_STREAMS} streams already")
            recording = self._recordings.pop(name, None)
            self._generation += 1
            path = self.directory / f"{name}.{self._generation}.ring"
            self._writers[name] = RingWriter(path, name, columns, units, self._capacity)
            if recording is not None:  # a running stream keeps its name, the recording gets out of its way
                self._recordings[self._free_name(name)] = recording
            self._write_index()
            self._drop(writer)
        self.changed.emit(self.names())
        return self._writers[name]

    def append(self, name: str, t: ArrayLike, columns: Sequence[ArrayLike]) -> None:
        """Append a block of rows to an open stream (see ``RingWriter.append``)."""
        self._writers[name].append(t, columns)

    def gap(self, name: str, seconds: float = float("nan"), lost: int = 0) -> None:
        """Samples are missing from here: ``lost`` of them, where known for ``seconds``."""
        self._writers[name].mark(Kind.GAP, lost, seconds)

    def reset(self, name: str, seconds: float = float("nan")) -> None:
        """The producer's clock started anew; the next rows are a new segment."""
        self._writers[name].mark(Kind.RESET, 0, seconds)

    def count(self, name: str) -> tuple[int, int]:
        """Samples received and lost so far; from any thread. Raises KeyError."""
        if (recording := self._recordings.get(name)) is not None:
            return recording.total, recording.lost
        try:
            writer = self._writers[name]
            return writer.total, writer.lost
        except ValueError as error:  # closed just now
            raise KeyError(name) from error

    def reader(self, name: str) -> Reader:
        """A reader for views in the app; read again after ``changed``. Raises KeyError, StreamError."""
        recording = self._recordings.get(name)
        return open_reader((self._writers[name] if recording is None else recording).path)

    def remove(self, names: Iterable[str]) -> None:
        """Forget streams and delete their rings; recordings stay on the disk."""
        with self._guard:
            for name in names:
                if (recording := self._recordings.pop(name, None)) is not None:
                    recording.close()
                self._drop(self._writers.pop(name, None))
            self._write_index()
        self.changed.emit(self.names())

    def close(self) -> None:
        """End all streams and delete the folder."""
        with self._guard:
            for writer in self._writers.values():
                writer.close()
            self._writers.clear()
            for recording in self._recordings.values():
                recording.close()
            self._recordings.clear()
            self._owner.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _drop(self, writer: RingWriter | None) -> None:
        if writer is None:
            return
        writer.close()
        with contextlib.suppress(OSError):  # Windows keeps a file that the kernel maps; `close` removes it
            writer.path.unlink()

    def _write_index(self) -> None:
        streams = {name: writer.path.name for name, writer in self._writers.items()}
        streams |= {name: str(recording.path.resolve()) for name, recording in self._recordings.items()}
        text = json.dumps({"version": 1, "streams": streams}, indent=1)
        for attempt in range(50):
            try:
                write_atomically(self.directory / INDEX, text)
                return
            except PermissionError:  # Windows: the kernel has it open just now
                if attempt == 49:
                    raise
                time.sleep(0.005)


def _fresh_directory() -> Path:
    base = _base_directory()
    user = getattr(os, "getuid", lambda: "user")()
    prefix = f"dirigent-{user}-"
    for left in base.glob(f"{prefix}*"):
        if _is_stale(left):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=base))


def _base_directory() -> Path:
    candidates = [Path("/dev/shm")] if sys.platform == "linux" else []
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        candidates.append(Path(runtime))
    for folder in candidates:
        if folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM:
            return folder
    return Path(tempfile.gettempdir())


def _is_stale(directory: Path) -> bool:
    """A folder whose owner is dead; a very young one may be about to be locked."""
    try:
        young = time.time() - directory.stat().st_mtime < _YOUNG
    except OSError:
        return False
    return not young and not locking.is_locked(directory / LOCK)
