"""What is painted over a plot while the pointer is on it: the nearest point's values, the zoom box."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from engines.plot.picking import Hit
from engines.plot.scene import Box, Scene
from widgets.plot.fonts import ascent_and_descent, measure, scene_font
from widgets.plot.painter import qcolor, qrect

TEXT_SIZE = 12.0
PADDING = 6.0
DISTANCE = 12.0


def paint_hit(painter: QPainter, scene: Scene, hit: Hit, palette: QPalette) -> None:
    """A thin cross through the point, a ring on it, and a label beside it."""
    box = next((box for _, _, box in scene.plots if box.holds(hit.px, hit.py)), None)
    if box is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    faint = QColor(palette.color(QPalette.ColorRole.Text))
    faint.setAlphaF(0.3)
    painter.setPen(QPen(faint, 1))
    painter.drawLine(QPointF(box.x, hit.py), QPointF(box.right, hit.py))
    painter.drawLine(QPointF(hit.px, box.y), QPointF(hit.px, box.bottom))
    painter.setPen(QPen(qcolor(hit.color), 2))
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawEllipse(QPointF(hit.px, hit.py), 4, 4)
    _label(painter, box, hit, palette)


def _label(painter: QPainter, box: Box, hit: Hit, palette: QPalette) -> None:
    lines = [hit.name, f"{hit.x_text},  {hit.y_text}"]
    width = max(measure(line, TEXT_SIZE)[0] for line in lines) + 2 * PADDING + 4
    ascent, descent = ascent_and_descent(TEXT_SIZE)
    step = ascent + descent + 2
    height = len(lines) * step + 2 * PADDING - 2
    x = hit.px + DISTANCE if hit.px + DISTANCE + width <= box.right else hit.px - DISTANCE - width
    y = hit.py - DISTANCE - height if hit.py - DISTANCE - height >= box.y else hit.py + DISTANCE
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawRoundedRect(QRectF(round(x) + 0.5, round(y) + 0.5, width, height), 4, 4)
    painter.fillRect(QRectF(round(x) + 0.5, round(y) + 4.5, 3, height - 8), qcolor(hit.color))
    painter.setFont(scene_font(TEXT_SIZE))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    for row, line in enumerate(lines):
        painter.drawText(QPointF(round(x) + PADDING + 4, round(y) + PADDING + ascent + row * step), line)


def paint_box(painter: QPainter, box: Box, palette: QPalette) -> None:
    """The rectangle of a box zoom."""
    accent = QColor(palette.color(QPalette.ColorRole.Highlight))
    painter.setPen(QPen(accent, 1))
    accent.setAlphaF(0.15)
    painter.setBrush(accent)
    painter.drawRect(qrect(box))


def paint_message(painter: QPainter, area: QRectF, title: str, text: str, palette: QPalette) -> None:
    """A quiet message in the middle of an empty plot."""
    painter.fillRect(area, palette.color(QPalette.ColorRole.Base))
    painter.setFont(scene_font(14))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    middle = area.center()
    half = area.height() / 2
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
    upper = QRectF(area.x() + 24, area.y(), area.width() - 48, half - 4)
    painter.drawText(upper, flags | int(Qt.AlignmentFlag.AlignBottom), title)
    painter.setFont(scene_font(12))
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    lower = QRectF(area.x() + 24, middle.y() + 4, area.width() - 48, half - 4)
    painter.drawText(lower, flags | int(Qt.AlignmentFlag.AlignTop), text)
