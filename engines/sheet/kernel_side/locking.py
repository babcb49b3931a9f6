"""One thread at a time: a busy cell edits sheets while the live lane calculates beside it."""

from __future__ import annotations

import threading

_WAIT = 0.05


class WorkbookLock:
    """A re-entrant lock. Waiting for it can be interrupted, on Windows too, where signals come between waits.

    Not to be taken inside ``user_code`` beside the main lane: stopped within ``with`` itself, it stays taken.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    @property
    def is_mine(self) -> bool:
        """Whether this thread holds it."""
        return bool(self._lock._is_owned())  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        held = self.is_mine
        try:
            while not self._lock.acquire(timeout=_WAIT):
                pass
        except KeyboardInterrupt:
            if self.is_mine and not held:  # it came when the lock had just been got
                self._lock.release()
            raise

    def __exit__(self, *error: object) -> None:
        self._lock.release()
