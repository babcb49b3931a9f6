"""Texts wider than their cell: they run on over the empty cells to their right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QTableView

from engines.sheet.references import MAX_COLUMN, Cell, Rect
from engines.sheet.session import SheetSession
from widgets.sheet.model import alignment

_MOST_KEPT = 500


@dataclass(frozen=True)
class LongText:
    """``rect`` is its own cell's inside in pixels, ``width`` the pixels that it needs."""

    cell: Cell
    text: str
    rect: QRect
    width: int


class LongTexts:
    """Those met while painting, and how far each was painted the last time."""

    def __init__(self, table: QTableView, session: SheetSession) -> None:
        self._table = table
        self._session = session
        self._met: list[LongText] = []
        self._last_columns: dict[Cell, int] = {}

    def meet(self, long_text: LongText) -> None:
        self._met.append(long_text)

    def paint(self, painter: QPainter) -> list[Rect]:
        """Paint those met since; the cells of those that now reach elsewhere than before.

        These are to be painted once more: this painting may be clipped to a part of them.
        """
        met, self._met = self._met, []
        moved = []
        for each in met:
            (first, row), last, free = each.cell, *self._free(each)
            _paint(painter, self._table, each, free)
            if self._last_columns.get(each.cell, first) != last:
                if len(self._last_columns) >= _MOST_KEPT:
                    self._last_columns.clear()
                self._last_columns[each.cell] = last
                moved.append(Rect(first, row, last, row))
        return moved

    def grown(self, rect: Rect) -> Rect:
        """Changed cells with all that the texts cover that run into or out of them."""
        left, right = rect.left, rect.right
        for (first, row), last in self._last_columns.items():
            if rect.top <= row <= rect.bottom and first <= rect.right and rect.left <= last:
                left, right = min(left, first), max(right, last)
        return Rect(left, rect.top, right, rect.bottom)

    def _free(self, each: LongText) -> tuple[int, int]:
        """The last column it may run over, and the pixels up to its end."""
        (column, row), free = each.cell, each.rect.width()
        while free < each.width and column < MAX_COLUMN and not self._session.shown(column + 1, row).text:
            column += 1
            free += self._table.columnWidth(column - 1)
        return column, free


def _paint(painter: QPainter, table: QTableView, each: LongText, free: int) -> None:
    """Without the grid's lines in it."""
    rect = each.rect
    if free <= rect.width():
        return
    width = min(free, each.width)
    base = table.palette().color(QPalette.ColorRole.Base)
    painter.fillRect(rect.left(), rect.top(), width, rect.height() - 1, base)
    painter.setPen(table.palette().color(QPalette.ColorRole.Text))
    fitted = each.text
    if free < each.width:
        fitted = table.fontMetrics().elidedText(each.text, Qt.TextElideMode.ElideRight, width)
    painter.drawText(QRect(rect.left(), rect.top(), width, rect.height()), alignment("text"), fitted)
