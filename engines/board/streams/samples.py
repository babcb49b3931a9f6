"""Sample frames become rows of streams: losses counted, device time mapped to the host's, resets noticed.

Payload of a samples frame, little endian::

    u8  length of the header
    ..  header, UTF-8: name:col,col,...:format[:unit[:scale]]   format: struct codes, e.g. 3f, 3h, bhf
    u16 sequence number of the frame (wraps)
    u32 device time of the first sample in microseconds (wraps)
    u32 microseconds between samples (0 for a single one)
    ..  one or more samples

Frames that arrive together are decoded together: one array operation for a read, not one for a sample.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from engines.board.streams.device_clock import DeviceClock
from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.store import StreamStore, stream_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# MicroPython's ticks_us wraps at 2**30 on 32-bit boards; a full u32 counter modulo 2**30 is just as good.
WRAP = 1 << 30
MOST_COLUMNS = 32
_CODES = "bBhHiIqQfd"
_TIMES = 10
"""Bytes of sequence number, device time and step."""
_AHEAD = 5.0
"""So far a device may seem to run ahead of the host, when samples waited somewhere on their way."""
_ROUNDING = 0.05


@dataclass(frozen=True)
class Layout:
    """What the header of a samples frame says."""

    name: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    codes: str
    scale: float = 1.0
    """The numbers of a sample times this are the values, in the stream's unit."""

    @classmethod
    def parse(cls, header: bytes) -> Layout:
        """Raises ValueError, saying what is wrong."""
        parts = header.decode("utf-8").split(":")
        if len(parts) not in (3, 4, 5):
            raise ValueError(f"a header is name:columns:format[:unit[:scale]], not {header!r}")
        columns = tuple(stream_name(column) for column in parts[1].split(","))
        codes = re.sub(rf"(\d+)([{_CODES}])", lambda match: match[2] * min(int(match[1]), 99), parts[2])
        if len(codes) != len(columns) or codes.strip(_CODES) or len(columns) > MOST_COLUMNS:
            raise ValueError(f"format {parts[2]!r} does not fit the columns {parts[1]!r}")
        if len(set(columns)) != len(columns):
            raise ValueError(f"two columns have one name: {parts[1]!r}")
        units = (parts[3] if len(parts) > 3 else "",) * len(columns)
        scale = float(parts[4]) if len(parts) > 4 else 1.0
        if not math.isfinite(scale) or scale == 0:
            raise ValueError(f"{parts[4]!r} is no scale; a scale is a number other than 0")
        return cls(stream_name(parts[0]), columns, units, codes, scale)

    def values(self, samples: NDArray[np.void]) -> list[NDArray[Any]]:
        """The columns of the records' samples, one sample behind the other."""
        import numpy as np

        columns = [samples[code].ravel() for code in samples.dtype.names or ()]
        if self.scale == 1:
            return columns
        return [np.multiply(column, self.scale, dtype=np.float64) for column in columns]

    def frames(self, header: bytes, payloads: Sequence[bytes]) -> NDArray[np.void]:
        """Payloads of one length as records of ``sequence``, ``time``, ``step`` and ``samples``, the last
        with a field for each column. Raises ValueError when a payload is no whole number of samples."""
        import numpy as np

        at = 1 + len(header)
        room = len(payloads[0]) - at - _TIMES
        if room <= 0 or room % struct.calcsize("<" + self.codes):
            raise ValueError(f"{max(room, 0)} bytes are no whole number of samples of {self.name!r}")
        return np.frombuffer(b"".join(payloads), _record(self.codes, at, len(payloads[0])))


@dataclass
class _Feed:
    """What is known of one stream of the board."""

    layout: Layout
    expected: int
    device_us: int
    """Device time of the newest sample, as the device gave it."""
    host: float
    """Host time of the newest frame."""
    clock: DeviceClock
    broken: bool = False
    """The connection was lost since the newest sample."""
    foreign: bool = False
    """Another board may be connected now: its clock is another one."""


class SampleReader:
    """Appends the samples of one board to the store.

    Time is in seconds since the stream's first sample, by the host's clock (see ``DeviceClock``). When the
    device's clock starts anew (the board was reset) or stood still (it slept), time goes on in a new segment.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._feeds: dict[str, _Feed] = {}
        self._layouts: dict[bytes, Layout] = {}
        self._waiting: list[tuple[bytes, float]] = []
        self.samples = 0
        self.lost = 0
        self.malformed = 0
        """Frames whose content could not be understood."""
        self.problem = ""
        """What was wrong with the last malformed frame."""

    @property
    def names(self) -> tuple[str, ...]:
        """Streams that the board has sent which is connected now."""
        return tuple(name for name, feed in tuple(self._feeds.items()) if not feed.foreign)

    def take(self, payload: bytes, now: float) -> None:
        """Take one samples frame that arrived at host time ``now`` (monotonic seconds)."""
        self._waiting.append((payload, now))

    def flush(self) -> None:
        """Append what was taken; once per read, not per frame."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for header, (payloads, hosts) in _by_header(waiting).items():
            at = 0
            for _, alike in groupby(map(len, payloads)):
                end = at + sum(1 for _ in alike)
                self._append(header, payloads[at:end], hosts[at:end])
                at = end

    def interrupted(self, now: float) -> None:
        """The connection was lost: what comes next follows a gap."""
        self.flush()
        for feed in self._feeds.values():
            feed.broken = True

    def another_board(self) -> None:
        """What comes next may be from another board: nothing is known of its numbers and its clock."""
        self.flush()
        for feed in self._feeds.values():
            feed.foreign = True

    def _append(self, header: bytes, payloads: list[bytes], hosts: list[float]) -> None:
        """Frames of one stream and one length that arrived one after the other."""
        try:
            layout = self._layout(header, payloads[0])
            frames = layout.frames(header, payloads)
            feed = self._feed(layout, frames[0], hosts[0])
            for run in _runs(feed, frames, hosts):
                self._store_rows(feed, run)
        except (ValueError, StreamError) as error:
            self.malformed += len(payloads)
            self.problem = str(error)

    def _layout(self, header: bytes, payload: bytes) -> Layout:
        if not payload or len(payload) <= payload[0]:
            raise ValueError(f"{payload!r} is too short for its header")
        if header not in self._layouts:
            if len(self._layouts) > 256:
                self._layouts.clear()  # damaged or hostile headers must not pile up
            self._layouts[header] = Layout.parse(header)
        return self._layouts[header]

    def _feed(self, layout: Layout, first: Any, now: float) -> _Feed:
        feed = self._feeds.get(layout.name)
        if feed is None or feed.layout != layout:
            clock = DeviceClock(self._opened(layout))
            feed = _Feed(layout, int(first["sequence"]), int(first["time"]), now, clock)
            self._feeds[layout.name] = feed
        return feed

    def _opened(self, layout: Layout) -> float:
        """Open the stream; at what time it goes on when somebody wrote to it before."""
        writer = self._store.open(layout.name, layout.columns, layout.units)
        if not writer.total:
            return 0.0
        self._store.reset(layout.name)
        return writer.newest + 1e-6

    def _jump(self, feed: _Feed, run: _Run) -> float:
        """Mark what happened before the run; how many device seconds it begins after the newest sample."""
        name, step, elapsed = feed.layout.name, run.step, max(run.elapsed, 0.0)
        restarted = run.missing != 0 and int(run.frames["sequence"][0]) == 0
        lead = feed.clock.lead(step, run.hosts[0])
        impossible = step < -_ROUNDING or (step > elapsed + _AHEAD and lead > _AHEAD)
        reset = impossible or feed.foreign or (restarted and min(abs(step - elapsed), abs(lead)) > 1)
        broken, feed.broken, feed.foreign = feed.broken, False, False
        if reset:
            self._store.reset(name, elapsed)
            feed.clock = DeviceClock(feed.clock.now + elapsed)
            return 0.0
        lost = 0 if restarted or run.missing >= 1 << 15 else run.missing * run.block
        if run.missing or broken:
            self._store.gap(name, feed.clock.seconds(step), lost)
            self.lost += lost
        return step

    def _store_rows(self, feed: _Feed, run: _Run) -> None:
        """Append an unbroken run of frames, marking what happened before it."""
        import numpy as np

        layout = feed.layout
        writer = self._store.open(layout.name, layout.columns, layout.units)  # the user may have removed it
        step = self._jump(feed, run) if run.odd or feed.broken or feed.foreign else run.step
        frames, count = run.frames, run.block
        within = frames["step"].astype(np.int64)
        elapsed = step + (run.begins[:, None] + np.arange(count) * within[:, None]).ravel() / 1e6
        # A block's step is rounded: the next block may seem to begin before this one ended.
        elapsed = np.maximum.accumulate(np.maximum(elapsed, 0.0))
        if stood := feed.clock.standstill():
            self._store.gap(layout.name, stood)
        together = run.hosts[0] == run.hosts[-1]
        times = feed.clock.times(elapsed, run.hosts[-1] if together else np.repeat(run.hosts, count))
        writer.append(times, layout.values(frames["samples"]))
        feed.device_us = int(frames["time"][-1]) + int(within[-1]) * (count - 1)
        feed.expected = int(frames["sequence"][-1]) + 1
        feed.host = run.hosts[-1]
        self.samples += len(times)


@lru_cache(256)
def _record(codes: str, at: int, size: int) -> np.dtype[np.void]:
    """A payload of ``size`` bytes whose numbers begin at ``at``."""
    import numpy as np

    sample = np.dtype([(f"{number}", f"<{code}") for number, code in enumerate(codes)])
    count = (size - at - _TIMES) // sample.itemsize
    return np.dtype(
        {
            "names": ["sequence", "time", "step", "samples"],
            "formats": ["<u2", "<u4", "<u4", (sample, (count,))],
            "offsets": [at, at + 2, at + 6, at + _TIMES],
            "itemsize": size,
        }
    )


def _by_header(taken: list[tuple[bytes, float]]) -> dict[bytes, tuple[list[bytes], list[float]]]:
    """The payloads of each stream, in their order, and their times of arrival."""
    payloads = [payload for payload, _ in taken]
    first = payloads[0]
    size = 1 + first[0] if first else 0
    if size and {payload[:size] for payload in payloads} == {first[:size]}:  # mostly it is one stream
        return {first[1:size]: (payloads, [host for _, host in taken])}
    found: dict[bytes, tuple[list[bytes], list[float]]] = {}
    for payload, host in taken:
        header = payload[1 : 1 + payload[0]] if payload else b""
        if header not in found:
            found[header] = ([], [])
        payloads, hosts = found[header]
        payloads.append(payload)
        hosts.append(host)
    return found


class _Run(NamedTuple):
    """Frames between which nothing happened."""

    frames: NDArray[np.void]
    begins: NDArray[np.int64]
    """Microseconds from the beginning of the first frame to that of each, shape (frames,)."""
    step: float
    """Device seconds from the newest sample before to the first one."""
    missing: int
    """Frames missing before it (modulo 65536)."""
    odd: bool
    """Something happened before it."""
    elapsed: float
    """Host seconds since the frame before."""
    hosts: list[float]
    """When each of the frames arrived."""

    @property
    def block(self) -> int:
        """Samples in each frame."""
        return self.frames["samples"].shape[1]


def _runs(feed: _Feed, frames: NDArray[np.void], hosts: list[float]) -> Iterator[_Run]:
    import numpy as np

    span = frames["step"].astype(np.int64) * (frames["samples"].shape[1] - 1)
    begin = frames["time"].astype(np.int64)
    steps = _step(begin, begin + span, feed.device_us)
    elapsed = _step(arrived := np.array(hosts), arrived, feed.host)
    # Whole wraps of the device's clock are chosen so that the step comes nearest to the host's clock.
    steps += WRAP * np.rint((elapsed * 1e6 - steps) / WRAP).astype(np.int64)
    sequence = frames["sequence"].astype(np.int64)
    missing = _step(sequence, sequence + 1, feed.expected) & 0xFFFF
    odd = (missing != 0) | (steps < -_ROUNDING * 1e6) | (steps > (elapsed + _AHEAD) * 1e6)
    steps[1:] += span[:-1]  # from now on between the frames' beginnings
    places = (np.flatnonzero(odd[1:]) + 1).tolist() if odd.any() else ()
    for start, stop in pairwise((0, *places, len(frames))):
        begins = np.cumsum(steps[start:stop]) - steps[start]
        step = float(steps[start] - (span[start - 1] if start else 0)) / 1e6
        yield _Run(
            frames[start:stop],
            begins,
            step,
            int(missing[start]),
            bool(odd[start]),
            float(elapsed[start]),
            hosts[start:stop],
        )


def _step(begins: NDArray[Any], ends: NDArray[Any], before: float) -> NDArray[Any]:
    """From the end of each one before to the beginning of each one, the first after ``before``."""
    steps = begins.copy()
    steps[0] -= before
    steps[1:] -= ends[:-1]
    return steps
