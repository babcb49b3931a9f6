"""The data behind one figure: streams read directly from their rings, all else evaluated in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.stage import Stage
from engines.plot.bindings import expressions, stream_column
from engines.plot.data import Column, Unavailable
from engines.plot.document import FigureDocument
from engines.workspace.kernel_api import Lane, Reply
from engines.workspace.streams.readers import Reader
from engines.workspace.streams.rolling import RollingColumn

LIVE_MARGIN = 1.25  # read a little more than the window shows, for the line that leaves it at the left
ASK_PERIOD = 0.05


@dataclass(frozen=True)
class _Trace:
    """Expressions of a trace, and of traces that share one: all are read at one moment, so lengths agree."""

    expressions: tuple[str, ...]
    columns: tuple[tuple[str, str], ...] | None
    """(stream, column) for each expression when all of them can be read directly."""


class FigureFeed:
    """Keeps ``data`` (expression -> Column or Unavailable) fresh; calls ``changed`` when it is newer.

    ``beside`` says whether expressions read only streams and sheets, so that they may be evaluated beside a
    busy cell. The kernel is asked 20 times a second at the most, about no more of the streams than is shown.
    """

    def __init__(
        self,
        document: FigureDocument,
        stage: Stage,
        changed: Callable[[], object],
        beside: Callable[[str], bool],
    ) -> None:
        self.document = document
        self.data: dict[str, Column | Unavailable] = {}
        self._stage = stage
        self._changed = changed
        self._beside = beside
        self._readers: dict[str, Reader] = {}
        self._rolling: dict[tuple[str, int], RollingColumn] = {}
        self._totals: dict[str, int] = {}
        self._asked: set[str] = set()
        self._stale: set[str] = set()
        self._traces: list[_Trace] = []
        self._seconds: float | None = None
        self._resting = False
        self._put_off = False
        self.rebuild()

    def rebuild(self) -> None:
        """The figure's bindings have changed."""
        by_trace: dict[int, list[str]] = {}
        for (index, _), expression in expressions(self.document.figure).items():
            by_trace.setdefault(index, []).append(expression)
        self._traces = [self._as_trace(texts) for texts in _joined(by_trace.values())]
        self._totals.clear()
        known = {text for trace in self._traces for text in trace.expressions}
        self.data = {text: column for text, column in self.data.items() if text in known}
        self._stale = self._evaluated()

    def streams_changed(self) -> None:
        """Streams appeared or have other columns: their rings are mapped anew."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self._rolling.clear()
        self.rebuild()

    def mark(self, texts: set[str]) -> None:
        """What these expressions read has new values."""
        self._stale |= {
            text
            for trace in self._traces
            if trace.columns is None and texts.intersection(trace.expressions)
            for text in trace.expressions
        }

    @property
    def waiting(self) -> bool:
        """Whether the kernel still has to say something."""
        return bool(self._asked or self._stale)

    def refresh(self, seconds: float | None) -> bool:
        """Read what is new; True when ``data`` changed now (the kernel's part comes later, by ``changed``).

        ``seconds``: how far back the picture looks (None: everything there is).
        """
        if seconds != self._seconds:
            self._seconds = seconds
            self._totals.clear()
            self._stale |= self._evaluated()
        grown = self._read_streams(seconds)
        self._ask_kernel()
        return grown

    def _evaluated(self) -> set[str]:
        """The expressions that the kernel evaluates."""
        return {text for trace in self._traces if trace.columns is None for text in trace.expressions}

    # -- streams -----------------------------------------------------------------------------------------

    def _read_streams(self, seconds: float | None) -> bool:
        fresh = False
        totals: dict[str, int] = {}
        for trace in self._traces:
            for text, (stream, column) in zip(trace.expressions, trace.columns or (), strict=False):
                reader = self._reader(stream)
                if reader is None:
                    self.data[text] = Unavailable(f"no stream {stream!r} yet: connect a board that sends it")
                    continue
                total = totals.setdefault(stream, reader.total)
                if self._totals.get(stream) == total and isinstance(self.data.get(text), Column):
                    continue
                self.data[text] = self._read(stream, reader, column, total, seconds)
                fresh = True
        self._totals.update(totals)
        return fresh

    def _read(
        self, stream: str, reader: Reader, column: str, total: int, seconds: float | None
    ) -> Column | Unavailable:
        if column != "t" and column not in reader.columns:
            return Unavailable(
                f"{reader.name} has no column {column!r}; it has t, {', '.join(reader.columns)}"
            )
        index = 0 if column == "t" else reader.columns.index(column) + 1
        start = min(reader.oldest, total)
        if seconds is not None and total > start:
            start = max(start, reader.index_at(reader.time_of(total - 1) - seconds * LIVE_MARGIN))
        starts = [segment.start - start for segment in reader.segments if start < segment.start < total]
        rolling = self._rolling.get((stream, index))
        if rolling is None:
            rolling = self._rolling[stream, index] = RollingColumn(reader, index)
        rows = rolling.read(start, total)
        return Column(rows.values, np.array(starts, np.intp), rows.is_finite, rows.is_rising)

    def _reader(self, stream: str) -> Reader | None:
        if stream not in self._readers:
            if stream not in self._stage.streams.names():
                return None
            self._readers[stream] = self._stage.streams.reader(stream)
        return self._readers[stream]

    def _as_trace(self, texts: list[str]) -> _Trace:
        columns = [stream_column(text) for text in texts]
        streams = set(self._stage.streams.names())
        direct = [each for each in columns if each is not None and each[1] is not None and each[0] in streams]
        if len(direct) != len(texts):
            return _Trace(tuple(texts), None)
        return _Trace(tuple(texts), tuple((name, column or "") for name, column in direct))

    # -- kernel ------------------------------------------------------------------------------------------

    def _ask_kernel(self) -> None:
        """At most one question is under way for each expression; the next one asks for the newest values."""
        due = sorted(self._stale - self._asked)
        self._put_off = self._resting
        if self._resting or not due:
            return
        self._resting = True
        self._stage.loop.later(ASK_PERIOD, self._rested)
        for lane in (Lane.LIVE, Lane.MAIN):
            texts = [text for text in due if (lane is Lane.LIVE) == self._is_beside(text)]
            if texts:
                self._ask(texts, lane)

    def _rested(self) -> None:
        self._resting = False
        if self._put_off:
            self._ask_kernel()

    def _is_beside(self, text: str) -> bool:
        """All expressions of its trace must be evaluated together."""
        return all(
            self._beside(each)
            for trace in self._traces
            if text in trace.expressions
            for each in trace.expressions
        )

    def _ask(self, texts: list[str], lane: Lane) -> None:
        self._asked |= set(texts)
        self._stale -= set(texts)
        arguments: dict[str, Any] = {"expressions": texts}
        if self._seconds is not None:
            arguments["seconds"] = self._seconds * LIVE_MARGIN
        self._stage.kernel.request(
            "workspace.arrays", arguments, lambda reply: self._take(texts, reply), lane=lane
        )

    def _take(self, texts: list[str], reply: Reply) -> None:
        self._asked -= set(texts)
        if reply.error is not None:  # the kernel died or was interrupted: the last picture stays
            for text in texts:
                self.data.setdefault(text, Unavailable(str(reply.error)))
            return
        for text, description, buffer in zip(texts, reply.value, reply.buffers, strict=True):
            self.data[text] = _as_column(description, buffer)
        self._changed()


def _joined(traces: Iterable[list[str]]) -> list[list[str]]:
    """Traces that share an expression are read as one: it has one value for both."""
    groups: list[list[str]] = []
    for texts in traces:
        sharing = [group for group in groups if set(group) & set(texts)]
        groups = [group for group in groups if group not in sharing]
        groups.append(list(dict.fromkeys(text for group in [*sharing, texts] for text in group)))
    return groups


def _as_column(description: dict[str, Any], buffer: memoryview) -> Column | Unavailable:
    if "error" in description:
        return Unavailable(description["error"])
    if "items" in description:
        return Column(description["items"])
    return Column(np.frombuffer(buffer, description["dtype"]).reshape(description["shape"]))
