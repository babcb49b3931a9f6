"""A question at the foot of a view, in place of a dialog: one sentence, perhaps a field, yes or no."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

_WIDE = 600


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
        self.for_all = QCheckBox("For all of them", self)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(4)
        layout.addWidget(self.for_all, 1, 0)
        layout.addLayout(self._choices, 1, 1)
        self._grid = layout
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
        self._place_question()

    def ask_text(self, question: str, yes: str, text: str, then: Callable[[str], object]) -> None:
        """Ask for a text; ``then`` gets it without spaces around."""
        self._ask(question, yes, then)
        self.field.setText(text)
        self.field.setAccessibleName(question)
        self.yes.setEnabled(bool(text))
        self.field.show()
        self._place_question()
        self.field.setFocus()
        self.field.selectAll()

    def ask_password(self, question: str, yes: str, then: Callable[[str], object]) -> None:
        """Ask for a text that is not shown."""
        self.ask_text(question, yes, "", then)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)

    def choose(
        self,
        question: str,
        choices: Sequence[str],
        then: Callable[[str, bool], object],
        *,
        for_all: bool = False,
    ) -> None:
        """Ask for one of several answers; ``then`` gets its text, and whether it is for all questions."""
        self._ask(question, "", lambda text: None)
        self.field.hide()
        self.yes.hide()
        self.for_all.setChecked(False)
        self.for_all.setVisible(for_all)
        for text in choices:
            button = QPushButton(text, self)
            button.clicked.connect(lambda checked=False, text=text: self._choose(text, then))
            self._choices.addWidget(button)
        self.choices[0].setFocus()
        self._place_question()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_question()

    def _place_question(self) -> None:
        """Beside the buttons where there is room, else above them."""
        beside = self.field.isHidden() and self.for_all.isHidden() and self.width() >= _WIDE
        self._grid.removeWidget(self._question)
        if beside:
            self._grid.addWidget(self._question, 1, 0)
        else:
            self._grid.addWidget(self._question, 0, 0, 1, 3)

    @property
    def choices(self) -> list[QPushButton]:
        """The buttons of ``choose``."""
        items = (self._choices.itemAt(index) for index in range(self._choices.count()))
        return [item.widget() for item in items]  # type: ignore[misc]

    def _choose(self, text: str, then: Callable[[str, bool], object]) -> None:
        self.hide()
        then(text, self.for_all.isVisibleTo(self) and self.for_all.isChecked())

    def _ask(self, question: str, yes: str, then: Callable[[str], object]) -> None:
        self._answer = then
        self.field.setEchoMode(QLineEdit.EchoMode.Normal)
        self._question.setText(question)
        for button in self.choices:
            self._choices.removeWidget(button)
            button.deleteLater()
        self.for_all.hide()
        self.yes.setText(yes)
        self.yes.show()
        self.show()

    def _accept(self) -> None:
        text = self.field.text().strip()
        if not self.field.isHidden() and not text:
            return
        self.hide()
        self._answer(text)
