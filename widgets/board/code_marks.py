"""What is wrong with a source, shown in its editor: wavy lines, and dots in the margin."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from engines.board.code.check import Mark, Severity
from widgets.board.gui_calls import GuiCalls
from widgets.workspace.code_editor import CodeEditor
from widgets.workspace.text import is_dark, to_utf16

Check = Callable[[str], "Future[list[Mark]]"]
PAUSE = 400
"""Milliseconds without typing after which the source is looked at."""
_MOST_SHOWN = 200
_COLOURS = {
    Severity.ERROR: ("#b3261e", "#ff8a80"),
    Severity.WARNING: ("#8a5a00", "#f0c674"),
}


class CodeMarks(QObject):
    """Has the source checked when typing pauses. ``changed`` is emitted with every new result."""

    changed = Signal()

    def __init__(self, editor: CodeEditor, check: Check) -> None:
        super().__init__(editor)
        self._editor = editor
        self._check = check
        self._calls = GuiCalls(editor)
        self.marks: list[Mark] = []
        self.enabled = True
        """Off for what is no Python."""
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self.look)
        editor.edited.connect(lambda source: self._timer.start())

    def look(self) -> None:
        """Have the source checked now."""
        self._timer.stop()
        if not self.enabled:
            self._show([])
            return
        source = self._editor.source()

        def checked(answer: Future[list[Mark]]) -> None:
            if answer.cancelled() or answer.exception() or self._editor.source() != source:
                return
            self._show(answer.result())

        self._calls.when_done(self._check(source), checked)

    def _show(self, marks: list[Mark]) -> None:
        self.marks = marks
        self.repaint()
        self.changed.emit()

    def repaint(self) -> None:
        """Draw the marks, in colours that fit the palette."""
        dark = is_dark(self._editor.palette())
        shown = self.marks[:_MOST_SHOWN]
        lines = {mark.line: QColor(_COLOURS[mark.severity][dark]) for mark in reversed(shown)}
        self._editor.set_marks([self._selection(mark, dark) for mark in shown], lines)

    def at(self, cursor: QTextCursor) -> Mark | None:
        """The mark at a place of the text."""
        line, column = cursor.blockNumber() + 1, cursor.positionInBlock()
        for mark in self.marks:
            start = to_utf16(cursor.block().text(), mark.column)
            if mark.line == line and start <= column <= start + mark.length:
                return mark
        return None

    def next_after(self, line: int, column: int) -> Mark | None:
        """The first mark behind a place, or the first of all."""
        behind = [mark for mark in self.marks if (mark.line, mark.column) > (line, column)]
        return (behind or self.marks or [None])[0]

    def _selection(self, mark: Mark, dark: bool) -> QTextEdit.ExtraSelection:
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(QColor(_COLOURS[mark.severity][dark]))
        block = self._editor.document().findBlockByNumber(mark.line - 1)
        start = to_utf16(block.text(), mark.column)
        end = min(to_utf16(block.text(), mark.column + mark.length), block.length() - 1)
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(block)
        selection.cursor.setPosition(block.position() + min(start, end))
        selection.cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
        selection.format = look
        return selection
