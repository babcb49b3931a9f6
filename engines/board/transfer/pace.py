"""How fast a transfer goes: how large blocks are, how far ahead they are sent, how long silence may last."""

from __future__ import annotations

from collections.abc import Callable

from engines.board.errors import ProtocolError

LARGEST_BLOCK = 4096
SMALLEST_BLOCK = 256
PATIENCE = 0.5
"""Seconds without an answer, beside what the line needs, until something must have been lost."""
GIVE_UP = 10.0
_FIRST_BLOCK = 512
_SLOWEST = 1000.0
"""Bytes a second that are reckoned with before the line's rate is known."""


class Pace:
    """How much is sent how far ahead: larger while all goes well, and no more than one block after losses.

    A board on a UART loses what arrives while it writes to its flash: one block at a time cannot overrun it.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self.block = self.largest_yet = min(_FIRST_BLOCK, largest)
        self.ahead = 2
        self._good = 0
        self._trust = 8

    def well(self) -> None:
        self._good += 1
        self.block = min(2 * self.block, self._largest)
        self.largest_yet = max(self.largest_yet, self.block)
        if self._good > self._trust:
            self.ahead = 2

    def lost(self) -> None:
        self._good = 0
        self._trust *= 4
        self.ahead = 1
        self.block = max(self.block // 2, min(SMALLEST_BLOCK, self._largest))


class Watch:
    """How long the other side may be silent, and when to give up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = self._moved = self._asked = clock()
        self._crossed = 0
        self._times = 1

    def moved(self, count: int) -> None:
        self._crossed += count
        self._moved = self._asked = self._clock()
        self._times = 1

    def asked(self) -> None:
        """It was told to go on: it has longer to do so every time."""
        self._asked = self._clock()
        self._times = min(2 * self._times, 16)

    def silent(self, under_way: int) -> bool:
        """Something must have been lost, with so many bytes under way. Raises ProtocolError in the end."""
        now = self._clock()
        if now - self._moved > GIVE_UP + under_way / self._rate():
            raise ProtocolError("The transfer does not get on: the board stopped answering. Try again.")
        return now - self._asked > self._times * PATIENCE + 3 * under_way / self._rate()

    def _rate(self) -> float:
        """Bytes a second, as long as it got on."""
        return max(self._crossed / max(self._moved - self._began, 0.001), _SLOWEST)
