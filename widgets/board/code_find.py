"""Find and replace in a source."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QToolButton, QWidget


class FindReplaceBar(QWidget):
    """Enter finds the next, Shift+Enter the one before, Escape closes."""

    def __init__(self, editor: QPlainTextEdit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.field = self._field("Find")
        self.replacement = self._field("Replace with")
        self._note = QLabel(self)
        self._case = self._button("Aa", "Capitals count", self._found_again)
        self._case.setCheckable(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setSpacing(4)
        grid.setColumnStretch(0, 1)
        for column, widget in enumerate(
            (
                self.field,
                self._note,
                self._case,
                self._button("↑", "Find the one before (Shift+F3)", lambda: self.find(backwards=True)),
                self._button("↓", "Find the next (F3)", self.find),
                self._button("✕", "Close (Esc)", self.close_bar),
            )
        ):
            grid.addWidget(widget, 0, column)
        self._replace = self._button("Replace", "Replace this one and find the next", self.replace)
        self._replace_all = self._button("All", "Replace all of them", self.replace_all)
        grid.addWidget(self.replacement, 1, 0)
        grid.addWidget(self._replace, 1, 1, 1, 2)
        grid.addWidget(self._replace_all, 1, 3, 1, 3)
        self.field.textChanged.connect(lambda text: self._found_again())
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close_bar)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()

    def open(self, *, replace: bool = False) -> None:
        """Appear, with what is selected (in one line) as the text to find."""
        selected = self._editor.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        for widget in (self.replacement, self._replace, self._replace_all):
            widget.setVisible(replace)
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def close_bar(self) -> None:
        self.hide()
        self._editor.setFocus()

    def find(self, *, backwards: bool = False) -> bool:
        """Select the next place; goes on at the other end when there is none."""
        wanted = self.field.text()
        if not wanted:
            self._note.clear()
            return False
        start = self._editor.textCursor()
        if self._editor.find(wanted, self._flags(backwards)):
            self._note.clear()
            return True
        cursor = self._editor.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End if backwards else QTextCursor.MoveOperation.Start)
        self._editor.setTextCursor(cursor)
        found = self._editor.find(wanted, self._flags(backwards))
        if not found:
            self._editor.setTextCursor(start)
        self._note.setText("from the other end" if found else "not found")
        return found

    def replace(self) -> None:
        """Replace what is found and go to the next."""
        cursor = self._editor.textCursor()
        if self._is_wanted(cursor.selectedText()):
            cursor.insertText(self.replacement.text())
        self.find()

    def replace_all(self) -> int:
        """Replace every place, as one step of undo; how many there were."""
        wanted, count = self.field.text(), 0
        document = self._editor.document()
        edit = QTextCursor(document)
        edit.beginEditBlock()
        place = document.find(wanted, 0, self._flags(False)) if wanted else QTextCursor()
        while not place.isNull():
            start = place.selectionStart()
            edit.setPosition(start)
            edit.setPosition(place.selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
            edit.insertText(self.replacement.text())
            count += 1
            place = document.find(wanted, edit.position(), self._flags(False))
        edit.endEditBlock()
        self._note.setText(f"{count} replaced")
        return count

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.replacement.hasFocus():
            self.replace()
        else:
            self.find(backwards=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def _found_again(self) -> None:
        """The text to find has changed: the nearest place from where the last one begins."""
        cursor = self._editor.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._editor.setTextCursor(cursor)
        self.find()

    def _flags(self, backwards: bool) -> QTextDocument.FindFlag:
        flags = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        return flags | QTextDocument.FindFlag.FindCaseSensitively if self._case.isChecked() else flags

    def _is_wanted(self, text: str) -> bool:
        wanted = self.field.text()
        return text == wanted if self._case.isChecked() else text.lower() == wanted.lower()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        return field

    def _button(self, text: str, hint: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.setAutoRaise(True)
        button.clicked.connect(lambda checked=False: act())
        return button
