"""Recordings of an acceleration, which the virtual board's accelerometer repeats."""

from __future__ import annotations

import bisect
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

Vector = tuple[float, float, float]

RATE = 50.0
"""Samples a second of a recording that has no times."""
_MOST_SAMPLES = 500_000
_IN_G = {"m/s2": 9.80665, "m/s²": 9.80665, "m/s^2": 9.80665, "mg": 1000.0}
_TIMES = ("t", "time", "seconds")
_AXES = (("ax", "ay", "az"), ("x", "y", "z"))


@dataclass(frozen=True)
class Recording:
    """Acceleration over time, in g, repeated without a jump at the seam."""

    times: tuple[float, ...]
    values: tuple[Vector, ...]
    duration: float
    name: str = ""

    @classmethod
    def load(cls, path: Path) -> Recording:
        """From a CSV file, or from a ``.stream`` recording.

        The columns are ``t`` (or ``time``; seconds, rising) and ``ax, ay, az`` (or ``x, y, z``; g); further
        ones are passed over. Without a column of times the samples are 50 a second; without a line of names
        the columns are t, x, y, z, or x, y, z.

        Raises:
            ValueError: not such a file; names file, line and problem.
            OSError: it cannot be read.
        """
        if path.suffix == ".stream":
            return _from_stream(path)
        with path.open(newline="", encoding="utf-8-sig") as file:
            try:
                rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if row]
            except (csv.Error, UnicodeDecodeError) as error:
                raise ValueError(f"{path}: is not CSV text ({error})") from error
        names, body = _header(path, rows)
        return _from_rows(path, names, body)

    def at(self, moment: float) -> Vector:
        """The acceleration at a time in seconds, interpolated linearly."""
        moment %= self.duration
        after = bisect.bisect_right(self.times, moment)
        before = after - 1
        start = self.times[before]
        end = self.times[after] if after < len(self.times) else self.duration
        share = (moment - start) / (end - start)
        low, high = self.values[before], self.values[after % len(self.values)]
        return tuple(a + (b - a) * share for a, b in zip(low, high, strict=True))  # type: ignore[return-value]


Row = tuple[int, list[str]]


def _header(path: Path, rows: list[Row]) -> tuple[list[str], list[Row]]:
    """The columns' names, and the lines below them."""
    if not rows:
        raise ValueError(f"{path}: is empty; a recording needs two samples or more")
    first = [cell.strip().lower() for cell in rows[0][1]]
    if all(_is_number(cell) for cell in first):
        if len(first) < 3:
            raise ValueError(f"{path}: has {len(first)} columns; a recording has t, ax, ay and az")
        return (["t", "x", "y", "z"] if len(first) > 3 else ["x", "y", "z"]), rows
    return first, rows[1:]


def _from_rows(path: Path, names: list[str], rows: Iterable[Row]) -> Recording:
    time, axes = _columns(path, names)
    times: list[float] = []
    values: list[Vector] = []
    for line, row in rows:
        try:
            x, y, z = (float(row[axis]) for axis in axes)
            moment = len(times) / RATE if time is None else float(row[time])
        except (IndexError, ValueError) as error:
            what = ", ".join(names[axis] for axis in ([] if time is None else [time]) + list(axes))
            raise ValueError(f"{path}, line {line}: not a number in {what}") from error
        if times and not moment > times[-1]:
            raise ValueError(f"{path}, line {line}: t does not rise")
        times.append(moment)
        values.append((x, y, z))
    return _made(path, times, values)


def _columns(path: Path, names: Sequence[str]) -> tuple[int | None, tuple[int, ...]]:
    """Where the time is (None: there is none) and where the three axes are."""
    time = next((names.index(name) for name in _TIMES if name in names), None)
    for axes in _AXES:
        if set(axes) <= set(names):
            return time, tuple(names.index(axis) for axis in axes)
    nearest = min(_AXES, key=lambda axes: len(set(axes) - set(names)))
    missing = ", ".join(axis for axis in nearest if axis not in names)
    raise ValueError(f"{path}: no column {missing}; a recording has t, ax, ay and az")


def _made(path: Path, times: Sequence[float], values: Sequence[Vector]) -> Recording:
    if len(times) < 2:
        raise ValueError(f"{path}: a recording needs two samples or more")
    start = times[0]
    step = (times[-1] - start) / (len(times) - 1)
    return Recording(tuple(t - start for t in times), tuple(values), times[-1] - start + step, path.name)


def _from_stream(path: Path) -> Recording:
    """A stream that was recorded (``engines.workspace.streams.recording``)."""
    import numpy as np

    from engines.workspace.streams import recording as streams
    from engines.workspace.streams.layout import StreamError

    try:
        recorded = streams.Recording(path)
    except StreamError as error:
        raise ValueError(str(error)) from error
    try:
        _, axes = _columns(path, [name.lower() for name in recorded.columns])
        block = recorded.read(0, _MOST_SAMPLES)
        values = np.stack(
            [block.values[axis] / _IN_G.get(recorded.units[axis], 1.0) for axis in axes], axis=1
        )
        # Behind a gap or a reset the clock may stand still or go back: what does not rise is left out.
        rising = block.t > np.maximum.accumulate(np.concatenate(([-np.inf], block.t[:-1])))
        rising &= np.isfinite(values).all(axis=1)
        return _made(path, block.t[rising].tolist(), [tuple(row) for row in values[rising].tolist()])
    finally:
        recorded.close()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
