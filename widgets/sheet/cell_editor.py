"""The editor over a cell. Not Qt's item editor, which closes and refills itself when data changes."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from engines.sheet.references import Cell
from widgets.sheet.formula_edit import FormulaEdit

_ROOM = 16


class CellEditor(FormulaEdit):
    """Hidden until ``open``; ``cell`` is what it edits then."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self.cell: Cell | None = None
        self.hide()
        self.setFrame(False)
        self.setAccessibleName("Cell text")

    def open(self, cell: Cell, text: str, *, arrows_commit: bool) -> None:
        self.cell = cell
        self.arrows_commit = arrows_commit
        self.setText(text)

    def take(self) -> str:
        """The text; the editor is closed."""
        self.cell = None
        self.hide()
        return self.text()

    def place(self, rect: QRect) -> None:
        """Over its cell, and as much wider as the text needs and the viewport allows."""
        wanted = self.fontMetrics().horizontalAdvance(self.text()) + _ROOM
        width = max(rect.width() - 1, min(wanted, self.parentWidget().width() - rect.left()))
        self.setGeometry(rect.left(), rect.top(), width, rect.height() - 1)
