"""What the user should know, one sentence each: shown in the status area, kept in the Messages panel."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from engines.workspace.events import Event

KEPT = 500


class Level(IntEnum):
    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Notice:
    """A sentence that says what, where and what to do; ``command`` is a remedy in the command registry."""

    level: Level
    text: str
    command: str | None = None
    time: float = field(default_factory=time.time)


class Notices:
    """All notices of this session, newest last, bounded. The same sentence twice in a row counts once:
    it is posted again, as the same object."""

    def __init__(self) -> None:
        self.all: deque[Notice] = deque(maxlen=KEPT)
        self.posted: Event[Notice] = Event()

    def post(self, level: Level, text: str, command: str | None = None) -> None:
        if self.all and (self.all[-1].text, self.all[-1].level) == (text, level):
            self.posted.emit(self.all[-1])
            return
        notice = Notice(level, text, command)
        self.all.append(notice)
        self.posted.emit(notice)

    def info(self, text: str) -> None:
        self.post(Level.INFO, text)

    def warn(self, text: str, command: str | None = None) -> None:
        self.post(Level.WARNING, text, command)

    def error(self, text: str, command: str | None = None) -> None:
        self.post(Level.ERROR, text, command)
