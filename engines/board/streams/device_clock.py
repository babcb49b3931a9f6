"""A device's clock against the host's: drift is followed, delays on the way are not.

A sample's time of arrival is its device time plus an offset plus a delay that is never negative. Under a
cloud of such points the line that no point lies below, and that lies as high as that allows, is the one of
the least delay: an edge of the cloud's lower convex hull, the one above the middle of the window (S. Moon,
P. Skelly, D. Towsley: Estimation and removal of clock skew from network delay measurements, INFOCOM 1999).
Jitter and bursts lift points, and lifted points do not touch it. Only a clock that stood still (the device
slept) lifts all that follow, for good: that is seen, and made good in one step.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKET = 2.0
"""Of the samples of so many seconds only the one with the least delay counts."""
WINDOW = 600.0
"""Seconds that the line looks back: temperature changes a crystal, slowly."""
LEAST_SPAN = 30.0
LEAST_POINTS = 15
"""Drift is not guessed from fewer seconds and points."""
REFIT = 10.0
FASTEST = 0.03
"""No clock is wrong by more than 3 %: what seems so is something else."""
STANDSTILL = 1.0
"""Later than the line by so many seconds ..."""
_LASTING = 3
"""... in so many buckets of the host's time in turn is no delay: the device's clock stood still."""
_FALLING = 0.2
"""A delay that shrinks by so many seconds meanwhile is a queue that is being worked off."""
_PATIENCE = 20.0
"""Seconds over which a correction is spread ..."""
_SLEW = 500e-6
"""... while time never runs faster or slower than by this share because of it."""


class _Least(NamedTuple):
    """The arrival with the least delay in a bucket: device time, and host time minus device time."""

    device: float
    offset: float

    @property
    def host(self) -> float:
        return self.device + self.offset


class DeviceClock:
    """Stream time (seconds by the host's clock) of samples stamped by a device.

    Stream time is ``began`` at the first sample and runs on without a step and never backwards; it follows
    the host's clock as the newest ten minutes show it against the device's.

    Args:
        began: stream time of the first sample.
    """

    def __init__(self, began: float = 0.0) -> None:
        self.now = began
        """Stream time of the newest sample."""
        self._began = began
        self._device = 0.0
        """Device time of the newest sample, in seconds since the first."""
        self._least: deque[_Least] = deque()
        self._lowest = float("inf")
        self._late: list[_Least] = []
        """Since when nothing is in time any more: the least of each bucket of the host's time."""
        self._fitted = False
        self._next_fit = LEAST_SPAN
        self.drift = 0.0
        """Seconds that the host's clock gains in a second of the device's: 1e-4 is 100 ppm."""
        self._at, self._offset = 0.0, 0.0
        """The line goes through this point: device time, and host time minus device time."""
        self._first_offset = 0.0
        """What the line says of the first sample."""

    def times(self, elapsed: NDArray[np.float64], host: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Stream times of samples, and move on to the last of them.

        Args:
            elapsed: device seconds from the newest sample before to each of these, shape (n,), rising.
            host: when they arrived together, or when each of them did (monotonic seconds).
        """
        passed = float(elapsed[-1])
        found = self.now + elapsed * self._pace(passed)
        offsets = host - (self._device + elapsed)
        least = len(offsets) - 1 if isinstance(host, float) else int(offsets.argmin())
        self.now = float(found[-1])
        device, self._device = self._device, self._device + passed
        self._observe(_Least(device + float(elapsed[least]), float(offsets[least])))
        return found

    def seconds(self, elapsed: float) -> float:
        """So long are ``elapsed`` device seconds after the newest sample in stream time."""
        return elapsed * self._pace(elapsed)

    def lead(self, elapsed: float, host: float) -> float:
        """How far ahead of its arrival at ``host`` a sample would be stamped, ``elapsed`` device seconds
        after the newest one: more than nothing only when the clock jumped. Negative is a delay."""
        return self._device + elapsed + self._lowest - host if self._least else 0.0

    def standstill(self) -> float:
        """Put a clock right that stood still: by so many seconds (mostly 0.0) the next sample is later."""
        late = self._late
        if len(late) <= _LASTING or late[-2].offset < late[0].offset - _FALLING:
            return 0.0
        seconds = min(point.offset - self._line(point.device) for point in late[-2:])
        self._least = deque(_later(point, seconds) if point.device < late[0].device else point
                            for point in self._least)  # fmt: skip
        self._late = []
        self.now += seconds
        self._began += seconds
        self._first_offset += seconds
        self._offset += seconds
        self._lowest += seconds
        return seconds

    def _pace(self, passed: float) -> float:
        """Stream seconds for each of the next ``passed`` device seconds."""
        if passed <= 0:
            return 1.0 + self.drift
        wanted = self._began + self._host_time(self._device + passed) - self._first_offset
        error = wanted - self.now - passed * (1.0 + self.drift)
        correction = error / max(passed, _PATIENCE)
        return 1.0 + self.drift + min(max(correction, -_SLEW), _SLEW)

    def _host_time(self, device: float) -> float:
        return device + self._offset + self.drift * (device - self._at)

    def _line(self, device: float) -> float:
        """The offset of a sample that comes in time."""
        return self._host_time(device) - device if self._fitted else self._lowest

    def _observe(self, new: _Least) -> None:
        self._lowest = min(self._lowest, new.offset)
        if not self._least:
            self._offset = self._first_offset = new.offset
            self._least.append(new)
        self._watch(new)
        newest = self._least[-1]
        if new.device // BUCKET > newest.device // BUCKET:
            self._least.append(new)
        elif new.offset < newest.offset:
            self._least[-1] = new
        if new.device >= self._next_fit:
            self._next_fit = new.device + REFIT
            self._fit()

    def _watch(self, new: _Least) -> None:
        late = self._late
        if new.offset - self._line(new.device) < STANDSTILL:
            late.clear()
        elif not late or new.host // BUCKET > late[-1].host // BUCKET:
            late.append(new)
            del late[: -_LASTING - 1]
        elif new.offset < late[-1].offset:
            late[-1] = new

    def _fit(self) -> None:
        """Lay the line under the window's points."""
        points = self._least
        while points[0].device < self._device - WINDOW:
            points.popleft()
        self._lowest = min(offset for _, offset in points)
        span = points[-1].device - points[0].device
        if span < LEAST_SPAN or len(points) < LEAST_POINTS:
            return
        middle = sum(device for device, _ in points) / len(points)
        left, right = _edge_above(_lower_hull(points), middle)
        drift = (right.offset - left.offset) / (right.device - left.device)
        above = sorted(offset - left.offset - drift * (device - left.device) for device, offset in points)
        # What the scatter could feign is not believed.
        doubt = 2 * above[len(above) // 2 + 1] / span
        drift = max(drift - doubt, 0.0) if drift > 0 else min(drift + doubt, 0.0)
        if abs(drift) > FASTEST:
            return
        self._at, self._offset, self.drift, self._fitted = left.device, left.offset, drift, True
        if self._device <= WINDOW:  # the first sample is still seen
            self._first_offset = self._host_time(0.0)


def _later(point: _Least, seconds: float) -> _Least:
    return _Least(point.device, point.offset + seconds)


def _lower_hull(points: deque[_Least]) -> list[_Least]:
    hull: list[_Least] = []
    for point in points:
        while len(hull) > 1 and _turns_right(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_right(first: _Least, middle: _Least, last: _Least) -> bool:
    """The middle one lies on or above the line from the first to the last."""
    return (middle.offset - first.offset) * (last.device - first.device) >= (last.offset - first.offset) * (
        middle.device - first.device
    )


def _edge_above(hull: list[_Least], place: float) -> tuple[_Least, _Least]:
    index = next(number for number, point in enumerate(hull) if point.device >= place)
    index = max(index, 1)
    return hull[index - 1], hull[index]
