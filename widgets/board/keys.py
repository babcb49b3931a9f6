"""What a key press sends to a board, as a VT100 would."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt

Key = Qt.Key
# On macOS Qt calls the Command key Control; a terminal means the one that is labelled Control.
CONTROL = (
    Qt.KeyboardModifier.MetaModifier if sys.platform == "darwin" else Qt.KeyboardModifier.ControlModifier
)
_SEQUENCES = {
    Key.Key_Return: b"\r",
    Key.Key_Enter: b"\r",
    Key.Key_Backspace: b"\x7f",
    Key.Key_Tab: b"\t",
    Key.Key_Escape: b"\x1b",
    Key.Key_Up: b"\x1b[A",
    Key.Key_Down: b"\x1b[B",
    Key.Key_Right: b"\x1b[C",
    Key.Key_Left: b"\x1b[D",
    Key.Key_Home: b"\x1b[H",
    Key.Key_End: b"\x1b[F",
    Key.Key_Delete: b"\x1b[3~",
}


def key_bytes(key: int, modifiers: Qt.KeyboardModifier, text: str) -> bytes | None:
    """The bytes of a key press; None when it is not for the board."""
    if modifiers & CONTROL:
        if Key.Key_A <= key <= Key.Key_Z and not modifiers & Qt.KeyboardModifier.ShiftModifier:
            return bytes([key - Key.Key_A + 1])
        return None
    if modifiers & Qt.KeyboardModifier.MetaModifier:
        return None
    if key in _SEQUENCES:
        return _SEQUENCES[Key(key)]
    return text.encode() if text and text.isprintable() else None
