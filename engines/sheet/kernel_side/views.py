"""What the app asks to see of a workbook: displays, values for export, explanations."""

from __future__ import annotations

import datetime
import math
from typing import Any

from engines.sheet.kernel_side.grid import CellState, Grid
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.references import WHOLE, Rect, address
from engines.sheet.values import Shown, is_number, safe_repr, show, undefined
from engines.workspace.kernel_side.lanes import user_code

ShownCell = list[Any]
"""[row, column, text, kind]."""


def display(book: Workbook, name: str, rect: Rect) -> list[ShownCell]:
    """The cells of the rectangle that show anything, as [row, column, text, kind].

    Takes no lock: it must answer while a long calculation runs. What is out of date is ``stale``.
    """
    grid = book.grid(name)
    key = grid.key
    shown: dict[tuple[int, int], Shown] = {}
    for (column, row), spill in grid.spills_over(rect):
        common = spill.rect.overlap(rect)
        state = grid.get(column, row)
        stale = state is not None and book.is_stale((key, column, row), state)
        for cell in common.cells() if common else ():
            text, kind = _show(spill.value(*cell))
            shown[cell] = Shown(text, "stale" if stale else kind)
    for column, row, state in grid.states(rect):
        shown[column, row] = _shown(state, book.is_stale((key, column, row), state))
    return [[row, column, *cell] for (column, row), cell in shown.items() if cell.kind != "empty"]


def _show(value: Any) -> Shown:
    return show(value, _describe)


def _describe(value: Any) -> str:
    """The user's ``__repr__`` may never end; where it is stopped, the cell says so."""
    try:
        with user_code():
            return safe_repr(value)
    except KeyboardInterrupt:
        return f"<{type(value).__name__}, whose repr takes too long>"


def _shown(state: CellState, stale: bool) -> Shown:
    text, kind = _show(state.error if state.error is not None else state.value)
    return Shown(text, "stale" if stale else kind)


def summary(book: Workbook, name: str, rect: Rect) -> dict[str, Any]:
    """Of the numbers in the rectangle: ``count``, ``sum`` and ``mean``, as they are shown."""
    grid = book.grid(name)
    found: list[Any] = []
    used = grid.used(rect)
    if used is None:
        return {"count": 0}
    for _column, _row, state in grid.states(used):
        if state.error is None and is_number(state.value):
            found.append(state.value)
    for cell, spill in grid.spills_over(used):
        common = spill.rect.overlap(used)
        for place in common.cells() if common else ():
            if place != cell and is_number(value := spill.value(*place)):
                found.append(value)
    if not found:
        return {"count": 0}
    total = sum(found)
    return {"count": len(found), "sum": _show(total).text, "mean": _show(total / len(found)).text}


def values(book: Workbook, name: str) -> list[ShownCell]:
    """Every value as [row, column, value, kind]: JSON scalars, dates as ISO texts, other objects as shown."""
    grid = book.grid(name)
    found: dict[tuple[int, int], Any] = {}
    for _cell, spill in grid.spills_over(WHOLE):
        for cell in spill.rect.cells():
            found[cell] = spill.value(*cell)
    for column, row, state in grid.states(WHOLE):
        found[column, row] = state.error if state.error is not None else state.value
    exported = []
    for (column, row), value in sorted(found.items(), key=lambda item: (item[0][1], item[0][0])):
        if value is not undefined and value is not None:
            exported.append([row, column, _scalar(value), _show(value).kind])
    return exported


def _scalar(value: Any) -> Any:
    if isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return value if value.bit_length() < 64 else _show(value).text
    if is_number(value) and math.isfinite(value):
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return _show(value).text


def explain(book: Workbook, name: str, column: int, row: int) -> dict[str, Any]:
    """All about one cell: formula, type, repr, error with traceback, what it reads."""
    grid = book.grid(name)
    state = grid.get(column, row)
    found = grid.spill_at(column, row) if state is None else None
    about: dict[str, Any] = {"cell": address(grid.name, column, row), "text": "", "error": None}
    if found is not None:
        about["spilled_from"] = address(grid.name, *found[0])
        about |= _value(found[1].value(column, row))
    if state is None:
        return about
    about["text"] = state.text
    about["stale"] = state.dirty
    if state.error is not None:
        about["error"] = {"name": state.error.name, "message": state.error.message}
        about["traceback"] = state.error.traceback
        about["origin"] = state.error.origin
    else:
        about |= _value(state.value)
    about["reads"] = _reads(book, grid, column, row)
    about["names"] = sorted(state.template.names) if state.template else []
    return about


def _value(value: Any) -> dict[str, Any]:
    return {"type": type(value).__name__, "repr": "" if value is undefined else _describe(value)}


def _reads(book: Workbook, grid: Grid, column: int, row: int) -> list[str]:
    names = []
    for key, rect in book.graph.reads((grid.key, column, row)):
        sheet = book.grids[key].name if key in book.grids else key
        start = address(sheet, rect.left, rect.top)
        names.append(start if rect.area == 1 else f"{start}:{str(rect).rpartition(':')[2]}")
    return list(dict.fromkeys(names))
