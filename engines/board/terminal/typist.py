"""Keystrokes on their way to the board, no faster than it takes them."""

from __future__ import annotations

from engines.board.connection.link import Link
from engines.board.repl import INTERRUPT

AHEAD = 128
"""Bytes that may be under way without an echo: UART REPLs have buffers of about 256."""
_UNECHOED = 0.03
"""What is not echoed (a program reads it) goes on after so long: slower than 115,200 baud."""


class Typist:
    """Sends what is typed. A UART has no flow control, so there a paste follows its own echo.

    Args:
        paced: there is a UART on the way. Otherwise (USB, pipes) the line itself holds a fast sender back.
    """

    def __init__(self, link: Link, paced: bool) -> None:
        self._link = link
        self._paced = paced
        self._waiting = bytearray()
        self._unechoed = 0
        self._sent_at = 0.0

    def type(self, data: bytes, now: float) -> None:
        if INTERRUPT in data:
            self.clear()
        if not self._paced:
            self._link.write(data)
            return
        self._waiting += data
        self.go_on(now)

    def clear(self) -> None:
        """What is still to be typed is called off."""
        self._waiting.clear()
        self._unechoed = 0

    def heard(self, count: int) -> None:
        """So many bytes came back."""
        self._unechoed = max(0, self._unechoed - count)

    def go_on(self, now: float) -> None:
        if self._unechoed and now - self._sent_at >= _UNECHOED:
            self._unechoed = 0
        portion = bytes(self._waiting[: AHEAD - self._unechoed])
        if portion:
            del self._waiting[: len(portion)]
            self._link.write(portion)
            self._unechoed += len(portion)
            self._sent_at = now

    @property
    def waiting(self) -> int:
        """Bytes still to be typed."""
        return len(self._waiting)

    def due(self, now: float) -> float:
        """Seconds until something can be typed although nothing comes back."""
        return max(0.0, self._sent_at + _UNECHOED - now)
