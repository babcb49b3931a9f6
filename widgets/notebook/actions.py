"""What the commands of ``commands.py`` do, and which keys call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from engines.notebook.cells import Cell, CellKind, new_id
from engines.notebook.document import CellsReplaced, NotebookChange, OutputsChanged
from engines.notebook.fileformat import cells_from_text, cells_to_text
from engines.workspace.files import DocumentError
from widgets.notebook.commands import key_table

if TYPE_CHECKING:
    from widgets.notebook.view import NotebookView

CELLS_MIME = "application/x-dirigent-cells+json"
SECOND_KEY_WITHIN = 1_000  # ms between the two presses of "d d"
BARE_KEYS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class NotebookActions(QObject):
    """Every method without arguments is a command."""

    restart_wanted = Signal()
    find_wanted = Signal()

    def __init__(self, view: NotebookView) -> None:
        super().__init__(view)
        self._view = view
        self._session = view.session
        self._document = view.document
        self._command_keys = key_table(edit_mode=False)
        self._edit_keys = key_table(edit_mode=True)
        self._first_key = ""
        self._since_first_key = QElapsedTimer()
        self._line_numbers = False

    # Keys

    def command_key(self, event: QKeyEvent) -> bool:
        """A key pressed while no cell is edited; whether it did something."""
        if event.key() in BARE_KEYS:
            return False
        key = _key_text(event)
        double = f"{self._first_key} {key}"
        in_time = self._since_first_key.isValid() and self._since_first_key.elapsed() < SECOND_KEY_WITHIN
        if self._first_key and in_time and double in self._command_keys:
            self._first_key = ""
            self._call(self._command_keys[double])
            return True
        self._first_key = key
        self._since_first_key.start()
        if key not in self._command_keys:
            return any(known.startswith(f"{key} ") for known in self._command_keys)
        self._call(self._command_keys[key])
        return True

    def edit_key(self, event: QKeyEvent) -> bool:
        """A key pressed in a cell's editor; whether it was a command."""
        method = self._edit_keys.get(_key_text(event))
        if method is not None:
            self._call(method)
            return True
        return self._step_over_the_edge(event)

    def _call(self, method: str) -> None:
        getattr(self, method)()

    def _step_over_the_edge(self, event: QKeyEvent) -> bool:
        """Up in the first line goes to the cell above, Down in the last to the one below."""
        current = self._view.current
        if current is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        cursor = self._view.widget_of(current).editor.textCursor()
        if event.key() == Qt.Key.Key_Up and cursor.blockNumber() == 0:
            neighbour = self._neighbour(-1)
        elif event.key() == Qt.Key.Key_Down and cursor.block().next().isValid() is False:
            neighbour = self._neighbour(1)
        else:
            return False
        if neighbour is None or self._document.cell(neighbour).kind is not CellKind.CODE:
            return False
        self._view.edit(neighbour)
        return True

    # Running

    def run_and_advance(self) -> None:
        self._run_selected()
        following = self._neighbour(1)
        if following is None:
            self._insert_and_edit(len(self._document))
        else:
            self._view.leave_editing()
            self._view.select(following)

    def run_in_place(self) -> None:
        self._run_selected()
        self._view.leave_editing()

    def run_and_insert(self) -> None:
        self._run_selected()
        self._insert_and_edit(self._index_after())

    def run_all(self) -> None:
        self._session.run_all()

    def run_above(self) -> None:
        if self._view.current is not None:
            self._session.run_above(self._view.current)

    def run_below(self) -> None:
        if self._view.current is not None:
            self._session.run_below(self._view.current)

    def run_stale(self) -> None:
        self._session.run_stale()

    def interrupt(self) -> None:
        self._session.interrupt()

    def restart(self) -> None:
        self.restart_wanted.emit()

    def _run_selected(self) -> None:
        self._document.history.seal()
        selected = self._view.selected
        for cell_id in selected:
            self._view.widget_of(cell_id).end_editing()
        self._session.run(selected)

    # Moving about

    def edit_cell(self) -> None:
        if self._view.current is not None:
            self._view.edit(self._view.current)

    def leave_cell(self) -> None:
        self._view.leave_editing()

    def select_previous(self) -> None:
        self._select_neighbour(-1, extend=False)

    def select_next(self) -> None:
        self._select_neighbour(1, extend=False)

    def extend_up(self) -> None:
        self._select_neighbour(-1, extend=True)

    def extend_down(self) -> None:
        self._select_neighbour(1, extend=True)

    def select_first(self) -> None:
        if self._document.cells:
            self._view.select(self._document.cells[0].id)

    def select_last(self) -> None:
        if self._document.cells:
            self._view.select(self._document.cells[-1].id)

    def select_all(self) -> None:
        if self._document.cells:
            self._view.select_range(self._document.cells[0].id, self._document.cells[-1].id)

    def _select_neighbour(self, step: int, extend: bool) -> None:
        neighbour = self._neighbour(step)
        if neighbour is not None:
            self._view.select(neighbour, extend=extend)

    def _neighbour(self, step: int) -> str | None:
        if self._view.current is None:
            return None
        place = self._document.index(self._view.current) + step
        return self._document.cells[place].id if 0 <= place < len(self._document) else None

    # Editing cells

    def insert_above(self) -> None:
        self._view.select(self._document.insert(self._index_before()))

    def insert_below(self) -> None:
        self._view.select(self._document.insert(self._index_after()))

    def cut(self) -> None:
        self.copy()
        self.delete()

    def copy(self) -> None:
        cells = [self._document.cell(cell_id) for cell_id in self._view.selected]
        data = QMimeData()
        data.setText("\n\n".join(cell.source for cell in cells))
        data.setData(CELLS_MIME, cells_to_text(cells).encode(errors="surrogatepass"))
        QGuiApplication.clipboard().setMimeData(data)

    def paste_below(self) -> None:
        self._paste(self._index_after())

    def paste_above(self) -> None:
        self._paste(self._index_before())

    def delete(self) -> None:
        self._document.delete(self._view.selected)

    def move_up(self) -> None:
        self._move(self._index_before() - 1)

    def move_down(self) -> None:
        self._move(self._index_after() + 1)

    def undo(self) -> None:
        self._travel(self._document.history.undo)

    def redo(self) -> None:
        self._travel(self._document.history.redo)

    def split(self) -> None:
        current = self._view.current
        if current is None:
            return
        editor = self._view.widget_of(current).editor
        self._document.split(current, editor.cursor_index())
        editor.set_cursor_index(0)
        self._view.reveal(current)

    def merge(self) -> None:
        selected = self._view.selected
        if len(selected) == 1:  # with the one below, as in Jupyter
            following = self._neighbour(1)
            selected = (*selected, following) if following is not None else selected
        merged = self._document.merge(selected)
        if merged is not None:
            self._view.select(merged)

    def make_markdown(self) -> None:
        self.set_kind(CellKind.MARKDOWN)

    def make_code(self) -> None:
        self.set_kind(CellKind.CODE)

    def make_raw(self) -> None:
        self.set_kind(CellKind.RAW)

    def set_kind(self, kind: CellKind) -> None:
        """Change the kind of the selected cells."""
        for cell_id in self._view.selected:
            self._document.set_kind(cell_id, kind)

    def toggle_line_numbers(self) -> None:
        self._line_numbers = not self._line_numbers
        for cell in self._view.column.cells:
            cell.show_line_numbers(self._line_numbers)

    def toggle_output(self) -> None:
        for cell_id in self._view.selected:
            self._document.set_outputs_hidden(cell_id, not self._document.cell(cell_id).outputs_hidden)

    def clear_output(self) -> None:
        self._document.clear_outputs(self._view.selected)

    def clear_all_outputs(self) -> None:
        self._document.clear_outputs()

    def find(self) -> None:
        self.find_wanted.emit()

    def _insert_and_edit(self, index: int) -> None:
        self._view.edit(self._document.insert(index))

    def _index_before(self) -> int:
        selected = self._view.selected
        return self._document.index(selected[0]) if selected else 0

    def _index_after(self) -> int:
        selected = self._view.selected
        return self._document.index(selected[-1]) + 1 if selected else len(self._document)

    def _move(self, index: int) -> None:
        current = self._view.current
        if current is not None and 0 <= index <= len(self._document):
            self._document.move(self._view.selected, index)
            self._view.reveal(current)

    def _paste(self, index: int) -> None:
        cells = _clipboard_cells()
        if cells:
            pasted = self._document.paste(index, cells)
            self._view.select_range(pasted[0], pasted[-1])

    def _travel(self, step: Callable[[], str | None]) -> None:
        """Undo or redo, and show where it happened."""
        touched: list[str] = []

        def note(change: NotebookChange) -> None:
            if isinstance(change, CellsReplaced):
                came = [cell_id for cell_id in change.inserted if cell_id not in change.removed]
                touched.extend(came or change.inserted[:1])
            elif not isinstance(change, OutputsChanged):
                touched.append(change.cell_id)

        editing = self._view.focused_cell() is not None
        disconnect = self._document.changed.connect(note)
        try:
            step()
        finally:
            disconnect()
        if not touched:
            return
        self._view.select(touched[-1])
        if editing and self._view.focused_cell() != touched[-1]:
            self._view.edit(touched[-1])


def _clipboard_cells() -> tuple[Cell, ...]:
    """Cells that were copied in a notebook, or a code cell with the text that was copied elsewhere."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None:
        return ()
    if data.hasFormat(CELLS_MIME):
        try:
            return cells_from_text(bytes(data.data(CELLS_MIME).data()).decode(errors="replace"))
        except DocumentError:
            return ()
    return (Cell(new_id(), CellKind.CODE, data.text()),) if data.text().strip() else ()


def _key_text(event: QKeyEvent) -> str:
    """The key as the tables write it: "Shift+M", "Ctrl+Return", "A"."""
    combination = event.keyCombination()
    modifiers = combination.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(modifiers | combination.key()).toString(QKeySequence.SequenceFormat.PortableText)
