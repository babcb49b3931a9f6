"""Paints one cell: its text, quietly. Selection and cursor are painted over all cells at once."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engines.sheet.session import SheetSession
from widgets.sheet.colours import error_colour
from widgets.sheet.fitting import fitted_number
from widgets.sheet.long_texts import LongText, LongTexts
from widgets.sheet.model import alignment
from widgets.workspace.text import muted

PADDING = 4
_QUIET = ("stale", "object")
_NUMBER_STARTS = "0123456789-."
_MOST_KEPT = 4096


class CellDelegate(QStyledItemDelegate):
    """Draws texts straight from the session: no role lookups for each of hundreds of visible cells."""

    def __init__(self, session: SheetSession, long_texts: LongTexts, parent: QWidget) -> None:
        super().__init__(parent)
        self._long_texts = long_texts
        self._session = session
        self.use_palette(parent.palette(), parent.fontMetrics())

    def use_palette(self, palette: QPalette, metrics: QFontMetrics) -> None:
        self._text = palette.color(QPalette.ColorRole.Text)
        self._colours: dict[str, QColor] = {
            "error": error_colour(palette),
            **dict.fromkeys(_QUIET, muted(palette)),
        }
        self._metrics = metrics
        self._fitted: dict[tuple[str, str, int], str] = {}

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell = index.column() + 1, index.row() + 1
        text, kind = self._session.shown(*cell)
        if not text:
            return
        rect: QRect = option.rect.adjusted(PADDING, 0, -PADDING, 0)  # type: ignore[attr-defined]
        was_number = kind == "stale" and text[0] in _NUMBER_STARTS  # it stays where it was
        if kind == "text" and (width := self._metrics.horizontalAdvance(text)) > rect.width():
            self._long_texts.meet(LongText(cell, text, rect, width))
        painter.setPen(self._colours.get(kind, self._text))
        like = "number" if was_number else kind
        painter.drawText(rect, alignment(like), self._fit(text, like, rect.width()))

    def _fit(self, text: str, kind: str, width: int) -> str:
        key = (text, kind, width)
        fitted = self._fitted.get(key)
        if fitted is None:
            if len(self._fitted) >= _MOST_KEPT:
                self._fitted.clear()
            fitted = self._fitted[key] = self._shortened(text, kind, width)
        return fitted

    def _shortened(self, text: str, kind: str, width: int) -> str:
        line = text.split("\n", 1)[0]
        if self._metrics.horizontalAdvance(line) <= width:
            return line
        if kind == "number":
            return fitted_number(line, width // self._metrics.horizontalAdvance("0"))
        return self._metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
