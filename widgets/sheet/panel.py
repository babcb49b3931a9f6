"""A whole sheet for the window: formula bar, grid, and a quiet line below."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engines.sheet.references import Rect
from engines.sheet.session import SheetSession
from widgets.sheet.formula_bar import FormulaBar
from widgets.sheet.selection import Selection
from widgets.sheet.view import SheetView

_STALE = "The kernel is not running: grey values are the last ones known"


class SheetPanel(QWidget):
    """All that is shown of one session. ``close_session`` before it is deleted."""

    def __init__(self, session: SheetSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.bar = FormulaBar(self)
        self.view = SheetView(session, self)
        self.problem = QLabel(self)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.problem.setAccessibleName("Error of the selected cell")
        self.summary = QLabel(self)
        self.summary.setAccessibleName("Summary of the selected cells")
        self._summed: Rect | None = None
        self._lay_out()
        self.summary.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setFocusProxy(self.view)
        view, bar = self.view, self.bar
        view.selected.connect(self._show_cell)
        view.edit_text_changed.connect(bar.text.setText)
        view.edit_ended.connect(self._show_cell)
        bar.text.textEdited.connect(view.set_edit_text)
        bar.text.committed.connect(self._commit_bar)
        bar.text.cancelled.connect(view.cancel)
        bar.name.returnPressed.connect(self._go)
        bar.name.cancelled.connect(self._leave_name)
        self._disconnect = session.updated.connect(self._updated)
        QApplication.instance().focusChanged.connect(self._focus_changed)
        self._show_cell()

    def close_session(self) -> None:
        """Enter what is being edited, and let the session go."""
        self.view.commit()
        self._disconnect()
        self._summed = None
        self.view.close_session()
        QApplication.instance().focusChanged.disconnect(self._focus_changed)

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setContentsMargins(8, 2, 8, 2)
        below.setSpacing(16)
        below.addWidget(self.problem, 1)
        below.addWidget(self.summary)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        column.addLayout(below)

    # What the cell is.

    def _show_cell(self) -> None:
        self.bar.name.setText(self.view.selection.name)
        if not self.view.editing:
            self.bar.text.setText(self.session.document.text(*self.view.cursor_cell))
            self.bar.text.setCursorPosition(0)
        self._show_problem()
        self._sum_up()

    def _show_problem(self) -> None:
        shown = self.session.shown(*self.view.cursor_cell)
        if shown.kind == "error":
            self._say(shown.text, QPalette.ColorRole.BrightText)
        else:
            self._say("" if self.session.connected else _STALE, QPalette.ColorRole.PlaceholderText)

    def _say(self, text: str, role: QPalette.ColorRole) -> None:
        """Roles, not colours of its own: they follow the theme."""
        self.problem.setText(text)
        self.problem.setToolTip(text)
        self.problem.setForegroundRole(role)

    def _sum_up(self) -> None:
        """Sum, mean and count of several selected cells."""
        rect = self.view.selection.rect
        if rect.area == 1 or not self.session.connected:
            self._summed = None
            self.summary.clear()
            return
        if rect == self._summed:
            return
        self._summed = rect
        self.session.summary(rect, lambda found: self._summed_up(rect, found))

    def _summed_up(self, rect: Rect, found: dict[str, Any]) -> None:
        if rect != self._summed:
            return
        self._summed = None
        count = found.get("count", 0)
        if rect != self.view.selection.rect:
            self._sum_up()
        else:
            text = f"Sum {found['sum']}    Mean {found['mean']}    Count {count}" if count else ""
            self.summary.setText(text)

    def _updated(self, rects: tuple[Rect, ...]) -> None:
        selection = self.view.selection
        if any(rect.overlap(selection.rect) for rect in rects):
            self._show_problem()
            self._sum_up()
            if not self.view.editing and not self.bar.text.hasFocus():
                text = self.session.document.text(*selection.cursor)
                if text != self.bar.text.text():
                    self.bar.text.setText(text)
                    self.bar.text.setCursorPosition(0)

    # The bar.

    def _commit_bar(self, columns: int, rows: int) -> None:
        self.view.commit()
        self.view.setFocus()
        self.view.move(columns, rows)

    def _go(self) -> None:
        if self.view.go_to(self.bar.name.text()):
            self.view.setFocus()
        else:
            self.bar.name.selectAll()
            problem = f"{self.bar.name.text()!r} is no cell of this sheet: type B2, A1:C9 or B:B"
            self._say(problem, QPalette.ColorRole.BrightText)

    def _leave_name(self) -> None:
        self._show_cell()
        self.view.setFocus()

    def _focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Clicking elsewhere enters what is being edited; switching windows does not."""
        if new is None or new is self.bar.text or self.view.viewport().isAncestorOf(new):
            return
        self.view.commit()

    # Looks.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.session.activate()

    def enter_edit(self) -> None:
        """Enter what is being edited, if anything is."""
        self.view.commit()

    def select(self, name: str) -> bool:
        """Select ``B2``, ``A1:C9`` or ``B:B``; False if there is no such place."""
        return self.view.go_to(name)

    @property
    def selection(self) -> Selection:
        return self.view.selection
