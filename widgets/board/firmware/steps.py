"""Where one is in a wizard: its steps in a row, the present one marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from widgets.workspace.text import blend, muted

_HEIGHT = 28
_CIRCLE = 22
_GAP = 8
_LINE = 32


class Steps(QWidget):
    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = list(titles)
        self._current = 0
        self.setFixedHeight(_HEIGHT)

    def set_current(self, step: int) -> None:
        self._current = step
        self.setAccessibleName(f"Step {step + 1} of {len(self._titles)}: {self._titles[step]}")
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        width = sum(metrics.horizontalAdvance(each) + _CIRCLE + 3 * _GAP + _LINE for each in self._titles)
        return QSize(round(width), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(painter.font())
        middle = self.height() / 2
        x = 1.0
        for number, title in enumerate(self._titles):
            self._circle(painter, QRectF(x, middle - _CIRCLE / 2, _CIRCLE, _CIRCLE), number)
            x += _CIRCLE + _GAP
            width = metrics.horizontalAdvance(title) + 2
            here = number == self._current
            colour = self.palette().color(QPalette.ColorRole.WindowText) if here else muted(self.palette())
            painter.setPen(colour)
            painter.drawText(QRectF(x, 0, width, self.height()), int(Qt.AlignmentFlag.AlignVCenter), title)
            x += width + _GAP
            if number + 1 < len(self._titles):
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
                painter.drawLine(round(x), round(middle), round(x + _LINE), round(middle))
                x += _LINE + _GAP

    def _circle(self, painter: QPainter, rect: QRectF, number: int) -> None:
        accent = self.palette().color(QPalette.ColorRole.Accent)
        ground = self.palette().color(QPalette.ColorRole.Window)
        here, past = number == self._current, number < self._current
        painter.setPen(QPen(accent if here or past else self.palette().color(QPalette.ColorRole.Mid), 1.2))
        painter.setBrush(accent if here else blend(ground, accent, 0.12) if past else ground)
        painter.drawEllipse(rect)
        text = "✓" if past else str(number + 1)
        role = QPalette.ColorRole.HighlightedText
        painter.setPen(self.palette().color(role) if here else accent if past else muted(self.palette()))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
