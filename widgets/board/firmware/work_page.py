"""The third page: the writing, and how it ended."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import size_text
from engines.board.firmware.programmer import Pace, Stage
from widgets.board.firmware.check_list import CheckList, Mark, error_lines
from widgets.workspace.text import muted

_GAP = 12
_WARNING = "Do not unplug the board now, and leave this window open."
_STEPS = 1000


class WorkPage(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        font.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(font)
        self.stages = CheckList(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.pace = QLabel(self)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        for widget in (self.title, self.bar, self.pace, self.stages, self.note):
            layout.addWidget(widget)
        layout.addStretch(1)

    def begin(self, firmware: str, board: str) -> None:
        self.title.setText(f"Writing {firmware} to {board}")
        self.bar.show()
        self.pace.show()
        self.note.setText("")
        self.show_stage(Stage.CHECK, 0, 0, Pace(None, None))

    def show_stage(self, stage: Stage, done: int, total: int, pace: Pace) -> None:
        order = list(Stage)
        at = order.index(stage)
        self.stages.show_lines(
            (Mark.RIGHT if n < at else Mark.NOW if n == at else Mark.LATER, each.value)
            for n, each in enumerate(order)
        )
        self.bar.setRange(0, _STEPS if total else 0)
        self.bar.setValue(round(_STEPS * done / total) if total else 0)
        self.pace.setText(_pace_text(stage, done, total, pace))
        palette = self.pace.palette()
        palette.setColor(palette.ColorRole.WindowText, muted(self.palette()))
        self.pace.setPalette(palette)
        self.note.setText("" if stage.can_stop else _WARNING)

    def show_success(self, text: str, after: str) -> None:
        self._end("The new firmware is on the board")
        self.stages.show_lines([(Mark.RIGHT, text)])
        self.note.setText(after)

    def show_failure(self, error: BaseException) -> None:
        half_written = isinstance(error, FirmwareError) and error.half_written
        self._end("The firmware is not complete" if half_written else "The firmware was not written")
        self.stages.show_lines(error_lines(error))
        self.note.setText("")

    def _end(self, title: str) -> None:
        self.title.setText(title)
        self.bar.hide()
        self.pace.hide()


def _pace_text(stage: Stage, done: int, total: int, pace: Pace) -> str:
    if not total:
        return ""
    if stage is Stage.ERASE:
        parts = [f"{done} of {total} sectors"]
    else:
        parts = [f"{size_text(done)} of {size_text(total)}"]
        if pace.rate:
            parts.append(f"{size_text(round(pace.rate))}/s")
    if pace.remaining is not None:
        parts.append(f"{_duration(pace.remaining)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"
