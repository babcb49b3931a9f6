"""The project's history at the prompt: Up and Down walk through it, Ctrl+R searches it.

The line on the board is replaced by keys that its own editor understands: to the end, backspaces, the text.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidget, QToolButton, QVBoxLayout, QWidget

from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.terminal.history import TerminalHistory, Walk
from widgets.board.keys import CONTROL
from widgets.board.terminal_text import TerminalText

_END = b"\x1b[F"
_BACKSPACE = b"\x7f"
_ROWS = 6


class TerminalRecall(QObject):
    """Watches what is entered and shown. ``search_wanted``: Ctrl+R was pressed at the prompt."""

    search_wanted = Signal()

    def __init__(self, session: BoardSession, text: TerminalText) -> None:
        super().__init__(text)
        self._session = session
        self._text = text
        self.history = TerminalHistory()
        self._walk: Walk | None = None
        self._sent = ""
        """What a step of the walk has put there; its echo may still be on its way."""
        self._enters = 0
        """So many Enters were typed whose lines are not finished yet."""
        self._unheard = 0
        """Bytes typed since the board last said something: they may not be echoed yet."""
        text.on_key = self.key
        text.typed.connect(self._typed)
        text.finished.connect(self._finished)

    def key(self, event: QKeyEvent) -> bool:
        """Up, Down and Ctrl+R where the prompt is free; whether the key was taken."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return self._step(older=event.key() == Qt.Key.Key_Up)
        if event.modifiers() == CONTROL and event.key() == Qt.Key.Key_R and self._typed_line() is not None:
            self.search_wanted.emit()
            return True
        return False

    def put(self, line: str) -> None:
        """Replace what is typed at the prompt; Enter is the user's."""
        typed = self._typed_line()
        if typed is None:
            return
        there = max(len(typed.encode()), len(self._sent.encode())) + self._unheard
        # Too many backspaces do nothing; too few would leave something.
        self._session.type(_END + _BACKSPACE * there + line.encode())
        self._sent = line

    def _step(self, *, older: bool) -> bool:
        typed = self._typed_line()
        if typed is None:
            return False
        if self._walk is None:
            if not older:
                return False
            self._walk = self.history.walk(typed)
        line = self._walk.older() if older else self._walk.newer()
        if line is not None:
            self.put(line)
        elif not self.history.lines:
            self._walk = None
            return False  # the board may remember something
        return True

    def _typed_line(self) -> str | None:
        """What stands behind the free prompt, or None where there is none."""
        if self._session.status.state is not State.PROMPT:
            return None
        line = self._text.last_line()
        prompt = self._session.prompt
        return line[len(prompt) :] if line.startswith(prompt) else None

    def _typed(self, data: bytes) -> None:
        self._walk, self._sent = None, ""
        self._unheard += len(data)
        if self._session.status.state is State.PROMPT:
            self._enters += data.count(b"\r")

    def heard(self, text: str) -> None:
        """The board said something."""
        self._unheard = max(0, self._unheard - len(text))

    def _finished(self, lines: list[str]) -> None:
        prompt = self._session.prompt
        for line in lines:
            if self._enters and line.startswith(prompt):
                self._enters -= 1
                self.history.add(line[len(prompt) :])


class HistoryBar(QWidget):
    """Finds an entered line by a part of it, as it is typed. Enter puts it at the prompt."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, recall: TerminalRecall, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recall = recall
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search the lines you entered; Enter puts one at the prompt")
        self.field.setAccessibleName("Search the history")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Entered lines")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFont(recall.parent().font())
        self.list.setFixedHeight(_ROWS * (self.list.fontMetrics().height() + 4) + 4)
        self._note = QLabel(self)
        close = QToolButton(self)
        close.setText("✕")
        close.setToolTip("Close the search (Esc)")
        close.setAccessibleName("Close the search")
        close.setAutoRaise(True)
        close.clicked.connect(self.close_bar)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.field, self._note, close):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._search)
        self.list.itemActivated.connect(lambda item: self._take())
        self.list.itemClicked.connect(lambda item: self._take())
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close_bar)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()

    def open(self) -> None:
        self.field.clear()
        self._search("")
        self.show()
        self.field.setFocus()

    def close_bar(self) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        again = event.modifiers() == CONTROL and event.key() == Qt.Key.Key_R
        if again or event.key() == Qt.Key.Key_Down:
            self._step(1)
        elif event.key() == Qt.Key.Key_Up:
            self._step(-1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def _search(self, text: str) -> None:
        """The newest line stands at the top, next to the field."""
        found = self._recall.history.search(text)[:100]
        self.list.clear()
        self.list.addItems(found)
        self.list.setCurrentRow(0)
        self._note.setText("" if found else "nothing found")

    def _step(self, rows: int) -> None:
        row = self.list.currentRow() + rows
        if 0 <= row < self.list.count():
            self.list.setCurrentRow(row)

    def _take(self) -> None:
        item = self.list.currentItem()
        self.close_bar()
        if item is not None:
            self.chosen.emit(item.text())
