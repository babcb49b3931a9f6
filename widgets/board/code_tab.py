"""A Python file of the board or of this computer in an editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from widgets.board.ask_bar import AskBar
from widgets.board.code_find import FindReplaceBar
from widgets.board.code_foot import CodeFoot
from widgets.board.code_help import CodeHelp, Services
from widgets.board.code_marks import CodeMarks
from widgets.board.code_saving import CodeSaving, OpenFile
from widgets.board.notice_bar import NoticeBar
from widgets.workspace.code_editor import CodeEditor
from widgets.workspace.text import from_utf16

_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "json": "json",
    "md": "markdown",
    "html": "html",
    "toml": "toml",
}


@dataclass(frozen=True)
class RunWanted:
    """A source, or a part of it, to be run on the board."""

    source: str
    name: str
    """What tracebacks shall call it."""
    board: str
    """The board that it lives on, or ''."""
    first_line: int = 1
    soft_reset: bool = False
    is_part: bool = False


class CodeTab(QWidget):
    """``run_wanted`` carries a RunWanted; ``changed``: title or state are others; ``edited``: the text is.

    ``close_wanted``: the user is done with it, and gives up what is not saved.
    """

    run_wanted = Signal(object)
    close_wanted = Signal()
    changed = Signal()
    edited = Signal()

    def __init__(self, services: Services, open_file: OpenFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self._line_wanted: int | None = None
        self._language = "python"
        self.notice = NoticeBar(self)
        self._help = CodeHelp(services, self)
        self.editor = CodeEditor(
            self, complete=self._help.complete, inspect=self._help.inspect, on_key=self._key
        )
        self.editor.document().setDocumentMargin(4)
        self.editor.show_line_numbers(True)
        self.editor.setAccessibleName("Source")
        self.editor.installEventFilter(self)
        self.editor.viewport().installEventFilter(self)
        self.find = FindReplaceBar(self.editor, self)
        self.ask = AskBar(self)
        self.ask.installEventFilter(self)
        self.foot = CodeFoot(self)
        self.foot.next_wanted.connect(self.next_problem)
        self.saving = CodeSaving(self.editor, self.notice, self.ask, open_file)
        self.marks = CodeMarks(self.editor, services.check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self._head(), self.notice, self.editor, self.find, self.ask, self.foot):
            layout.addWidget(widget, 1 if widget is self.editor else 0)
        self.setFocusProxy(self.editor)
        self._keys = self._key_table()
        self.saving.changed.connect(self._show_language)
        self.saving.changed.connect(self._show_state)
        self.saving.loaded.connect(self._loaded)
        self.saving.saved.connect(lambda place: self.foot.say(f"Saved {place}."))
        self.editor.edited.connect(lambda source: self.edited.emit())
        self.editor.cursorPositionChanged.connect(self._show_place)
        self.marks.changed.connect(lambda: self.foot.show_problems(self.marks.marks))

    def _head(self) -> QWidget:
        head = QWidget(self)
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(4)
        self._where = QLabel(head)
        self._where.setTextFormat(Qt.TextFormat.PlainText)
        self._where.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        row.addWidget(self._where, 1)
        for text, hint, act in (
            ("Save", "Save the file (Ctrl+S)", self.save),
            ("Run", "Run the text on the board (F5); after a soft reset: Shift+F5", self.run),
            ("Run selection", "Run what is selected, or the cursor's line, on the board (Ctrl+Enter)",
             self.run_selection),
            ("✕", "Close the file (Ctrl+W)", self.ask_close),
        ):  # fmt: skip
            button = QToolButton(head)
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(hint)
            button.setAutoRaise(True)
            button.clicked.connect(lambda checked=False, act=act: act())
            row.addWidget(button)
        return head

    # What it is

    @property
    def title(self) -> str:
        """For the tab: unsaved or not, the name, and where it lives."""
        file = self.saving.file
        where = "code" if file is None or not file.place.board else f"on {file.place.board}"
        return f"{'● ' if self.saving.dirty else ''}{self.saving.title} · {where}"

    @property
    def name(self) -> str:
        return self.saving.title

    @property
    def history(self) -> CodeTab:
        """Undo and redo for the Edit menu."""
        return self

    def undo(self) -> str | None:
        if not self.editor.document().isUndoAvailable():
            return None
        self.editor.undo()
        return "Typing"

    def redo(self) -> str | None:
        if not self.editor.document().isRedoAvailable():
            return None
        self.editor.redo()
        return "Typing"

    # What can be done

    def save(self) -> None:
        self.saving.save()

    def ask_close(self) -> None:
        """Close it; what is not saved is asked about first."""
        if not self.saving.dirty:
            self.close_wanted.emit()
            return
        self.notice.say(
            f"{self.saving.title} is not saved.",
            ("Save", self.save),
            ("Close without saving", self.close_wanted.emit),
        )

    def run(self, *, soft_reset: bool = False) -> None:
        """Run the whole text as it stands here, saved or not."""
        file = self.saving.file
        board = file.place.board if file else ""
        self.run_wanted.emit(
            RunWanted(self.editor.source(), self._traceback_name(), board, soft_reset=soft_reset)
        )

    def run_selection(self) -> None:
        """Run the selected lines, or the cursor's line, which it then leaves for the next one."""
        cursor = self.editor.textCursor()
        document = self.editor.document()
        first = document.findBlock(cursor.selectionStart())
        last = document.findBlock(cursor.selectionEnd())
        if cursor.hasSelection() and first == last:
            source = cursor.selectedText()
        else:
            if last != first and cursor.selectionEnd() == last.position():
                last = last.previous()
            lines = self.editor.source().split("\n")[first.blockNumber() : last.blockNumber() + 1]
            source = "\n".join(lines)
        if not cursor.hasSelection():
            cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
            self.editor.setTextCursor(cursor)
        if not source.strip():
            return
        file = self.saving.file
        board = file.place.board if file else ""
        self.run_wanted.emit(
            RunWanted(source, self._traceback_name(), board, first.blockNumber() + 1, is_part=True)
        )

    def go_to_line(self, line: int) -> None:
        """Select a line, from 1; in a file that is still read, when it is there."""
        if self.editor.isReadOnly():
            self._line_wanted = line
            return
        block = self.editor.document().findBlockByNumber(min(line, self.editor.blockCount()) - 1)
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)
        self.editor.centerCursor()
        self.editor.setFocus()

    def ask_line(self) -> None:
        def go(text: str) -> None:
            if text.isdigit() and int(text):
                self.go_to_line(int(text))
            else:
                self.foot.say(f"{text!r} is no line number.")

        here = str(self.editor.textCursor().blockNumber() + 1)
        self.ask.ask_text(f"Go to line (1 to {self.editor.blockCount()})", "Go", here, go)

    def next_problem(self) -> None:
        cursor = self.editor.textCursor()
        column = from_utf16(cursor.block().text(), cursor.positionInBlock())
        mark = self.marks.next_after(cursor.blockNumber() + 1, column)
        if mark is None:
            self.foot.say("No problems were found.")
            return
        lines = self.editor.source().split("\n")
        start = sum(len(line) + 1 for line in lines[: mark.line - 1])
        self.editor.set_cursor_index(start + mark.column)
        self.editor.centerCursor()
        self.editor.setFocus()
        self.foot.say(mark.message)

    def _traceback_name(self) -> str:
        file = self.saving.file
        return file.place.path if file else self.saving.title

    # Keys

    def _key_table(self) -> dict[str, Callable[[], object]]:
        return {
            "Ctrl+S": self.save,
            "Ctrl+Shift+S": self.saving.save_as,
            "Ctrl+W": self.ask_close,
            "F5": self.run,
            "Shift+F5": lambda: self.run(soft_reset=True),
            "Ctrl+Return": self.run_selection,
            "Ctrl+Num+Enter": self.run_selection,
            "Ctrl+F": self.find.open,
            "Ctrl+H": lambda: self.find.open(replace=True),
            "F3": self.find.find,
            "Shift+F3": lambda: self.find.find(backwards=True),
            "Ctrl+G": self.ask_line,
            "F8": self.next_problem,
        }

    def _key(self, event: QKeyEvent) -> bool:
        act = self._keys.get(_key_name(event))
        if act is not None:
            act()
        return act is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if watched is self.editor and _key_name(event) in self._keys:
                event.accept()  # the window's shortcut of this key is not meant
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if watched is self.editor.viewport():
                self._help.explain(event, self.editor, self.marks)
                return True
        elif event.type() == QEvent.Type.Hide and watched is self.ask and self.isVisible():
            self.editor.setFocus()
        elif event.type() == QEvent.Type.PaletteChange and watched is self.editor:
            self.marks.repaint()
        return super().eventFilter(watched, event)

    # Showing

    def _show_language(self) -> None:
        """By the file's name; what has none yet is Python."""
        ending = self.saving.title.rpartition(".")[2] if "." in self.saving.title else "py"
        language = _LANGUAGES.get(ending, "text")
        if language != self._language:
            self._language = language
            self.editor.set_language(language)
            self._help.enabled = self.marks.enabled = language == "python"
            self.marks.look()

    def _loaded(self) -> None:
        self.marks.look()
        if self._line_wanted is not None:
            line, self._line_wanted = self._line_wanted, None
            self.go_to_line(line)
        self._show_place()

    def _show_state(self) -> None:
        file = self.saving.file
        if file is None:
            text = "not saved yet"
        else:
            text = f"{file.place.path} on {file.place.board}" if file.place.board else file.place.path
        self._where.setText(text)
        self._where.setToolTip(text)
        self.changed.emit()

    def _show_place(self) -> None:
        cursor = self.editor.textCursor()
        column = from_utf16(cursor.block().text(), cursor.positionInBlock())
        self.foot.show_place(cursor.blockNumber() + 1, column + 1)


def _key_name(event: QKeyEvent) -> str:
    return QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
