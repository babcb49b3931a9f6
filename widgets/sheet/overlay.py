"""What is painted over the cells: the selection, the cursor, what was cut, the references being edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

from engines.sheet.rewriting import ReferenceSpan
from widgets.sheet.colours import faded, reference_colour
from widgets.workspace.text import muted

HINT = "Type a value, or a formula: =2^10, =SUM(A1:A9), =accel.x[-20:]"
_FILL = 0.14


@dataclass(frozen=True)
class Marks:
    """Rectangles in the viewport's pixels; those out of sight are None."""

    selection: QRect | None
    cursor: QRect | None
    cut: QRect | None
    references: Sequence[tuple[ReferenceSpan, QRect]] = ()


def paint_marks(painter: QPainter, palette: QPalette, marks: Marks, *, focused: bool) -> None:
    accent = palette.color(QPalette.ColorRole.Highlight)
    line = accent if focused else faded(accent, 0.5)
    if marks.selection is not None and marks.selection != marks.cursor:
        painter.fillRect(marks.selection, faded(accent, _FILL))
        _outline(painter, marks.selection, QPen(line, 1))
    if marks.cursor is not None:
        _outline(painter, marks.cursor, QPen(line, 2))
    if marks.cut is not None:
        _outline(painter, marks.cut, QPen(accent, 1, Qt.PenStyle.DashLine))
    for span, rect in marks.references:
        colour: QColor = reference_colour(palette, span.number)
        painter.fillRect(rect, faded(colour, _FILL))
        _outline(painter, rect, QPen(colour, 1))


def paint_hint(painter: QPainter, palette: QPalette, rect: QRect) -> None:
    """What to do with an empty sheet, on a ground without grid lines."""
    ground = painter.fontMetrics().boundingRect(rect, Qt.AlignmentFlag.AlignCenter, HINT)
    painter.fillRect(ground.adjusted(-12, -8, 12, 8), palette.color(QPalette.ColorRole.Base))
    painter.setPen(muted(palette))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, HINT)


def _outline(painter: QPainter, rect: QRect, pen: QPen) -> None:
    inset = pen.width() // 2
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(inset - 1, inset - 1, -inset, -inset))
