"""The event loop as the conductor sees it, and Qt's implementation of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot


class Loop(Protocol):
    def deliver(self, function: Callable[[], Any]) -> None:
        """Run a function on the loop's thread, soon; may be called from any thread."""

    def later(self, seconds: float, function: Callable[[], Any]) -> None:
        """Run a function on the loop's thread after a while; may be called from any thread."""

    def every(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        """Run a function again and again; the returned function ends it."""


class QtLoop(QObject):
    """Qt's event loop. Make it on the GUI thread."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self._closed = False
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def deliver(self, function: Callable[[], Any]) -> None:
        if not self._closed:
            self._posted.emit(function)

    def later(self, seconds: float, function: Callable[[], Any]) -> None:
        if threading.get_ident() != self._thread:
            self.deliver(lambda: self.later(seconds, function))
            return
        QTimer.singleShot(round(seconds * 1000), self, lambda: None if self._closed else function())

    def every(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(function)
        timer.start(round(seconds * 1000))

        def stop() -> None:
            timer.stop()
            timer.deleteLater()

        return stop

    def close(self) -> None:
        """Run nothing more: what was posted belongs to things that are gone."""
        self._closed = True

    @Slot(object)
    def _run(self, function: Callable[[], Any]) -> None:
        if not self._closed:
            function()
