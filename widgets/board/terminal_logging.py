"""Logging the terminal into a file: on, off, and to be seen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from engines.board.terminal.log import TerminalLog
from widgets.board.gui_calls import GuiCalls
from widgets.board.state_line import StateLine
from widgets.board.terminal_text import TerminalText


class TerminalLogging(QObject):
    """One log at a time. ``failed`` carries a sentence: the file cannot be written, and the log has ended."""

    failed = Signal(str)

    def __init__(self, text: TerminalText, state_line: StateLine) -> None:
        super().__init__(text)
        self._text = text
        self._calls = GuiCalls(text)
        self.folder = Path.home()
        self.label = QToolButton(state_line)
        self.label.setAutoRaise(True)
        self.label.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.label.clicked.connect(lambda checked=False: self.stop())
        self.label.hide()
        state_line.add_note(self.label)
        text.finished.connect(self._write)
        logs: list[TerminalLog] = []  # one, or none
        self._logs = logs
        text.destroyed.connect(lambda: [log.close() for log in logs])

    @property
    def path(self) -> Path | None:
        """The file that is written, or None."""
        return self._logs[0].path if self._logs else None

    def start(self, path: Path, *, stamps: bool = False) -> None:
        """Append what the terminal shows from now on."""
        self.stop()
        self._logs.append(TerminalLog(path, self._tell_failure, stamps=stamps))
        self.label.setText("● logging")
        self.label.setToolTip(f"The terminal is appended to {path}. Click to stop.")
        self.label.setAccessibleName(f"Logging to {path}; stop")
        self.label.show()

    def stop(self) -> None:
        """Write what waits and close the file."""
        self.label.hide()
        while self._logs:
            self._logs.pop().close()

    def add_to_menu(self, menu: QMenu) -> None:
        if self._logs:
            menu.addAction("Stop logging", self.stop)
            return
        menu.addAction("Log to file …", self.ask)
        menu.addAction("Log to file with times …", lambda: self.ask(stamps=True))

    def ask(self, *, stamps: bool = False) -> None:
        """Choose the file; one that is there is appended to."""
        dialog = QFileDialog(self._text, "Log the terminal to a file", str(self.folder / "board.log"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.start(Path(name), stamps=stamps))
        dialog.open()

    def _write(self, lines: list[str]) -> None:
        for log in self._logs:
            log.write(lines)

    def _tell_failure(self, problem: str) -> None:
        """On the log's thread."""
        self._calls.post(lambda: self._fail(problem))

    def _fail(self, problem: str) -> None:
        self.stop()
        self.failed.emit(problem)
