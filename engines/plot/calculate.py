"""From the full figure and the data to points in axis coordinates: Plotly's "calc"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engines.plot.bindings import is_binding
from engines.plot.coordinates import guess_type
from engines.plot.data import Column, Data, columns
from engines.plot.defaults import FullFigure
from engines.plot.paths import lookup
from engines.plot.traces.base import Series, Trace


@dataclass(frozen=True)
class Calculated:
    """``series``: trace index -> its points; ``types``: axis id -> linear, log or date; ``notes``: (trace
    index, why something is not drawn as the figure says)."""

    series: Mapping[int, Series]
    types: Mapping[str, str]
    notes: tuple[tuple[int, str], ...]
    inputs: Mapping[int, tuple[Any, ...]]
    """What each trace was calculated from, by identity."""


def calculate(figure: FullFigure, data: Data, previous: Calculated | None = None) -> Calculated:
    """Calculate every visible trace; those whose attributes and data are the same objects as before are
    kept.
    """
    notes = list(figure.problems.items())
    found: dict[int, dict[str, Column]] = {}
    for trace in figure.traces:
        if trace.visible is False or trace.index in figure.problems:
            continue
        try:
            found[trace.index] = columns(trace.full, trace.kind.arrays, data)
        except ValueError as error:
            notes.append((trace.index, str(error)))
    types = _types(figure, found)
    series: dict[int, Series] = {}
    inputs: dict[int, tuple[Any, ...]] = {}
    for trace in figure.traces:
        if trace.index not in found:
            continue
        pair = types[trace.xaxis], types[trace.yaxis]
        inputs[trace.index] = (trace, *_bound(trace, data))
        try:
            kept = _same(trace, inputs, pair, previous)
            series[trace.index] = _series(trace, found[trace.index], pair) if kept is None else kept
        except (ValueError, TypeError) as error:
            notes.append((trace.index, str(error)))
            continue
        notes += [(trace.index, note) for note in series[trace.index].notes]
    return Calculated(series, types, tuple(notes), inputs)


def _series(trace: Trace, found: dict[str, Column], pair: tuple[str, str]) -> Series:
    if "category" in pair:
        letter = "xy"[pair.index("category")]
        raise ValueError(
            f"{letter} holds texts that are neither numbers nor dates; category axes are not drawn yet"
        )
    return trace.kind.calculate(trace, found, pair)


def _bound(trace: Trace, data: Data) -> Iterator[Any]:
    for name in trace.kind.arrays:
        value = lookup(trace.full, tuple(name.split(".")))
        if is_binding(value):
            yield data.get(value["expr"])


def _same(
    trace: Trace, inputs: dict[int, tuple[Any, ...]], pair: tuple[str, str], previous: Calculated | None
) -> Series | None:
    if previous is None or trace.index not in previous.series:
        return None
    before, now = previous.inputs.get(trace.index, ()), inputs[trace.index]
    if len(before) != len(now) or any(one is not other for one, other in zip(before, now, strict=True)):
        return None
    same_types = (previous.types.get(trace.xaxis), previous.types.get(trace.yaxis)) == pair
    return previous.series[trace.index] if same_types else None


def _types(figure: FullFigure, found: dict[int, dict[str, Column]]) -> dict[str, str]:
    """The type each axis says it has, or, as in Plotly, the one that the first trace with data on it
    suggests.
    """
    types: dict[str, str] = {}
    for axis, full in figure.axes.items():
        types[axis] = full["type"] if full["type"] != "-" else _guessed(figure, found, axis)
    return types


def _guessed(figure: FullFigure, found: dict[int, dict[str, Column]], axis: str) -> str:
    for trace in figure.traces:
        column = found.get(trace.index, {}).get(axis[0])
        if column is not None and axis in (trace.xaxis, trace.yaxis) and len(column.values):
            return guess_type(column.values)
    return "linear"
