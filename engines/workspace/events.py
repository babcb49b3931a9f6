"""A Qt-free signal: engines announce what happened, whoever is interested listens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Event(Generic[T]):
    """Calls its listeners, in the order they connected, with one payload (a frozen dataclass or plain value).

    Listeners run on the emitting thread. One that raises keeps neither the others nor the emitter from their
    work: its exception is reported by ``sys.excepthook``, as one that nobody caught.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], object]] = []

    def connect(self, listener: Callable[[T], object]) -> Callable[[], None]:
        """Add a listener; the returned function removes it again."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, payload: T) -> None:
        """Tell everyone who listens. Raises nothing."""
        for listener in tuple(self._listeners):
            try:
                listener(payload)
            except Exception:
                sys.excepthook(*sys.exc_info())
