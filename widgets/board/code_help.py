"""Completion, help and explanations for an editor of source."""

from __future__ import annotations

import html
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QToolTip, QWidget

from engines.board.code.check import Mark
from engines.board.code.completion import Found
from widgets.board.code_marks import CodeMarks
from widgets.board.gui_calls import GuiCalls
from widgets.workspace.code_editor import CodeEditor
from widgets.workspace.completion import Completions
from widgets.workspace.hint import shortened
from widgets.workspace.text import from_utf16


@dataclass(frozen=True)
class Services:
    """What an editor asks about its source; every answer is a future."""

    complete: Callable[[str, int], Future[Found]]
    help: Callable[[str, int], Future[str]]
    check: Callable[[str], Future[list[Mark]]]


class CodeHelp:
    """``complete`` and ``inspect`` are what a CodeEditor asks; ``explain`` answers the resting mouse."""

    def __init__(self, services: Services, owner: QWidget) -> None:
        self._services = services
        self._calls = GuiCalls(owner)
        self.enabled = True
        """Off for what is no Python."""

    def complete(self, source: str, cursor: int, then: Callable[[Completions], object]) -> None:
        if not self.enabled:
            then(Completions(cursor, cursor, ()))
            return

        def answered(answer: Future[Found]) -> None:
            failed = answer.cancelled() or answer.exception() is not None
            found = Found(cursor, ()) if failed else answer.result()
            then(Completions(found.start, cursor, found.texts))

        self._calls.when_done(self._services.complete(source, cursor), answered)

    def inspect(self, source: str, cursor: int, then: Callable[[str], object]) -> None:
        def answered(answer: Future[str]) -> None:
            if not answer.cancelled() and answer.exception() is None:
                then(answer.result())

        if self.enabled:
            self._calls.when_done(self._services.help(source, cursor), answered)

    def explain(self, event: QHelpEvent, editor: CodeEditor, marks: CodeMarks) -> None:
        """What is wrong under the mouse, or what the name there means."""
        cursor = editor.cursorForPosition(event.pos())
        mark = marks.at(cursor)
        if mark is not None:
            QToolTip.showText(event.globalPos(), mark.message, editor)
            return
        QToolTip.hideText()
        if not _is_name(editor, QTextCursor(cursor), event.pos()):
            return
        where, viewport = event.globalPos(), editor.viewport()

        def show(text: str) -> None:
            if text and viewport.rect().contains(viewport.mapFromGlobal(where)) and viewport.underMouse():
                lines = html.escape(shortened(text))
                QToolTip.showText(where, f'<p style="white-space: pre">{lines}</p>', editor)

        source = editor.source()
        self.inspect(source, from_utf16(source, cursor.position()), show)


def _is_name(editor: CodeEditor, word: QTextCursor, point: QPoint) -> bool:
    """Whether a name stands under a point: literals, operators and empty space need no help."""
    word.select(QTextCursor.SelectionType.WordUnderCursor)
    end = QTextCursor(word)
    end.setPosition(word.selectionEnd())
    return word.selectedText().isidentifier() and point.x() <= editor.cursorRect(end).right() + 2
