"""What writes firmware to a board, whatever the way; and what it tells while it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from engines.board.firmware.image import Firmware, Kind


class Stage(Enum):
    """What is being done; the value is how it is said."""

    CHECK = "Looking at the board"
    ERASE = "Erasing"
    WRITE = "Writing"
    VERIFY = "Verifying"
    RESTART = "Restarting the board"

    @property
    def can_stop(self) -> bool:
        """Nothing on the board was changed yet."""
        return self is Stage.CHECK


Report = Callable[[Stage, int, int], object]
"""Called with the stage, and done and total: bytes, or sectors while erasing; total 0: it cannot be told.

What it raises ends the work; only to be used in a stage that can stop.
"""


@dataclass(frozen=True)
class Fit:
    """How firmware and board go together."""

    checks: tuple[str, ...]
    """What was looked at and found right, a sentence each."""
    doubt: str = ""
    """Why it cannot be told whether they fit: only who knows the board may have it written. '': they fit."""


class Programmer(Protocol):
    """One bootloader that was found. Its methods take their time: not for the GUI thread."""

    def check(self, firmware: Firmware) -> Fit:
        """Hold the firmware against the board; changes nothing on the board.

        Raises:
            FirmwareError: it does not fit, or the board does not answer.
        """

    def write(self, firmware: Firmware, report: Report, *, erase_all: bool = False) -> str:
        """Check, erase, write, verify and restart. A sentence about the end.

        Raises:
            FirmwareError: ``half_written`` says whether the board has to be written again.
        """


@dataclass(frozen=True)
class Found:
    """A bootloader or a port with one behind it."""

    kind: Kind
    name: str
    detail: str
    """Which one it is, when there are several."""
    programmer: Programmer = field(compare=False, repr=False)
    automatic: bool = True
    """It is certainly a bootloader, so that it may be chosen by itself."""
    can_erase_all: bool = True


@dataclass(frozen=True)
class Pace:
    """How fast something goes: ``rate`` in units a second, ``remaining`` in seconds; None: not known yet."""

    rate: float | None
    remaining: float | None


class Stopwatch:
    """Rate and remaining time of one stage, from what its reports tell."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage: Stage | None = None
        self._began = 0.0
        self._first = 0

    def pace(self, stage: Stage, done: int, total: int) -> Pace:
        now = self._clock()
        if stage is not self._stage:
            self._stage, self._began, self._first = stage, now, done
        seconds = now - self._began
        if seconds < 0.5 or done <= self._first:
            return Pace(None, None)
        rate = (done - self._first) / seconds
        return Pace(rate, max(0, total - done) / rate)
