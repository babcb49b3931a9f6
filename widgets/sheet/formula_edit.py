"""The line in which a cell's text is edited, in the cell and in the formula bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QLineEdit, QWidget

from engines.sheet.rewriting import cycled, reference_spans
from widgets.sheet.colours import reference_colour
from widgets.workspace.text import from_utf16, monospace_font, to_utf16

_ARROWS = {
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
}


_OWN_KEYS = (Qt.Key.Key_F4, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class FormulaEdit(QLineEdit):
    """Enter and Tab commit and move, Esc cancels, F4 turns the reference at the cursor.

    References have colours. With ``arrows_commit`` (typing over a cell, as against F2) arrow keys commit
    and move, too.
    """

    committed = Signal(int, int)
    """Columns and rows to move after it."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.arrows_commit = False
        self.setFont(monospace_font())
        self.textChanged.connect(self._colour_references)

    def event(self, event: QEvent) -> bool:
        """Tab belongs to the sheet, not to the focus chain; editing keys not to the window's shortcuts."""
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if is_key and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.committed.emit(-1 if shift or event.key() == Qt.Key.Key_Backtab else 1, 0)
            return True
        asks_first = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks_first and event.key() in _OWN_KEYS:
            event.accept()
            return True
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_references(self.text())
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.committed.emit(0, -1 if shift else 1)
        elif key == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif key == Qt.Key.Key_F4:
            before = self.text()
            text, position = cycled(before, from_utf16(before, self.cursorPosition()))
            self._replace(text, to_utf16(text, position))
        elif self.arrows_commit and key in _ARROWS and not event.modifiers() & ~_KEYPAD:
            self.committed.emit(*_ARROWS[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def _replace(self, text: str, position: int) -> None:
        if text == self.text():
            return
        self.setText(text)
        self.setCursorPosition(position)
        self.textEdited.emit(text)

    def _colour_references(self, text: str) -> None:
        """Through input method formats, the one way in which a line edit shows colours."""
        attributes = []
        for span in reference_spans(text):
            style = QTextCharFormat()
            style.setForeground(reference_colour(self.palette(), span.number))
            kind = QInputMethodEvent.AttributeType.TextFormat
            start = to_utf16(text, span.start)
            length = to_utf16(text, span.start + span.length) - start
            attributes.append(QInputMethodEvent.Attribute(kind, start - self.cursorPosition(), length, style))
        super().inputMethodEvent(QInputMethodEvent("", attributes))
