"""The command palette: type a few letters of any command and press Enter; what it needs is asked next."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.commands.registry import Command
from app.suggestions import Suggestions

WIDTH, HEIGHT = 480, 320
LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

Run = Callable[[str, list[str]], object]
Suggest = Callable[[Command, inspect.Parameter, str], Suggestions]


def score(query: str, text: str) -> int | None:
    """How well the letters of ``query`` appear in order in ``text``; smaller is better, None is no match."""
    position, gaps = -1, 0
    for letter in query.lower().replace(" ", ""):
        found = text.lower().find(letter, position + 1)
        if found < 0:
            return None
        gaps += found - position - 1
        position = found
    return gaps


class Palette(QFrame):
    """A list over the window's upper middle. Esc goes back one step, a click elsewhere closes it.

    ``run(name, arguments)`` is called at the end; ``suggest`` says what an argument can be.
    """

    def __init__(self, parent: QWidget, commands: Iterable[Command], run: Run, suggest: Suggest) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._commands = {each.name: each for each in commands}
        self._run = run
        self._suggest = suggest
        self._over = parent
        self._asking: Command | None = None
        self._first: Command | None = None
        """The command with which it was opened, if it was."""
        self._given: list[str] = []
        self._only = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._question = QLabel()
        self._question.setWordWrap(True)
        self._query = QLineEdit()
        self._list = QListWidget()
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for each in (self._question, self._query, self._list):
            layout.addWidget(each)
        self._query.textChanged.connect(self._fill)
        self._query.installEventFilter(self)
        self._list.itemClicked.connect(lambda item: self._take(item.data(Qt.ItemDataRole.UserRole)))

    def open(self, command: str = "") -> None:
        """Show all commands, or ask for the arguments of one."""
        corner = self._over.mapToGlobal(self._over.rect().topLeft())
        self.setGeometry(corner.x() + (self._over.width() - WIDTH) // 2, corner.y() + 48, WIDTH, HEIGHT)
        self._first = self._commands[command] if command else None
        self._ask(self._first, [])
        self.show()
        self._query.setFocus()

    @property
    def titles(self) -> list[str]:
        return [self._list.item(row).text() for row in range(self._list.count())]

    @property
    def question(self) -> str:
        """What is asked; '' while a command is chosen."""
        return self._question.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in LIST_KEYS:
            if self._list.currentRow() < 0:
                self._list.setCurrentRow(0)
            else:
                self._list.event(event)
        elif key in ENTER_KEYS:
            self._enter()
        elif key == Qt.Key.Key_Tab and self._asking is not None:
            if self._list.count():
                self._query.setText(self._list.item(max(self._list.currentRow(), 0)).text())
        elif key == Qt.Key.Key_Escape:
            self._go_back()
        else:
            return False
        return True

    # -- steps -------------------------------------------------------------------------------------------

    def _ask(self, command: Command | None, given: list[str]) -> None:
        """Ask for the next argument of a command; without one, for a command."""
        self._asking, self._given = command, given
        self._question.setVisible(command is not None)
        if command is None:
            self._question.clear()
            self._say("Command", "Type a command", "Matching commands")
        else:
            parameter = command.asked[len(given)]
            self._question.setText(f"<b>{command.title}</b><br>{command.description.splitlines()[0]}")
            optional = "" if parameter.default is parameter.empty else " (may be left empty)"
            self._say(parameter.name, f"{parameter.name.replace('_', ' ')}{optional}", "Suggestions")
        self._query.blockSignals(True)
        self._query.clear()
        self._query.blockSignals(False)
        self._fill("")

    def _say(self, name: str, placeholder: str, list_name: str) -> None:
        self._query.setAccessibleName(name)
        self._query.setPlaceholderText(placeholder)
        self._list.setAccessibleName(list_name)

    def _enter(self) -> None:
        """What is typed counts, unless something was chosen in the list or nothing else can be given."""
        if self._list.currentRow() >= 0:
            self._take(self._list.currentItem().data(Qt.ItemDataRole.UserRole))
        elif self._asking is not None and not self._only:
            self._take(self._query.text())

    def _take(self, text: str) -> None:
        if self._asking is None:
            command = self._commands[text]
            if command.asked:
                self._ask(command, [])
            else:
                self._finish(command, [])
            return
        command, parameter = self._asking, self._asking.asked[len(self._given)]
        if not text and parameter.default is parameter.empty:
            return
        given = [*self._given, text]
        if len(given) < len(command.asked):
            self._ask(command, given)
        else:
            self._finish(command, given)

    def _finish(self, command: Command, given: list[str]) -> None:
        self.close()
        named = zip(command.asked, given, strict=True)
        self._run(command.name, [f"{parameter.name}={text}" for parameter, text in named if text])

    def _go_back(self) -> None:
        if self._given:
            self._ask(self._asking, self._given[:-1])
        elif self._asking is not None and self._first is None:
            self._ask(None, [])
        else:
            self.close()

    # -- the list ----------------------------------------------------------------------------------------

    def _fill(self, query: str) -> None:
        self._list.clear()
        if self._asking is None:
            self._fill_commands(query)
        else:
            self._fill_suggestions(self._asking, query)

    def _fill_commands(self, query: str) -> None:
        scored = [(_score(query, each), each) for each in self._commands.values()]
        matching = sorted(
            ((points, each.title, each) for points, each in scored if points is not None), key=lambda x: x[:2]
        )
        for _, _, each in matching:
            more = " …" if each.asked and not each.title.endswith("…") else ""
            item = QListWidgetItem(f"{each.title}{more}\t{each.shown_key}".strip())
            item.setData(Qt.ItemDataRole.UserRole, each.name)
            item.setToolTip(each.description)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _fill_suggestions(self, command: Command, typed: str) -> None:
        found = self._suggest(command, command.asked[len(self._given)], typed)
        self._only = found.only
        for text in found.texts:
            if typed.lower() in text.lower():
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, text)
                self._list.addItem(item)
        self._list.setCurrentRow(0 if found.only else -1)


def _score(query: str, command: Command) -> int | None:
    """By its title, or by the name that messages and the manual call it."""
    scores = [points for text in (command.title, command.name) if (points := score(query, text)) is not None]
    return min(scores, default=None)
