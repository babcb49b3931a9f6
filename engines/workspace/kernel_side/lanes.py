"""Code beside the main lane: to know that one runs there, and to end what does not end by itself.

SIGINT reaches the main thread only. In a subshell's thread KeyboardInterrupt is raised by CPython's
PyThreadState_SetAsyncExc, which may strike between any two bytecodes. It is allowed inside ``user_code``
alone, where only the value being computed can be lost: never while a lock is taken or a result is stored.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar


class Stopper:
    """Guards the user code of a lane: ``with stopper:`` around it, ``stop()`` from another thread.

    A lane has one thread; more, when an earlier one hangs in a call that no exception reaches.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._threads: set[int] = set()

    def stop(self) -> bool:
        """Raise KeyboardInterrupt in the user code that runs; False when none does."""
        with self._guard:
            threads, self._threads = self._threads, set()  # once: another would strike who handles the first
            return sum(_raise_in(thread, KeyboardInterrupt) for thread in threads) > 0

    def __enter__(self) -> None:
        with self._guard:
            self._threads.add(threading.get_ident())

    def __exit__(self, *error: object) -> None:
        with self._guard:
            self._threads.discard(threading.get_ident())
            _raise_in(threading.get_ident(), None)  # what was raised but has not struck yet never does


_stopper: ContextVar[Stopper | None] = ContextVar("stopper", default=None)


@contextlib.contextmanager
def on_lane(stopper: Stopper | None) -> Iterator[None]:
    """Within the block this thread works beside the main lane, or, with None, on it."""
    token = _stopper.set(stopper)
    try:
        yield
    finally:
        _stopper.reset(token)


def is_beside() -> bool:
    """Whether this code runs beside the main lane, where a busy cell may be changing names."""
    return _stopper.get() is not None


def user_code() -> AbstractContextManager[None]:
    """Put around the evaluation of an expression: within the block it can be stopped on every lane."""
    return _stopper.get() or contextlib.nullcontext()


def _raise_in(thread: int, error: type[BaseException] | None) -> bool:
    """Raise in a thread, or, with None, take back what has not been raised yet."""
    raised = ctypes.py_object(error) if error is not None else None
    return bool(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised))
