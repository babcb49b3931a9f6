"""The grid: cursor and selection, editing in the cell, clipboard, keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QTableView, QToolTip, QWidget
from shiboken6 import isValid

from engines.sheet.navigation import data_edge, last_cell, row_end, stepped
from engines.sheet.operations import SheetChange
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Rect, parse_reference
from engines.sheet.rewriting import reference_spans
from engines.sheet.session import SheetSession
from widgets.sheet.cell_editor import CellEditor
from widgets.sheet.clipboard import CellClipboard
from widgets.sheet.delegate import CellDelegate
from widgets.sheet.geometry import Geometry
from widgets.sheet.headers import SheetHeader
from widgets.sheet.keys import ARROWS, STEPS, Action, action_of, typed_character
from widgets.sheet.long_texts import LongTexts
from widgets.sheet.menu import cell_menu
from widgets.sheet.model import SheetModel
from widgets.sheet.overlay import Marks, paint_hint, paint_marks
from widgets.sheet.selection import Selection

DEFAULT_WIDTH = 96
ROW_HEIGHT = 24
_NARROWEST = 16
_ROWS_FOR_WIDTH = 200
# the corner between the headers and the grid's lines follow no palette by themselves
_STYLE = """QTableView { gridline-color: palette(button); } QTableCornerButton::section {
  background: palette(window); border: none;
  border-right: 1px solid palette(mid); border-bottom: 1px solid palette(mid); }"""
_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_Control = Qt.KeyboardModifier.ControlModifier
_Shift = Qt.KeyboardModifier.ShiftModifier


class SheetView(QTableView):
    """The cells of one session. Recalculation repaints what changed and touches nothing else."""

    selected = Signal()
    """The cursor or the selection moved."""
    edit_text_changed = Signal(str)
    """The text being edited in the cell, as it is typed."""
    edit_ended = Signal()

    def __init__(self, session: SheetSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.selection = Selection()
        self.clipboard = CellClipboard(session)
        self._geometry = Geometry(self)
        self._long_texts = LongTexts(self, session)
        self._editor = CellEditor(self.viewport())
        self._editor.textEdited.connect(self._typed)
        self._editor.committed.connect(self.commit)
        self._editor.cancelled.connect(self.cancel)
        self._model = SheetModel(session, self)
        self._delegate = CellDelegate(session, self._long_texts, self)
        self._set_up()
        self._disconnect = session.document.changed.connect(self._document_changed)

    def _set_up(self) -> None:
        self.setHorizontalHeader(SheetHeader(Qt.Orientation.Horizontal, self))
        self.setVerticalHeader(SheetHeader(Qt.Orientation.Vertical, self))
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAutoScroll(False)  # the current cell is followed in select()
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setAccessibleName("Cells")
        self.setStyleSheet(_STYLE)
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setDefaultSectionSize(DEFAULT_WIDTH)
        across.setMinimumSectionSize(_NARROWEST)
        down.setSectionResizeMode(SheetHeader.ResizeMode.Fixed)
        down.setDefaultSectionSize(ROW_HEIGHT)
        down.setFixedWidth(self.fontMetrics().horizontalAdvance("1048576") + 8)
        self.setModel(self._model)
        for column, width in self.session.document.widths.items():
            self.setColumnWidth(column - 1, width)
        across.sectionResized.connect(self._width_changed)
        across.sectionHandleDoubleClicked.connect(self.fit_width)
        across.sectionPressed.connect(lambda section: self._select_columns(section, section))
        across.sectionEntered.connect(lambda section: self._select_columns(None, section))
        down.sectionPressed.connect(lambda section: self._select_rows(section, section))
        down.sectionEntered.connect(lambda section: self._select_rows(None, section))
        self._sync()

    def close_session(self) -> None:
        """Disconnect from the session, before the view goes."""
        self._disconnect()
        self._model.close()

    # Selection.

    @property
    def cursor_cell(self) -> Cell:
        return self.selection.cursor

    def select(self, selection: Selection, *, show: Cell | None = None) -> None:
        """Select and scroll to ``show``, by default the corner that moves."""
        self.commit()
        changed = selection != self.selection
        self.selection = selection
        self._sync()
        column, row = show or selection.end
        self.scrollTo(self._model.index(row - 1, column - 1))
        if changed:
            self.viewport().update()
            self.selected.emit()

    def go_to(self, text: str) -> bool:
        """Select what the name box says; False if it names nothing on this sheet."""
        reference = parse_reference(text)
        if (
            reference is None
            or (reference.sheet or self.session.name).casefold() != self.session.name.casefold()
        ):
            return False
        self.select(Selection.of(reference.rect), show=reference.rect[:2])
        return True

    def move(self, columns: int, rows: int, *, extend: bool = False) -> None:
        start = self.selection.end if extend else self.selection.cursor
        self._move_to(stepped(start, columns, rows), extend=extend)

    def _move_to(self, cell: Cell, *, extend: bool) -> None:
        self.select(Selection(self.selection.cursor if extend else cell, cell))

    def _select_columns(self, first: int | None, last: int) -> None:
        start = self.selection.cursor[0] if first is None else first + 1
        self.select(Selection((start, 1), (last + 1, MAX_ROW)), show=(last + 1, self.rowAt(0) + 1))

    def _select_rows(self, first: int | None, last: int) -> None:
        start = self.selection.cursor[1] if first is None else first + 1
        self.select(Selection((1, start), (MAX_COLUMN, last + 1)), show=(self.columnAt(0) + 1, last + 1))

    def _sync(self) -> None:
        """Qt's current cell (for screen readers) and the headers follow the selection."""
        column, row = self.selection.cursor
        index = self._model.index(row - 1, column - 1)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        rect = self.selection.rect
        across, down = self.horizontalHeader(), self.verticalHeader()
        if isinstance(across, SheetHeader) and isinstance(down, SheetHeader):
            across.mark(rect.left - 1, rect.right - 1)
            down.mark(rect.top - 1, rect.bottom - 1)

    # Editing.

    @property
    def editing(self) -> bool:
        return self._editor.cell is not None

    def begin_edit(self, text: str | None = None, *, focus: bool = True) -> None:
        """Edit the cursor's cell; with ``text`` that replaces what is in it, and arrow keys commit."""
        if not self.editing:
            cell = self.cursor_cell
            start = self.session.document.text(*cell) if text is None else text
            self._editor.open(cell, start, arrows_commit=text is not None and focus)
            self.scrollTo(self.currentIndex())
            self._place_editor()
            self._editor.show()
        if focus:
            self._editor.setFocus()
        if text is not None:
            self._editor.end(False)
            self.edit_text_changed.emit(text)
        self.viewport().update()

    def set_edit_text(self, text: str) -> None:
        """The formula bar's text, shown in the cell, too."""
        self.begin_edit(focus=False)
        if text != self._editor.text():
            self._editor.setText(text)
        self._place_editor()
        self.viewport().update()

    def commit(self, columns: int = 0, rows: int = 0) -> None:
        """Enter the edited text, and move."""
        cell, text = self._editor.cell, self._editor.text()
        if cell is None:
            return
        self._end_edit()
        self.session.document.edit({cell: text}, "Enter " + Selection(cell, cell).name)
        if columns or rows:
            self.setFocus()
            self.move(columns, rows)

    def cancel(self) -> None:
        self._end_edit()
        self.setFocus()

    def _end_edit(self) -> None:
        if not self.editing:
            return
        had_focus = self._editor.hasFocus()
        self._editor.take()
        if had_focus:
            self.setFocus()
        self.viewport().update()
        self.edit_ended.emit()

    def _typed(self, text: str) -> None:
        self._place_editor()
        self.viewport().update()
        self.edit_text_changed.emit(text)

    def _place_editor(self) -> None:
        if self._editor.cell is not None:
            self._editor.place(self._geometry.pixels(Rect(*self._editor.cell, *self._editor.cell)))

    # Commands.

    def act(self, action: Action) -> None:
        """Do what a key, a menu entry or the palette asks for."""
        self.commit()
        actions: dict[Action, Callable[[], object]] = {
            Action.COPY: lambda: self._copy(cut=False),
            Action.CUT: lambda: self._copy(cut=True),
            Action.PASTE: self._paste,
            Action.UNDO: self.session.document.history.undo,
            Action.REDO: self.session.document.history.redo,
            Action.SELECT_ALL: lambda: self.select(
                Selection((1, 1), (MAX_COLUMN, MAX_ROW)), show=self._geometry.visible()[:2]
            ),
            Action.CLEAR: lambda: self.session.document.clear(self.selection.rect),
            Action.FILL_DOWN: lambda: self.session.document.fill_down(self._filled()),
            Action.FILL_RIGHT: lambda: self.session.document.fill_right(self._filled()),
            Action.EDIT: self.begin_edit,
            Action.RECALCULATE: self.session.recalculate,
            Action.CANCEL: self._forget_cut,
        }
        actions[action]()

    def fit_width(self, section: int) -> None:
        """As wide as the widest text in sight."""
        visible = self._geometry.visible()
        rows = range(visible.top, min(visible.bottom, visible.top + _ROWS_FOR_WIDTH) + 1)
        texts = (self.session.shown(section + 1, row).text for row in rows)
        widest = max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
        self.session.document.set_width(section + 1, max(widest + 16, _NARROWEST) if widest else None)

    def _copy(self, *, cut: bool) -> None:
        self.clipboard.copy(self.selection.rect, cut=cut)
        self.viewport().update()

    def _paste(self) -> None:
        filled = self.clipboard.paste(self.selection.rect)
        if filled is not None:
            self.select(Selection.of(filled), show=filled[:2])

    def _forget_cut(self) -> None:
        self.clipboard.forget()
        self.viewport().update()

    def _filled(self) -> Rect:
        """A fill ends where the sheet ends in use, not after a million rows."""
        rect, used = self.selection.rect, self.session.document.used()
        if used is None or (rect.height < MAX_ROW and rect.width < MAX_COLUMN):
            return rect
        right, bottom = (
            max(min(rect.right, used.right), rect.left),
            max(min(rect.bottom, used.bottom), rect.top),
        )
        return Rect(rect.left, rect.top, right, bottom)

    # Keys and mouse.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & _Shift)
        action = action_of(event)
        if action is not None:
            self.act(action)
        elif key in ARROWS:
            self._arrow(*ARROWS[key], control=bool(event.modifiers() & _Control), extend=shift)
        elif key in STEPS:
            columns, rows = STEPS[key]
            back = shift and key != Qt.Key.Key_Backtab
            self.move(-columns if back else columns, -rows if back else rows)
        elif self._jump(key, control=bool(event.modifiers() & _Control), extend=shift):
            return
        elif text := typed_character(event):
            self.begin_edit(text)
        else:
            event.ignore()

    def _arrow(self, columns: int, rows: int, *, control: bool, extend: bool) -> None:
        if not control:
            self.move(columns, rows, extend=extend)
            return
        start = self.selection.end if extend else self.selection.cursor
        self._move_to(data_edge(self.session.document.texts, start, columns, rows), extend=extend)

    def _jump(self, key: int, *, control: bool, extend: bool) -> bool:
        """Home, End and the page keys."""
        start = self.selection.end if extend else self.selection.cursor
        page = max(self.viewport().height() // ROW_HEIGHT - 1, 1)
        texts = self.session.document.texts
        target: Cell | None = None
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and not control:
            target = stepped(start, 0, page if key == Qt.Key.Key_PageDown else -page)
        elif key == Qt.Key.Key_Home:
            target = (1, 1) if control else (1, start[1])
        elif key == Qt.Key.Key_End:
            target = last_cell(texts) if control else (row_end(texts, start[1]), start[1])
        if target is not None:
            self._move_to(target, extend=extend)
        return target is not None

    def event(self, event: QEvent) -> bool:
        """Tab moves in the sheet. An input method that composes begins an edit."""
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if is_key and event.key() in _TABS and not event.modifiers() & _Control:
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if not self.editing and (event.commitString() or event.preeditString()):
            self.begin_edit("")
            self._editor.inputMethodEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event)
        if cell is None:
            self.commit()
            return
        extend = bool(event.modifiers() & _Shift)
        inside = event.button() == Qt.MouseButton.RightButton and self.selection.rect.holds(*cell)
        if not inside:
            self._move_to(cell, extend=extend)
        self.setFocus()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event)
        if cell is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(cell, extend=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing: Qt's selection is not used."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._cell_at(event) is not None:
            self.begin_edit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        cell_menu(self, self.act).popup(event.globalPos())

    def _cell_at(self, event: QMouseEvent) -> Cell | None:
        index = self.indexAt(event.position().toPoint())
        return (index.column() + 1, index.row() + 1) if index.isValid() else None

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for rect in self._long_texts.paint(painter):
            self.viewport().update(self._geometry.pixels(rect))
        if not self.session.document.texts and not self.editing:
            paint_hint(painter, self.palette(), self.viewport().rect())
        references = []
        if self.editing:
            for span in reference_spans(self._editor.text()):
                sheet = span.reference.sheet
                pixels = self._geometry.in_sight(span.reference.rect)
                if pixels is not None and (sheet is None or sheet.casefold() == self.session.name.casefold()):
                    references.append((span, pixels))
        cut = self.clipboard.cut
        marks = Marks(
            self._geometry.in_sight(self.selection.rect),
            self._geometry.in_sight(Rect(*self.cursor_cell, *self.cursor_cell)),
            self._geometry.in_sight(cut) if cut is not None else None,
            references,
        )
        paint_marks(painter, self.palette(), marks, focused=self.hasFocus() or self.editing)
        painter.end()

    def dataChanged(
        self,
        top_left: QModelIndex | QPersistentModelIndex,
        bottom_right: QModelIndex | QPersistentModelIndex,
        roles: object = (),
    ) -> None:
        """Repaint just these cells; Qt would repaint everything."""
        rect = Rect(
            top_left.column() + 1, top_left.row() + 1, bottom_right.column() + 1, bottom_right.row() + 1
        )
        pixels = self._geometry.in_sight(self._long_texts.grown(rect))
        if pixels is not None:
            self.viewport().update(pixels)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            if index.isValid() and self._model.shown(index).kind == "error":
                self._explain(index, event)
                return True
        return super().viewportEvent(event)

    def _explain(self, index: QModelIndex, event: QHelpEvent) -> None:
        """The error at once, its traceback as soon as the kernel tells."""
        place, area = event.globalPos(), self.visualRect(index)
        QToolTip.showText(place, self._model.shown(index).text, self.viewport(), area)

        def explained(about: dict[str, object]) -> None:
            if about.get("traceback") and isValid(self) and QToolTip.isVisible():
                QToolTip.showText(place, str(about["traceback"]), self.viewport(), area)

        self.session.explain((index.column() + 1, index.row() + 1), explained)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if event.type() in kinds and hasattr(self, "_delegate"):
            self._delegate.use_palette(self.palette(), self.fontMetrics())
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # Geometry.

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def _look(self) -> None:
        self.session.look_at(self._geometry.visible())
        self._place_editor()

    # The document.

    def _width_changed(self, section: int, _old: int, width: int) -> None:
        self.session.document.set_width(section + 1, width if width != DEFAULT_WIDTH else None)
        self._look()

    def _document_changed(self, change: SheetChange) -> None:
        for column, width in change.widths.items():
            wanted = width or DEFAULT_WIDTH
            if self.columnWidth(column - 1) != wanted:
                self.setColumnWidth(column - 1, wanted)
        if change.texts:
            self.viewport().update()
