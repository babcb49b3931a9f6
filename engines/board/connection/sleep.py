"""Noticing that this computer slept: connections that were open may be dead without a word."""

from __future__ import annotations

import time
from collections.abc import Callable

_JUMP = 10.0
"""Seconds by which the wall clock runs ahead of the steady one, which stands still asleep (Linux, macOS)."""
_PAUSE = 60.0
"""Seconds without a look; where the steady clock goes on (Windows) that is what shows."""


class SleepWatch:
    """Look at it every second or so; ``refresh`` after having been busy with something else."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall_clock = wall
        self._steady_clock = steady
        self.refresh()

    def refresh(self) -> None:
        self._wall, self._steady = self._wall_clock(), self._steady_clock()

    def slept(self) -> bool:
        """Since the last look. A clock that was set forward looks alike."""
        wall, steady = self._wall, self._steady
        self.refresh()
        passed = self._steady - steady
        return self._wall - wall - passed > _JUMP or passed > _PAUSE
