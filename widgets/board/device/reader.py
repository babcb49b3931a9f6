"""Reads the device now and then, when that disturbs nobody."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from engines.board.device.device import DeviceFacts, read_facts
from engines.board.errors import BoardError
from engines.board.session import BoardSession
from engines.board.status import State
from widgets.board.gui_calls import GuiCalls

PERIOD_MS = 3000
_SHARE = 0.1
"""Of the time: a slow line is read the less often."""
_TIMEOUT = 10.0


class DeviceReader(QObject):
    """Asks the board while its page is seen and its prompt is free; ``read`` and ``note_changed`` tell.

    It never interrupts a program: what it would need to, it leaves, and ``note`` says so.
    """

    read = Signal(object)
    """DeviceFacts"""
    note_changed = Signal(str)

    def __init__(
        self, session: BoardSession, page: QWidget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(page)
        self.facts: DeviceFacts | None = None
        self.note = ""
        self.fresh = False
        """What is shown was read from the board as it runs now."""
        self._session = session
        self._page = page
        self._clock = clock
        self._calls = GuiCalls(page)
        self._read_at = 0.0
        self._rest_until = 0.0
        self._asked: Future[Any] | None = None
        self._target: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.look)
        self._calls.listen(session.status_changed, lambda status: self.look())

    def watch(self, seen: bool) -> None:
        """The page is (not) seen."""
        if seen:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()

    def look(self, *, now: bool = False) -> None:
        """Read if it is time, or ``now``, and if the prompt is free."""
        session = self._session
        if self._target is not session.target:
            self._target, self.facts, self._rest_until = session.target, None, 0.0
        self._tell()
        if session.status.state is not State.PROMPT or self._asked is not None:
            return
        if not now and (not self._page.isVisible() or self._clock() < self._rest_until):
            return
        began = self._clock()
        self._asked = operation = session.submit("Reading the device", read_facts, timeout=_TIMEOUT)
        self._calls.when_done(operation, lambda done: self._done(done, began))

    def _done(self, done: Future[DeviceFacts], began: float) -> None:
        self._asked = None
        now = self._clock()
        self._rest_until = now + max(PERIOD_MS / 1000 * 0.9, (now - began) / _SHARE)
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self.facts, self._read_at = done.result(), now
            self._tell()
            self.read.emit(self.facts)
        elif isinstance(error, BoardError):
            self._tell(str(error))
        else:
            raise error

    def _tell(self, problem: str = "") -> None:
        state = self._session.status.state
        self.fresh = state.connected and state not in (State.RUNNING, State.STUCK, State.SILENT)
        note = problem or self._sentence(state)
        if note != self.note:
            self.note = note
        self.note_changed.emit(note)

    def _sentence(self, state: State) -> str:
        shown = f" Shown is what was read {_age(self._clock() - self._read_at)} ago." if self.facts else ""
        if not state.connected:
            return f"No board is connected.{shown}"
        if state in (State.RUNNING, State.STUCK, State.SILENT):
            return f"A program is running: reading would interrupt it.{shown}"
        if state is State.ENTRY:
            return f"A statement is being typed.{shown}"
        return "" if self.facts else "Reading …"


def _age(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
