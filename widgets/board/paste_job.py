"""A long paste into the terminal: sent as fast as the board echoes it, with progress and a way to end it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from engines.board.session import BoardSession
from engines.board.status import Status

LONG = 1024
"""Bytes; shorter pastes go at once."""
_WINDOW = 512
"""Bytes that may be on their way without their echo."""
_STALLED = 2000
"""Milliseconds without any echo after which the next piece is sent all the same."""
_CANCEL = b"\x03"


class PasteJob(QWidget):
    """A strip that shows while something is pasted."""

    ended = Signal()

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pieces: list[bytes] = []
        self._sent: list[int] = []
        """Sizes of the lines that are on their way."""
        self._total = 0
        self._text = QLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        self._bar.setAccessibleName("Pasting")
        cancel = QToolButton(self)
        cancel.setText("Cancel")
        cancel.setToolTip("Stop pasting; what was pasted so far is not run")
        cancel.setAutoRaise(True)
        cancel.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(8)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(cancel)
        self._stalled = QTimer(self, singleShot=True, interval=_STALLED)
        self._stalled.timeout.connect(self._go_on)
        self.hide()

    @property
    def busy(self) -> bool:
        return bool(self._pieces)

    def start(self, data: bytes) -> None:
        """Send ``data`` line by line; a paste that is still going on is followed by this one."""
        self._pieces += data.splitlines(keepends=True)
        self._total += len(data)
        self._bar.setRange(0, self._total)
        self._send()
        self.setVisible(self.busy)

    def heard(self, text: str) -> None:
        """The board said something: a line end for every line that it has taken."""
        if self.busy and (lines := text.count("\n")):
            del self._sent[:lines]
            self._send()

    def show_status(self, status: Status) -> None:
        if self.busy and not status.state.connected:
            self._end()

    def cancel(self) -> None:
        """Send no more, and leave the board's paste mode without running anything."""
        if self.busy:
            self._end()
            self._session.type(_CANCEL)

    def _go_on(self) -> None:
        """No echo: the program that takes it may show none."""
        self._sent.clear()
        self._send()

    def _send(self) -> None:
        data = bytearray()
        while self._pieces and (not self._sent or sum(self._sent) + len(self._pieces[0]) <= _WINDOW):
            piece = self._pieces.pop(0)
            self._sent.append(len(piece))
            data += piece
        if data:
            self._session.type(bytes(data))
        left = sum(map(len, self._pieces))
        self._bar.setValue(self._total - left)
        self._text.setText(f"Pasting: {self._total - left} of {self._total} bytes")
        if self._pieces:
            self._stalled.start()
        else:
            self._end()

    def _end(self) -> None:
        self._pieces, self._sent, self._total = [], [], 0
        self._stalled.stop()
        self.hide()
        self.ended.emit()
