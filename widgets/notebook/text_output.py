"""Printed text and tracebacks, in their colours."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent, QTextBlock, QTextCursor, QTextLayout, QWheelEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from widgets.workspace.ansi import Run, parse_ansi, text_format, utf16_runs
from widgets.workspace.text import monospace_font

LINES_SHOWN = 30  # more than that scroll inside
WRAPPED_UP_TO = 20_000  # characters; wrapping long texts takes seconds


class TextOutput(QPlainTextEdit):
    """Text that wraps while it is short, and scrolls in a window of its own when it is long.

    With ``follow`` the end stays in view as the text grows, until the reader scrolls up.
    """

    def __init__(self, parent: QWidget | None = None, *, follow: bool = False) -> None:
        super().__init__(parent)
        self._follow = follow
        self._runs: tuple[Run, ...] = ()
        self._coloured: set[int] = set()
        self._text = ""
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFont(monospace_font())
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(self._colour_visible)

    def show_text(self, text: str) -> None:
        """Show text with ANSI colours; what only grew is only added."""
        text = text.removesuffix("\n")
        if text == self._text:
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        if bar.maximum() > 0:
            self._follow = value >= bar.maximum()
        if self._text and text.startswith(self._text) and "\x1b" not in text:
            self._append(text[len(self._text) :])
        else:
            self._replace(text)
        self._text = text
        self._choose_wrapping(len(text))
        bar.setValue(bar.maximum() if self._follow else value)
        self._colour_visible()

    def height_for(self, width: int) -> int:
        """The height of the text at this width, up to the limit."""
        line = self.fontMetrics().lineSpacing()
        limit = LINES_SHOWN * line
        count = self.blockCount()
        if count > LINES_SHOWN:
            self._scroll_inside(True)
            return limit + self._scroll_bar_room(width)
        if width != self.width():
            self.resize(width, self.height())
        height = self._content_height(limit)
        self._scroll_inside(height > limit)
        return min(height, limit) + self._scroll_bar_room(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bar = self.verticalScrollBar()
        if self.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            bar.setValue(0)  # all of it is in view
        elif self._follow:
            bar.setValue(bar.maximum())
        self._colour_visible()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_text", "") and "\x1b" in self._text:
            self._coloured.clear()
            self._colour_visible()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the notebook scrolls until the reader clicks in here

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)

    def _append(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)

    def _replace(self, text: str) -> None:
        plain, runs = parse_ansi(text)
        self._runs = utf16_runs(plain, runs)
        self._coloured.clear()
        self.setPlainText(plain)

    def _colour_visible(self) -> None:
        """Give the lines in view their colours: doing it for a thousand lines takes most of a second."""
        if not self._runs:
            return
        block = self.firstVisibleBlock()
        for _ in range(LINES_SHOWN + 2):
            if not block.isValid():
                return
            if block.blockNumber() not in self._coloured:
                self._coloured.add(block.blockNumber())
                block.layout().setFormats(self._formats_of(block))
            block = block.next()

    def _formats_of(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        start, end = block.position(), block.position() + block.length()
        formats = []
        for run in self._runs[bisect_right(self._runs, start, key=lambda run: run.start + run.length) :]:
            if run.start >= end:
                break
            span = QTextLayout.FormatRange()
            span.start = max(0, run.start - start)
            span.length = min(end, run.start + run.length) - start - span.start
            span.format = text_format(run.style, self.palette())
            formats.append(span)
        return formats

    def _choose_wrapping(self, length: int) -> None:
        wrap = length <= WRAPPED_UP_TO
        mode = QPlainTextEdit.LineWrapMode.WidgetWidth if wrap else QPlainTextEdit.LineWrapMode.NoWrap
        if mode != self.lineWrapMode():
            self.setLineWrapMode(mode)
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if wrap else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setHorizontalScrollBarPolicy(policy)

    def _scroll_inside(self, inside: bool) -> None:
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if inside else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if policy != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)

    def _scroll_bar_room(self, width: int) -> int:
        """Long lines that do not wrap need a horizontal scroll bar."""
        if self.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth:
            return 0
        return self.horizontalScrollBar().sizeHint().height()

    def _content_height(self, limit: int) -> int:
        layout = self.document().documentLayout()
        block, height = self.document().firstBlock(), 0.0
        while block.isValid() and height <= limit:
            height += layout.blockBoundingRect(block).height()
            block = block.next()
        return round(height + 0.49)
