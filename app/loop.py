"""The event loop as the conductor sees it, and Qt's implementation of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid


class Loop(Protocol):
    def deliver(self, function: Callable[[], Any]) -> None:
        """Run a function on the loop's thread, soon; may be called from any thread."""

    def later(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        """Run a function after a while; the returned function cancels that. On the loop's thread only."""

    def every(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        """Run a function again and again; the returned function ends it."""


class QtLoop(QObject):
    """Qt's event loop. Make it on the GUI thread."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._closed = False
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def deliver(self, function: Callable[[], Any]) -> None:
        if not self._closed:
            self._posted.emit(function)

    def later(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(timer.deleteLater)
        timer.timeout.connect(lambda: self._run(function))
        timer.start(round(seconds * 1000))
        return lambda: _end(timer)

    def every(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(function)
        timer.start(round(seconds * 1000))
        return lambda: _end(timer)

    def close(self) -> None:
        """Run nothing more: what was posted belongs to things that are gone."""
        self._closed = True
        for timer in self.findChildren(QTimer):
            _end(timer)

    @Slot(object)
    def _run(self, function: Callable[[], Any]) -> None:
        if not self._closed:
            function()


def _end(timer: QTimer) -> None:
    if isValid(timer):  # a single shot that fired is deleted already
        timer.stop()
        timer.deleteLater()
