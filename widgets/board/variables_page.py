"""The board's own variables, as they were when its prompt was last free."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engines.board.device.variables import Variable, read_attributes, read_variables
from engines.board.session import BoardSession
from engines.board.status import State, Status
from widgets.board.gui_calls import GuiCalls
from widgets.workspace.text import muted

_EXPRESSION = Qt.ItemDataRole.UserRole
_FILLED = Qt.ItemDataRole.UserRole + 1
_SETTLE = 300
_PLAIN = frozenset(
    ("int", "float", "str", "bytes", "bool", "NoneType", "function", "bytearray", "complex", "")
)
_NOT_CONNECTED = "Connect a board to see its variables."
_RUNNING = "A program is running. The variables are read as soon as it ends; nothing is interrupted."
_EMPTY = "Nothing is defined on the board yet. Type  x = 6  at its prompt."


class VariablesPage(QWidget):
    """Names, types and short values; objects open to show what they have. Disturbs no running program."""

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._calls = GuiCalls(self)
        self._state = State.DISCONNECTED
        self._stale = True
        self._read_at = 0.0
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText("Filter names")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter the board's variables")
        self.filter.textChanged.connect(self._filter)
        self.tree = self._make_tree()
        self.note = QLabel(_NOT_CONNECTED, self)
        self.note.setWordWrap(True)
        self.note.setContentsMargins(8, 4, 8, 4)
        self._settle = QTimer(self, interval=_SETTLE, singleShot=True)
        self._settle.timeout.connect(self._refresh_if_seen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filter)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.note)
        self._calls.listen(session.status_changed, self._on_status)
        self._calls.listen(session.output, self._on_output)
        self._on_status(session.status)

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels(["Name", "Type", "Size", "Value"])
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(True)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setAccessibleName("Variables of the board")
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        tree.itemExpanded.connect(self._open)
        tree.addActions(
            [
                self._action("Copy name", self._copy_name, QKeySequence.StandardKey.Copy),
                self._action("Refresh", self.refresh, QKeySequence.StandardKey.Refresh),
            ]
        )
        return tree

    def _action(self, text: str, do: Callable[[], object], key: QKeySequence.StandardKey) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda checked=False: do())
        return action

    # When to read

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_if_seen()

    def _on_status(self, status: Status) -> None:
        before, self._state = self._state, status.state
        if not status.state.connected:
            self._settle.stop()
            self._stale = True
            self.tree.clear()
            self._say(_NOT_CONNECTED)
        elif status.state is State.PROMPT and before is not State.PROMPT:
            # Our own reading makes the board busy, too: that is no reason to read again.
            self._stale = self._stale or before is not State.BUSY
            self._settle.start()
        elif status.state is State.RUNNING and self._items():
            self._say(f"A program is running; these are the values of {_clock(self._read_at)}.")
        elif status.state is State.RUNNING:
            self._say(_RUNNING)
        elif before is not State.PROMPT and not self._items():
            self._say("")  # soon read

    def _on_output(self, text: str) -> None:
        """A line came: something was entered, even if it was done too quickly to be seen running."""
        if "\n" in text:
            self._stale = True
            self._settle.start()

    def _refresh_if_seen(self) -> None:
        if self.isVisible() and self._stale and self._state is State.PROMPT:
            self.refresh()

    def refresh(self) -> None:
        """Read the variables now, if the prompt is free."""
        if self._state is not State.PROMPT:
            return
        self._stale = False
        operation = self._session.submit("Reading variables", read_variables)
        self._calls.when_done(operation, self._show)

    # Showing

    def _show(self, done: Future[list[Variable]]) -> None:
        variables = self._result(done)
        if variables is None:
            return
        self._read_at = time.time()
        opened = {item.text(0) for item in self._items() if item.isExpanded()}
        self.tree.clear()
        for variable in variables:
            item = self._add(self.tree.invisibleRootItem(), variable, variable.name)
            item.setExpanded(variable.name in opened)
        self._filter(self.filter.text())
        self._say(f"As of {_clock(self._read_at)}." if variables else _EMPTY)

    def _add(self, parent: QTreeWidgetItem, variable: Variable, expression: str) -> QTreeWidgetItem:
        size = "" if variable.size is None else str(variable.size)
        item = QTreeWidgetItem(parent, [variable.name, variable.type, size, variable.value])
        item.setToolTip(3, variable.value)
        item.setData(0, _EXPRESSION, expression)
        if variable.type not in _PLAIN:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return item

    def _open(self, item: QTreeWidgetItem) -> None:
        """Read what an object has when it is opened for the first time."""
        if item.data(0, _FILLED) or self._state not in (State.PROMPT, State.BUSY):
            return
        item.setData(0, _FILLED, True)
        expression = item.data(0, _EXPRESSION)
        operation = self._session.submit(
            f"Reading {expression}", lambda bench: read_attributes(bench, expression)
        )
        self._calls.when_done(operation, lambda done: self._fill(expression, done))

    def _fill(self, expression: str, done: Future[list[Variable]]) -> None:
        variables = self._result(done)
        item = self._find(self.tree.invisibleRootItem(), expression)
        if item is None or variables is None:
            return
        for variable in variables:
            self._add(item, variable, f"{expression}.{variable.name}")

    def _find(self, parent: QTreeWidgetItem, expression: str) -> QTreeWidgetItem | None:
        for row in range(parent.childCount()):
            child = parent.child(row)
            place = child.data(0, _EXPRESSION)
            if place == expression:
                return child
            if expression.startswith(f"{place}."):
                return self._find(child, expression)
        return None

    def _result(self, done: Future[list[Variable]]) -> list[Variable] | None:
        try:
            return done.result()
        except CancelledError:
            return None
        except Exception as error:
            self._say(str(error))
            return None

    def _items(self) -> list[QTreeWidgetItem]:
        return [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]

    def _filter(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.lower() not in item.text(0).lower())

    def _copy_name(self) -> None:
        if item := self.tree.currentItem():
            QGuiApplication.clipboard().setText(item.data(0, _EXPRESSION))

    def _say(self, text: str) -> None:
        palette = self.note.palette()
        palette.setColor(self.note.foregroundRole(), muted(self.palette()))
        self.note.setPalette(palette)
        self.note.setText(text)


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))
