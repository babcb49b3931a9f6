"""The text of the board's terminal: shows what the board writes, sends what is typed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QPlainTextEdit, QWidget

from widgets.board.keys import CONTROL, key_bytes
from widgets.board.screen import Line, Screen
from widgets.workspace.ansi import PLAIN, Style, text_format
from widgets.workspace.text import blend, monospace_font, to_utf16

MOST_LINES = 5000
_MARGIN = 8


class TerminalText(QPlainTextEdit):
    """A terminal of one scrolling page.

    ``typed`` carries what goes to the board, ``pasted`` text from the clipboard or a drop, ``find_wanted``
    asks for the search bar, ``finished`` carries the texts of lines that will not change any more. ``on_key``
    sees every key before the terminal does and says whether it has dealt with it.
    """

    typed = Signal(bytes)
    pasted = Signal(str)
    find_wanted = Signal()
    finished = Signal(list)
    menu_wanted = Signal(object)
    """A context menu that others may add to, before it is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._screen = Screen()
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._formats: dict[Style, QTextCharFormat] = {}
        self.on_key: Callable[[QKeyEvent], bool] | None = None
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(monospace_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setAcceptDrops(True)
        self.document().setDocumentMargin(_MARGIN)
        self.setAccessibleName("Board terminal")

    # Showing

    def write(self, text: str) -> None:
        """Show what the board sent. The view follows its end, unless the reader has scrolled back."""
        bar = self.verticalScrollBar()
        following = bar.value() >= bar.maximum()
        self._screen.feed(text)
        finished = self._screen.take_finished()
        self._lines.extend(finished)
        # Lines that would scroll out at once need no layout.
        self._replace_last([*finished[-MOST_LINES:], self._screen.line])
        if following:
            bar.setValue(bar.maximum())
        self.viewport().update()
        if finished:
            self.finished.emit([_plain(line) for line in finished])

    def last_line(self) -> str:
        """The line that is being edited."""
        return _plain(self._screen.line)

    def clear(self) -> None:
        """Begin with an empty page; the line being typed stays."""
        self._screen.clear()
        self._lines.clear()
        super().clear()
        self._replace_last([self._screen.line])

    def _replace_last(self, lines: list[Line]) -> None:
        """Put ``lines`` in place of the last block."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        for text, style in _merged(lines):
            cursor.insertText(text, self._format(style))
        cursor.endEditBlock()

    def _format(self, style: Style) -> QTextCharFormat:
        if style not in self._formats:
            plain = style == PLAIN
            self._formats[style] = QTextCharFormat() if plain else text_format(style, self.palette())
        return self._formats[style]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._lines:
            self._formats.clear()
            super().clear()
            self._replace_last([*self._lines, self._screen.line])

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        palette = self.palette()
        if not self.document().isEmpty() or self.hasFocus():
            self._paint_cursor(painter, palette)

    def _paint_cursor(self, painter: QPainter, palette: QPalette) -> None:
        """A block where the board's next letter goes: filled when keys go there."""
        block = self.document().lastBlock()
        place = self.blockBoundingGeometry(block).translated(self.contentOffset()).topLeft()
        column = min(self._screen.column, len(block.text()))
        position = to_utf16(block.text(), column)
        text_line = block.layout().lineForTextPosition(position)
        if not text_line.isValid():
            return
        x, _ = text_line.cursorToX(position)
        width = self.fontMetrics().horizontalAdvance("m")
        where = QRectF(place + QPointF(x, text_line.y()), place + QPointF(x + width, text_line.y()))
        where.setHeight(text_line.height())
        colour = palette.color(QPalette.ColorRole.Highlight)
        if self.hasFocus():
            painter.fillRect(where, blend(palette.color(QPalette.ColorRole.Base), colour, 0.75))
            letter = block.text()[column : column + 1]
            painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, letter)
        else:
            painter.setPen(colour)
            painter.drawRect(where.adjusted(0.5, 0.5, -0.5, -0.5))

    # Typing

    def event(self, event: QEvent) -> bool:
        """Keys that the board knows are not the window's shortcuts while the terminal has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._mine(event)
        ):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and _is_tab(event):
            self.typed.emit(b"\t")
            return True
        return super().event(event)

    def _mine(self, event: QKeyEvent) -> bool:
        known = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.Find)
        if any(event.matches(key) for key in known):
            return True
        return key_bytes(event.key(), event.modifiers(), event.text()) is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control_c = event.key() == Qt.Key.Key_C and bool(event.modifiers() & CONTROL)
        if self.on_key is not None and self.on_key(event):
            self._follow_again()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.find_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QApplication.clipboard().text())
        elif (event.matches(QKeySequence.StandardKey.Copy) or control_c) and self._copy_selection():
            pass
        elif self._scrolls(event):
            super().keyPressEvent(event)
        elif (data := key_bytes(event.key(), event.modifiers(), event.text())) is not None:
            self._follow_again()
            self.typed.emit(data)
        else:
            super().keyPressEvent(event)

    def _copy_selection(self) -> bool:
        """Copy what is selected, once: the next Ctrl-C is the board's."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return False
        self.copy()
        cursor.clearSelection()
        self.setTextCursor(cursor)
        return True

    def _scrolls(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            return True
        selects = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        return selects and event.key() in (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
        )

    def _follow_again(self) -> None:
        cursor = self.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.context_menu()
        menu.popup(event.globalPos())

    def context_menu(self) -> QMenu:
        """Copy, paste, find, clear; deletes itself when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy", self._copy_selection).setEnabled(self.textCursor().hasSelection())
        menu.addAction("Paste", lambda: self.pasted.emit(QApplication.clipboard().text()))
        menu.addAction("Select all", self.selectAll)
        menu.addSeparator()
        menu.addAction("Find …", self.find_wanted.emit)
        menu.addAction("Clear the terminal", self.clear)
        self.menu_wanted.emit(menu)
        return menu

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Composed characters (accents, Chinese, Japanese ...) go to the board when they are chosen."""
        if text := event.commitString():
            self.typed.emit(text.encode())
        event.accept()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.pasted.emit(source.text())


def _plain(line: Line) -> str:
    return "".join(text for text, _ in line)


def _is_tab(event: QKeyEvent) -> bool:
    """The board's completion; Ctrl+Tab and Shift+Tab still move the focus."""
    return event.key() == Qt.Key.Key_Tab and not event.modifiers()


def _merged(lines: list[Line]) -> Iterable[tuple[str, Style]]:
    """The runs of all lines, with line ends, as few pieces as possible."""
    text, look = "", PLAIN
    for number, line in enumerate(lines):
        runs = line if number == 0 else [("\n", PLAIN), *line]
        for piece, style in runs:
            if style == look:
                text += piece
                continue
            if text:
                yield text, look
            text, look = piece, style
    if text:
        yield text, look
