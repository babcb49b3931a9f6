"""Finding values in ranges. Rows and columns count from 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engines.sheet.functions.arguments import flatten, grid, number
from engines.sheet.functions.criteria import matcher, same
from engines.sheet.references import Rect
from engines.sheet.values import undefined


def _index(values: Any, row: Any, column: Any = None) -> Any:
    """``INDEX(range, row, column)``; in a single row or column one number is enough, 0 is a whole one."""
    rows = grid(values)
    at, across = int(number(row)), None if column is None else int(number(column))
    if across is None:
        at, across = (1, at) if len(rows) == 1 else (at, 1 if rows and len(rows[0]) == 1 else 0)
    if at < 0 or across < 0 or at > len(rows) or across > (len(rows[0]) if rows else 0):
        raise IndexError(f"INDEX: there is no row {at}, column {across} in the range")
    if at and across:
        return rows[at - 1][across - 1]
    if at:
        return [rows[at - 1]]
    return [row[across - 1] for row in rows] if across else rows


def _match(wanted: Any, values: Any, kind: Any = 1) -> int:
    """Kind 0: equal; 1: the last not above it in rising values; -1: the last not below it in falling ones."""
    items, order = list(flatten(values)), int(number(kind))
    found = _exact(wanted, items) if order == 0 else _ordered(wanted, items, order)
    if found is None:
        raise LookupError(f"MATCH: {wanted!r} is not in the range")
    return found + 1


def _vlookup(wanted: Any, table: Any, column: Any, nearest: Any = True) -> Any:
    rows, across = grid(table), int(number(column))
    if not rows or not 1 <= across <= len(rows[0]):
        raise IndexError(f"VLOOKUP: the table has no column {across}")
    keys = [row[0] for row in rows]
    found = _ordered(wanted, keys, 1) if nearest else _exact(wanted, keys)
    if found is None:
        raise LookupError(f"VLOOKUP: {wanted!r} is not in the first column")
    return rows[found][across - 1]


def _exact(wanted: Any, items: Sequence[Any]) -> int | None:
    wildcard = isinstance(wanted, str) and ("*" in wanted or "?" in wanted)
    test = matcher(wanted) if wildcard else lambda item: item is not undefined and same(item, wanted)
    return next((index for index, item in enumerate(items) if test(item)), None)


def _ordered(wanted: Any, items: Sequence[Any], order: int) -> int | None:
    text = isinstance(wanted, str)
    found = None
    for index, item in enumerate(items):
        if item is undefined or isinstance(item, str) != text:
            continue
        low, high = (item.casefold(), wanted.casefold()) if text else (item, wanted)
        if (low > high) if order > 0 else (low < high):
            break
        found = index
    return found


def _row(place: Any) -> Any:
    return _span(place, "top", "bottom", down=True)


def _column(place: Any) -> Any:
    return _span(place, "left", "right", down=False)


def _span(place: Any, first: str, last: str, *, down: bool) -> Any:
    rect = place if isinstance(place, Rect) else getattr(place, "rect", None)
    if not isinstance(rect, Rect):
        raise TypeError("ROW and COLUMN need a reference, such as ROW(A3)")
    numbers = list(range(getattr(rect, first), getattr(rect, last) + 1))
    if len(numbers) == 1:
        return numbers[0]
    return numbers if down else [numbers]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "INDEX": _index,
    "MATCH": _match,
    "VLOOKUP": _vlookup,
    "ROW": _row,
    "COLUMN": _column,
}
