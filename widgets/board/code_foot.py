"""The line below an editor of source: passing remarks, problems, and where the cursor is."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from engines.board.code.check import Mark, Severity

_SAID = 4000
"""Milliseconds that a passing remark stays."""
_HEIGHT = 28


class CodeFoot(QWidget):
    """``next_wanted``: the count of problems was clicked."""

    next_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)  # whether there are problems or not
        self._said = QLabel(self)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._problems = QToolButton(self)
        self._problems.setAutoRaise(True)
        self._problems.setToolTip("Go to the next problem (F8)")
        self._problems.clicked.connect(lambda checked=False: self.next_wanted.emit())
        self._problems.hide()
        self._place = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._said, 1)
        row.addWidget(self._problems)
        row.addWidget(self._place)
        self._silence = QTimer(self, singleShot=True, interval=_SAID)
        self._silence.timeout.connect(self._said.clear)

    def say(self, text: str) -> None:
        """A passing remark."""
        self._said.setText(text)
        self._silence.start()

    def show_place(self, line: int, column: int) -> None:
        self._place.setText(f"line {line}, column {column}")

    def show_problems(self, marks: list[Mark]) -> None:
        errors = sum(mark.severity is Severity.ERROR for mark in marks)
        parts = (_count(errors, "error"), _count(len(marks) - errors, "warning"))
        self._problems.setText(", ".join(part for part in parts if part))
        self._problems.setVisible(bool(marks))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}" if number else ""
