"""Work that would hold up the window, on a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from app.loop import Loop
from app.notices import Notices

T = TypeVar("T")
R = TypeVar("R")

SLOW_SECONDS = 0.4


def tell_if_slow(loop: Loop, notices: Notices, text: str) -> Callable[[], None]:
    """Say what is under way once it takes long. The returned function ends that: call it when it is done."""
    return loop.later(SLOW_SECONDS, lambda: notices.info(text))


class Background:
    """Does one job after the other; what comes of each is taken on the loop's thread, in the same order.

    ``deliver`` is ``Loop.deliver``. Jobs get plain data that nobody changes: they run beside the documents.
    """

    def __init__(self, deliver: Callable[[Callable[[], Any]], object]) -> None:
        self._deliver = deliver
        self._thread = ThreadPoolExecutor(1)
        self._jobs: deque[tuple[Future[Any], Callable[[Future[Any]], object]]] = deque()

    def do(self, work: Callable[[], T], then: Callable[[Future[T]], object]) -> None:
        """Do ``work``, then call ``then`` with its outcome, which may be an exception."""
        job = self._thread.submit(work)
        self._jobs.append((job, then))
        job.add_done_callback(lambda done: self._deliver(self._take))

    def run(self, work: Callable[[], T], then: Callable[[T], R]) -> Future[R]:
        """Do ``work``, then call ``then`` with its result; the future has what that returns.

        It is done on the loop's thread. What either raises is its exception.
        """
        done: Future[R] = Future()

        def taken(job: Future[T]) -> None:
            try:
                done.set_result(then(job.result()))
            except Exception as error:  # whoever waits for it is told
                done.set_exception(error)

        self.do(work, taken)
        return done

    def finish(self) -> None:
        """Wait until everything is done and taken."""
        while self._jobs:
            wait([self._jobs[0][0]])
            self._take()

    def close(self) -> None:
        """``finish``, and end the thread."""
        self.finish()
        self._thread.shutdown()

    def _take(self) -> None:
        while self._jobs and self._jobs[0][0].done():
            job, then = self._jobs.popleft()
            then(job)
