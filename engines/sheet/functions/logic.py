"""Truth. IF itself is part of the formula language: only the branch taken is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engines.sheet.functions.arguments import flatten
from engines.sheet.values import undefined


def _and(*values: Any) -> bool:
    return all(_truths(values))


def _or(*values: Any) -> bool:
    return any(_truths(values))


def _not(value: Any) -> bool:
    return not value


def _truths(values: tuple[Any, ...]) -> list[bool]:
    """Empty cells and text in ranges say nothing about truth."""
    return [
        bool(item)
        for value in values
        for item in flatten(value)
        if item is not undefined and not isinstance(item, str)
    ]


def _if_error(value: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """The arguments come as functions, see ``formula.py``."""
    try:
        return value()
    except Exception:
        return otherwise()


def _is_error(value: Callable[[], Any]) -> bool:
    try:
        value()
    except Exception:
        return True
    return False


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "AND": _and,
    "OR": _or,
    "NOT": _not,
    "IFERROR": _if_error,
    "ISERROR": _is_error,
}
