"""What a board said, for every terminal, also one that comes late."""

from __future__ import annotations

import threading
from collections.abc import Callable

from engines.workspace.events import Event

KEPT = 32_000
"""Characters that a late listener still hears."""


class Transcript(Event[str]):
    """An event of texts whose listeners hear first what was said lately: a terminal that is made after its
    board was connected shows the prompt. Emitting and connecting may happen on different threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self._recent = ""
        self._guard = threading.Lock()

    def connect(self, listener: Callable[[str], object]) -> Callable[[], None]:
        with self._guard:
            if self._recent:
                listener(self._recent)
            return super().connect(listener)

    def emit(self, payload: str) -> None:
        with self._guard:
            kept = self._recent + payload
            if len(kept) > KEPT:  # from a line's start: half an escape code would show
                kept = kept[-KEPT:].partition("\n")[2]
            self._recent = kept
            super().emit(payload)
