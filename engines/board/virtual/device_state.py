"""What surrounds the chip (accelerometer, switch, LEDs, pins): the one place where the world acts on it."""

from __future__ import annotations

import bisect
import csv
import math
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

COUNTS_PER_G = 32 / 1.5
"""The pyboard's MMA7660: 6 bits signed over +-1.5 g, 21.33 counts per g."""

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Recording:
    """Acceleration over time, in g, repeated without a jump at the seam."""

    times: tuple[float, ...]
    values: tuple[Vector, ...]
    duration: float

    @classmethod
    def load(cls, path: Path) -> Recording:
        """From a CSV file with the columns ``t`` (seconds, rising), ``ax``, ``ay`` and ``az`` (g).

        Raises:
            ValueError: not such a file; names file, line and problem.
            OSError: it cannot be read.
        """
        times: list[float] = []
        values: list[Vector] = []
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = {"t", "ax", "ay", "az"} - set(reader.fieldnames or ())
            if missing:
                raise ValueError(
                    f"{path}: no column {', '.join(sorted(missing))}; a recording has t, ax, ay and az"
                )
            for row in reader:
                try:
                    moment = float(row["t"])
                    value = (float(row["ax"]), float(row["ay"]), float(row["az"]))
                except (TypeError, ValueError) as error:
                    raise ValueError(
                        f"{path}, line {reader.line_num}: not a number in t, ax, ay or az"
                    ) from error
                if times and moment <= times[-1]:
                    raise ValueError(f"{path}, line {reader.line_num}: t does not rise")
                times.append(moment)
                values.append(value)
        if len(times) < 2:
            raise ValueError(f"{path}: a recording needs two samples or more")
        start = times[0]
        step = (times[-1] - start) / (len(times) - 1)
        return cls(tuple(t - start for t in times), tuple(values), times[-1] - start + step)

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


@dataclass
class DeviceState:
    """The world around the chip. Read by the guest's thread, changed from any; use the methods."""

    recording: Recording | None = None
    gravity: Vector = (0.0, 0.0, 1.0)
    """Acceleration in g where there is no recording: the board lies flat."""
    switch_pressed: bool = False
    leds: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    """Brightness of the four LEDs, 0 to 255."""
    levels: dict[str, int] = field(default_factory=dict)
    """What the program drives its output pins to."""
    volts: dict[str, float] = field(default_factory=dict)
    """What is applied to pins from outside; others are not connected."""
    clock_offset_ns: int = 0
    """The board's RTC minus the host's local time."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _recording_since: float = field(default_factory=time.monotonic, repr=False)

    def play(self, recording: Recording | None) -> None:
        """Replay a recording from its beginning, or lie still."""
        with self.lock:
            self.recording = recording
            self._recording_since = time.monotonic()

    def acceleration(self) -> Vector:
        """In g, now."""
        with self.lock:
            if self.recording is None:
                return self.gravity
            return self.recording.at(time.monotonic() - self._recording_since)

    def counts(self) -> tuple[int, int, int]:
        """As the accelerometer gives it: -32 to 31 per axis."""
        x, y, z = (max(-32, min(31, round(g * COUNTS_PER_G))) for g in self.acceleration())
        return x, y, z

    def apply(self, pin: str, volts: float | None) -> None:
        """Connect a voltage to a pin; None takes it off."""
        with self.lock:
            if volts is None:
                self.volts.pop(pin, None)
            elif math.isfinite(volts):
                self.volts[pin] = volts

    def reset(self) -> None:
        """The chip was reset: what the program had set is gone, what is connected stays."""
        with self.lock:
            self.leds = [0, 0, 0, 0]
            self.levels.clear()
