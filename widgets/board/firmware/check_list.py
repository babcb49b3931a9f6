"""A list of sentences, each with a mark: right, wrong, or being looked at."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engines.board.firmware.errors import FirmwareError
from widgets.workspace.text import muted

_GAP = 8
_MARK_WIDTH = 16


class Mark(Enum):
    RIGHT = "✓"
    WRONG = "✕"
    REMEDY = "→"
    DOUBT = "?"
    NOW = "•"
    LATER = "◦"


def error_lines(error: BaseException) -> list[tuple[Mark | str, str]]:
    """What went wrong and what to do next."""
    if not isinstance(error, FirmwareError):
        return [(Mark.WRONG, str(error))]
    return [(Mark.WRONG, f"{error.where}: {error.problem}."), (Mark.REMEDY, error.remedy)]


class CheckList(QWidget):
    """Lines that can be read one by one by a screen reader and copied by mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: list[Mark | str] = []
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(_GAP)
        self._grid.setColumnStretch(1, 1)

    def show_lines(self, lines: Iterable[tuple[Mark | str, str]]) -> None:
        """Replace all lines; in place of a mark a line may have a number."""
        wanted = list(lines)
        self._marks = [mark for mark, _ in wanted]
        while len(self._labels) < len(wanted):
            self._labels.append(self._row(len(self._labels)))
        for number, (sign, label) in enumerate(self._labels):
            there = number < len(wanted)
            if there:
                mark, text = wanted[number]
                sign.setText(mark.value if isinstance(mark, Mark) else mark)
                label.setText(text)
            sign.setVisible(there)
            label.setVisible(there)
        self._colour()

    def _row(self, row: int) -> tuple[QLabel, QLabel]:
        sign = QLabel(self, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        sign.setFixedWidth(_MARK_WIDTH)
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(sign, row, 0)
        self._grid.addWidget(label, row, 1)
        return sign, label

    @property
    def text(self) -> str:
        """All lines with their marks, for tests and for the clipboard."""
        shown = self._labels[: len(self._marks)]
        return "\n".join(f"{sign.text()} {label.text()}" for sign, label in shown)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        plain = self.palette().color(_TEXT)
        for mark, (sign, label) in zip(self._marks, self._labels, strict=False):
            _set_colour(sign, self._colour_of(mark))
            _set_colour(label, muted(self.palette()) if mark is Mark.LATER else plain)

    def _colour_of(self, mark: Mark | str) -> QColor:
        if mark is Mark.LATER or isinstance(mark, str):
            return muted(self.palette())
        role = QPalette.ColorRole.BrightText if mark is Mark.WRONG else QPalette.ColorRole.Accent
        return self.palette().color(role)


_TEXT = QPalette.ColorRole.WindowText


def _set_colour(label: QLabel, colour: QColor) -> None:
    palette = label.palette()
    if palette.color(_TEXT) != colour:
        palette.setColor(_TEXT, colour)
        label.setPalette(palette)
