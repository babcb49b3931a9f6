"""The name box and the line with the current cell's text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from widgets.sheet.formula_edit import FormulaEdit


class NameBox(QLineEdit):
    """Shows what is selected; a name typed into it is gone to."""

    cancelled = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return
        super().keyPressEvent(event)


class FormulaBar(QWidget):
    """Two lines over the grid, without labels: what they are for shows in them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = NameBox(self)
        self.name.setFixedWidth(self.fontMetrics().horizontalAdvance("AAA1048576:") + 16)
        self.name.setAccessibleName("Selected cells")
        self.name.setToolTip("The selected cells. Type a reference, such as B2 or A1:C9, to go there.")
        self.text = FormulaEdit(self)
        self.text.setAccessibleName("Formula")
        self.text.setToolTip("The text of the selected cell: a value, or a formula beginning with =")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(4)
        row.addWidget(self.name)
        row.addWidget(self.text, 1)
