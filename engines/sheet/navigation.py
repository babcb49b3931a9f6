"""Where keys take the cursor in a sheet."""

from __future__ import annotations

from collections.abc import Mapping

from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell


def stepped(cell: Cell, columns: int, rows: int) -> Cell:
    """A move that stops at the sheet's edge."""
    return min(max(cell[0] + columns, 1), MAX_COLUMN), min(max(cell[1] + rows, 1), MAX_ROW)


def data_edge(texts: Mapping[Cell, str], cell: Cell, columns: int, rows: int) -> Cell:
    """Ctrl and an arrow: the end of this run of cells with text, or the beginning of the next, or the edge.

    One of ``columns`` and ``rows`` is 0, the other 1 or -1.
    """
    axis, step = (0, columns) if columns else (1, rows)
    line = sorted(
        (place[axis] for place in texts if place[1 - axis] == cell[1 - axis]),
        reverse=step < 0,
    )
    at = cell[axis]
    ahead = [place for place in line if (place - at) * step > 0]
    limit = (MAX_COLUMN, MAX_ROW)[axis] if step > 0 else 1
    target = _run_end(ahead, at, step) if cell in texts else (ahead[0] if ahead else limit)
    if target == at:
        target = ahead[0] if ahead else limit
    return (target, cell[1]) if columns else (cell[0], target)


def last_cell(texts: Mapping[Cell, str]) -> Cell:
    """Ctrl+End: where the last column and the last row in use meet."""
    return max((column for column, _ in texts), default=1), max((row for _, row in texts), default=1)


def row_end(texts: Mapping[Cell, str], row: int) -> int:
    """End: the last column in use in a row."""
    return max((column for column, line in texts if line == row), default=1)


def _run_end(ahead: list[int], at: int, step: int) -> int:
    """The last of the places that follow ``at`` without a gap."""
    for place in ahead:
        if place != at + step:
            break
        at = place
    return at
