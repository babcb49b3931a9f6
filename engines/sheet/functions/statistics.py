"""Averages, counts and spreads."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

from engines.sheet.functions.arguments import flatten, is_collection, numbers
from engines.sheet.functions.criteria import matcher
from engines.sheet.values import is_number, typed, undefined


def _average(*values: Any) -> float:
    found = numbers(values)
    if not found:
        raise ZeroDivisionError("AVERAGE of no numbers")
    return math.fsum(found) / len(found)


def _minimum(*values: Any) -> Any:
    return min(numbers(values), default=0)


def _maximum(*values: Any) -> Any:
    return max(numbers(values), default=0)


def _count(*values: Any) -> int:
    """Numbers in ranges and lists, and plain arguments that are or read as numbers."""
    total = 0
    for value in values:
        if is_collection(value):
            total += sum(1 for item in flatten(value) if is_number(item) or _is_date(item))
        elif value is not undefined:
            item = typed(value) if isinstance(value, str) else value
            total += is_number(item) or isinstance(item, bool) or _is_date(item)
    return total


def _counta(*values: Any) -> int:
    return sum(1 for value in values for item in flatten(value) if item is not undefined and item is not None)


def _median(*values: Any) -> Any:
    return statistics.median(_some(values, 1, "MEDIAN"))


def _variance(*values: Any) -> float:
    """Of a sample: the sum of squares is divided by n - 1."""
    return float(statistics.variance(_some(values, 2, "VAR")))


def _deviation(*values: Any) -> float:
    return float(statistics.stdev(_some(values, 2, "STDEV")))


def _countif(values: Any, criterion: Any) -> int:
    matches = matcher(criterion)
    return sum(1 for value in flatten(values) if matches(value))


def _sumif(values: Any, criterion: Any, summed: Any = None) -> Any:
    matches = matcher(criterion)
    tested = list(flatten(values))
    added = tested if summed is None else list(flatten(summed))
    return sum(b for a, b in zip(tested, added, strict=False) if is_number(b) and matches(a))


def _some(values: tuple[Any, ...], least: int, name: str) -> list[Any]:
    found = numbers(values)
    if len(found) < least:
        raise ZeroDivisionError(f"{name} needs at least {least} number{'s' if least > 1 else ''}")
    return found


def _is_date(value: Any) -> bool:
    return hasattr(value, "isoformat")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "AVERAGE": _average,
    "MIN": _minimum,
    "MAX": _maximum,
    "COUNT": _count,
    "COUNTA": _counta,
    "MEDIAN": _median,
    "STDEV": _deviation,
    "VAR": _variance,
    "COUNTIF": _countif,
    "SUMIF": _sumif,
}
