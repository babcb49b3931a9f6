"""Single-line icons in the colours of the palette, drawn when they are shown: they follow the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPainterPath, QPalette, QPen, QPixmap

_ROUND = [
    (13.2, 9.5), (12, 12), (9.6, 13.4), (6.9, 13.4), (4.3, 12), (2.9, 9.6),
    (2.9, 6.8), (4.3, 4.3), (6.8, 2.9), (9.6, 2.9), (12, 4.3), (13.3, 6.3),
]  # fmt: skip
# Strokes on a grid of 16 by 16; each is a line through its points.
_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "folder": [[(1.5, 13), (1.5, 3), (6, 3), (7.5, 5), (14.5, 5), (14.5, 13), (1.5, 13)]],
    "file": [
        [(3.5, 1.5), (9.5, 1.5), (12.5, 4.5), (12.5, 14.5), (3.5, 14.5), (3.5, 1.5)],
        [(9.5, 1.5), (9.5, 4.5), (12.5, 4.5)],
    ],
    "disk": [[(2, 4), (14, 4), (14, 12), (2, 12), (2, 4)], [(4.5, 9.5), (7, 9.5)], [(11, 9.5), (11.6, 9.5)]],
    "right": [[(2, 8), (13.5, 8)], [(9, 3.5), (13.5, 8), (9, 12.5)]],
    "left": [[(14, 8), (2.5, 8)], [(7, 3.5), (2.5, 8), (7, 12.5)]],
    "up": [[(8, 14), (8, 2.5)], [(3.5, 7), (8, 2.5), (12.5, 7)]],
    "home": [[(2, 8), (8, 2.5), (14, 8)], [(3.8, 6.8), (3.8, 13.5), (12.2, 13.5), (12.2, 6.8)]],
    "refresh": [
        _ROUND,
        [(13.6, 2.6), (13.4, 6.4), (9.8, 6.2)],
    ],
    "plus": [[(8, 3), (8, 13)], [(3, 8), (13, 8)]],
    "more": [[(3, 8), (3.4, 8)], [(7.8, 8), (8.2, 8)], [(12.6, 8), (13, 8)]],
    "close": [[(4, 4), (12, 12)], [(12, 4), (4, 12)]],
}  # fmt: skip
_GRID = 16.0


class _LineIcon(QIconEngine):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(rect.width(), rect.height())
        painter.translate(QRectF(rect).center() - QPointF(side / 2, side / 2))
        painter.scale(side / _GRID, side / _GRID)
        pen = QPen(_colour(mode), 1.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self._name == "more":
            pen.setWidthF(2.0)
        painter.setPen(pen)
        painter.drawPath(_path(self._name))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if pixmap.isNull():  # asked for by layouts that have no room yet
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _LineIcon(self._name)


def line_icon(name: str) -> QIcon:
    """An icon by its name; raises KeyError when there is none."""
    _STROKES[name]
    return QIcon(_LineIcon(name))


def _path(name: str) -> QPainterPath:
    path = QPainterPath()
    for first, *others in _STROKES[name]:
        path.moveTo(*first)
        for point in others:
            path.lineTo(*point)
    return path


def _colour(mode: QIcon.Mode):
    palette, role = QGuiApplication.palette(), QPalette.ColorRole.Text
    if mode is QIcon.Mode.Disabled:
        return palette.color(QPalette.ColorGroup.Disabled, role)
    if mode is QIcon.Mode.Selected:
        return palette.color(QPalette.ColorRole.HighlightedText)
    return palette.color(role)
