"""Watches over a calculation in the kernel: a formula may never end."""

from __future__ import annotations

from collections.abc import Callable

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Call a function after some seconds; what it returns cancels that."""


class Watchdog:
    """Barks when what it watches takes longer than ``seconds``, and again while that does not help.

    Without ``later`` it never barks.
    """

    def __init__(self, later: Later | None, seconds: float, bark: Callable[[], None]) -> None:
        self._later = later
        self._seconds = seconds
        self._bark = bark
        self._cancel: Callable[[], None] | None = None

    def watch(self) -> None:
        """Something begins now."""
        self.rest()
        if self._later is not None:
            self._cancel = self._later(self._seconds, self._expired)

    def rest(self) -> None:
        """It has ended."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _expired(self) -> None:
        self._cancel = None
        self._bark()
        self.watch()
