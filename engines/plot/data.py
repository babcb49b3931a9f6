"""The values of a figure's arrays, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.plot.bindings import is_binding
from engines.plot.paths import lookup
from engines.plot.typed_arrays import decode, is_typed_array


def _no_breaks() -> np.ndarray:
    return np.zeros(0, np.intp)


class UnresolvedError(ValueError):
    """An array has no values; the message says why, for the reader."""


@dataclass(frozen=True, eq=False)
class Column:
    """Values of shape (n,); NaN or None is a gap. ``breaks``: ascending indices at which a new segment
    begins (a gap in a stream, a clock that was reset). Give a new object when values change: an identical
    one is not looked at again.

    ``is_finite``, ``is_rising``: known beforehand, so that nobody has to look at all values again: numbers
    without a gap; and none lower than the one before. False says nothing."""

    values: Any
    breaks: np.ndarray = field(default_factory=_no_breaks)
    is_finite: bool = False
    is_rising: bool = False


@dataclass(frozen=True)
class Unavailable:
    """An expression that has no value now. ``reason`` is one line."""

    reason: str


Data = Mapping[str, Any]
"""Expression -> `Column`, `Unavailable`, or a plain array or list."""


def resolve(value: Any, data: Data) -> Column:
    """The column of an array attribute: the figure's own array, or what its expression gave.

    Raises:
        UnresolvedError: the expression has no value, or the array cannot be read.
    """
    if not is_binding(value):
        return Column(_own(value))
    expression = value["expr"]
    found = data.get(expression)
    if found is None:
        raise UnresolvedError(f"waiting for {expression}")
    if isinstance(found, Unavailable):
        raise UnresolvedError(f"{expression}: {found.reason}")
    if isinstance(found, Column):
        return found
    if isinstance(found, str) or not hasattr(found, "__len__"):
        raise UnresolvedError(f"{expression}: a single value ({found!r:.40}), an array is needed")
    return Column(found)


def _own(value: Any) -> Any:
    if not is_typed_array(value):
        return value
    try:
        return decode(value)
    except ValueError as error:
        raise UnresolvedError(str(error)) from None


def columns(full: Mapping[str, Any], names: Sequence[str], data: Data) -> dict[str, Column]:
    """The columns of those named attributes that hold arrays; single values and absent ones are left out."""
    found: dict[str, Column] = {}
    for name in names:
        value = lookup(full, tuple(name.split(".")))
        if value is not None and not isinstance(value, str | int | float):
            found[name] = resolve(value, data)
    return found


def resolved(figure: dict[str, Any], data: Data) -> dict[str, Any]:
    """The figure with every binding replaced by the array it stands for; what has no value becomes an empty
    array.
    """

    def replace(node: Any) -> Any:
        if is_binding(node):
            try:
                return np.asarray(resolve(node, data).values)
            except UnresolvedError:
                return []
        if isinstance(node, dict):
            return {key: replace(value) for key, value in node.items()}
        return [replace(part) for part in node] if isinstance(node, list) and _has_objects(node) else node

    return replace(figure)


def _has_objects(node: list[Any]) -> bool:
    return any(isinstance(part, dict) for part in node)
