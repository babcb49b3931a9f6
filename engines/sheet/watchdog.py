"""Watches over a calculation in the kernel: a formula may never end."""

from __future__ import annotations

from collections.abc import Callable

from engines.workspace.kernel_api import HELP_SECONDS

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Call a function after some seconds; what it returns cancels that."""


class Watchdog:
    """Barks when what it watches takes longer than ``seconds``, and again while that does not help.

    ``bark`` is told how often it has barked, from 1. Without ``later`` it never barks.
    """

    def __init__(self, later: Later | None, seconds: float, bark: Callable[[int], None]) -> None:
        self._later = later
        self._seconds = seconds
        self._bark = bark
        self._cancel: Callable[[], None] | None = None
        self.barks = 0
        """How often, about what it watches now or watched last."""

    def watch(self) -> None:
        """Something begins now."""
        self.rest()
        self.barks = 0
        self._wait(self._seconds)

    def rest(self) -> None:
        """It has ended."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _wait(self, seconds: float) -> None:
        if self._later is not None:
            self._cancel = self._later(seconds, self._expired)

    def _expired(self) -> None:
        self._cancel = None
        self.barks += 1
        self._bark(self.barks)
        self._wait(HELP_SECONDS)
