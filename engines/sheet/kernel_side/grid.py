"""One sheet's cells as the kernel holds them: by columns, with the lists that spill out of their cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from engines.sheet.formula import Template
from engines.sheet.ranges import CellRange
from engines.sheet.references import Cell, Rect
from engines.sheet.values import ErrorValue, undefined


class Spill:
    """A list's or array's values over the cells right and below its formula's cell."""

    __slots__ = ("_flat", "_rows", "rect")

    def __init__(self, rect: Rect, rows: Sequence[Sequence[Any]] | None, flat: Sequence[Any] | None) -> None:
        self.rect = rect
        self._rows = rows
        self._flat = flat

    def value(self, column: int, row: int) -> Any:
        if self._flat is not None:
            return _entry(self._flat[row - self.rect.top])
        assert self._rows is not None
        values, index = self._rows[row - self.rect.top], column - self.rect.left
        return _entry(values[index]) if index < len(values) else undefined


def _entry(value: Any) -> Any:
    return undefined if value is None else value


def spill_of(value: Any, cell: Cell) -> Spill | None:
    """How a formula's result fills cells: a flat list down, a list of lists by rows; None for all else."""
    if isinstance(value, CellRange):
        value = value.rows()
    elif hasattr(value, "tolist") and getattr(value, "ndim", 0) in (1, 2):
        value = value.tolist()
    if not isinstance(value, list) or not value:
        return None
    column, row = cell
    if all(isinstance(entry, list | tuple) or getattr(entry, "ndim", 0) == 1 for entry in value):
        rows = [list(entry) for entry in value]
        width = max(len(entry) for entry in rows)
        return Spill(Rect(column, row, column + max(width, 1) - 1, row + len(rows) - 1), rows, None)
    return Spill(Rect(column, row, column, row + len(value) - 1), None, value)


class Held(IntEnum):
    """What it takes to compute a formula again that did not end."""

    NO = 0
    INTERRUPTED = 1
    """It, or what it reads, is edited."""
    LEFT_OUT = 2
    """No interrupt ended it, so the kernel was restarted without it: it is edited, or all is recalculated."""


class CellState:
    """A cell with text: a constant (``template`` None) or a formula with its last result."""

    __slots__ = ("dirty", "error", "held", "spill", "template", "text", "value")

    def __init__(self, text: str, value: Any = undefined, template: Template | None = None) -> None:
        self.text = text
        self.value = value
        self.template = template
        self.error: ErrorValue | None = None
        self.spill: Spill | None = None
        self.dirty = False
        self.held = Held.NO


class Grid:
    """The cells of one sheet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.errors = 0
        """How many of its formulas show an error."""
        self.columns: dict[int, dict[int, CellState]] = {}
        self._dirty: dict[int, dict[int, None]] = {}
        self._spilling: dict[Cell, Spill] = {}

    @property
    def key(self) -> str:
        return self.name.casefold()

    def get(self, column: int, row: int) -> CellState | None:
        rows = self.columns.get(column)
        return rows.get(row) if rows is not None else None

    def put(self, column: int, row: int, state: CellState) -> None:
        self.errors += state.error is not None
        self.columns.setdefault(column, {})[row] = state

    def drop(self, column: int, row: int) -> None:
        rows = self.columns[column]
        self.errors -= rows.pop(row).error is not None
        if not rows:
            del self.columns[column]

    def set_error(self, state: CellState, error: ErrorValue | None) -> None:
        self.errors += (error is not None) - (state.error is not None)
        state.error = error

    def states(self, rect: Rect) -> Iterator[tuple[int, int, CellState]]:
        """(column, row, state) of the cells with text in the rectangle, column by column, rows rising."""
        for column, rows in self._columns_in(self.columns, rect):
            for row in _rows_in(rows, rect):
                state = rows.get(row)
                if state is not None:  # displays are read beside a running calculation
                    yield column, row, state

    def used(self, rect: Rect) -> Rect | None:
        """The part of ``rect`` with texts or spilled values, as the smallest rectangle around them."""
        found: list[Rect] = []
        for column, rows in self._columns_in(self.columns, rect):
            inside = _rows_in(rows, rect)
            if inside:
                found.append(Rect(column, inside[0], column, inside[-1]))
        found += [common for spill in list(self._spilling.values()) if (common := spill.rect.overlap(rect))]
        if not found:
            return None
        return Rect(
            min(part.left for part in found),
            min(part.top for part in found),
            max(part.right for part in found),
            max(part.bottom for part in found),
        )

    # Dirty cells: formulas to compute.

    def mark_dirty(self, column: int, row: int, state: CellState) -> None:
        self._dirty.setdefault(column, {})[row] = None
        state.dirty = True

    def mark_clean(self, column: int, row: int, state: CellState | None) -> None:
        if state is not None:
            state.dirty = False
        rows = self._dirty.get(column)
        if rows is not None:
            rows.pop(row, None)
            if not rows:
                del self._dirty[column]

    def dirty_cells(self, rect: Rect) -> Iterator[Cell]:
        """A snapshot per column, so that cells may become clean meanwhile."""
        for column, rows in self._columns_in(self._dirty, rect):
            if rect.height < len(rows):
                inside = [row for row in range(rect.top, rect.bottom + 1) if row in rows]
            else:
                inside = [row for row in rows if rect.top <= row <= rect.bottom]
            for row in inside:
                yield column, row

    # Spills.

    def set_spill(self, cell: Cell, spill: Spill | None) -> None:
        if spill is None:
            self._spilling.pop(cell, None)
        else:
            self._spilling[cell] = spill

    def spill_at(self, column: int, row: int) -> tuple[Cell, Spill] | None:
        """The spill over a cell, and the cell it comes from; that cell itself does not count."""
        for cell, spill in list(self._spilling.items()):
            if spill.rect.holds(column, row) and cell != (column, row):
                return cell, spill
        return None

    def spills_over(self, rect: Rect) -> list[tuple[Cell, Spill]]:
        return [(cell, spill) for cell, spill in list(self._spilling.items()) if spill.rect.overlap(rect)]

    def in_the_way(self, rect: Rect, cell: Cell) -> Cell | None:
        """A cell that keeps ``cell`` from spilling over ``rect``."""
        for column, row, _state in self.states(rect):
            if (column, row) != cell:
                return column, row
        for other, spill in self._spilling.items():
            common = spill.rect.overlap(rect)
            if common is not None and other != cell:
                return common.left, common.top
        return None

    def _columns_in(self, columns: dict[int, Any], rect: Rect) -> list[tuple[int, Any]]:
        if rect.width == 1:
            rows = columns.get(rect.left)
            return [] if rows is None else [(rect.left, rows)]
        inside = sorted(column for column in list(columns) if rect.left <= column <= rect.right)
        return [(column, columns[column]) for column in inside if column in columns]


def _rows_in(rows: dict[int, CellState], rect: Rect) -> list[int]:
    if rect.height <= len(rows):
        return [row for row in range(rect.top, rect.bottom + 1) if row in rows]
    return sorted(row for row in list(rows) if rect.top <= row <= rect.bottom)
