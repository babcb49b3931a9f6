"""What tests of the file manager do and wait for."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent

LONG = 20_000
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def shows(qtbot, view, path: str) -> None:
    qtbot.waitUntil(lambda: view.tree.files.node(path) is not None, timeout=LONG)


def gone(qtbot, view, path: str) -> None:
    qtbot.waitUntil(lambda: view.tree.files.node(path) is None, timeout=LONG)


def says(qtbot, view, text: str) -> None:
    qtbot.waitUntil(lambda: text in view.note.text, timeout=LONG)


def names(view, path: str) -> list[str]:
    return [node.name for node in view.tree.files.node(path).children]


def drop(widget, data: QMimeData, place: QPoint) -> None:
    """As if it were dropped there: Qt delivers drops only within a drag of its own."""
    action = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    widget.dropEvent(QDropEvent(QPointF(place), action, data, Qt.MouseButton.LeftButton, NO_KEYS))


def place_of(view, path: str) -> QPoint:
    tree = view.tree
    return tree.visualRect(tree.files.index_of(tree.files.node(path))).center()
