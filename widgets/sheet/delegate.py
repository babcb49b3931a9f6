"""Paints one cell: its text, quietly. Selection and cursor are painted over all cells at once."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engines.sheet.session import SheetSession
from widgets.sheet.colours import error_colour
from widgets.sheet.model import alignment

PADDING = 4
_QUIET = ("stale", "object")


class CellDelegate(QStyledItemDelegate):
    """Draws texts straight from the session: no role lookups for each of hundreds of visible cells."""

    def __init__(self, session: SheetSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.use_palette(parent.palette(), parent.fontMetrics())

    def use_palette(self, palette: QPalette, metrics: QFontMetrics) -> None:
        role = QPalette.ColorRole
        self._text = palette.color(role.Text)
        self._colours: dict[str, QColor] = {
            "error": error_colour(palette),
            **dict.fromkeys(_QUIET, palette.color(role.PlaceholderText)),
        }
        self._metrics = metrics

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        text, kind = self._session.shown(index.column() + 1, index.row() + 1)
        if not text:
            return
        rect: QRect = option.rect.adjusted(PADDING, 0, -PADDING, 0)  # type: ignore[attr-defined]
        painter.setPen(self._colours.get(kind, self._text))
        painter.drawText(rect, self._alignment(kind, text), self._fitted(text, kind, rect.width()))

    def _alignment(self, kind: str, text: str) -> Qt.AlignmentFlag:
        """A stale number stays where it was."""
        if kind == "stale" and text[0] in "0123456789-.":
            kind = "number"
        return alignment(kind)

    def _fitted(self, text: str, kind: str, width: int) -> str:
        line = text.split("\n", 1)[0] if "\n" in text else text
        if self._metrics.horizontalAdvance(line) <= width:
            return line
        if kind == "number":  # a number cut short would be another number
            return "#" * max(width // max(self._metrics.horizontalAdvance("#"), 1), 1)
        return self._metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
