"""The narrow column at the left of a cell: number, run, staleness."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from engines.notebook.runs import CellState
from widgets.notebook.output_area import accent_colour
from widgets.workspace.text import is_dark, monospace_font, muted

WIDTH = 64
BAR = 3
SECONDS_SHOWN_FROM = 1.0
STALE_ON_LIGHT, STALE_ON_DARK = "#c77700", "#f0b429"


@dataclass(frozen=True)
class GutterState:
    """What the gutter shows."""

    state: CellState = CellState.IDLE
    count: int | None = None
    seconds: float | None = None
    stale_because: str | None = None
    code: bool = True


class Gutter(QWidget):
    """Paints ``[3]``, ``[*]`` while running, an amber dot when stale, and the time when it took long."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(monospace_font())
        self._shown = GutterState()
        self.selected = self.current = False
        self.top_margin = 0

    def show_state(self, state: GutterState) -> None:
        if state == self._shown:
            return
        self._shown = state
        self.setToolTip(describe(state))
        self.setAccessibleName(describe(state) or "Cell")
        self.update()

    def set_selected(self, selected: bool, current: bool) -> None:
        if (selected, current) != (self.selected, self.current):
            self.selected, self.current = selected, current
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        if self.selected:
            colour = QColor(accent)
            colour.setAlphaF(1.0 if self.current else 0.5)
            painter.fillRect(0, 0, BAR, self.height(), colour)
        if not self._shown.code:
            return
        line = self.fontMetrics().lineSpacing()
        area = QRect(BAR, self.top_margin, self.width() - BAR - 8, line)
        self._paint_prompt(painter, area, accent)
        if self._shown.state is CellState.STALE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(STALE_ON_DARK if is_dark(self.palette()) else STALE_ON_LIGHT))
            painter.drawEllipse(QPointF(BAR + 7, area.center().y() + 1), 3, 3)

    def _paint_prompt(self, painter: QPainter, area: QRect, accent: QColor) -> None:
        quiet = muted(self.palette())
        state = self._shown.state
        colour = {
            CellState.RUNNING: accent,
            CellState.ERROR: accent_colour("error", self.palette()),
            CellState.DIED: accent_colour("error", self.palette()),
        }.get(state, quiet)
        painter.setPen(colour)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight, prompt(self._shown))
        seconds = self._shown.seconds
        if seconds is None or seconds < SECONDS_SHOWN_FROM:
            return
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(quiet)
        painter.drawText(area.translated(0, area.height()), Qt.AlignmentFlag.AlignRight, duration(seconds))


def prompt(shown: GutterState) -> str:
    """The text in brackets."""
    if shown.state in (CellState.QUEUED, CellState.RUNNING):
        return "[*]"
    return f"[{shown.count}]" if shown.count is not None else "[ ]"


def duration(seconds: float) -> str:
    """A time in at most five characters: 2.4 s, 47 s, 3:20, 1:05 h."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes}:{int(seconds) % 60:02d}"
    return f"{minutes // 60}:{minutes % 60:02d} h"


def describe(shown: GutterState) -> str:
    """The state in words, for tooltips and screen readers."""
    if not shown.code:
        return ""
    match shown.state:
        case CellState.STALE:
            return f"Stale: {shown.stale_because}. Run it again to be sure."
        case CellState.RUNNING:
            return "Running"
        case CellState.QUEUED:
            return "Waits for its turn"
        case CellState.DIED:
            return "The kernel died while this cell ran"
        case CellState.ERROR:
            return "Its last run failed"
    return "" if shown.seconds is None else f"Took {duration(shown.seconds)}"
