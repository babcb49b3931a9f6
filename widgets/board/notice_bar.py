"""A sentence at the head of a view with a button for each thing that can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

Choice = tuple[str, Callable[[], object]]


class NoticeBar(QWidget):
    """Hidden until there is something to say; every button hides it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 4, 2)
        self._row.setSpacing(4)
        self._row.addWidget(self._text, 1)
        self.setMinimumHeight(32)
        self.hide()

    def say(self, text: str, *choices: Choice) -> None:
        """Show a sentence with its buttons, in place of the one before. "Close" is always offered."""
        self._clear()
        self._text.setText(text)
        self._text.setAccessibleName(text)
        for title, act in (*choices, ("Close", lambda: None)):
            button = QToolButton(self)
            button.setText(title)
            button.setAutoRaise(True)
            button.clicked.connect(lambda checked=False, act=act: self._chosen(act))
            self._row.addWidget(button)
            self._buttons.append(button)
        self.show()

    @property
    def text(self) -> str:
        """What it says now; '' when it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def button(self, title: str) -> QToolButton:
        return next(button for button in self._buttons if button.text() == title)

    def _chosen(self, act: Callable[[], object]) -> None:
        self.hide()
        act()

    def _clear(self) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons.clear()
