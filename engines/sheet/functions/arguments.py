"""What arguments of sheet functions stand for: ranges, lists and arrays are flattened, numbers picked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engines.sheet.ranges import CellRange
from engines.sheet.values import Undefined, is_number, typed, undefined


def is_collection(value: Any) -> bool:
    if isinstance(value, str | bytes | dict | Undefined):
        return False
    if getattr(value, "ndim", None) == 0:
        return False
    return isinstance(value, Iterable)


def flatten(value: Any) -> Iterator[Any]:
    """Every value in a range, array or nested list; a scalar gives itself."""
    if not is_collection(value):
        yield value
    elif hasattr(value, "ravel"):
        yield from value.ravel().tolist()
    elif isinstance(value, CellRange):
        yield from value
    else:
        for item in value:
            yield from flatten(item)


def numbers(arguments: tuple[Any, ...]) -> list[Any]:
    """The numbers that SUM and its relatives see.

    In collections text, truth values and empty cells are passed over; a plain argument must be a number,
    a truth value, or text that reads as a number (TypeError otherwise).
    """
    found: list[Any] = []
    for argument in arguments:
        if is_collection(argument):
            found.extend(value for value in flatten(argument) if is_number(value))
        else:
            found.append(number(argument))
    return found


def number(value: Any) -> Any:
    """One argument as a number.

    Raises:
        TypeError: it is neither a number, a truth value, an empty cell nor text that reads as a number.
    """
    if value is undefined or value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        value = typed(value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if not is_number(value):
        raise TypeError(f"a number is expected, not {type(value).__name__} {str(value)[:40]!r}")
    return value


def grid(value: Any) -> list[list[Any]]:
    """A range, array or list as rows; a flat list is one column."""
    if isinstance(value, CellRange):
        return value.rows()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not is_collection(value):
        return [[value]]
    rows = list(value)
    if all(is_collection(row) for row in rows):
        return [list(row) for row in rows]
    return [[row] for row in rows]
