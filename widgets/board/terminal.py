"""The board's terminal: its REPL, with the board's state above and a search bar below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from engines.board import remedies
from engines.board.session import BoardSession
from engines.board.status import IN_VIEW, Remedy, State
from widgets.board.damage_note import DamageNote
from widgets.board.gui_calls import GuiCalls
from widgets.board.paste_job import LONG, PasteJob
from widgets.board.state_line import StateLine
from widgets.board.terminal_links import TerminalLinks
from widgets.board.terminal_logging import TerminalLogging
from widgets.board.terminal_recall import HistoryBar, TerminalRecall
from widgets.board.terminal_text import TerminalText

PASTE_MODE = b"\x05"
END_OF_PASTE = b"\x04"


class TerminalView(QWidget):
    """The REPL of one board.

    ``remedy_wanted``: a button beside the state that asks or shows something. ``location_clicked``: file and
    line of a traceback.
    """

    remedy_wanted = Signal(object)
    location_clicked = Signal(str, int)

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.state_line = StateLine(self)
        self.text = TerminalText(self)
        self.search = SearchBar(self.text, self)
        self.search.hide()
        self.links = TerminalLinks(self.text, lambda: session.prompt)
        self.links.clicked.connect(self.location_clicked)
        self.recall = TerminalRecall(session, self.text)
        self.history_bar = HistoryBar(self.recall, self)
        self.pasting = PasteJob(session, self)
        self.logging = TerminalLogging(self.text, self.state_line)
        self.damage = DamageNote(session)
        self.state_line.add_note(self.damage)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.state_line)
        layout.addWidget(self.text, 1)
        for below in (self.pasting, self.search, self.history_bar):
            layout.addWidget(below)
        self.setFocusProxy(self.text)
        self.text.typed.connect(session.type)
        self.text.pasted.connect(self.paste)
        self.text.find_wanted.connect(self.search.open)
        self.state_line.chosen.connect(self._remedy)
        self.text.menu_wanted.connect(self._add_to_menu)
        self.recall.search_wanted.connect(self.history_bar.open)
        self.history_bar.closed.connect(self.text.setFocus)
        self.history_bar.chosen.connect(self.recall.put)
        calls = GuiCalls(self)
        calls.listen(session.output, self._show)
        calls.listen(session.status_changed, self.pasting.show_status)
        calls.listen(session.status_changed, self.state_line.show_status)
        self.state_line.show_status(session.status)

    def clear(self) -> None:
        self.text.clear()

    def _show(self, text: str) -> None:
        self.recall.heard(text)
        self.text.write(text)
        self.pasting.heard(text)

    def go_to_last_error(self) -> bool:
        """Ask for the place where the newest traceback ends; False when there is none."""
        location = self.links.last()
        if location is not None:
            self.location_clicked.emit(location.file, location.line)
        return location is not None

    def _add_to_menu(self, menu: QMenu) -> None:
        menu.addSeparator()
        menu.addAction("Search the history …", self.history_bar.open)
        location = self.links.last()
        title = "Go to the last error" if location is None else f"Go to {location.file}, line {location.line}"
        menu.addAction(title, self.go_to_last_error).setEnabled(location is not None)
        self.logging.add_to_menu(menu)

    def paste(self, text: str) -> None:
        """Several lines go through the board's paste mode, which takes them without indenting anew."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        data = lines.replace("\n", "\r").encode()
        if "\n" in lines.rstrip("\n") and self._session.status.state is State.PROMPT:
            # ^C and ^D within would end the paste too early.
            clean = data.replace(b"\x03", b"").replace(b"\x04", b"")
            data = PASTE_MODE + clean.rstrip(b"\r") + b"\r" + END_OF_PASTE
        if len(data) > LONG or self.pasting.busy:
            self.pasting.start(data)
        elif data:
            self._session.type(data)

    def _remedy(self, remedy: Remedy) -> None:
        if remedy in IN_VIEW:
            self.remedy_wanted.emit(remedy)
            return
        remedies.apply(self._session, remedy)
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
