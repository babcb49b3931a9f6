"""The terminal's text: decoded, coalesced, and bounded when a board floods it."""

from __future__ import annotations

import codecs

PERIOD = 0.04
"""Seconds between two updates."""
PORTION = 16_000
"""Bytes of one update: what a text widget takes without being felt."""
MOST_WAITING = 256_000
KEPT_TAIL = 64_000


class TerminalFeed:
    """Bytes in, at any rate; text out in portions, at most every ``PERIOD`` seconds.

    UTF-8 is decoded incrementally, what is none becomes U+FFFD. A backlog is shown bit by bit; when it grows
    beyond a quarter of a megabyte its middle is left out, with a line that says how much.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = bytearray()
        self._next = 0.0
        self.left_out = 0
        """Bytes that were never shown."""

    def add(self, data: bytes) -> None:
        self._waiting += data
        surplus = len(self._waiting) - MOST_WAITING
        if surplus <= 0:
            return
        keep = MOST_WAITING - KEPT_TAIL
        dropped = len(self._waiting) - keep // 2 - KEPT_TAIL
        # The tail begins at a line's start where there is one: half a character or escape code would show.
        cut = self._waiting.find(b"\n", keep // 2 + dropped)
        end = cut + 1 if 0 <= cut < keep // 2 + dropped + 4096 else keep // 2 + dropped
        dropped = end - keep // 2
        note = f"\x1b[0m\r\n[{dropped // 1000} kB not shown: the board prints too fast]\r\n".encode()
        self._waiting[keep // 2 : end] = note
        self.left_out += dropped

    def due(self, now: float) -> float | None:
        """Seconds until ``take`` gives something; None when nothing waits."""
        return max(0.0, self._next - now) if self._waiting else None

    def take(self, now: float) -> str:
        """The next portion, or '' when it is not time yet."""
        if not self._waiting or now < self._next:
            return ""
        self._next = now + PERIOD
        portion = bytes(self._waiting[:PORTION])
        del self._waiting[:PORTION]
        return self._decoder.decode(portion)
