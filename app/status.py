"""The status area: the last notice with its remedy, what runs, and the state of board and kernel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QStatusBar, QToolButton, QWidget

from app.notices import Level, Notice, Notices
from app.theme import error_colour

INFO_MILLISECONDS = 8_000
MARKS = {Level.INFO: "", Level.WARNING: "▲ ", Level.ERROR: "■ "}


class StatusArea(QStatusBar):
    """Errors and warnings stay until the next notice or a click on Dismiss; information fades."""

    def __init__(self, notices: Notices, run: Callable[[str], object], titles: Callable[[str], str]) -> None:
        super().__init__()
        self._run = run
        self._titles = titles
        self._text = QLabel()
        self._text.setAccessibleName("Last message")
        self._remedy = QToolButton()
        self._dismiss = QToolButton()
        self._dismiss.setText("Dismiss")
        self._board = QLabel()
        self._kernel = QLabel()
        self._board.setAccessibleName("Board")
        self._kernel.setAccessibleName("Kernel")
        for label in (self._text, self._board, self._kernel):
            label.setContentsMargins(8, 0, 8, 0)
        self.setSizeGripEnabled(False)
        for each in (self._text, self._remedy, self._dismiss):
            self.addWidget(each)
        self.addPermanentWidget(self._board)
        self.addPermanentWidget(self._kernel)
        self._command: str | None = None
        self._fade = QTimer(self, singleShot=True, interval=INFO_MILLISECONDS)
        self._fade.timeout.connect(self.clear)
        self._dismiss.clicked.connect(self.clear)
        self._remedy.clicked.connect(self._apply_remedy)
        self._disconnect = notices.posted.connect(self.show_notice)
        self.destroyed.connect(self._disconnect)
        self.clear()

    def show_notice(self, notice: Notice) -> None:
        self._text.setText(MARKS[notice.level] + notice.text)
        self._text.setToolTip(notice.text)
        self._text.setStyleSheet(f"color: {error_colour().name()}" if notice.level is Level.ERROR else "")
        self._command = notice.command
        self._remedy.setVisible(notice.command is not None)
        self._remedy.setText(self._titles(notice.command) if notice.command else "")
        self._dismiss.setVisible(notice.level is not Level.INFO)
        if notice.level is Level.INFO:
            self._fade.start()
        else:
            self._fade.stop()

    def clear(self) -> None:
        self._text.clear()
        self._text.setToolTip("")
        self._remedy.hide()
        self._dismiss.hide()

    def show_board(self, text: str) -> None:
        self._board.setText(text)

    def show_kernel(self, text: str) -> None:
        self._kernel.setText(text)

    def _apply_remedy(self) -> None:
        command = self._command
        self.clear()
        if command:
            self._run(command)


class MessagesView(QPlainTextEdit):
    """Everything that was said in this session."""

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent, readOnly=True)
        self.setAccessibleName("Messages")
        self.setMaximumBlockCount(500)
        self.setPlaceholderText("Messages of this session appear here.")
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._last: Notice | None = None
        for notice in notices.all:
            self._add(notice)
        self.destroyed.connect(notices.posted.connect(self._add))

    def _add(self, notice: Notice) -> None:
        from time import localtime, strftime

        if notice is self._last:
            return
        self._last = notice
        self.appendPlainText(
            f"{strftime('%H:%M:%S', localtime(notice.time))}  {MARKS[notice.level]}{notice.text}"
        )
