"""What surrounds the chip (accelerometer, switch, LEDs, pins): the one place where the world acts on it."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from engines.board.virtual.recordings import Recording, Vector

COUNTS_PER_G = 32 / 1.5
"""The pyboard's MMA7660: 6 bits signed over +-1.5 g, 21.33 counts per g."""
HIGH_FROM = 1.65
"""Volts from which a pin reads 1."""
SWITCH_PINS = ("X17", "SW")
_SUPPLY = 3.3


class ResetCause(IntEnum):
    """Why the board started, numbered as in ``machine``."""

    SOFT = 0
    POWER_ON = 1
    HARD = 2
    WATCHDOG = 3
    SLEEP = 4


@dataclass
class PinUse:
    """What the program made of a pin."""

    mode: str = "IN"
    pull: str = ""
    level: int | None = None
    """What it is driven to; None: it is not an output."""
    signal: str = ""
    """What else comes out of it, in words: ``PWM 25 % at 1000 Hz``, ``servo 45°``."""


@dataclass
class DeviceState:
    """The world around the chip. Read by the guest's thread, changed from any; use the methods.

    ``changed`` is notified at every change, and ``revision`` then differs.
    """

    recording: Recording | None = None
    gravity: Vector = (0.0, 0.0, 1.0)
    """Acceleration in g where there is no recording: the board lies flat."""
    switch_pressed: bool = False
    leds: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    """Brightness of the four LEDs, 0 to 255."""
    pins: dict[str, PinUse] = field(default_factory=dict)
    """The pins that the program has used, by their names on the board (X1 ...)."""
    volts: dict[str, float] = field(default_factory=dict)
    """What is applied to pins from outside; others are not connected."""
    driven: dict[str, float] = field(default_factory=dict)
    """Voltages that the board's own DAC gives."""
    clock_offset_ns: int = 0
    """The board's RTC minus the host's local time."""
    reset_cause: ResetCause = ResetCause.POWER_ON
    revision: int = 0
    started_ns: int = field(default_factory=time.monotonic_ns)
    """When the chip's ticks began; they go on through a soft reset."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _recording_since: float = field(default_factory=time.monotonic, repr=False)

    def __post_init__(self) -> None:
        self.changed = threading.Condition(self.lock)

    # the world acts

    def play(self, recording: Recording | None) -> None:
        """Replay a recording from its beginning, or lie still."""
        with self.lock:
            self.recording = recording
            self._recording_since = time.monotonic()
            self._touch()

    def tilt(self, x: float, y: float, z: float) -> None:
        """Hold the board so that it feels this acceleration (g); a recording that is replayed ends."""
        if not all(math.isfinite(value) for value in (x, y, z)):
            raise ValueError("a tilt is three numbers in g")
        with self.lock:
            self.gravity = (float(x), float(y), float(z))
            self.recording = None
            self._touch()

    def press(self, pressed: bool) -> None:
        with self.lock:
            self.switch_pressed = pressed
            self._touch()

    def apply(self, pin: str, volts: float | None) -> None:
        """Connect a voltage to a pin; None takes it off."""
        with self.lock:
            if volts is None:
                self.volts.pop(pin, None)
            elif math.isfinite(volts):
                self.volts[pin] = float(volts)
            self._touch()

    # the chip acts and looks

    def light(self, led: int, brightness: int) -> None:
        """LED 1 to 4, 0 to 255."""
        with self.lock:
            self.leds[led - 1] = max(0, min(255, brightness))
            self._touch()

    def use_pin(self, pin: str, mode: str, pull: str) -> None:
        """The program sets a pin up."""
        with self.lock:
            use = self.pins.setdefault(pin, PinUse())
            use.mode, use.pull = mode, pull
            if not mode.startswith(("OUT", "OPEN")):
                use.level = None
            if not mode.startswith(("AF", "ALT", "ANALOG")):
                use.signal = ""
            self._touch()

    def drive(self, pin: str, level: int) -> None:
        with self.lock:
            self.pins.setdefault(pin, PinUse()).level = level
            self._touch()

    def signal(self, pin: str, text: str, volts: float | None = None) -> None:
        """The program makes something else than a level on a pin; ``volts`` is what an ADC would see."""
        with self.lock:
            self.pins.setdefault(pin, PinUse()).signal = text
            if volts is None:
                self.driven.pop(pin, None)
            else:
                self.driven[pin] = volts
            self._touch()

    def voltage(self, pin: str) -> float:
        """What an ADC sees: applied from outside, else driven by the board itself, else 0 V."""
        with self.lock:
            if pin in self.volts:
                return self.volts[pin]
            if pin in self.driven:
                return self.driven[pin]
            use = self.pins.get(pin)
            return _SUPPLY if use and use.level else 0.0

    def input_level(self, pin: str) -> int | None:
        """The level that the world gives to a pin; None: nothing is connected."""
        with self.lock:
            if pin in SWITCH_PINS:
                return int(not self.switch_pressed)
            volts = self.volts.get(pin, self.driven.get(pin))
            return None if volts is None else int(volts >= HIGH_FROM)

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

    def restart_clock(self) -> None:
        """The whole chip was reset."""
        self.started_ns = time.monotonic_ns()

    def reset(self) -> None:
        """The chip was reset: what the program had set is gone, what is connected stays."""
        with self.lock:
            self.leds = [0, 0, 0, 0]
            self.pins.clear()
            self.driven.clear()
            self._touch()

    def snapshot(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        with self.lock:
            return {
                "leds": list(self.leds),
                "switch": self.switch_pressed,
                "gravity": list(self.gravity),
                "acceleration": [round(value, 3) for value in self.acceleration()],
                "recording": self.recording.name if self.recording else None,
                "pins": {name: vars(use).copy() for name, use in self.pins.items()},
                "volts": dict(self.volts),
            }

    def _touch(self) -> None:
        self.revision += 1
        self.changed.notify_all()
