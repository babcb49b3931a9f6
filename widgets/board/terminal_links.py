"""Places in tracebacks as links: underlined under the mouse, opened by a click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from engines.board.code.tracebacks import STDIN, Location, location_in
from widgets.workspace.text import from_utf16, to_utf16

_CONTINUATIONS = ("... ", "=== ")
_HEAD = "Traceback "
_LONGEST = 60
"""Lines of a traceback that are looked back over."""


class TerminalLinks(QObject):
    """``clicked`` carries file and line.

    Args:
        prompt: what the board's prompt looks like now.
    """

    clicked = Signal(str, int)

    def __init__(self, text: QPlainTextEdit, prompt: Callable[[], str] = lambda: ">>> ") -> None:
        super().__init__(text)
        self._prompt = prompt
        self._text = text
        self._pressed: QPoint | None = None
        text.viewport().setMouseTracking(True)
        text.viewport().installEventFilter(self)

    def at(self, point: QPoint) -> tuple[QTextBlock, Location] | None:
        """The place that is named at a point of the viewport."""
        cursor = self._text.cursorForPosition(point)
        block = cursor.block()
        location = linked(block, self._prompt())
        if location is None or not self._text.cursorRect(cursor).adjusted(-12, 0, 12, 0).contains(point):
            return None
        column = from_utf16(block.text(), cursor.positionInBlock())
        return (block, location) if location.start <= column <= location.end else None

    def last(self) -> Location | None:
        """Where the newest traceback ends: the place that raised."""
        block = self._text.document().lastBlock()
        while block.isValid():
            location = linked(block, self._prompt())
            if location is not None:
                return location
            block = block.previous()
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            self._mouse(event)
        elif event.type() == QEvent.Type.Leave:
            self._show(None)
        return super().eventFilter(watched, event)

    def _mouse(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.type() == QEvent.Type.MouseMove and not event.buttons():
            self._show(self.at(point))
        elif event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = point
        elif event.type() == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            pressed, self._pressed = self._pressed, None
            found = self.at(point)
            moved = pressed is None or (point - pressed).manhattanLength() > 4
            if found is not None and not moved:
                self.clicked.emit(found[1].file, found[1].line)

    def _show(self, found: tuple[QTextBlock, Location] | None) -> None:
        shape = Qt.CursorShape.IBeamCursor if found is None else Qt.CursorShape.PointingHandCursor
        self._text.viewport().setCursor(shape)
        self._text.setExtraSelections([] if found is None else [self._underline(*found)])

    def _underline(self, block: QTextBlock, location: Location) -> QTextEdit.ExtraSelection:
        look = QTextCharFormat()
        look.setFontUnderline(True)
        look.setForeground(self._text.palette().link())
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(block)
        selection.cursor.setPosition(block.position() + to_utf16(block.text(), location.start))
        selection.cursor.setPosition(
            block.position() + to_utf16(block.text(), location.end), QTextCursor.MoveMode.KeepAnchor
        )
        selection.format = look
        return selection


def linked(block: QTextBlock, prompt: str = ">>> ") -> Location | None:
    """The place that a line names, unless it is a line typed at the prompt, which no file has."""
    location = location_in(block.text())
    if location is None or (location.file == STDIN and _typed_at_prompt(block, prompt)):
        return None
    return location


def _typed_at_prompt(block: QTextBlock, prompt: str) -> bool:
    """The traceback follows the line of a prompt. What an interrupt or a timer raises stands behind it."""
    prompts = (prompt, *_CONTINUATIONS)
    for _ in range(_LONGEST):
        block = block.previous()
        if not block.isValid():
            return False
        text = block.text()
        if _HEAD in text:
            before = block.previous()
            return not text.startswith(prompts) and before.text().startswith(prompts)
    return False
