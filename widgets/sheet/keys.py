"""What keys do in the grid while no cell is edited."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

Key = Qt.Key
ARROWS: dict[int, tuple[int, int]] = {
    Key.Key_Left: (-1, 0),
    Key.Key_Right: (1, 0),
    Key.Key_Up: (0, -1),
    Key.Key_Down: (0, 1),
}
STEPS: dict[int, tuple[int, int]] = {
    Key.Key_Tab: (1, 0),
    Key.Key_Backtab: (-1, 0),
    Key.Key_Return: (0, 1),
    Key.Key_Enter: (0, 1),
}


class Action(Enum):
    """Commands of the grid, for keys, menus and the palette."""

    COPY = "copy"
    CUT = "cut"
    PASTE = "paste"
    UNDO = "undo"
    REDO = "redo"
    SELECT_ALL = "select_all"
    CLEAR = "clear"
    FILL_DOWN = "fill_down"
    FILL_RIGHT = "fill_right"
    EDIT = "edit"
    RECALCULATE = "recalculate"
    CANCEL = "cancel"


_STANDARD = {
    QKeySequence.StandardKey.Copy: Action.COPY,
    QKeySequence.StandardKey.Cut: Action.CUT,
    QKeySequence.StandardKey.Paste: Action.PASTE,
    QKeySequence.StandardKey.Undo: Action.UNDO,
    QKeySequence.StandardKey.Redo: Action.REDO,
    QKeySequence.StandardKey.SelectAll: Action.SELECT_ALL,
}
_PLAIN = {
    Key.Key_Delete: Action.CLEAR,
    Key.Key_Backspace: Action.CLEAR,
    Key.Key_F2: Action.EDIT,
    Key.Key_F9: Action.RECALCULATE,
    Key.Key_Escape: Action.CANCEL,
}
_CONTROL = {Key.Key_D: Action.FILL_DOWN, Key.Key_R: Action.FILL_RIGHT, Key.Key_Y: Action.REDO}


def action_of(event: QKeyEvent) -> Action | None:
    for standard, action in _STANDARD.items():
        if event.matches(standard):
            return action
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers == Qt.KeyboardModifier.ControlModifier:
        return _CONTROL.get(Key(event.key()))
    return _PLAIN.get(Key(event.key())) if not modifiers else None


def typed_character(event: QKeyEvent) -> str:
    """The text that begins an edit; '' for keys that type nothing."""
    held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier)
    text = event.text()
    return text if text and text.isprintable() and not held else ""
