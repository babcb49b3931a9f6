"""The notebook as a document: cells, one undo stack for text and structure, and what came out of the runs.

Sources, kinds and the order of the cells are undoable. Outputs, execution counts and metadata are not: they
are what happened. They belong to the cell's id and wait for it while the cell is deleted, so that
undoing a deletion brings the cell back with what it showed last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from engines.notebook import editing
from engines.notebook.cells import Cell, CellKind, new_id
from engines.notebook.editing import Operation, SetSource, Splice
from engines.notebook.fileformat import MINOR, NEW_METADATA, NotebookContent, read_notebook, write_notebook
from engines.workspace.events import Event
from engines.workspace.history import Change, History


@dataclass(frozen=True)
class CellsReplaced:
    """From ``index`` on, the cells ``removed`` gave way to ``inserted`` (ids; the same id may be in both)."""

    index: int
    removed: tuple[str, ...]
    inserted: tuple[str, ...]


@dataclass(frozen=True)
class SourceEdited:
    """The source of a cell changed."""

    cell_id: str


@dataclass(frozen=True)
class OutputsChanged:
    """A cell's outputs or execution count changed."""

    cell_id: str


@dataclass(frozen=True)
class MetadataChanged:
    """A cell's metadata changed."""

    cell_id: str


NotebookChange = CellsReplaced | SourceEdited | OutputsChanged | MetadataChanged


@dataclass(frozen=True)
class _Happened:
    """What is not undoable of a cell."""

    outputs: tuple[dict[str, Any], ...]
    execution_count: int | None
    metadata: Mapping[str, Any]


class NotebookDocument:
    """A ``Document``. Every method that edits is one undo step; typing in one place merges into one step."""

    suffix = ".ipynb"

    def __init__(self, name: str, content: NotebookContent | None = None) -> None:
        self.name = name
        if content is None:
            content = NotebookContent((Cell(new_id(), CellKind.CODE),), dict(NEW_METADATA))
        self.metadata: dict[str, Any] = content.metadata
        self._minor = max(content.minor, MINOR)
        self._cells: list[Cell] = list(content.cells)
        self._places = {cell.id: index for index, cell in enumerate(self._cells)}
        self._shelf: dict[str, _Happened] = {}
        self._changed: Event[NotebookChange] = Event()
        self._history: History[Operation] = History(self._apply)
        self._typing = editing.Typing()

    @classmethod
    def from_text(cls, text: str, name: str, path: Path | str | None = None) -> NotebookDocument:
        """A document from the text of its file; ``path`` is only for the error message.

        Raises:
            DocumentError: the text is no notebook; names the line or the cell.
        """
        return cls(name, read_notebook(text, path or f"{name}{cls.suffix}"))

    def to_text(self) -> str:
        return self.snapshot()()

    def snapshot(self) -> Callable[[], str]:
        """Cells and outputs are never changed, only replaced."""
        return partial(write_notebook, NotebookContent(self.cells, self.metadata, self._minor))

    # What there is

    @property
    def changed(self) -> Event[NotebookChange]:
        return self._changed

    @property
    def history(self) -> History[Operation]:
        return self._history

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __contains__(self, cell_id: str) -> bool:
        return cell_id in self._places

    def cell(self, cell_id: str) -> Cell:
        """The cell with this id; KeyError when there is none (any more)."""
        return self._cells[self._places[cell_id]]

    def index(self, cell_id: str) -> int:
        """Where the cell stands, from 0; KeyError when there is none."""
        return self._places[cell_id]

    # Undoable operations

    def insert(self, index: int, kind: CellKind = CellKind.CODE, source: str = "") -> str:
        """Put a new cell before position ``index``; its id."""
        cell = Cell(self._new_id(), kind, source)
        self._do("Insert cell", editing.insertion(self._clamped(index), [cell]))
        return cell.id

    def paste(self, index: int, cells: Iterable[Cell]) -> tuple[str, ...]:
        """Put copies of ``cells`` before position ``index``; their ids (new ones where taken)."""
        pasted: list[Cell] = []
        taken = {*self._places, *self._shelf}
        for cell in cells:
            copy = replace(cell, id=new_id(taken)) if cell.id in taken else cell
            taken.add(copy.id)
            pasted.append(copy)
        if pasted:
            self._do(_label("Paste", len(pasted)), editing.insertion(self._clamped(index), pasted))
        return tuple(cell.id for cell in pasted)

    def delete(self, cell_ids: Iterable[str]) -> None:
        """Remove cells."""
        doomed = set(cell_ids) & self._places.keys()
        if doomed:
            self._do(_label("Delete", len(doomed)), editing.deletion(self._cells, doomed))

    def move(self, cell_ids: Iterable[str], index: int) -> None:
        """Move cells, in their order, in front of the cell that now stands at ``index`` (or to the end)."""
        moving = set(cell_ids) & self._places.keys()
        operation = editing.movement(self._cells, moving, self._clamped(index))
        if operation is not None:
            self._do(_label("Move", len(moving)), operation)

    def split(self, cell_id: str, position: int) -> str:
        """Cut a cell in two at a position of its source; the new first part's id.

        The second part keeps id and outputs: they show the value of its last line.
        """
        first = self._new_id()
        self._do("Split cell", editing.splitting(self.index(cell_id), self.cell(cell_id), position, first))
        return first

    def merge(self, cell_ids: Iterable[str]) -> str | None:
        """Join the cells from the first to the last of ``cell_ids``; the id that stays, None below two."""
        places = sorted(self._places[cell_id] for cell_id in cell_ids)
        if len(places) < 2:
            return None
        joined = self._cells[places[0] : places[-1] + 1]
        self._do("Merge cells", editing.merging(places[0], joined))
        return joined[-1].id

    def set_kind(self, cell_id: str, kind: CellKind) -> None:
        """Make a cell code, markdown or raw."""
        cell = self.cell(cell_id)
        if cell.kind is not kind:
            changed = replace(cell, kind=kind)
            self._do(f"Change to {kind.value}", Splice(self.index(cell_id), (cell,), (changed,)))

    def edit(self, cell_id: str, source: str, label: str = "Typing") -> None:
        """Give a cell a new source. Typing on in one place merges with the step before it."""
        before = self.cell(cell_id).source
        if before == source:
            return
        key = self._typing.merge_key(cell_id, before, source)
        forward, backward = SetSource(cell_id, source), SetSource(cell_id, before)
        self._history.do(Change(label, forward, backward, key))

    # What happened (not undoable)

    def set_outputs(
        self, cell_id: str, outputs: Sequence[dict[str, Any]], execution_count: int | None
    ) -> None:
        """Show what a run brought, also for a cell that was deleted meanwhile (it may come back)."""
        if cell_id not in self._places:
            if cell_id in self._shelf:
                self._shelf[cell_id] = replace(
                    self._shelf[cell_id], outputs=tuple(outputs), execution_count=execution_count
                )
            return
        cell = self.cell(cell_id)
        if cell.kind is not CellKind.CODE:
            return
        self._cells[self._places[cell_id]] = replace(
            cell, outputs=tuple(outputs), execution_count=execution_count
        )
        self._changed.emit(OutputsChanged(cell_id))

    def clear_outputs(self, cell_ids: Iterable[str] | None = None) -> None:
        """Forget the outputs and counts of some cells, or of all."""
        for cell_id in tuple(self._places) if cell_ids is None else tuple(cell_ids):
            cell = self.cell(cell_id)
            if cell.outputs or cell.execution_count is not None:
                self.set_outputs(cell_id, (), None)

    def set_outputs_hidden(self, cell_id: str, hidden: bool) -> None:
        """Collapse or show the outputs, written as JupyterLab does."""
        cell = self.cell(cell_id)
        metadata = {key: value for key, value in cell.metadata.items() if key not in ("collapsed", "jupyter")}
        jupyter = {key: value for key, value in cell.jupyter.items() if key != "outputs_hidden"}
        if hidden:
            metadata["collapsed"] = True
            jupyter["outputs_hidden"] = True
        if jupyter:
            metadata["jupyter"] = jupyter
        self._cells[self._places[cell_id]] = replace(cell, metadata=metadata)
        self._changed.emit(MetadataChanged(cell_id))

    # How operations are applied

    def _do(self, label: str, operation: Splice) -> None:
        self._history.do(Change(label, operation, operation.reversed()))

    def _apply(self, operation: Operation) -> None:
        if isinstance(operation, SetSource):
            place = self._places[operation.cell_id]
            self._cells[place] = replace(self._cells[place], source=operation.source)
            self._changed.emit(SourceEdited(operation.cell_id))
            return
        self._splice(operation)

    def _splice(self, splice: Splice) -> None:
        stop = splice.index + len(splice.removed)
        for cell in self._cells[splice.index : stop]:
            self._put_away(cell)
        arriving = [self._taken_out(cell) for cell in splice.inserted]
        self._cells[splice.index : stop] = arriving
        self._places = {cell.id: index for index, cell in enumerate(self._cells)}
        removed = tuple(cell.id for cell in splice.removed)
        self._changed.emit(CellsReplaced(splice.index, removed, tuple(cell.id for cell in arriving)))

    def _put_away(self, cell: Cell) -> None:
        outputs, count = cell.outputs, cell.execution_count
        if cell.kind is not CellKind.CODE and cell.id in self._shelf:  # it was code once, and may be again
            outputs, count = self._shelf[cell.id].outputs, self._shelf[cell.id].execution_count
        self._shelf[cell.id] = _Happened(outputs, count, cell.metadata)

    def _taken_out(self, cell: Cell) -> Cell:
        happened = self._shelf.get(cell.id)
        if happened is None:
            return cell
        if cell.kind is not CellKind.CODE:
            return replace(cell, outputs=(), execution_count=None, metadata=happened.metadata)
        return replace(
            cell,
            outputs=happened.outputs,
            execution_count=happened.execution_count,
            metadata=happened.metadata,
        )

    def _new_id(self) -> str:
        return new_id({*self._places, *self._shelf})

    def _clamped(self, index: int) -> int:
        return max(0, min(index, len(self._cells)))


def _label(verb: str, count: int) -> str:
    return f"{verb} cell" if count == 1 else f"{verb} {count} cells"
