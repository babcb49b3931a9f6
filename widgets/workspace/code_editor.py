"""A code editor for cells, board files and consoles: colours, indentation, brackets, completion, help."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
    QResizeEvent,
    QTextCursor,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from widgets.workspace import code_keys
from widgets.workspace.completion import Complete, CompletionList, Completions, Inspect, words_of
from widgets.workspace.highlight import SyntaxHighlighter
from widgets.workspace.hint import HintLabel
from widgets.workspace.line_numbers import LineNumbers
from widgets.workspace.text import (
    blend,
    from_utf16,
    monospace_font,
    plain_source,
    to_utf16,
)

EXACT_HEIGHT_LINES = 300  # beyond that every line is taken to be as high as the font says


class CodeEditor(QPlainTextEdit):
    """An editor of plain source.

    ``complete`` and ``inspect`` answer Tab (or Ctrl+Space) and Shift+Tab. With ``undo`` and ``redo`` the
    editor keeps no history of its own: Ctrl+Z asks the owner's. ``on_key`` sees every key before the
    editor does (but after an open completion list) and says whether it has dealt with it.
    """

    edited = Signal(str)
    """The user (or a completion) changed the source, which this is. Not emitted by ``set_source``."""

    focus_changed = Signal(bool)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        language: str = "python",
        complete: Complete | None = None,
        inspect: Inspect | None = None,
        undo: Callable[[], object] | None = None,
        redo: Callable[[], object] | None = None,
        on_key: Callable[[QKeyEvent], bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self._complete, self._inspect = complete, inspect
        self._undo, self._redo = undo, redo
        self._on_key = on_key
        self._source = ""
        self._loading = False
        self.completion_list: CompletionList | None = None
        self.hint: HintLabel | None = None
        self._completing_from = 0
        self._line_numbers: LineNumbers | None = None
        self._marks: list[QTextEdit.ExtraSelection] = []
        self.setFont(monospace_font())
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * code_keys.INDENT)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.document().setDocumentMargin(0)
        if undo is not None:
            self.setUndoRedoEnabled(False)
        self.highlighter = SyntaxHighlighter(self.document(), language, self.palette())
        self.textChanged.connect(self._text_changed)
        self.cursorPositionChanged.connect(self._cursor_moved)

    # The source

    def source(self) -> str:
        """The text, with every character as it was put in."""
        return plain_source(self.document())

    def set_source(self, source: str) -> None:
        """Show another text."""
        self._loading = True
        try:
            self.setPlainText(source)
        finally:
            self._loading = False
        self._source = self.source()

    def replace(self, start: int, removed: int, inserted: str) -> None:
        """Change ``removed`` code points at ``start`` without announcing it; the cursor goes to its end."""
        text = self.source()
        cursor = self.textCursor()
        cursor.setPosition(to_utf16(text, start))
        cursor.setPosition(to_utf16(text, start + removed), QTextCursor.MoveMode.KeepAnchor)
        self._loading = True
        try:
            cursor.insertText(inserted)
        finally:
            self._loading = False
        self._source = self.source()
        self.setTextCursor(cursor)

    def cursor_index(self) -> int:
        """Where the cursor stands, in code points."""
        return from_utf16(self._source, self.textCursor().position())

    def set_cursor_index(self, index: int, anchor: int | None = None) -> None:
        """Put the cursor somewhere, selecting from ``anchor`` on."""
        cursor = self.textCursor()
        cursor.setPosition(to_utf16(self._source, index if anchor is None else anchor))
        cursor.setPosition(to_utf16(self._source, index), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def set_language(self, language: str) -> None:
        """Colour as another language (a Pygments name)."""
        self.highlighter.set_language(language)

    def set_wrapped(self, wrapped: bool) -> None:
        """Break long lines at the editor's width, as prose wants it; code keeps its lines."""
        mode = QPlainTextEdit.LineWrapMode
        self.setLineWrapMode(mode.WidgetWidth if wrapped else mode.NoWrap)

    # Its size

    def content_height(self) -> int:
        """Pixels that show every line, at the width it has, without a scroll bar."""
        lines = self.blockCount()
        margins = self.contentsMargins().top() + self.contentsMargins().bottom()
        if lines > EXACT_HEIGHT_LINES and self.lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap:
            return margins + lines * self.fontMetrics().lineSpacing()
        layout = self.document().documentLayout()
        block, height = self.document().firstBlock(), 0.0
        while block.isValid():
            height += layout.blockBoundingRect(block).height()
            block = block.next()
        return margins + round(height + 0.49)

    def show_line_numbers(self, shown: bool) -> None:
        """Show or hide the numbers of the lines."""
        if shown and self._line_numbers is None:
            self._line_numbers = LineNumbers(self)
            self.blockCountChanged.connect(self._arrange_line_numbers)
            self.updateRequest.connect(lambda *_: self._line_numbers.update())
        if self._line_numbers is not None:
            self._line_numbers.setVisible(shown)
            self._arrange_line_numbers()

    def line_tops(self) -> Iterator[tuple[int, int]]:
        """Number (from 1) and top, in the viewport's pixels, of every line from the first visible one on."""
        block = self.firstVisibleBlock()
        while block.isValid():
            yield (
                block.blockNumber() + 1,
                round(self.blockBoundingGeometry(block).translated(self.contentOffset()).top()),
            )
            block = block.next()

    def _arrange_line_numbers(self) -> None:
        if self._line_numbers is None:
            return
        width = self._line_numbers.width_for(self.blockCount())
        self.setViewportMargins(width if self._line_numbers.isVisibleTo(self) else 0, 0, 0, 0)
        self._line_numbers.setGeometry(0, 0, width, self.height())

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_line_numbers()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "highlighter"):
            self.highlighter.set_palette(self.palette())
            self._mark_brackets()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's, but undo and redo are the document's."""
        menu = self.createStandardContextMenu(event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in menu.actions():
            own = {"edit-undo": self._undo, "edit-redo": self._redo}.get(action.objectName())
            if own is not None:
                action.setEnabled(True)
                action.triggered.connect(lambda checked=False, own=own: own())
        menu.popup(event.globalPos())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.close_popups()
        super().focusOutEvent(event)
        self._mark_brackets()
        self.focus_changed.emit(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._mark_brackets()
        self.focus_changed.emit(True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff and event.angleDelta().y():
            event.ignore()  # as high as its content: whoever holds it scrolls
            return
        super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_popups()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            self._popup_key(event)
            or self._owner_key(event)
            or self._history_key(event)
            or self._edit_key(event)
        ):
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()  # whoever holds the editor leaves it
            return
        super().keyPressEvent(event)
        self._refilter()

    def close_popups(self) -> bool:
        """Hide completions and help; whether there was any."""
        shown = [
            popup for popup in (self.completion_list, self.hint) if popup is not None and popup.isVisible()
        ]
        for popup in shown:
            popup.hide()
        return bool(shown)

    def _popup_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return self.close_popups()
        if self.completion_list is None or not self.completion_list.isVisible() or event.modifiers():
            return False
        match event.key():
            case Qt.Key.Key_Down:
                self.completion_list.step(1)
            case Qt.Key.Key_Up:
                self.completion_list.step(-1)
            case Qt.Key.Key_PageDown:
                self.completion_list.step(10)
            case Qt.Key.Key_PageUp:
                self.completion_list.step(-10)
            case Qt.Key.Key_Tab | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._insert_completion(self.completion_list.current())
            case _:
                return False
        return True

    def _owner_key(self, event: QKeyEvent) -> bool:
        return self._on_key is not None and self._on_key(event)

    def _history_key(self, event: QKeyEvent) -> bool:
        if self._undo is None or self._redo is None:
            return False
        if event.matches(QKeySequence.StandardKey.Undo):
            self._undo()
            return True
        redo = QKeySequence(event.keyCombination()) in (QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y"))
        if redo or event.matches(QKeySequence.StandardKey.Redo):
            self._redo()
            return True
        return False

    def _edit_key(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        cursor = self.textCursor()
        match key:
            case Qt.Key.Key_Tab if not control:
                self._tab(cursor)
            case Qt.Key.Key_Backtab:
                self._backtab(cursor)
            case Qt.Key.Key_Space if control:
                self.complete()
            case Qt.Key.Key_Slash if control:
                code_keys.toggle_comment(cursor)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if not (
                modifiers & ~Qt.KeyboardModifier.KeypadModifier
            ):
                code_keys.break_line(cursor)
                self.ensureCursorVisible()
            case Qt.Key.Key_Home if not control:
                keep = QTextCursor.MoveMode.KeepAnchor if shift else QTextCursor.MoveMode.MoveAnchor
                code_keys.smart_home(cursor, keep)
                self.setTextCursor(cursor)
            case Qt.Key.Key_Backspace if not modifiers:
                if not code_keys.erase_indent(cursor):
                    return False
                self._refilter()
            case _:
                return False
        return True

    def _tab(self, cursor: QTextCursor) -> None:
        before = cursor.block().text()[: cursor.positionInBlock()]
        if cursor.hasSelection() or not before.strip() or self._complete is None:
            code_keys.indent(cursor)
        else:
            self.complete()

    def _backtab(self, cursor: QTextCursor) -> None:
        before = cursor.block().text()[: cursor.positionInBlock()]
        if cursor.hasSelection() or not before.strip() or self._inspect is None:
            code_keys.dedent(cursor)
        else:
            self.inspect()

    def _text_changed(self) -> None:
        if self._loading:
            return
        source = self.source()
        if source != self._source:
            self._source = source
            self.edited.emit(source)

    def _cursor_moved(self) -> None:
        if self.hint is not None:
            self.hint.hide()
        self._mark_brackets()

    # Completion and help

    def complete(self) -> None:
        """Ask for completions at the cursor."""
        if self._complete is None:
            return
        asked = (self.source(), self.cursor_index())

        def answered(found: Completions) -> None:
            if (self.source(), self.cursor_index()) == asked and self.hasFocus():
                self._offer(found if found.texts else words_of(*asked))

        self._complete(*asked, answered)

    def inspect(self) -> None:
        """Ask for the signature and docstring of what stands at the cursor."""
        if self._inspect is None:
            return
        asked = (self.source(), self.cursor_index())

        def answered(text: str) -> None:
            if text.strip() and (self.source(), self.cursor_index()) == asked and self.hasFocus():
                if self.hint is None:
                    self.hint = HintLabel(self)
                self.hint.show_text(text.strip("\n"), self._cursor_on_screen())

        self._inspect(*asked, answered)

    def _offer(self, found: Completions) -> None:
        self._completing_from = found.start
        if len(found.texts) == 1:
            self._insert_completion(found.texts[0])
            return
        if self.completion_list is None:
            self.completion_list = CompletionList(self)
            self.completion_list.chosen.connect(self._insert_completion)
        self.completion_list.offer(found.texts)
        if self.completion_list.filter(self._prefix()):
            self.completion_list.show_at(self._cursor_on_screen())

    def _prefix(self) -> str:
        return self._source[self._completing_from : self.cursor_index()]

    def _refilter(self) -> None:
        """Typing on makes the list shorter; leaving the word closes it."""
        if self.completion_list is None or not self.completion_list.isVisible():
            return
        outside = self.cursor_index() < self._completing_from
        ended = self._prefix()[-1:] in tuple(" ()[]{},:;=+-*/\n") and self._prefix() != ""
        if outside or ended or not self.completion_list.filter(self._prefix()):
            self.completion_list.hide()

    def _insert_completion(self, text: str) -> None:
        if self.completion_list is not None:
            self.completion_list.hide()
        if not text:
            return
        cursor = self.textCursor()
        cursor.setPosition(to_utf16(self._source, self._completing_from), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def _cursor_on_screen(self) -> QRect:
        rect = self.cursorRect()
        return QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def _mark_brackets(self) -> None:
        """Where the caret is, while it is there."""
        place = self.textCursor().position()
        pair = code_keys.matching_brackets(self.document(), place) if self.hasFocus() else None
        background = blend(
            self.palette().color(QPalette.ColorRole.Base),
            self.palette().color(QPalette.ColorRole.Highlight),
            0.3,
        )
        brackets = [self._marked(place, background) for place in pair or ()]
        self.setExtraSelections([*self._marks, *brackets])

    def set_marks(self, marks: list[QTextEdit.ExtraSelection], lines: dict[int, QColor]) -> None:
        """Mark places of the text, and lines (from 1) with a dot beside their number."""
        self._marks = marks
        self._mark_brackets()
        if self._line_numbers is not None:
            self._line_numbers.marks = lines
            self._line_numbers.update()

    def _marked(self, place: int, background: QColor) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = self.textCursor()
        cursor.setPosition(place)
        cursor.setPosition(place + 1, QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format.setBackground(background)
        selection.format.setProperty(QTextFormat.Property.FullWidthSelection, False)
        return selection
