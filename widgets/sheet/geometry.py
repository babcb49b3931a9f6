"""Where cells lie in the viewport."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QTableView

from engines.sheet.references import MAX_COLUMN, MAX_ROW, Rect


class Geometry:
    """Rectangles of cells (from 1) as pixels of a table's viewport, and back."""

    def __init__(self, table: QTableView) -> None:
        self._table = table

    def visible(self) -> Rect:
        """The cells in the viewport, those half in sight included."""
        table, size = self._table, self._table.viewport().size()
        right, bottom = table.columnAt(max(size.width() - 1, 0)), table.rowAt(max(size.height() - 1, 0))
        left, top = max(table.columnAt(0), 0) + 1, max(table.rowAt(0), 0) + 1
        return Rect(left, top, MAX_COLUMN if right < 0 else right + 1, MAX_ROW if bottom < 0 else bottom + 1)

    def pixels(self, rect: Rect) -> QRect:
        table = self._table
        left, top = table.columnViewportPosition(rect.left - 1), table.rowViewportPosition(rect.top - 1)
        right = table.columnViewportPosition(rect.right - 1) + table.columnWidth(rect.right - 1)
        bottom = table.rowViewportPosition(rect.bottom - 1) + table.rowHeight(rect.bottom - 1)
        return QRect(left, top, right - left, bottom - top)

    def in_sight(self, rect: Rect) -> QRect | None:
        """The pixels of what can be seen of it, None for nothing; cut just outside of the viewport."""
        seen = self.visible()
        grown = Rect(
            max(seen.left - 1, 1),
            max(seen.top - 1, 1),
            min(seen.right + 1, MAX_COLUMN),
            min(seen.bottom + 1, MAX_ROW),
        )
        common = rect.overlap(grown)
        return None if common is None else self.pixels(common)
