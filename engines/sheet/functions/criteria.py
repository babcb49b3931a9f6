"""The criteria of COUNTIF and SUMIF: a value to equal, ``">5"``, ``"<>x"``, or text with ``*`` and ``?``."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from typing import Any

from engines.sheet.values import is_number, typed, undefined

_COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "<>": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


def matcher(criterion: Any) -> Callable[[Any], bool]:
    """A test for values; text compares without case."""
    if not isinstance(criterion, str):
        return lambda value: value is not undefined and same(value, criterion)
    match = re.match(r">=|<=|<>|>|<|=", criterion)
    compare = _COMPARISONS[match[0]] if match else operator.eq
    wanted = typed(criterion[match.end() :] if match else criterion)
    if isinstance(wanted, str):
        return _text_test(compare, wanted)
    if wanted is undefined:
        return lambda value: bool(compare(value, undefined))
    return lambda value: _comparable(value, wanted) and bool(compare(value, wanted))


def same(value: Any, other: Any) -> bool:
    """Equality as lookups see it: text without case, and no mixing of text and numbers."""
    if isinstance(value, str) and isinstance(other, str):
        return value.casefold() == other.casefold()
    if isinstance(value, str) != isinstance(other, str) or isinstance(value, bool) != isinstance(other, bool):
        return False
    return bool(value == other)


def _text_test(compare: Callable[[Any, Any], Any], wanted: str) -> Callable[[Any], bool]:
    if compare in (operator.eq, operator.ne):
        pattern = re.compile(fnmatch.translate(wanted.casefold().replace("[", "[[]")))
        negate = compare is operator.ne
        return lambda value: (isinstance(value, str) and bool(pattern.match(value.casefold()))) != negate
    return lambda value: isinstance(value, str) and bool(compare(value.casefold(), wanted.casefold()))


def _comparable(value: Any, wanted: Any) -> bool:
    if is_number(wanted):
        return is_number(value)
    return type(value) is type(wanted)
