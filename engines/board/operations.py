"""An operation on a board: a future with a deadline, that can be called off while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from engines.board.bench import RawBench
from engines.board.errors import CancelledError, DeadlineError
from engines.workspace.events import Event

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """Bytes done and bytes in all, so many seconds after the first ``begun`` ones were there."""

    done: int
    total: int
    seconds: float = 0.0
    begun: int = 0
    """Bytes that an earlier attempt had done."""

    @property
    def rate(self) -> float:
        """Bytes a second; 0 while it cannot be told."""
        return (self.done - self.begun) / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds until the end at this rate; None while it cannot be told."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


class Operation(Future, Generic[T]):
    """The result of something asked of the board. Callbacks run on the session's thread.

    ``cancel`` also ends an operation that runs; its result is then a CancelledError.

    Args:
        title: what it does, as the state line says it: "Reading main.py".
        work: does it, given the open raw REPL.
        timeout: seconds it may take once it runs, or since it got on last (``tell``); None: any time.
        interrupt: a program that is running may be interrupted for it.
        user_code: it runs the user's own code, which a typed Ctrl-C is meant for.

    Raises:
        ValueError: the timeout is no number above 0 (it may come from a cell).
    """

    def __init__(
        self,
        title: str,
        work: Callable[[RawBench], T],
        *,
        timeout: float | None = 30.0,
        interrupt: bool = False,
        user_code: bool = False,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
            raise ValueError(f"timeout is a number of seconds above 0, or None; not {timeout!r}")
        self.title = title
        self.work = work
        self.timeout = timeout
        self.interrupt = interrupt
        self.user_code = user_code
        self.progress: Event[Progress] = Event()
        self.interrupted = threading.Event()
        """The program it runs shall be interrupted; whoever has sent the Ctrl-C clears it."""
        self._wake = wake
        self._called_off = threading.Event()
        self._deadline: float | None = None
        self._first = 0.0, 0
        """When progress was told first, and of how many bytes."""
        self._done: int | None = None

    def cancel(self) -> bool:
        self._called_off.set()
        if super().cancel():
            return True
        self._wake()
        return not self.done()

    def begin(self) -> bool:
        """The session takes it up; False when it was called off before."""
        if not self.set_running_or_notify_cancel():
            return False
        self._deadline = None if self.timeout is None else time.monotonic() + self.timeout
        return True

    def tell(self, done: int, total: int) -> None:
        """Called by ``work`` as it gets on, be it in checking; first with what an earlier attempt did."""
        now = time.monotonic()
        if self._done is None or done < self._done:  # another count begins
            self._first = now, done
        began, begun = self._first
        self._done = done
        if self.timeout is not None:
            self._deadline = now + self.timeout
        self.progress.emit(Progress(done, total, now - began, begun))

    def check(self) -> None:
        """Raises CancelledError or DeadlineError when it has to end now."""
        if self._called_off.is_set():
            raise CancelledError(f"{self.title}: cancelled.")
        if self._deadline is not None and time.monotonic() > self._deadline:
            what = "not done" if self._done is None else "it did not get on"
            raise DeadlineError(f"{self.title}: {what} within {self.timeout:g} s, so it was ended.")
