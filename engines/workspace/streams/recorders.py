"""All recordings that are under way, by the name of their stream."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from engines.workspace.events import Event
from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.recorder import Recorder, RecordingState
from engines.workspace.streams.recording import SUFFIX
from engines.workspace.streams.store import StreamStore


class Recorders:
    """Starts and stops recordings.

    Args:
        store: whose streams are recorded.
        folder: where recordings go that are given no path.
    """

    def __init__(self, store: StreamStore, folder: Path) -> None:
        self._store = store
        self.folder = folder
        self._recorders: dict[str, Recorder] = {}
        self._guard = threading.Lock()
        self.changed: Event[RecordingState] = Event()
        """A recording grew or ended; emitted on its own thread."""

    def start(self, name: str, path: Path | None = None, *, past: bool = False) -> Path:
        """Record a stream from now on (``past``: and what is still in memory); the file.

        Raises:
            StreamError: there is no such stream, it is recorded already, or the file cannot be made.
        """
        with self._guard:
            known = self._recorders.get(name)
            if known is not None and known.state.running:
                raise StreamError(f"stream {name!r} is being recorded already, to {known.state.path}")
            path = self._file(name, path)
            self._recorders[name] = Recorder(self._store, name, path, self.changed.emit, past=past)
        return path

    def stop(self, name: str) -> RecordingState:
        """End a recording and wait until its file is complete; how it ended.

        Raises:
            StreamError: the stream is not being recorded.
        """
        recorder = self._recorders.get(name)
        if recorder is None or not recorder.state.running:
            raise StreamError(f"stream {name!r} is not being recorded")
        recorder.stop()
        recorder.join()
        return recorder.state

    def stop_soon(self, name: str) -> None:
        """End a recording without waiting; ``changed`` tells when its file is complete."""
        if recorder := self._recorders.get(name):
            recorder.stop()

    def state(self, name: str) -> RecordingState | None:
        """How the recording of a stream goes, or how its last one ended."""
        recorder = self._recorders.get(name)
        return recorder.state if recorder else None

    @property
    def running(self) -> tuple[RecordingState, ...]:
        states = [recorder.state for recorder in tuple(self._recorders.values())]
        return tuple(state for state in states if state.running)

    def close(self) -> None:
        """End them all; their files are complete when this returns."""
        for recorder in self._recorders.values():
            recorder.stop()
        for recorder in self._recorders.values():
            recorder.join()

    def _file(self, name: str, path: Path | None) -> Path:
        if path is not None:
            path = self.folder / path
            return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
        stem = time.strftime(f"{name} %Y-%m-%d %H.%M.%S")
        path, number = self.folder / f"{stem}{SUFFIX}", 1
        while path.exists():
            number += 1
            path = self.folder / f"{stem} ({number}){SUFFIX}"
        return path
