"""How formulas and scripts read cells of the workbook."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn

from engines.sheet.formula import RelativeReference
from engines.sheet.kernel_side.graph import Node
from engines.sheet.kernel_side.grid import CellState, Grid
from engines.sheet.ranges import CellRange
from engines.sheet.references import Rect, address, cell_name
from engines.sheet.values import CellError, ErrorValue, undefined
from engines.workspace.kernel_side.lanes import is_beside

if TYPE_CHECKING:
    from engines.sheet.kernel_side.calculation import Calculation
    from engines.sheet.kernel_side.workbook import Workbook


class NeedsCell(BaseException):
    """A formula read a cell that is not computed yet. No ``except Exception`` of the user's may catch it."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.node = node


class NoSheetError(KeyError):
    """A sheet that does not exist is named."""

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__(f"there is no sheet named {name!r} (sheets: {', '.join(names) or 'none'})")

    def __str__(self) -> str:
        return str(self.args[0])


class LastSource:
    """Reads of cells as they were computed last, up to date or not. Takes no lock."""

    def __init__(self, grids: dict[str, Grid]) -> None:
        self._grids = grids

    def value(self, sheet: str, column: int, row: int) -> Any:
        grid = self.grid(sheet)
        state = grid.get(column, row)
        if state is not None:
            return self._result(grid, column, row, state)
        found = grid.spill_at(column, row)
        if found is None:
            return undefined
        cell, spill = found
        self._check(grid, *cell)
        return spill.value(column, row)

    def column_values(self, sheet: str, column: int, top: int, bottom: int) -> list[Any]:
        grid = self.grid(sheet)
        values = [undefined] * (bottom - top + 1)
        rect = Rect(column, top, column, bottom)
        for (left, up), spill in grid.spills_over(rect):
            self._check(grid, left, up)
            common = spill.rect.overlap(rect)
            assert common is not None
            for row in range(common.top, common.bottom + 1):
                values[row - top] = spill.value(column, row)
        for _, row, state in grid.states(rect):
            values[row - top] = self._result(grid, column, row, state)
        return values

    def used(self, sheet: str, rect: Rect) -> Rect | None:
        return self.grid(sheet).used(rect)

    def grid(self, sheet: str) -> Grid:
        """Raises NoSheetError, a KeyError."""
        grid = self._grids.get(sheet.casefold())
        if grid is None:
            raise NoSheetError(sheet, [grid.name for grid in list(self._grids.values())])
        return grid

    def _check(self, grid: Grid, column: int, row: int) -> None:
        """Before the value of this cell is read."""

    def _result(self, grid: Grid, column: int, row: int, state: CellState) -> Any:
        self._check(grid, column, row)
        if state.error is not None:
            raise reading_error(grid, column, row, state.error)
        return state.value


class FormulaSource(LastSource):
    """Reads for references in formulas; precedents are computed before, or asked for with NeedsCell."""

    def _check(self, grid: Grid, column: int, row: int) -> None:
        state = grid.get(column, row)
        if state is not None and state.dirty:
            raise NeedsCell((grid.key, column, row))


class ScriptSource:
    """Reads for scripts: what is out of date is computed first.

    Inside a formula (``=sheets["Data"]["A1"].value``) the read becomes an edge of the graph instead. Beside a
    busy cell nothing is computed by the way: the last values are read.
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book

    def value(self, sheet: str, column: int, row: int) -> Any:
        with self._turn():
            return self._source(sheet, Rect(column, row, column, row)).value(sheet, column, row)

    def column_values(self, sheet: str, column: int, top: int, bottom: int) -> list[Any]:
        with self._turn():
            source = self._source(sheet, Rect(column, top, column, bottom))
            return source.column_values(sheet, column, top, bottom)

    def used(self, sheet: str, rect: Rect) -> Rect | None:
        with self._turn():
            return self._source(sheet, rect).used(sheet, rect)

    def _turn(self) -> AbstractContextManager[None]:
        """Beside the main lane the lock is not taken: there only a calculation computes, which has it."""
        return contextlib.nullcontext() if is_beside() else self._book.lock

    def _source(self, sheet: str, rect: Rect) -> LastSource:
        book = self._book
        grid = book.grid(sheet)
        if book.is_calculating_here:
            book.calculation.note_read(grid, rect)
            return book.source
        if is_beside():
            return book.last
        book.calculation.ready()
        return book.source


class Reader:
    """``__cell__`` in a compiled formula: its references' values from one cell's point of view."""

    __slots__ = ("_calculation", "_cell", "_references", "_sheet")

    def __init__(
        self,
        calculation: Calculation,
        sheet: str,
        cell: tuple[int, int],
        references: tuple[RelativeReference, ...],
    ) -> None:
        self._calculation = calculation
        self._sheet = sheet
        self._cell = cell
        self._references = references

    def __getitem__(self, index: int) -> Any:
        reference = self._references[index]
        sheet = self._sheet if reference.sheet is None else reference.sheet
        rect = reference.rect(self._cell)
        source = self._calculation.source
        if reference.single:
            return source.value(sheet, rect.left, rect.top)
        source.grid(sheet)
        return CellRange(source, sheet, rect)

    def place(self, index: int) -> Rect:
        """Where a reference points, for ROW and COLUMN."""
        return self._references[index].rect(self._cell)

    def own(self) -> Rect:
        return Rect(*self._cell, *self._cell)

    def lost(self) -> NoReturn:
        raise CellError("a reference was lost when this formula was copied or cells were removed")


def precedents(graph_reads: tuple[tuple[str, Rect], ...], grids: dict[str, Grid]) -> list[Node]:
    """Formulas among the cells read that are not computed yet."""
    found: list[Node] = []
    for sheet, rect in graph_reads:
        grid = grids.get(sheet)
        if grid is None:
            continue
        if rect.area == 1 and (state := grid.get(rect.left, rect.top)) is not None:
            if state.dirty:
                found.append((sheet, rect.left, rect.top))
            continue
        found += [(sheet, column, row) for column, row in grid.dirty_cells(rect)]
        for (column, row), _spill in grid.spills_over(rect):
            state = grid.get(column, row)
            if state is not None and state.dirty:
                found.append((sheet, column, row))
    return found


def reading_error(grid: Grid, column: int, row: int, error: ErrorValue) -> CellError:
    """What reading a cell with an error raises: it names the cell where the error began."""
    origin = error.origin or address(grid.name, column, row)
    root = error.root or error
    return CellError(f"{origin} has the error {root}", origin, root)


def path_text(path: list[Node], grids: dict[str, Grid]) -> str:
    """``B1 -> B2 -> B1``, with sheet names where there are several; a long path is cut in its middle."""
    several = len({sheet for sheet, _, _ in path}) > 1
    names = [
        address(grids[sheet].name, column, row) if several else cell_name(column, row)
        for sheet, column, row in path
    ]
    if len(names) > 12:
        names = [*names[:6], f"({len(names) - 11} more)", *names[-5:]]
    return " -> ".join(names)
