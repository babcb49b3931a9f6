"""The line for finding text in the sources."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget


class FindBar(QWidget):
    """Enter finds the next, Shift+Enter the previous, Escape closes."""

    wanted = Signal(str, int)
    """Text, and 1 for the next, -1 for the previous, 0 for the nearest place."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText("Find in the sources")
        self.edit.setAccessibleName("Find")
        self.edit.setClearButtonEnabled(True)
        self._count = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self._count)
        row.addWidget(self._button("Previous", -1))
        row.addWidget(self._button("Next", 1))
        self.edit.textChanged.connect(lambda text: self.wanted.emit(text, 0))

    def open(self) -> None:
        """Appear, ready to type."""
        self.show()
        self.edit.selectAll()
        self.edit.setFocus()

    def show_place(self, number: int, count: int) -> None:
        """Say which of how many places is shown, from 1."""
        if not self.edit.text():
            self._count.clear()
        else:
            self._count.setText(f"{number} of {count}" if count else "Nothing found")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.closed.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.wanted.emit(self.edit.text(), -1 if back else 1)
            case _:
                super().keyPressEvent(event)

    def _button(self, text: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self.wanted.emit(self.edit.text(), step))
        return button
