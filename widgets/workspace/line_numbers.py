"""The numbers at the left of a code editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.workspace.text import muted


class Lines(Protocol):
    """An editor that knows where its lines stand."""

    def line_tops(self) -> Iterable[tuple[int, int]]: ...


class LineNumbers(QWidget):
    """A column of numbers; the editor makes room for it and places it."""

    def __init__(self, editor: Lines) -> None:
        super().__init__(editor)
        self._editor = editor
        self.marks: dict[int, QColor] = {}
        """Lines with a dot of this colour beside their number."""
        self.setFont(editor.font())

    def width_for(self, lines: int) -> int:
        """Room for the greatest number."""
        return self.fontMetrics().horizontalAdvance("9") * max(2, len(str(lines))) + 12

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(muted(self.palette()))
        for number, top in self._editor.line_tops():
            if top > event.rect().bottom():
                break
            area = QRect(0, top, self.width() - 8, self.fontMetrics().height())
            painter.drawText(area, Qt.AlignmentFlag.AlignRight, str(number))
            if number in self.marks:
                self._dot(painter, area, self.marks[number])

    def _dot(self, painter: QPainter, area: QRect, colour: QColor) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(self.width() - 3.5, area.center().y() + 0.5), 2.5, 2.5)
        painter.restore()
