"""From a board session's thread to the GUI thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from engines.workspace.events import Event

T = TypeVar("T")


class GuiCalls(QObject):
    """Runs functions on the GUI thread for one widget, as long as that widget lives."""

    _posted = Signal(object)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)
        ends: list[Callable[[], None]] = []
        self._ends = ends
        owner.destroyed.connect(lambda: [end() for end in ends])

    def post(self, function: Callable[[], object]) -> None:
        """Run soon, on the GUI thread; from any thread."""
        with contextlib.suppress(RuntimeError):  # the widget was deleted meanwhile
            self._posted.emit(function)

    def listen(self, event: Event[T], listener: Callable[[T], object]) -> None:
        """Hear an event of another thread on the GUI thread."""
        self._ends.append(event.connect(lambda payload: self.post(lambda: listener(payload))))

    def when_done(self, operation: Future[Any], then: Callable[[Future[Any]], object]) -> None:
        """Call ``then(operation)`` on the GUI thread when it is done."""
        operation.add_done_callback(lambda done: self.post(lambda: then(done)))

    @Slot(object)
    def _run(self, function: Callable[[], object]) -> None:
        function()
