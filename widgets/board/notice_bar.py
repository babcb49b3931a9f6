"""One sentence at the edge of a view with a button for each thing that can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from widgets.workspace.text import muted

Choice = tuple[str, Callable[[], object]]


class NoticeBar(QWidget):
    """Hidden until there is something to say.

    Args:
        quiet: it tells what was done: its words are grey and it stays until there is something else to tell.
            Otherwise it wants to be read: it offers "Close", and every button hides it.
    """

    def __init__(self, parent: QWidget | None = None, *, quiet: bool = False) -> None:
        super().__init__(parent)
        self._quiet = quiet
        self._is_error = False
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
        """Show a sentence with its buttons, in place of the one before."""
        self._show(text, choices, is_error=False)

    def complain(self, text: str, *choices: Choice) -> None:
        """Say what went wrong."""
        self._show(text, choices, is_error=True)

    def clear(self) -> None:
        """There is nothing more to say."""
        self._show("", (), is_error=False)

    @property
    def text(self) -> str:
        """What it says now; '' when it is hidden."""
        return "" if self.isHidden() else self._text.text()

    @property
    def choices(self) -> list[str]:
        """The titles of its buttons."""
        return [button.text() for button in self._buttons]

    def button(self, title: str) -> QToolButton:
        return next(button for button in self._buttons if button.text() == title)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _show(self, text: str, choices: tuple[Choice, ...], *, is_error: bool) -> None:
        self._take_buttons_away()
        self._is_error = is_error
        self._text.setText(text)
        self._text.setAccessibleName(text)
        for title, act in choices if self._quiet else (*choices, ("Close", lambda: None)):
            self._add_button(title, act, text)
        self._colour()
        self.setVisible(bool(text))

    def _add_button(self, title: str, act: Callable[[], object], about: str) -> None:
        button = QToolButton(self)
        button.setText(title)
        button.setToolTip(f"{title}: {about}")
        button.setAutoRaise(True)
        button.clicked.connect(lambda checked=False: self._chosen(act))
        self._row.addWidget(button)
        self._buttons.append(button)

    def _chosen(self, act: Callable[[], object]) -> None:
        if not self._quiet:
            self.hide()
        act()

    def _take_buttons_away(self) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons.clear()

    def _colour(self) -> None:
        palette = QPalette(self.palette())
        colour = palette.color(QPalette.ColorRole.WindowText)
        if self._is_error:
            colour = palette.color(QPalette.ColorRole.BrightText)
        elif self._quiet:
            colour = muted(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self._text.setPalette(palette)
