"""The scrolling column of cells: layout that keeps still, and following the document and the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget

from engines.notebook.document import (
    CellsReplaced,
    MetadataChanged,
    NotebookChange,
    OutputsChanged,
    SourceEdited,
)
from engines.notebook.session_events import (
    InputEnded,
    InputRequested,
    OutputsPending,
    SessionEvent,
    StatesChanged,
)
from widgets.notebook.actions import NotebookActions
from widgets.notebook.cell_widget import CellWidget
from widgets.notebook.column import Anchor, CellColumn
from widgets.notebook.commands import COMMANDS
from widgets.notebook.services import EditorHooks, Services

OUTPUT_INTERVAL = 50  # ms: a flood of messages costs the window at most 20 updates a second
OUTPUT_SHARE = 4  # showing outputs takes at most one part in five of the window's time
ELAPSED_INTERVAL = 250  # ms
TYPING_PAUSE = 1_000  # ms after which typing begins another undo step


class NotebookView(QScrollArea):
    """Shows the session's document and knows which cells are selected.

    What keys and menus do stands in ``NotebookActions``.
    """

    selection_changed = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.session = services.session
        self.document = services.session.document
        self.column = CellColumn()
        self._widgets: dict[str, CellWidget] = {}
        self._current: str | None = None
        self._selected_to: str | None = None
        self._last_edited: str | None = None
        self._arranging = False
        self._pending: set[str] = set()
        self.commands = NotebookActions(self)
        self.setWidget(self.column)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # keeps the width still
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._output_timer = self._timer(OUTPUT_INTERVAL, self._collect_pending)
        self._elapsed_timer = self._timer(ELAPSED_INTERVAL, self._show_elapsed)
        self._pause_timer = self._timer(TYPING_PAUSE, self.document.history.seal)
        services.maths.drawn.connect(self._math_drawn)
        self._disconnects = [
            self.document.changed.connect(self._document_changed),
            self.session.events.connect(self._session_event),
        ]
        self._sync_cells()
        if self.document.cells:
            self.select(self.document.cells[0].id, reveal=False)

    def close_view(self) -> None:
        """Stop following document and session."""
        for disconnect in self._disconnects:
            disconnect()
        self._disconnects.clear()
        for timer in (self._output_timer, self._elapsed_timer, self._pause_timer):
            timer.stop()

    def widget_of(self, cell_id: str) -> CellWidget:
        """The widget of a cell; KeyError when there is no such cell."""
        return self._widgets[cell_id]

    # Selection and modes

    @property
    def current(self) -> str | None:
        """The cell that commands act on."""
        return self._current

    @property
    def selected(self) -> tuple[str, ...]:
        """The current cell and those that the selection was extended over, in the document's order."""
        if self._current is None:
            return ()
        ends = sorted(
            (self.document.index(self._current), self.document.index(self._selected_to or self._current))
        )
        return tuple(cell.id for cell in self.document.cells[ends[0] : ends[1] + 1])

    def focused_cell(self) -> str | None:
        """The cell that is being edited: its editor has the focus."""
        cell = self._widgets.get(self._last_edited or "")
        return cell.cell_id if cell is not None and cell.has_focused_editor else None

    @property
    def in_command_mode(self) -> bool:
        """Whether keys act on cells: the focus is here, but in no editor."""
        focus = QApplication.focusWidget()
        inside = focus is not None and (focus is self or self.isAncestorOf(focus))
        return inside and self.focused_cell() is None

    def select(self, cell_id: str, extend: bool = False, reveal: bool = True) -> None:
        """Make a cell the current one; with ``extend`` the others up to where the selection began stay."""
        if extend:
            self._selected_to = self._selected_to or self._current
        else:
            self._selected_to = None
        self._current = cell_id
        self._show_selection()
        if reveal:
            self.reveal(cell_id)

    def select_range(self, first: str, last: str) -> None:
        """Select the cells from one to another; the last is the current one."""
        self._selected_to = first
        self.select(last, extend=True)

    def edit(self, cell_id: str) -> None:
        """Put the caret into a cell."""
        self.select(cell_id)
        self._widgets[cell_id].begin_editing()

    def leave_editing(self) -> None:
        """Go to command mode: keys act on cells."""
        self.setFocus()

    def _show_selection(self) -> None:
        selected = set(self.selected)
        for cell in self.column.cells:
            cell.gutter.set_selected(cell.cell_id in selected, cell.cell_id == self._current)
        self.selection_changed.emit()

    def _cell_pressed(self, cell_id: str, modifiers: Qt.KeyboardModifier) -> None:
        self.select(cell_id, extend=bool(modifiers & Qt.KeyboardModifier.ShiftModifier), reveal=False)
        self.setFocus()

    def _cell_touched(self, cell_id: str) -> None:
        self.select(cell_id, reveal=False)

    def _editing_began(self, cell_id: str) -> None:
        self._last_edited = cell_id
        if self._current != cell_id or self._selected_to is not None:
            self.select(cell_id, reveal=False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in COMMANDS:
            if command.in_menu:
                keys = command.keys[0] if command.keys else ""
                menu.addAction(f"{command.title}\t{keys}", getattr(self.commands, command.method))
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.commands.command_key(event):
            event.ignore()

    # Layout

    def arrange(self) -> None:
        """Place all cells; what stands at the top of the window (or under the caret) stays there."""
        if self._arranging:
            return
        self._arranging = True
        try:
            anchor = self._anchor()
            self._place(anchor)
            for _ in range(4):  # making cells changes heights, which brings more cells near
                if not self._materialise_near():
                    break
                self._place(anchor)
        finally:
            self._arranging = False

    def reveal(self, cell_id: str) -> None:
        """Scroll as little as needed to see the cell, or its top when it is taller than the window."""
        self.arrange()
        cell = self._widgets[cell_id]
        self.reveal_span(cell.y(), cell.y() + cell.height())
        self.arrange()

    def reveal_span(self, top: int, bottom: int) -> None:
        """Scroll as little as needed to see these pixels of the column, or the first of them."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        fills_window = top <= bar.value() and bottom >= bar.value() + height
        if fills_window:
            return
        if top < bar.value() or bottom - top > height:
            bar.setValue(max(0, top - 4))
        elif bottom > bar.value() + height:
            bar.setValue(bottom - height + 4)

    def _place(self, anchor: tuple[Anchor, int] | None) -> None:
        height = self.viewport().height()
        self.column.place(self.viewport().width(), min(height // 3, 160))
        if anchor is None:
            return
        place = self.column.height_of(anchor[0])
        if place is not None:
            self.verticalScrollBar().setValue(place - anchor[1])

    def _anchor(self) -> tuple[Anchor, int] | None:
        """A place in a cell and how far below the window's top it is."""
        value, height = self.verticalScrollBar().value(), self.viewport().height()
        editing = self.focused_cell()
        if editing is not None:
            cell = self._widgets[editing]
            if value <= cell.y() <= value + height:
                return Anchor(editing, 0), cell.y() - value
        if value == 0:
            return None
        anchor = self.column.anchor_at(value)
        return None if anchor is None else (anchor, 0)

    def _materialise_near(self) -> bool:
        """Make the cells in and near the window; whether there were any."""
        value, height = self.verticalScrollBar().value(), self.viewport().height()
        made = False
        for cell in self.column.within(value - height // 2, value + height * 3 // 2):
            if not cell.materialised:
                cell.materialise()
                made = True
        return made

    def _scrolled(self) -> None:
        if not self._arranging:
            self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    # Following the document

    def _document_changed(self, change: NotebookChange) -> None:
        if isinstance(change, CellsReplaced):
            self._sync_cells(change)
            return
        cell = self._widgets.get(change.cell_id)
        if cell is None:
            return
        match change:
            case SourceEdited():
                cell.refresh_source()
                self._pause_timer.start()
            case OutputsChanged():
                cell.refresh_outputs()
                cell.refresh_state()
            case MetadataChanged():
                cell.refresh_outputs()

    def _sync_cells(self, change: CellsReplaced | None = None) -> None:
        ids = [cell.id for cell in self.document.cells]
        for cell_id in self._widgets.keys() - set(ids):
            self._remove(self._widgets.pop(cell_id))
        for cell_id in ids:
            if cell_id not in self._widgets:
                self._widgets[cell_id] = self._new_cell(cell_id)
        self.column.set_cells([self._widgets[cell_id] for cell_id in ids])
        for cell_id in change.inserted if change is not None else ():
            self._widgets[cell_id].refresh_kind()
            self._widgets[cell_id].refresh_source()
            self._widgets[cell_id].refresh_outputs()
            self._widgets[cell_id].refresh_state()
        if change is not None:
            self._keep_selection(change, ids)
        self.arrange()

    def _keep_selection(self, change: CellsReplaced, ids: Sequence[str]) -> None:
        """When the current cell went away, its neighbour is the current one."""
        if self._selected_to not in self._widgets:
            self._selected_to = None
        if self._current not in self._widgets:
            self._selected_to = None
            self._current = ids[min(change.index, len(ids) - 1)] if ids else None
        self._show_selection()

    def _new_cell(self, cell_id: str) -> CellWidget:
        hooks = EditorHooks(self.commands.edit_key, self.commands.undo, self.commands.redo)
        cell = CellWidget(cell_id, self.services, hooks, self.column)
        cell.pressed.connect(self._cell_pressed)
        cell.touched.connect(self._cell_touched)
        cell.edit_wanted.connect(self.edit)
        cell.editing_began.connect(self._editing_began)
        cell.resized.connect(self.arrange)
        cell.caret_moved.connect(self._reveal_caret)
        cell.show()
        return cell

    def _remove(self, cell: CellWidget) -> None:
        cell.hide()
        cell.deleteLater()

    def _reveal_caret(self, cell_id: str) -> None:
        cell = self._widgets[cell_id]
        caret = cell.editor.cursorRect()
        top = cell.editor.viewport().mapTo(self.column, caret.topLeft()).y()
        self.reveal_span(top - 8, top + caret.height() + 8)

    # Following the session

    def _session_event(self, event: SessionEvent) -> None:
        match event:
            case OutputsPending(cell_id):
                self._pending.add(cell_id)
                if not self._output_timer.isActive():
                    self._output_timer.start()
            case StatesChanged(cell_ids):
                self._show_states(cell_ids)
            case InputRequested(cell_id) if cell_id in self._widgets:
                mine = self.in_command_mode or self.focused_cell() == cell_id
                self._widgets[cell_id].ask(event, focus=mine)
            case InputEnded(cell_id) if cell_id in self._widgets:
                if self._widgets[cell_id].end_ask():
                    self.setFocus()

    def _show_states(self, cell_ids: Sequence[str]) -> None:
        for cell_id in cell_ids:
            if cell_id in self._widgets:
                self._widgets[cell_id].refresh_state()
        if self.session.busy and not self._elapsed_timer.isActive():
            self._elapsed_timer.start()

    def _collect_pending(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        pending, self._pending = self._pending, set()
        for cell_id in pending:
            self.session.collect(cell_id)
        self._output_timer.setInterval(max(OUTPUT_INTERVAL, OUTPUT_SHARE * clock.elapsed()))

    def _show_elapsed(self) -> None:
        running = self.session.running_cell
        if running is None:
            return
        if running in self._widgets:
            self._widgets[running].refresh_state()
        self._elapsed_timer.start()

    def _math_drawn(self) -> None:
        for cell in self.column.cells:
            if cell.materialised:
                cell.refresh_math()

    def _timer(self, interval: int, action: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(action)
        return timer
