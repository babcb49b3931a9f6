"""When to recalculate beside a busy cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engines.sheet.watchdog import Later

LIVE_PERIOD = 0.1
LIVE_SLICE = 0.05
"""Half of the period: the busy cell gets on with its own work."""


class LiveRequests:
    """Merges what changed into one request at a time, one in ``LIVE_PERIOD`` seconds at the most.

    Only while ``busy()``; otherwise the main lane computes everything. What the kernel postpones is not asked
    for again: the main lane's request, which waits behind the busy cell, computes it.

    Args:
        send: asks the kernel to recalculate after these names changed; answer with ``answered``.
        later: without it there is no limit to how often the kernel is asked.
    """

    def __init__(
        self, send: Callable[[list[str]], None], busy: Callable[[], bool], later: Later | None
    ) -> None:
        self._send = send
        self._busy = busy
        self._later = later
        self._names: set[str] = set()
        self._wanted = False
        self._unfinished = False
        self._under_way = False
        self._resting = False

    def recalculate(self, names: Iterable[str] = ()) -> None:
        """Names, or cells by a script, have changed."""
        if not self._busy():
            self._forget()
            return
        self._names.update(names)
        self._wanted = True
        self._next()

    def answered(self, *, unfinished: bool) -> None:
        self._under_way = False
        self._unfinished = unfinished
        self._next()

    def start_over(self) -> None:
        """The kernel is another one."""
        self._under_way = False
        self._forget()

    def _next(self) -> None:
        if self._under_way or self._resting or not (self._wanted or self._unfinished):
            return
        if not self._busy():
            self._forget()
            return
        names: list[str] = []
        if not self._unfinished:  # what was begun is finished before newer samples are looked at
            names = sorted(self._names)
            self._names.clear()
            self._wanted = False
        self._unfinished = False
        self._under_way = True
        self._rest()
        self._send(names)

    def _rest(self) -> None:
        if self._later is not None:
            self._resting = True
            self._later(LIVE_PERIOD, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._next()

    def _forget(self) -> None:
        self._names.clear()
        self._wanted = self._unfinished = False
