"""Data values and axis coordinates: what Plotly calls ``d2l`` and ``l2d``.

On an axis everything is a float: the value itself on a linear axis, its decimal logarithm on a log axis,
milliseconds since 1970 (UTC, no time zones, as in Plotly) on a date axis. NaN stands for what has no place
on the axis.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

EPOCH = np.datetime64("1970-01-01T00:00:00", "ms")
_DATE = re.compile(
    r"\s*-?\d{4}(-\d{1,2}(-\d{1,2}([T ]\d{1,2}(:\d{2}(:\d{2}(\.\d*)?)?)?)?)?)?\s*(Z|[+-]\d\d:?\d\d)?\s*$"
)


def guess_type(values: Any) -> str:
    """``linear``, ``date`` or ``category``, as Plotly's autotype would choose for these values."""
    array = np.asarray(values)
    if array.dtype.kind == "M":
        return "date"
    if array.dtype.kind in "biuf" or array.size == 0:
        return "linear"
    for value in array.ravel().tolist():
        if value is None or value == "":
            continue
        if isinstance(value, date | datetime):
            return "date"
        if isinstance(value, str) and _DATE.match(value) and not _is_number(value):
            return "date"
        return "linear" if _is_number(value) else "category"
    return "linear"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def to_axis(values: Any, axis_type: str) -> np.ndarray:
    """Data values as float64 axis coordinates."""
    array = np.asarray(values)
    if axis_type == "date":
        return _milliseconds(array)
    floats = array.astype(float, copy=False) if array.dtype.kind in "biuf" else _floats(array)
    if axis_type != "log":
        return floats
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(floats > 0, np.log10(floats), np.nan)


def _floats(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "M":
        return _milliseconds(array)
    return np.array(
        [float(value) if _is_number(value) else np.nan for value in array.ravel().tolist()], float
    )


def _milliseconds(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in "biuf":
        return array.astype(float, copy=False)
    if array.dtype.kind == "M":
        instants = array.astype("datetime64[us]")
        return np.where(np.isnat(instants), np.nan, (instants - EPOCH) / np.timedelta64(1, "ms"))
    return np.array([_instant(value) for value in array.ravel().tolist()], float)


def _instant(value: Any) -> float:
    """One date in any of the forms Plotly takes, as milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        match = _DATE.match(value)
        if match is None:
            return float(value) if _is_number(value) else np.nan
        value = value.replace(match[7] or "\0", "").strip()  # Plotly drops a time zone, too
        value = re.sub(r"(?<=[-T ])(\d)(?=[-T: ]|$)", r"0\1", value)
    with contextlib.suppress(ValueError, TypeError):
        return float((np.datetime64(value, "us") - EPOCH) / np.timedelta64(1, "ms"))
    return np.nan


def date_text(milliseconds: float) -> str:
    """A date as Plotly writes it in ranges: as short as it can be, ``2024-03-01`` or ``2024-03-01
    12:30:00.25``.
    """
    instant = EPOCH.astype("datetime64[us]") + np.timedelta64(round(milliseconds * 1000), "us")
    day, _, clock = str(instant).partition("T")
    clock = clock.rstrip("0").rstrip(".")
    return day if clock == "00:00:00" else f"{day} {clock.removesuffix(':00')}"


def to_data(value: float, axis_type: str) -> Any:
    """One axis coordinate as a data value: a number, or a date's text."""
    if axis_type == "date":
        return date_text(value)
    return float(f"{10.0**value:.14g}") if axis_type == "log" else value


def range_from(given: Sequence[Any], axis_type: str) -> tuple[float, float] | None:
    """``layout.xaxis.range`` as axis coordinates (on a log axis it holds exponents already), or None if it
    is bad.
    """
    kind = "linear" if axis_type == "log" else axis_type
    low, high = (float(to_axis([value], kind)[0]) if value is not None else np.nan for value in given)
    return (low, high) if np.isfinite(low) and np.isfinite(high) and low != high else None


def range_to(low: float, high: float, axis_type: str) -> list[Any]:
    """Axis coordinates as ``layout.xaxis.range``."""
    if axis_type == "date":
        return [date_text(low), date_text(high)]
    return [low, high]
