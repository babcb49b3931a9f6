"""Computing what is out of date: precedents first, on an explicit stack, until done, stopped or interrupted.

The order follows the formulas' texts. Where that order runs into a circle, formulas are simply evaluated and
ask for what they really read (NeedsCell), so that only true circles are cycles: ``=IF(TRUE, 1, B1)`` in A1
and ``=A1`` in B1 is none.

Streams stand still during a calculation, so that ``accel.x[-1]`` and ``len(accel)`` in two cells belong
together. A *live* calculation runs beside a busy cell, whose names may be half done: formulas that read such
names wait, and so does all that follows from them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from engines.sheet.formula import Template
from engines.sheet.kernel_side.errors import error_value
from engines.sheet.kernel_side.graph import DependencyGraph, KeyedRead, Node
from engines.sheet.kernel_side.grid import CellState, Grid, Held, Spill, spill_of
from engines.sheet.kernel_side.reading import FormulaSource, NeedsCell, Reader, path_text, precedents
from engines.sheet.kernel_side.scope import Scope
from engines.sheet.ranges import CellRange
from engines.sheet.references import MAX_COLUMN, MAX_ROW, WHOLE, Rect, address, cell_name
from engines.sheet.values import CycleError, ErrorValue, SpillError, undefined
from engines.workspace.kernel_side.lanes import user_code
from engines.workspace.running_mark import RunningMark
from engines.workspace.streams.live import frozen

_MOST_PASSES = 100


class _Frame:
    """A formula on the stack, with precedents to compute first.

    ``chain`` holds the formulas below it that were evaluated and really wait for it, and itself.
    """

    __slots__ = ("chain", "node", "pending")

    def __init__(self, node: Node, pending: list[Node], chain: dict[Node, None] | None) -> None:
        self.node = node
        self.pending = pending
        self.chain = chain


class Calculation:
    """Evaluates the formulas of the grids; the graph says who follows whom."""

    def __init__(
        self, grids: dict[str, Grid], graph: DependencyGraph, scope: Scope, mark: RunningMark
    ) -> None:
        self.source = FormulaSource(grids)
        self.changed: dict[str, list[Rect]] = {}
        self.running: Node | None = None
        self.interrupted = False
        self.computed = 0
        self.postponed: set[Node] = set()
        """What the last calculation, a live one, left for the main lane."""
        self._grids = grids
        self._graph = graph
        self._scope = scope
        self._mark = mark
        self._functions: dict[str, FunctionType] = {}
        self._dynamic: list[KeyedRead] = []
        self.settling = False
        self._respilled: list[KeyedRead] = []
        """Where spills came and went in this pass; their readers compute again in the next one."""

    # What is out of date.

    def invalidate(self, nodes: Iterable[Node], *, restart: Held = Held.INTERRUPTED) -> None:
        """Mark formulas, and all that follow from them, as to be computed.

        Of those that did not end only the ones that are held no more firmly than ``restart``.
        """
        stack = list(nodes)
        while stack:
            sheet, column, row = stack.pop()
            grid = self._grids.get(sheet)
            state = grid.get(column, row) if grid is not None else None
            if grid is None or state is None or state.dirty or not _computable(state):
                continue
            if state.held > restart:
                continue
            state.held = Held.NO
            grid.mark_dirty(column, row, state)
            stack.extend(self._graph.readers_of_cell(sheet, column, row))
            if state.spill is not None:
                stack.extend(self._graph.readers_in(sheet, state.spill.rect))

    def note_change(self, sheet: str, rect: Rect) -> None:
        self.changed.setdefault(sheet, []).append(rect)

    def note_read(self, grid: Grid, rect: Rect) -> None:
        """The formula that runs reads cells that its text does not name."""
        self._dynamic.append((grid.key, rect))

    def ready(self) -> None:
        """Before a script reads cells: compute all, since any formula may spill into the cells read."""
        self.settle_all()
        if self.interrupted:
            raise KeyboardInterrupt

    # Computing.

    def settle_all(self, deadline: float | None = None, *, live: bool = False) -> bool:
        """Compute everything that is out of date; False when stopped by the deadline or an interrupt.

        A ``live`` calculation leaves what reads the names of a busy cell: that is ``postponed`` then.
        """
        self.interrupted = False
        self.postponed = set()
        with frozen():
            for _ in range(_MOST_PASSES):
                nodes = self._due(live)
                if not nodes:
                    return True
                done = self._settle(nodes, deadline)
                self._invalidate_respilled()
                if not done:
                    return False
        for node in self._due(live):  # lists that spill into each other's way for ever
            self._fail(node, CycleError("the results of formulas keep changing each other's room to spill"))
        self._respilled.clear()
        return True

    def _due(self, live: bool) -> list[Node]:
        nodes = self.dirty()
        if not live:
            return nodes
        steady: dict[frozenset[str], bool] = {}
        self._postpone(node for node in nodes if not self._is_steady(node, steady))
        return [node for node in nodes if node not in self.postponed]

    def _is_steady(self, node: Node, known: dict[frozenset[str], bool]) -> bool:
        state = self._state(node)
        names = state.template.names if state is not None and state.template is not None else frozenset()
        if names not in known:
            known[names] = self._scope.are_steady(names)
        return known[names]

    def _postpone(self, nodes: Iterable[Node]) -> None:
        """These formulas, and all that follow from them, are for the main lane."""
        stack = list(nodes)
        while stack:
            node = stack.pop()
            state = self._state(node)
            if state is None or not state.dirty or node in self.postponed:
                continue
            self.postponed.add(node)
            stack.extend(self._graph.readers_of_cell(*node))
            if state.spill is not None:
                stack.extend(self._graph.readers_in(node[0], state.spill.rect))

    def dirty(self) -> list[Node]:
        return [
            (key, column, row) for key, grid in self._grids.items() for column, row in grid.dirty_cells(WHOLE)
        ]

    def _settle(self, nodes: Iterable[Node], deadline: float | None) -> bool:
        self.settling = True
        try:
            return all(self._settle_one(node, deadline) for node in nodes)
        except KeyboardInterrupt:  # it came between two formulas
            self.interrupted = True
            return False
        finally:
            self.running = None
            self.settling = False

    def _settle_one(self, start: Node, deadline: float | None) -> bool:
        waiting: set[Node] = set()
        stack: list[_Frame] = []
        self._push(stack, waiting, start, None)
        while stack:
            frame = stack[-1]
            if not self._is_due(frame.node):
                stack.pop()
                waiting.discard(frame.node)
                if frame.chain is not None:
                    frame.chain.pop(frame.node, None)
                continue
            if frame.pending:
                node = frame.pending.pop()
                if node not in waiting and self._is_due(node):
                    self._push(stack, waiting, node, None)
                continue
            if deadline is not None and time.monotonic() > deadline:
                return False
            try:
                self._evaluate(frame.node)
            except NeedsCell as needs:
                if needs.node in self.postponed:
                    self._postpone([frame.node])
                    continue
                if frame.chain is None:
                    frame.chain = {frame.node: None}
                if needs.node in frame.chain:
                    self._mark_cycle(frame.chain, needs.node)
                else:
                    frame.chain[needs.node] = None
                    self._push(stack, waiting, needs.node, frame.chain)
            if self.interrupted:
                return False
        return True

    def _push(
        self, stack: list[_Frame], waiting: set[Node], node: Node, chain: dict[Node, None] | None
    ) -> None:
        pending = [] if node in waiting else precedents(self._graph.reads(node), self._grids)
        pending.reverse()
        waiting.add(node)
        stack.append(_Frame(node, pending, chain))

    def _state(self, node: Node) -> CellState | None:
        grid = self._grids.get(node[0])
        return grid.get(node[1], node[2]) if grid is not None else None

    def _is_due(self, node: Node) -> bool:
        state = self._state(node)
        return state is not None and state.dirty and node not in self.postponed

    def _evaluate(self, node: Node) -> None:
        """Raises NeedsCell where the formula reads what is not computed yet."""
        sheet, column, row = node
        grid = self._grids[sheet]
        state = grid.get(column, row)
        assert state is not None
        assert state.template is not None
        reader = Reader(self, sheet, (column, row), state.template.references)
        self._dynamic = []
        started = time.monotonic()
        result: Any = undefined
        error: ErrorValue | None = None
        self.running = node
        self._mark.set(address(grid.name, column, row))
        try:
            with user_code():
                result = self._function(state.template)(reader)
                if isinstance(result, CellRange):
                    result = result.rows()  # read now, while what is read is noted
        except NeedsCell:
            raise
        except KeyboardInterrupt:
            error = self._held(grid, node, state, time.monotonic() - started)
        except (Exception, SystemExit, GeneratorExit) as exception:
            error = error_value(exception, address(grid.name, column, row), state.text)
        finally:
            self._mark.clear()
            self.running = None
            self._scope.tidy()
        self.computed += 1
        self._graph.set_dynamic(node, self._dynamic)
        self._store(grid, node, state, result, error)

    def _function(self, template: Template) -> FunctionType:
        function = self._functions.get(template.key)
        if function is None:
            assert template.code is not None
            function = self._functions[template.key] = FunctionType(template.code, self._scope)
        return function

    def _held(self, grid: Grid, node: Node, state: CellState, seconds: float) -> ErrorValue:
        state.held, self.interrupted = Held.INTERRUPTED, True
        message = f"interrupted after {seconds:.1f} s: edit it or press F9 to run it again"
        return error_value(KeyboardInterrupt(message), address(grid.name, node[1], node[2]), state.text)

    def leave_out(self, grid: Grid, column: int, row: int) -> None:
        """Do not compute this formula: it did not end in an earlier kernel."""
        state = grid.get(column, row)
        if state is None or not _computable(state):
            return
        state.held = Held.LEFT_OUT
        message = "left out, because it could not be interrupted: edit it or press F9 to run it again"
        place = address(grid.name, column, row)
        grid.set_error(state, error_value(KeyboardInterrupt(message), place, state.text))
        grid.mark_clean(column, row, state)

    # Results.

    def _store(self, grid: Grid, node: Node, state: CellState, result: Any, error: ErrorValue | None) -> None:
        _, column, row = node
        spill = None if error is not None else spill_of(result, (column, row))
        if spill is not None:
            error = self._obstacle(grid, node, state, spill)
            if error is not None:
                spill = None
        if error is not None:
            value: Any = undefined
        elif spill is not None:
            value = spill.value(column, row)
        else:
            value = undefined if result is None or _is_empty_list(result) else _scalar(result)
        old_spill = state.spill
        if old_spill is not None or spill is not None or not _same(state, value, error):
            self.note_change(grid.key, Rect(column, row, column, row))
        state.value, state.spill = value, spill
        grid.set_error(state, error)
        grid.mark_clean(column, row, state)
        if old_spill is not None or spill is not None:
            grid.set_spill((column, row), spill)
            self._spilled(grid, old_spill, spill)

    def _obstacle(self, grid: Grid, node: Node, state: CellState, spill: Spill) -> ErrorValue | None:
        """Why the list cannot spill; if a cell is in its way, its removal will compute the formula again."""
        sheet, column, row = node
        rect = spill.rect
        place = address(grid.name, column, row)
        if rect.right > MAX_COLUMN or rect.bottom > MAX_ROW:
            problem = f"{rect.height} rows and {rect.width} columns do not fit on the sheet from here"
            return error_value(SpillError(problem), place, state.text)
        blocking = grid.in_the_way(rect, (column, row))
        if blocking is not None:
            self._graph.set_dynamic(node, [*self._dynamic, (sheet, rect)])
            problem = f"{cell_name(*blocking)} is in the way (the result fills {rect})"
            return error_value(SpillError(problem), place, state.text)
        if self._reads_own_spill(node, state.spill, rect):
            problem = f"the result would fill {rect}, which the formula depends on"
            return error_value(CycleError(problem), place, state.text)
        return None

    def _reads_own_spill(self, node: Node, old: Spill | None, rect: Rect) -> bool:
        if old is not None and old.rect.encloses(rect):
            return False  # these cells were filled before, and their readers came after
        seen: set[Node] = set()
        stack = self._graph.readers_in(node[0], rect)
        stack = [reader for reader in stack if not self._is_blocked_by(reader, node)]
        while stack:
            reader = stack.pop()
            if reader == node:
                return True
            if reader in seen:
                continue
            seen.add(reader)
            stack.extend(self._graph.readers_of_cell(*reader))
        return False

    def _is_blocked_by(self, reader: Node, node: Node) -> bool:
        """A formula that waits for room to spill reads these cells only to see whether they are free."""
        grid = self._grids.get(reader[0])
        state = grid.get(reader[1], reader[2]) if grid is not None else None
        return state is not None and state.error is not None and state.error.name == "SpillError"

    def _spilled(self, grid: Grid, old: Spill | None, new: Spill | None) -> None:
        for spill in (old, new):
            if spill is None:
                continue
            self.note_change(grid.key, spill.rect)
            self._respilled.append((grid.key, spill.rect))

    def _invalidate_respilled(self) -> None:
        """Readers of spilled cells that were computed before the spill."""
        respilled, self._respilled = self._respilled, []
        for sheet, rect in respilled:
            self.invalidate(self._graph.readers_in(sheet, rect), restart=Held.NO)

    def _mark_cycle(self, chain: dict[Node, None], start: Node) -> None:
        nodes = list(chain)
        cycle = nodes[nodes.index(start) :]
        first = cycle.index(min(cycle))
        cycle = cycle[first:] + cycle[:first]
        path = path_text([*cycle, cycle[0]], self._grids)
        for node in cycle:
            self._fail(node, CycleError(path))

    def _fail(self, node: Node, error: Exception) -> None:
        grid = self._grids[node[0]]
        state = grid.get(node[1], node[2])
        if state is not None:
            place = address(grid.name, node[1], node[2])
            self._store(grid, node, state, undefined, error_value(error, place, state.text))


def _computable(state: CellState) -> bool:
    return state.template is not None and state.template.code is not None


def _is_empty_list(value: Any) -> bool:
    """An empty list or array fills no cell."""
    if isinstance(value, list):
        return not value
    return getattr(value, "ndim", 0) in (1, 2) and getattr(value, "size", 1) == 0 and hasattr(value, "tolist")


def _scalar(value: Any) -> Any:
    """numpy's scalars as Python's, so that formulas and exports see plain numbers."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return value.item()
    return value


def _same(state: CellState, value: Any, error: ErrorValue | None) -> bool:
    """Whether a cell shows what it showed; only plain values are compared."""
    if error is not None or state.error is not None:
        return error == state.error
    return type(value) is type(state.value) and isinstance(value, int | float | str) and value == state.value
