"""All sheets as the kernel sees them: a mirror of the app's texts, and the values computed from them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.sheet.formula import Template, analyse, is_formula
from engines.sheet.functions import VOLATILE
from engines.sheet.kernel_side.calculation import Calculation
from engines.sheet.kernel_side.graph import DependencyGraph, Node
from engines.sheet.kernel_side.grid import CellState, Grid, Held
from engines.sheet.kernel_side.locking import WorkbookLock
from engines.sheet.kernel_side.reading import LastSource
from engines.sheet.kernel_side.scope import Scope
from engines.sheet.references import WHOLE, Cell, Rect, address, on_grid, rectangles
from engines.sheet.values import ErrorValue, typed
from engines.workspace.running_mark import RunningMark

_CALCULATES_WITHIN = 0.5


@dataclass(frozen=True)
class Changes:
    """What a calculation did: per sheet the rectangles whose values changed, and what is left to compute."""

    changed: dict[str, list[Rect]] = field(default_factory=dict)
    computed: int = 0
    errors: int = 0
    """Formulas of the whole workbook that show an error."""
    unfinished: list[tuple[str, Rect]] = field(default_factory=list)
    postponed: list[tuple[str, Rect]] = field(default_factory=list)
    """What a live calculation has left for the main lane since the last one that left it there."""
    interrupted: bool = False
    number: int = 0
    """Calculations are numbered: the reply of an older one may arrive later."""


class Workbook:
    """Sheets by name (in any case), their formulas' graph and values.

    ``workspace`` is the mapping that formulas' names are looked up in; it is never copied. Everything that
    changes a sheet holds ``lock``, for a live calculation runs beside a busy cell that edits sheets.
    """

    def __init__(self, workspace: Mapping[str, Any], mark: RunningMark | None = None) -> None:
        self.grids: dict[str, Grid] = {}
        self.graph = DependencyGraph()
        self.calculation = Calculation(self.grids, self.graph, Scope(workspace), mark or RunningMark())
        self.source = self.calculation.source
        self.last = LastSource(self.grids)
        self.lock = WorkbookLock()
        self._workspace = workspace
        self._templates: dict[str, Template] = {}
        self._identities: dict[str, int] = {}
        self._left: set[Node] = set()
        self._started: float | None = None
        self._number = 0

    # Sheets.

    @property
    def names(self) -> list[str]:
        return [grid.name for grid in list(self.grids.values())]

    def grid(self, name: str) -> Grid:
        """Raises NoSheetError, a KeyError."""
        return self.source.grid(name)

    def add(self, name: str) -> Grid:
        """The sheet of this name, made if there is none yet."""
        with self.lock:
            key = name.casefold()
            if key not in self.grids:
                self.refuse_in_formula()
                self.grids[key] = Grid(name)
                self._sheet_changed(key)
            return self.grids[key]

    def remove(self, name: str) -> None:
        self.refuse_in_formula()
        with self.lock:
            grid = self.grid(name)
            for column, row, _state in list(grid.states(WHOLE)):
                self.graph.forget((grid.key, column, row))
            del self.grids[grid.key]
            self._sheet_changed(grid.key)

    def rename(self, old: str, new: str) -> None:
        """Keep the sheet's place in the order. Texts of formulas elsewhere are not rewritten."""
        with self.lock:
            grid = self.grid(old)
            if new.casefold() == grid.key:
                grid.name = new
                return
            if new.casefold() in self.grids:
                raise ValueError(f"there is a sheet named {new!r} already")
            texts = self.texts(old)
            left_out = [(c, r) for c, r, state in grid.states(WHOLE) if state.held is Held.LEFT_OUT]
            order = list(self.grids)
            self.remove(old)
            self.add(new)
            for key in order[order.index(old.casefold()) + 1 :]:
                self.grids[key] = self.grids.pop(key)
            self.set_cells(new, texts)
            self.leave_out(new, left_out)

    def texts(self, name: str) -> dict[Cell, str]:
        return {(column, row): state.text for column, row, state in self.grid(name).states(WHOLE)}

    def load(self, name: str, texts: Mapping[Cell, str], left_out: Iterable[Cell] = ()) -> None:
        """Replace the sheet's whole contents; the formulas ``left_out`` are not computed."""
        with self.lock:
            gone = dict.fromkeys(self.texts(self.add(name).name), "")
            self.set_cells(name, {**gone, **texts})
            self.leave_out(name, left_out)

    def leave_out(self, name: str, cells: Iterable[Cell]) -> None:
        """Formulas that did not end in an earlier kernel: not computed until edited or F9 is pressed."""
        for cell in cells:
            self.calculation.leave_out(self.grid(name), *cell)

    # Cells.

    def set_cells(self, name: str, texts: Mapping[Cell, str]) -> None:
        """Enter texts; '' empties a cell. Nothing is computed yet.

        Raises:
            RuntimeError: called from within a formula.
            ValueError: a cell that is not on the grid; nothing is changed then.
        """
        self.refuse_in_formula()
        for cell in texts:
            if not on_grid(*cell):
                raise ValueError(f"there is no cell in column {cell[0]}, row {cell[1]}")
        with self.lock:
            grid = self.add(name)
            for (column, row), text in texts.items():
                self._set_cell(grid, column, row, text)

    def _set_cell(self, grid: Grid, column: int, row: int, text: str) -> None:
        old = grid.get(column, row)
        if old is not None and old.template is None and old.text == text:
            return
        if old is None and not text:
            return
        if old is not None:
            self._take_out(grid, column, row, old)
        if text:
            grid.put(column, row, self._new_state(grid, column, row, text))
        self.calculation.note_change(grid.key, Rect(column, row, column, row))
        self.calculation.invalidate(self.graph.readers_of_cell(grid.key, column, row))
        covering = grid.spill_at(column, row)
        if covering is not None:
            self.calculation.invalidate([(grid.key, *covering[0])])

    def _take_out(self, grid: Grid, column: int, row: int, state: CellState) -> None:
        if state.template is not None:
            self.graph.forget((grid.key, column, row))
        grid.mark_clean(column, row, state)
        grid.drop(column, row)
        if state.spill is not None:
            grid.set_spill((column, row), None)
            self.calculation.note_change(grid.key, state.spill.rect)
            self.calculation.invalidate(self.graph.readers_in(grid.key, state.spill.rect))

    def _new_state(self, grid: Grid, column: int, row: int, text: str) -> CellState:
        if not is_formula(text):
            return CellState(text, typed(text))
        formula = analyse(text, (column, row), self._templates)
        state = CellState(text, template=formula.template)
        node = (grid.key, column, row)
        if formula.error is not None:
            place = address(grid.name, column, row)
            state.error = ErrorValue(
                "FormulaError", formula.error, f"Formula '{text}' in {place}\n{formula.error}"
            )
            return state
        reads = [(grid.key if sheet is None else sheet.casefold(), rect) for sheet, rect in formula.reads]
        self.graph.enter(node, reads, formula.names)
        grid.mark_dirty(column, row, state)
        return state

    # Calculation.

    def names_changed(self, names: Iterable[str]) -> None:
        """Mark what reads these workspace names.

        Interrupted formulas start again only where a name stands for another object than before: a stream
        that goes on does not restart a formula that never ends.
        """
        with self.lock:
            for name in names:
                identity = self._identity(name)
                redefined = self._identities.get(name) != identity
                self._identities[name] = identity
                readers = self.graph.readers_of_name(name)
                self.calculation.invalidate(readers, restart=Held.INTERRUPTED if redefined else Held.NO)

    def _identity(self, name: str) -> int:
        return id(self._workspace[name]) if name in self._workspace else 0

    def mark_all(self) -> None:
        """Everything is to be computed again, interrupted formulas too (F9)."""
        with self.lock:
            for key, grid in self.grids.items():
                cells = [(key, column, row) for column, row, _state in grid.states(WHOLE)]
                self.calculation.invalidate(cells, restart=Held.LEFT_OUT)

    def recalculate(
        self, names: Iterable[str] | None = None, budget: float | None = None, *, live: bool = False
    ) -> Changes:
        """Compute what is out of date, after ``names`` of the workspace changed (None: NOW and TODAY only).

        After ``budget`` seconds no further formula is begun; what is left is reported as unfinished. With
        ``live``, beside a busy cell, what reads other names than streams and sheets is postponed.
        """
        with self.lock:
            for name in self.graph.names() - self._identities.keys():
                self._identities[name] = self._identity(name)
            self.names_changed(VOLATILE if names is None else names)
            self._started = time.monotonic()
            self.calculation.computed = 0
            try:
                deadline = None if budget is None else self._started + budget
                self.calculation.settle_all(deadline, live=live)
            finally:
                self._started = None
            return self._report()

    def _report(self) -> Changes:
        calculation = self.calculation
        changed, calculation.changed = calculation.changed, {}
        left = calculation.dirty()
        postponed = calculation.postponed
        for key, column, row in self._left.difference(left):
            changed.setdefault(key, []).append(Rect(column, row, column, row))
        before, self._left = self._left, set(left)
        self._number += 1
        return Changes(
            {self.grids[key].name: _compact(rects) for key, rects in changed.items() if key in self.grids},
            calculation.computed,
            sum(grid.errors for grid in self.grids.values()),
            self._rectangles(node for node in left if node not in postponed),
            self._rectangles(node for node in left if node in postponed and node not in before),
            calculation.interrupted,
            self._number,
        )

    def _rectangles(self, nodes: Iterable[Node]) -> list[tuple[str, Rect]]:
        cells: dict[str, list[Cell]] = {}
        for key, column, row in nodes:
            cells.setdefault(key, []).append((column, row))
        return [(self.grids[key].name, rect) for key, found in cells.items() for rect in rectangles(found)]

    @property
    def is_calculating_here(self) -> bool:
        """Whether this code is called by a calculation, on its thread."""
        return self.calculation.settling and self.lock.is_mine

    def refuse_in_formula(self) -> None:
        """Raises RuntimeError when a formula calls what changes cells."""
        if self.is_calculating_here and self.calculation.running is not None:
            raise RuntimeError("a formula cannot change cells; do it in a notebook cell or the console")

    def is_stale(self, node: Node, state: CellState) -> bool:
        """Whether to show it as out of date: not while it is just being computed, for that would flicker."""
        return state.dirty and (node in self.calculation.postponed or not self._is_soon_current)

    @property
    def busy_for(self) -> float | None:
        """Seconds since the calculation that runs now began."""
        started = self._started
        return None if started is None else time.monotonic() - started

    @property
    def _is_soon_current(self) -> bool:
        busy = self.busy_for
        return busy is not None and busy < _CALCULATES_WITHIN

    def _sheet_changed(self, key: str) -> None:
        """A sheet came or went: formulas that name it compute again."""
        self.calculation.invalidate(self.graph.readers_in(key, WHOLE))
        self.calculation.invalidate(self.graph.readers_of_name("sheets"))


def _compact(rects: list[Rect]) -> list[Rect]:
    """Single cells joined to few rectangles; larger ones as they are."""
    large = list(dict.fromkeys(rect for rect in rects if rect.area > 1))
    if len(large) > 64:
        return [_around(rects)]
    return rectangles(rect[:2] for rect in rects if rect.area == 1) + large


def _around(rects: list[Rect]) -> Rect:
    return Rect(
        min(rect.left for rect in rects),
        min(rect.top for rect in rects),
        max(rect.right for rect in rects),
        max(rect.bottom for rect in rects),
    )
