"""A question at the foot of a view, in place of a dialog: one sentence, perhaps a field, yes or no."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget


class AskBar(QWidget):
    """Hidden until something is asked. Enter says yes, Escape says no."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: Callable[[str], object] = lambda text: None
        self._question = QLabel(self)
        self._question.setTextFormat(Qt.TextFormat.PlainText)
        self._question.setWordWrap(True)
        self.field = QLineEdit(self)
        self.yes = QPushButton(self)
        self.no = QPushButton("Cancel", self)
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.setColumnStretch(0, 1)
        layout.addWidget(self._question, 0, 0, 1, 3)
        layout.addWidget(self.field, 1, 0)
        layout.addWidget(self.yes, 1, 1)
        layout.addWidget(self.no, 1, 2)
        self.yes.setDefault(True)
        self.yes.clicked.connect(self._accept)
        self.no.clicked.connect(self.hide)
        self.field.returnPressed.connect(self._accept)
        self.field.textChanged.connect(lambda text: self.yes.setEnabled(bool(text.strip())))
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.hide)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()

    def confirm(self, question: str, yes: str, then: Callable[[], object]) -> None:
        """Ask whether to do something."""
        self._ask(question, yes, lambda text: then())
        self.field.hide()
        self.yes.setEnabled(True)
        self.yes.setFocus()

    def ask_text(self, question: str, yes: str, text: str, then: Callable[[str], object]) -> None:
        """Ask for a text; ``then`` gets it without spaces around."""
        self._ask(question, yes, then)
        self.field.setText(text)
        self.field.setAccessibleName(question)
        self.yes.setEnabled(bool(text))
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()

    def _ask(self, question: str, yes: str, then: Callable[[str], object]) -> None:
        self._answer = then
        self._question.setText(question)
        self.yes.setText(yes)
        self.show()

    def _accept(self) -> None:
        text = self.field.text().strip()
        if not self.field.isHidden() and not text:
            return
        self.hide()
        self._answer(text)
