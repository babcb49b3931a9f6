"""Files dropped onto the window are opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class DroppedFiles(QObject):
    """Takes what no panel takes for itself.

    Args:
        take: called with the path of each file.
    """

    def __init__(self, window: QWidget, take: Callable[[str], object]) -> None:
        super().__init__(window)
        self._take = take
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return False
        drop = cast(QDropEvent, event)
        paths = [url.toLocalFile() for url in drop.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return False
        drop.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            for path in paths:
                self._take(path)
        return True
