"""One quiet line at the foot of a view: what happened, and a button for what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from widgets.workspace.text import muted

_HEIGHT = 28


class NoteBar(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._do: Callable[[], object] = lambda: None
        self._is_error = False
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = QToolButton(self)
        self.button.setText("Undo")
        self.button.setAutoRaise(True)
        self.button.hide()
        self.button.clicked.connect(lambda checked=False: self._do())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 4, 0)
        layout.setSpacing(4)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.button)
        self.setMinimumHeight(_HEIGHT)
        self.hide()
        self._colour()

    @property
    def text(self) -> str:
        return self._label.text()

    def say(self, text: str, button: str = "", do: Callable[[], object] = lambda: None) -> None:
        """Say what happened; with a button for what can be done about it."""
        self._show(text, button, do, error=False)

    def complain(self, text: str, button: str = "", do: Callable[[], object] = lambda: None) -> None:
        """Say what went wrong."""
        self._show(text, button, do, error=True)

    def clear(self) -> None:
        self._label.clear()
        self.hide()

    def _show(self, text: str, button: str, do: Callable[[], object], *, error: bool) -> None:
        self._do, self._is_error = do, error
        self._label.setText(text)
        self.button.setVisible(bool(button))
        if button:
            self.button.setText(button)
            self.button.setToolTip(f"{button}: {text}")
        self._colour()
        self.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        palette = QPalette(self.palette())
        quiet, error = muted(self.palette()), self.palette().color(QPalette.ColorRole.BrightText)
        palette.setColor(QPalette.ColorRole.WindowText, error if self._is_error else quiet)
        self._label.setPalette(palette)
