"""Column letters and row numbers, with those of the selection marked."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QHeaderView, QWidget

from widgets.sheet.colours import faded

_MARK = 2


class SheetHeader(QHeaderView):
    """Shows which sections the selection covers; ``marked`` is the first and last of them, from 0."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self._marked = (-1, -1)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)

    def mark(self, first: int, last: int) -> None:
        if (first, last) != self._marked:
            self._marked = (first, last)
            self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        first, last = self._marked
        if not first <= section <= last:
            return
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        painter.fillRect(rect, faded(accent, 0.12))
        if self.orientation() == Qt.Orientation.Horizontal:
            painter.fillRect(rect.left(), rect.bottom() - _MARK + 1, rect.width(), _MARK, accent)
        else:
            painter.fillRect(rect.right() - _MARK + 1, rect.top(), _MARK, rect.height(), accent)
