"""One quiet line: what the board is doing, and a button for each thing that can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from engines.board.status import Remedy, Status

_HINTS = {
    Remedy.CONNECT: "Choose a board to connect to",
    Remedy.CHOOSE: "Choose something else to connect to",
    Remedy.PASSWORD: "Enter the password of the board's WebREPL",
    Remedy.SPEED: "Connect at another speed (baud rate)",
    Remedy.COPY: "Copy the command, to run it in a shell",
    Remedy.FLASH: "Put firmware onto the board",
    Remedy.RESCUE: "Interrupt the board many times a second, also while it is unplugged and plugged in",
    Remedy.DISABLE_MAIN: "Keep main.py from starting with the board",
    Remedy.RESTORE_MAIN: "Let main.py start with the board again",
    Remedy.RETRY: "Try to connect again",
    Remedy.RESTART: "Start it again",
    Remedy.INTERRUPT: "Send Ctrl-C to the program",
    Remedy.RESET: "Reset the whole board",
    Remedy.CANCEL: "End what is being done",
}
_HEIGHT = 32


class StateLine(QWidget):
    """``chosen`` carries the remedy whose button was pressed."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._text.setAccessibleName("State of the board")
        self._buttons: dict[Remedy, QToolButton] = {}
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 4, 2)
        layout.setSpacing(4)
        self.setMinimumHeight(_HEIGHT)
        layout.addWidget(self._text, 1)
        for remedy in Remedy:
            button = QToolButton(self)
            button.setText(remedy.value)
            button.setAutoRaise(True)
            button.setToolTip(_HINTS[remedy])
            button.clicked.connect(lambda checked=False, remedy=remedy: self.chosen.emit(remedy))
            button.hide()
            layout.addWidget(button)
            self._buttons[remedy] = button

    def add_note(self, note: QWidget) -> None:
        """Something else to be seen beside the state."""
        self._row.insertWidget(1, note)

    def show_status(self, status: Status) -> None:
        self._text.setText(status.text)
        for remedy, button in self._buttons.items():
            button.setVisible(remedy in status.remedies)

    def button(self, remedy: Remedy) -> QToolButton:
        return self._buttons[remedy]

    @property
    def text(self) -> str:
        return self._text.text()
