"""What was asked of a board: the operation that runs, and those that wait for their turn."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from engines.board.errors import DisconnectedError
from engines.board.operations import Operation


class OperationQueue:
    """``add``, ``meant_by_interrupt`` and ``cancel`` may come from any thread, the rest from the session's.

    Args:
        refusal: why nothing can be asked; see ``set_refusal``.
    """

    def __init__(self, refusal: str) -> None:
        self._refusal = refusal
        self._waiting: deque[Operation[Any]] = deque()
        self._guard = threading.Lock()
        self.current: Operation[Any] | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def set_refusal(self, refusal: str) -> None:
        """While it is not empty, operations fail at once with a DisconnectedError that says so."""
        with self._guard:
            self._refusal = refusal

    def add(self, operation: Operation[Any]) -> None:
        with self._guard:
            if not self._refusal:
                self._waiting.append(operation)
                return
        self._fail(operation)

    def take(self) -> Operation[Any]:
        """The next one, which is ``current`` until ``finish``."""
        self.current = self._waiting[0]  # first, so that an interrupt finds it here or there
        return self._waiting.popleft()

    def finish(self) -> None:
        self.current = None

    def fail_all(self) -> None:
        """What waits will not be done: the connection is gone."""
        while self._waiting:
            self._fail(self._waiting.popleft())

    def meant_by_interrupt(self) -> Operation[Any] | None:
        """The user's program that runs, or is the next: one that is still queued was asked for before."""
        asked_for = (self.current, *tuple(self._waiting))
        return next((each for each in asked_for if each is not None and each.user_code), None)

    def cancel_current(self) -> None:
        if (operation := self.current) is not None:
            operation.cancel()

    def _fail(self, operation: Operation[Any]) -> None:
        if operation.begin():
            operation.set_exception(DisconnectedError(f"{operation.title}: {self._refusal}"))
