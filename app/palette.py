"""The command palette: type a few letters of any command and press Enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.commands.registry import Command

WIDTH, HEIGHT = 480, 320
LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


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
    """A list over the window's upper middle; Esc or a click elsewhere closes it."""

    def __init__(self, parent: QWidget, commands: Iterable[Command], run: Callable[[str], object]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._commands = [each for each in commands if not each.needs_arguments]
        self._run = run
        self._over = parent
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._query = QLineEdit(placeholderText="Type a command")
        self._query.setAccessibleName("Command")
        self._list = QListWidget()
        self._list.setAccessibleName("Matching commands")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._query)
        layout.addWidget(self._list)
        self._query.textChanged.connect(self._fill)
        self._query.installEventFilter(self)
        self._list.itemClicked.connect(self._choose)
        self._fill("")

    def open(self) -> None:
        corner = self._over.mapToGlobal(self._over.rect().topLeft())
        self.setGeometry(corner.x() + (self._over.width() - WIDTH) // 2, corner.y() + 48, WIDTH, HEIGHT)
        self._query.clear()
        self.show()
        self._query.setFocus()

    @property
    def titles(self) -> list[str]:
        return [self._list.item(row).text() for row in range(self._list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in LIST_KEYS:
                self._list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, query: str) -> None:
        scored = [(score(query, each.title), each) for each in self._commands]
        matching = sorted(
            ((points, each.title, each) for points, each in scored if points is not None), key=lambda x: x[:2]
        )
        self._list.clear()
        for _, _, each in matching:
            item = QListWidgetItem(f"{each.title}\t{each.key or ''}".strip())
            item.setData(Qt.ItemDataRole.UserRole, each.name)
            item.setToolTip(each.description)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem | None) -> None:
        self.close()
        if item is not None:
            self._run(item.data(Qt.ItemDataRole.UserRole))
