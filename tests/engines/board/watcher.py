"""What a session tells, for tests to wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from engines.board.session import BoardSession
from engines.board.status import State


class Watcher:
    """Collects what a session tells, and waits for it."""

    def __init__(self, session: BoardSession) -> None:
        self.session = session
        self.text = ""
        self.states: list[State] = []
        self._news = threading.Condition()
        session.output.connect(self._on_text)
        session.status_changed.connect(self._on_status)

    def _on_text(self, text: str) -> None:
        with self._news:
            self.text += text
            self._news.notify_all()

    def _on_status(self, status) -> None:
        with self._news:
            self.states.append(status.state)
            self._news.notify_all()

    def until(self, true: Callable[[], object], timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        with self._news:
            while not true():
                left = deadline - time.monotonic()
                assert left > 0, f"{self.session.status}; terminal: {self.text[-500:]!r}"
                self._news.wait(min(left, 0.05))

    def until_text(self, text: str) -> None:
        self.until(lambda: text in self.text)

    def until_state(self, state: State) -> None:
        self.until(lambda: self.session.status.state is state)
