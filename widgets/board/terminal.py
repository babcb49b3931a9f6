"""The board's terminal: its REPL, with the board's state above and a search bar below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from engines.board.session import BoardSession
from engines.board.status import Remedy, State
from widgets.board.gui_calls import GuiCalls
from widgets.board.state_line import StateLine
from widgets.board.terminal_text import TerminalText

PASTE_MODE = b"\x05"
END_OF_PASTE = b"\x04"


class TerminalView(QWidget):
    """The REPL of one board. ``connect_wanted``: the user asks for something to connect to."""

    connect_wanted = Signal()

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.state_line = StateLine(self)
        self.text = TerminalText(self)
        self.search = SearchBar(self.text, self)
        self.search.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.state_line)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.search)
        self.setFocusProxy(self.text)
        self.text.typed.connect(session.type)
        self.text.pasted.connect(self.paste)
        self.text.find_wanted.connect(self.search.open)
        self.state_line.chosen.connect(self._remedy)
        calls = GuiCalls(self)
        calls.listen(session.output, self.text.write)
        calls.listen(session.status_changed, self.state_line.show_status)
        self.state_line.show_status(session.status)

    def clear(self) -> None:
        self.text.clear()

    def paste(self, text: str) -> None:
        """Several lines go through the board's paste mode, which takes them without indenting anew."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        data = lines.replace("\n", "\r").encode()
        if "\n" in lines.rstrip("\n") and self._session.status.state is State.PROMPT:
            # ^C and ^D within would end the paste too early.
            clean = data.replace(b"\x03", b"").replace(b"\x04", b"")
            data = PASTE_MODE + clean.rstrip(b"\r") + b"\r" + END_OF_PASTE
        if data:
            self._session.type(data)

    def _remedy(self, remedy: Remedy) -> None:
        if remedy is Remedy.CONNECT:
            self.connect_wanted.emit()
        else:
            self._session.remedy(remedy)
        self.text.setFocus()


class SearchBar(QWidget):
    """Finds text in the terminal, upwards from the newest."""

    def __init__(self, text: TerminalText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find in the terminal")
        self.field.setAccessibleName("Find in the terminal")
        self._note = QLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        layout.addWidget(self._note)
        for sign, hint, action in (
            ("↑", "Find the one before", lambda: self.find(backwards=True)),
            ("↓", "Find the next", lambda: self.find(backwards=False)),
            ("✕", "Close the search", self.close_search),
        ):
            button = QToolButton(self)
            button.setText(sign)
            button.setToolTip(hint)
            button.setAccessibleName(hint)
            button.clicked.connect(action)
            layout.addWidget(button)
        self.field.returnPressed.connect(lambda: self.find(backwards=True))
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close_search)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def open(self) -> None:
        cursor = self._text.textCursor()
        if not cursor.hasSelection():
            cursor.movePosition(cursor.MoveOperation.End)
            self._text.setTextCursor(cursor)
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def close_search(self) -> None:
        self.hide()
        self._text.setFocus()

    def find(self, *, backwards: bool) -> bool:
        """Select the next place; goes on at the other end when there is none."""
        wanted = self.field.text()
        flags = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        found = bool(wanted) and self._text.find(wanted, flags)
        if wanted and not found:
            cursor = self._text.textCursor()
            cursor.movePosition(cursor.MoveOperation.End if backwards else cursor.MoveOperation.Start)
            self._text.setTextCursor(cursor)
            found = self._text.find(wanted, flags)
        self._note.setText("" if found or not wanted else "not found")
        return found
