"""Kernel-side: streams as lazy objects of the workspace, and the pump that says which of them grew.

``accel.x`` copies the column as it is at that moment, so two reads can differ in length while samples arrive.
To read rows that belong together either take a snapshot (``s = accel.last(1)``; ``s.t`` and ``s.x`` have one
length), or evaluate inside ``with frozen():``, where every read of a stream sees the same rows.
"""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import math
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.workspace.streams.layout import Segment, StreamError
from engines.workspace.streams.readers import Reader, open_reader
from engines.workspace.streams.tables import StreamSlice, StreamTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)


class _Frozen:
    """The rows of one stream that a frozen evaluation sees, with the columns read so far."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.stop = reader.total
        # Rows that are next to be overwritten are left out, so that later columns still find the same rows.
        margin = reader.capacity // 16 if self.stop > reader.capacity * 15 // 16 else 0
        self.start = min(max(reader.oldest, self.stop - reader.capacity + margin), self.stop)
        self._columns: dict[int, NDArray[np.float64]] = {}

    def column(self, index: int) -> NDArray[np.float64]:
        if index not in self._columns:
            values = self.reader.read_column(index, self.start, self.stop)
            values.flags.writeable = False
            self._columns[index] = values
        return self._columns[index]

    def last(self, seconds: float) -> int:
        """The first row strictly younger than ``seconds``: one second at 100 Hz is 100 rows."""
        if self.stop <= self.start:
            return self.stop
        since = self.reader.time_of(self.stop - 1) - seconds
        first = self.reader.index_at(since)
        if first < self.stop and self.reader.time_of(first) <= since:
            first += 1
        return max(first, self.start)

    def cut(self, seconds: float, least: int) -> _Frozen:
        """The newest of these rows only."""
        part = copy.copy(self)
        part.start = max(self.start, min(self.last(seconds), self.stop - least))
        part._columns = {}
        return part


@dataclass(frozen=True)
class _Moment:
    """How streams look inside ``frozen``: their rows, and how far back they reach."""

    rows: dict[StreamView, _Frozen] = field(default_factory=dict)
    seconds: float | None = None
    least: int = 0
    cut: dict[StreamView, _Frozen] = field(default_factory=dict)

    def of(self, view: StreamView) -> _Frozen:
        if view not in self.rows:
            self.rows[view] = _Frozen(view._reader)
        if self.seconds is None:
            return self.rows[view]
        if view not in self.cut:
            self.cut[view] = self.rows[view].cut(self.seconds, self.least)
        return self.cut[view]


_moment: ContextVar[_Moment | None] = ContextVar("moment", default=None)


@contextlib.contextmanager
def frozen(seconds: float | None = None, least: int = 0) -> Iterator[None]:
    """Within the block every stream stands still: all reads see the rows of the first read.

    Columns read inside are shared and read-only. A block inside another one sees the same moment.

    Args:
        seconds: how far back a stream reaches from its newest row; None: as far as it does.
        least: a stream cut by ``seconds`` keeps that many rows, where it has them.
    """
    outer = _moment.get()
    token = _moment.set(_Moment(outer.rows if outer is not None else {}, seconds, least))
    try:
        yield
    finally:
        _moment.reset(token)


class StreamView(StreamTable):
    """A stream by name. It reads the ring when asked, and follows it through new generations."""

    def __init__(self, name: str, registry: StreamRegistry) -> None:
        self.name = name
        self._registry = registry

    @property
    def _reader(self) -> Reader:
        return self._registry.reader(self.name)

    def _now(self) -> _Frozen:
        """The rows that this read sees."""
        moment = _moment.get()
        return _Whole(self._reader) if moment is None else moment.of(self)

    @property
    def columns(self) -> tuple[str, ...]:
        return self._now().reader.columns

    @property
    def units(self) -> dict[str, str]:
        reader = self._now().reader
        return dict(zip(reader.columns, reader.units, strict=True))

    @property
    def lost(self) -> int:
        """Samples known to be missing: counted, never hidden."""
        return self._reader.lost

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Unbroken runs; a new one begins at every gap and clock reset."""
        return self._reader.segments

    def __len__(self) -> int:
        now = self._now()
        return now.stop - now.start

    def _column(self, index: int) -> NDArray[np.float64]:
        return self._now().column(index)

    def _rows(self, start: int, stop: int) -> StreamSlice:
        now = self._now()
        return self._slice(now, now.start + start, now.start + stop)

    def last(self, seconds: float) -> StreamSlice:
        now = self._now()
        return self._slice(now, now.last(seconds), now.stop)

    def _slice(self, now: _Frozen, start: int, stop: int) -> StreamSlice:
        reader = now.reader
        units = dict(zip(reader.columns, reader.units, strict=True))
        return StreamSlice(self.name, reader.columns, units, reader.read(start, stop))

    def _remark(self) -> str:
        lost = f", {self.lost} lost" if self.lost else ""
        rate = self.rate
        return f" at {rate:.4g}/s{lost}" if math.isfinite(rate) else lost


class _Whole(_Frozen):
    """An unfrozen read: everything that is there now, copied at once, nothing shared."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.start = min(reader.oldest, self.stop)

    def column(self, index: int) -> NDArray[np.float64]:
        values = self.reader.read_column(index, self.start, self.stop)
        return values[max(0, self.reader.oldest - self.start) :]


class StreamRegistry(Mapping[str, StreamView]):
    """``streams``: the streams of the app's store in ``directory``, by name.

    Args:
        namespace: where every stream is also put under its bare name, unless that name is the user's.
        ask: asks the app, which writes the rings: ``ask(verb, arguments)`` waits for the answer.
    """

    def __init__(
        self,
        directory: Path,
        namespace: MutableMapping[str, Any] | None = None,
        ask: Callable[[str, dict[str, Any]], Any] | None = None,
    ) -> None:
        self._ask = ask
        self._index = directory / "index.json"
        self._directory = directory
        self._namespace = namespace
        self._stamp: tuple[int, int] | None = None
        self._files: dict[str, str] = {}
        self._readers: dict[str, Reader] = {}
        self._views: dict[str, StreamView] = {}
        self._guard = threading.Lock()
        self.refresh()

    def refresh(self) -> frozenset[str]:
        """Look for new, changed and removed streams; their names."""
        with self._guard:
            try:
                status = self._index.stat()
                stamp = (status.st_mtime_ns, status.st_ino)
                if stamp == self._stamp:
                    return frozenset()
                files: dict[str, str] = json.loads(self._index.read_text())["streams"]
            except (OSError, ValueError, KeyError):
                return frozenset()
            self._stamp = stamp
            changed = {name for name in {*files, *self._files} if files.get(name) != self._files.get(name)}
            self._files = files
            for name in changed:
                self._readers.pop(name, None)
                self._follow(name)
            return frozenset(changed)

    def _follow(self, name: str) -> None:
        if name not in self._files:
            view = self._views.pop(name, None)
            if self._namespace is not None and view is not None and self._namespace.get(name) is view:
                del self._namespace[name]
            return
        view = self._views.setdefault(name, StreamView(name, self))
        if self._namespace is not None:
            self._namespace.setdefault(name, view)

    def reader(self, name: str) -> Reader:
        """The mapped ring or recording of a stream. Raises StreamError when it is gone."""
        with self._guard:
            if name not in self._files:
                raise StreamError(f"stream {name!r} is gone; streams has: {self._known()}")
            if name not in self._readers:
                self._readers[name] = open_reader(self._directory / self._files[name])
            return self._readers[name]

    def totals(self) -> dict[str, int]:
        """How many samples every stream has had; cheap."""
        totals = {}
        for name in tuple(self._files):
            with contextlib.suppress(StreamError):
                totals[name] = self.reader(name).total
        return totals

    def record(self, name: str = "", path: str | Path | None = None, *, past: bool = False) -> dict[str, str]:
        """Write a stream (all of them by default) to disk while it runs; the file of each.

        ``past=True`` also writes what is still in memory. Without ``path`` the file is in the project's
        folder and has the name of the stream and the time.
        """
        return self._app("stream.record", name=name, path=str(path) if path else "", past=past)

    def stop(self, name: str = "") -> list[dict[str, Any]]:
        """End the recording of a stream (all of them by default); how each one ended."""
        return self._app("stream.stop", name=name)

    def open(self, path: str | Path) -> StreamView:
        """Show a recording (``.stream``) as a stream of its name."""
        name = self._app("stream.open", path=str(path))
        self.refresh()
        return self[name]

    def export(self, name: str, path: str | Path) -> str:
        """Write a stream to a ``.csv`` or ``.parquet`` file."""
        return self._app("stream.export", name=name, path=str(path))

    def _app(self, verb: str, **arguments: Any) -> Any:
        if self._ask is None:
            raise StreamError("streams can be recorded and opened in Dirigent's own kernel only")
        return self._ask(verb, arguments)

    def __getitem__(self, name: str) -> StreamView:
        if name not in self._views:
            self.refresh()
        if name not in self._views:
            raise KeyError(f"no stream {name!r}; streams has: {self._known()}")
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._views))

    def __len__(self) -> int:
        return len(self._views)

    def _known(self) -> str:
        return ", ".join(self._files) or "nothing yet (connect a board that sends samples)"

    def __repr__(self) -> str:
        return f"<streams: {self._known()}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._views)


class Pump:
    """One daemon thread that polls the write counters and says which streams grew.

    Args:
        on_changed: called on the pump's thread with the names that have new samples, appeared, changed
            their columns or disappeared; never more often than once in ``interval`` seconds.
    """

    def __init__(
        self,
        registry: StreamRegistry,
        on_changed: Callable[[frozenset[str]], object],
        interval: float = 0.03,
    ) -> None:
        self._registry = registry
        self._on_changed = on_changed
        self._interval = interval
        self._ending = threading.Event()
        self._totals: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, name="stream-pump", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def poll(self) -> frozenset[str]:
        """What changed since the last poll."""
        changed = self._registry.refresh()
        totals = self._registry.totals()
        grown = {name for name, total in totals.items() if total != self._totals.get(name, 0)}
        self._totals = totals
        return changed | grown

    def _run(self) -> None:
        while not self._ending.wait(self._interval):
            changed = self.poll()
            if not changed:
                continue
            try:
                self._on_changed(changed)
            except Exception:
                _log.exception("telling the workspace about %s failed", ", ".join(sorted(changed)))
