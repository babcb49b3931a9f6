"""Recordings of streams: made while they run, opened again as streams, exported."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from app.stage import Stage
from engines.workspace.graph import Kind, Node, name_node
from engines.workspace.size_text import size_text
from engines.workspace.streams.export import export
from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.recorder import RecordingState
from engines.workspace.streams.recorders import Recorders
from engines.workspace.streams.recording import Recording


class Recordings:
    """What takes long (opening, checking, exporting) runs on a thread of its own.

    Args:
        folder: the project's; relative paths begin there.
    """

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self.recorders = Recorders(stage.streams, folder)
        self.recorders.changed.connect(lambda state: stage.loop.deliver(lambda: self._told(state)))
        self._missed: set[Path] = set()
        self._opened: dict[str, Path] = {}

    def start(self, name: str = "", path: Path | None = None, *, past: bool = False) -> dict[str, str]:
        """Record a stream, or all that run and are not recorded yet; the file of each.

        Raises:
            StreamError: there is nothing to record, or a file cannot be made.
        """
        if name:
            return {name: str(self.recorders.start(name, path, past=past))}
        recorded = {state.name for state in self.recorders.running}
        names = [each for each in self._stage.streams.running if each not in recorded]
        if not names:
            raise StreamError("no stream is running that is not recorded yet; connect a board that sends one")
        return {each: str(self.recorders.start(each, past=past)) for each in names}

    def stop(self, name: str = "") -> Future[list[dict[str, Any]]]:
        """End the recording of a stream, or all of them; when it is done, how each one ended."""
        names = [name] if name else [state.name for state in self.recorders.running]
        if not names:
            raise StreamError("nothing is being recorded")
        return _aside("stop", lambda: [as_data(self.recorders.stop(each)) for each in names])

    def open(self, path: Path) -> Future[str]:
        """Show a recording as a stream; when it is done, the stream's name."""
        path = self._folder / path

        def work() -> str:
            recording = Recording(path)
            name = self._stage.streams.attach(recording)
            self._opened[name] = path
            self._deliver(self._opened_notice, name, recording)
            if recording.unchecked() or recording.unreadable:
                self._deliver(self._journal_notice, recording)
            if damaged := recording.damaged():
                self._deliver(self._damage_notice, path, damaged)
            return name

        return self._told_when_it_fails(_aside("open", work))

    def close_recording(self, name: str) -> None:
        """Take an opened recording out of the workspace; its file stays. Raises StreamError."""
        if name not in self._stage.streams.names() or name in self._stage.streams.running:
            raise StreamError(f"{name!r} is no opened recording")
        self._stage.streams.remove([name])

    def export(self, name: str, path: Path) -> Future[str]:
        """Write a stream or an opened recording to .csv or .parquet; when it is done, the file."""
        path = self._folder / path
        if name not in self._stage.streams.names():
            raise StreamError(f"there is no stream {name!r}")
        reader = self._stage.streams.reader(name)

        def work() -> str:
            try:
                rows = export(reader, path)
            finally:
                reader.close()
            self._deliver(self._stage.notices.info, f"Wrote {rows} samples to {path}.")
            return str(path)

        return self._told_when_it_fails(_aside("export", work))

    def answer(self, verb: str, arguments: dict[str, Any]) -> Any:
        """Answers ``streams.record(...)`` and its like in the kernel: the value, or a future of it."""
        name, path = arguments.get("name", ""), arguments.get("path")
        given = Path(path) if path else None
        if verb == "stream.record":
            return self.start(name, given, past=bool(arguments.get("past")))
        if verb == "stream.stop":
            return self.stop(name)
        if verb == "stream.open" and given is not None:
            return self.open(given)
        if verb == "stream.export" and given is not None:
            return self.export(name, given)
        raise LookupError(f"Dirigent does not answer {verb!r}")

    def enter_sources(self) -> None:
        """A recording is where its stream comes from. Asked for before a lineage."""
        for name, path in self._opened.items():
            if name in self._stage.streams.names():
                node = Node(Kind.SOURCE, f"recording {path.name}")
                self._stage.graph.set_node(node, defines=[name_node(name)])

    def states(self) -> dict[str, dict[str, Any]]:
        """The recordings under way, as plain data."""
        return {state.name: as_data(state) for state in self.recorders.running}

    def close(self) -> None:
        """End all recordings; their files are complete when this returns."""
        self.recorders.close()

    def _told(self, state: RecordingState) -> None:
        notices = self._stage.notices
        if state.missed and state.path not in self._missed:
            self._missed.add(state.path)
            notices.warn(
                f"Recording {state.name}: the disk is too slow; {state.missed} samples were missed so far. "
                "The recording has a gap there."
            )
        if state.running:
            return
        if state.problem:
            notices.error(f"The recording of {state.name} ended: {state.problem}.")
        else:
            size = size_text(state.size)
            notices.info(f"Recorded {state.rows} samples of {state.name} ({size}): {state.path}")

    def _opened_notice(self, name: str, recording: Recording) -> None:
        self._stage.notices.info(f"{recording.path.name} is open as {name}: {recording.total} samples.")

    def _journal_notice(self, recording: Recording) -> None:
        path, lines, unchecked = recording.path, recording.unreadable, recording.unchecked()
        self._stage.notices.warn(
            f"{path} was not ended, or its journal is missing or damaged. "
            + (f"Samples {_places(unchecked)} are shown without a check. " if unchecked else "")
            + (f"{lines} lines of the journal cannot be read, so a gap may not show. " if lines else "")
            + f"The file was left as it is. If {path.name}.journal lies elsewhere, put it beside the file "
            "and open it again."
        )

    def _damage_notice(self, path: Path, damaged: list[tuple[int, int]]) -> None:
        self._stage.notices.warn(f"{path}: samples {_places(damaged)} are damaged; the rest is as recorded.")

    def _told_when_it_fails(self, future: Future[str]) -> Future[str]:
        def done(finished: Future[str]) -> None:
            if error := finished.exception():
                self._deliver(self._stage.notices.error, str(error))

        future.add_done_callback(done)
        return future

    def _deliver(self, function: Callable[..., object], *arguments: Any) -> None:
        self._stage.loop.deliver(lambda: function(*arguments))


def _places(ranges: list[tuple[int, int]]) -> str:
    places = ", ".join(f"{start} to {stop - 1}" for start, stop in ranges[:5])
    return places + (f" and {len(ranges) - 5} more places" if len(ranges) > 5 else "")


def as_data(state: RecordingState) -> dict[str, Any]:
    return {
        "name": state.name,
        "path": str(state.path),
        "running": state.running,
        "samples": state.rows,
        "bytes": state.size,
        "missed": state.missed,
        "problem": state.problem,
    }


def _aside(title: str, work: Callable[[], Any]) -> Future[Any]:
    """Do it on a thread of its own."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name=f"recordings-{title}", daemon=True).start()
    return future
