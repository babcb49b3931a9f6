"""Arithmetic and trigonometry."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from typing import Any

from engines.sheet.functions.arguments import is_collection, number, numbers


def _sum(*values: Any) -> Any:
    found = numbers(values)
    return math.fsum(found) if any(isinstance(value, float) for value in found) else sum(found)


def _product(*values: Any) -> Any:
    return math.prod(numbers(values))


def _round(value: Any, digits: Any = 0) -> Any:
    """Halves away from zero, as spreadsheets round; Python's ``round`` goes to the even neighbour."""
    value, places = number(value), int(number(digits))
    if isinstance(value, float) and not math.isfinite(value):
        return value
    step = decimal.Decimal(1).scaleb(-places)
    with decimal.localcontext() as context:
        context.prec = 400
        exact = decimal.Decimal(repr(value) if isinstance(value, float) else str(value))
        rounded = exact.quantize(step, decimal.ROUND_HALF_UP)
    return int(rounded) if places <= 0 else float(rounded)


def _log(value: Any, base: Any = 10) -> float:
    value, base = number(value), number(base)
    return math.log10(value) if base == 10 else math.log(value, base)


def _mod(value: Any, divisor: Any) -> Any:
    return number(value) % number(divisor)


def _power(base: Any, exponent: Any) -> Any:
    return number(base) ** number(exponent)


def _elementwise(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """The function of one number; of a list or array, of each of its numbers."""

    def apply(value: Any) -> Any:
        if is_collection(value):
            return [apply(item) for item in value]
        return function(number(value))

    apply.__name__ = apply.__qualname__ = name
    return apply


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "ABS": abs,
    "SQRT": math.sqrt,
    "EXP": math.exp,
    "LN": math.log,
    "LOG10": math.log10,
    "SIN": math.sin,
    "COS": math.cos,
    "TAN": math.tan,
    "ASIN": math.asin,
    "ACOS": math.acos,
    "ATAN": math.atan,
    "SINH": math.sinh,
    "COSH": math.cosh,
    "TANH": math.tanh,
    "DEGREES": math.degrees,
    "RADIANS": math.radians,
    "INT": math.floor,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _elementwise(function, name) for name, function in _PLAIN.items()},
    "SUM": _sum,
    "PRODUCT": _product,
    "ROUND": _round,
    "LOG": _log,
    "MOD": _mod,
    "POWER": _power,
    # spreadsheets take x first, mathematics libraries y
    "ATAN2": lambda x, y: math.atan2(number(y), number(x)),
    "PI": lambda: math.pi,
}
