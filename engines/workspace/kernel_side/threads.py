"""Threads know the cell that started them: what they print, however late, is shown there.

ipykernel keeps the cell in a context variable. A new thread has an empty context (in Python 3.14, too, unless
``thread_inherit_context`` is set), so that the last request of all would count, be it a sheet's.
"""

from __future__ import annotations

import contextvars
import functools
import sys
import threading


def inherit_context() -> None:
    """From now on a thread starts with a copy of the context in which ``start`` was called."""
    if getattr(sys.flags, "thread_inherit_context", False):
        return
    start = threading.Thread.start

    @functools.wraps(start)
    def start_in_context(thread: threading.Thread) -> None:
        run = functools.partial(contextvars.copy_context().run, thread.run)
        thread.run = run  # type: ignore[method-assign]
        start(thread)

    threading.Thread.start = start_in_context  # type: ignore[assignment, method-assign]
