"""Sample frames become rows of streams: losses counted, device time unwrapped, clock resets noticed.

Payload of a samples frame, little endian::

    u8  length of the header
    ..  header, UTF-8: name:col,col,...:format[:unit]   format: struct codes, e.g. 3f, 3h, bhf
    u16 sequence number of the frame (wraps)
    u32 device time of the first sample in microseconds (wraps)
    u32 microseconds between samples (0 for a single one)
    ..  one or more samples
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.store import StreamStore, stream_name

# MicroPython's ticks_us wraps at 2**30 on 32-bit boards; a full u32 counter modulo 2**30 is just as good.
WRAP = 1 << 30
MOST_COLUMNS = 32
_CODES = "bBhHiIqQfd"
_TIMES = struct.Struct("<HII")
_AHEAD = 5.0
"""So far a device may seem to run ahead of the host, when samples waited somewhere on their way."""
_ROUNDING = 0.05


@dataclass(frozen=True)
class Layout:
    """What the header of a samples frame says."""

    name: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    sample: struct.Struct

    @classmethod
    def parse(cls, header: bytes) -> Layout:
        """Raises ValueError, saying what is wrong."""
        parts = header.decode("utf-8").split(":")
        if len(parts) not in (3, 4):
            raise ValueError(f"a header is name:columns:format[:unit], not {header!r}")
        columns = tuple(stream_name(column) for column in parts[1].split(","))
        codes = re.sub(rf"(\d+)([{_CODES}])", lambda match: match[2] * min(int(match[1]), 99), parts[2])
        if len(codes) != len(columns) or codes.strip(_CODES) or len(columns) > MOST_COLUMNS:
            raise ValueError(f"format {parts[2]!r} does not fit the columns {parts[1]!r}")
        if len(set(columns)) != len(columns):
            raise ValueError(f"two columns have one name: {parts[1]!r}")
        units = (parts[3] if len(parts) == 4 else "",) * len(columns)
        return cls(stream_name(parts[0]), columns, units, struct.Struct("<" + codes))


@dataclass
class _Feed:
    """What is known of one stream of the board."""

    layout: Layout
    expected: int
    device_us: int
    """Device time (modulo WRAP) of the newest sample."""
    host: float
    """Host time of the newest frame."""
    seconds: float = 0.0
    """Device time of the newest sample, as stream time."""
    newest: float = 0.0
    """Stream time of the newest row: never runs backwards."""
    broken_at: float | None = None
    """Host time at which the connection was lost, until samples come again."""
    times: list[float] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)


class SampleReader:
    """Appends the samples of one board to the store.

    Time is in seconds since the stream's first sample. When the device's clock starts anew (the board was
    reset), time goes on by the host's clock, in a new segment.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._feeds: dict[str, _Feed] = {}
        self._layouts: dict[bytes, Layout] = {}
        self.samples = 0
        self.lost = 0
        self.malformed = 0
        """Frames whose content could not be understood."""
        self.problem = ""
        """What was wrong with the last malformed frame."""

    @property
    def names(self) -> tuple[str, ...]:
        """Streams that this board has sent."""
        return tuple(self._feeds)

    def take(self, payload: bytes, now: float) -> None:
        """Take one samples frame that arrived at host time ``now`` (monotonic seconds)."""
        try:
            layout, at = self._layout(payload)
            sequence, device_us, step = _TIMES.unpack_from(payload, at)
            body = memoryview(payload)[at + _TIMES.size :]
            if not body or len(body) % layout.sample.size:
                raise ValueError(f"{len(body)} bytes are no whole number of samples of {layout.name!r}")
            samples = list(layout.sample.iter_unpack(body))
            feed = self._feed(layout, sequence, device_us, now)
        except (ValueError, struct.error, IndexError, StreamError) as error:
            self.malformed += 1
            self.problem = str(error)
            return
        self._follow(feed, sequence, device_us % WRAP, len(samples), now)
        for index in range(len(samples)):
            # A block's step is rounded: the next block may seem to begin before this one ended.
            feed.newest = max(feed.newest, feed.seconds + index * step / 1e6)
            feed.times.append(feed.newest)
        feed.rows.extend(samples)
        feed.seconds += step * (len(samples) - 1) / 1e6
        feed.device_us = (device_us + step * (len(samples) - 1)) % WRAP
        feed.expected = (sequence + 1) & 0xFFFF
        feed.host = now
        self.samples += len(samples)

    def flush(self) -> None:
        """Append what was taken; once per read, not per frame."""
        for feed in self._feeds.values():
            self._append(feed)

    def interrupted(self, now: float) -> None:
        """The connection was lost: what comes next follows a gap."""
        self.flush()
        for feed in self._feeds.values():
            feed.broken_at = now if feed.broken_at is None else feed.broken_at

    def _layout(self, payload: bytes) -> tuple[Layout, int]:
        at = 1 + payload[0]
        header = payload[1:at]
        if header not in self._layouts:
            if len(self._layouts) > 256:
                self._layouts.clear()  # damaged or hostile headers must not pile up
            self._layouts[header] = Layout.parse(header)
        return self._layouts[header], at

    def _feed(self, layout: Layout, sequence: int, device_us: int, now: float) -> _Feed:
        feed = self._feeds.get(layout.name)
        if feed is not None and feed.layout == layout:
            return feed
        if feed is not None:
            self._append(feed)
        self._store.open(layout.name, layout.columns, layout.units)
        self._feeds[layout.name] = _Feed(layout, sequence, device_us % WRAP, now)
        return self._feeds[layout.name]

    def _follow(self, feed: _Feed, sequence: int, device_us: int, count: int, now: float) -> None:
        """Move the feed's time to the new frame, marking what happened in between."""
        elapsed = now - feed.host
        step = _nearest((device_us - feed.device_us) / 1e6, elapsed)
        missing = (sequence - feed.expected) & 0xFFFF
        restarted = missing != 0 and sequence == 0
        backwards = step < -_ROUNDING or step > elapsed + _AHEAD
        if backwards or (restarted and abs(step - elapsed) > 1):
            self._append(feed)
            self._store.reset(feed.layout.name, max(elapsed, 0.0))
            feed.seconds += max(elapsed, 0.0)
            feed.broken_at = None
            return
        lost = 0 if restarted or missing >= 1 << 15 else missing * count
        if lost or restarted or missing or feed.broken_at is not None:
            self._append(feed)
            self._store.gap(feed.layout.name, step, lost)
            self.lost += lost
            feed.broken_at = None
        feed.seconds += step

    def _append(self, feed: _Feed) -> None:
        if not feed.rows:
            return
        times, rows = feed.times, feed.rows
        feed.times, feed.rows = [], []
        if feed.layout.name not in self._store.names():  # removed by the user: begins anew
            self._store.open(feed.layout.name, feed.layout.columns, feed.layout.units)
        self._store.append(feed.layout.name, times, list(zip(*rows, strict=True)))


def _nearest(step: float, elapsed: float) -> float:
    """The step plus whole wraps of the device's clock that comes nearest to what the host's clock says."""
    period = WRAP / 1e6
    return step + period * round((elapsed - step) / period)
