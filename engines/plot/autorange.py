"""Automatic ranges: plotly.js's padding (``src/plots/cartesian/autorange.js``) and a calm variant for live
figures.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

EMPTY = {"x": (-1.0, 6.0), "y": (-1.0, 4.0)}
EMPTY_DATES = (946_684_800_000.0, 978_307_200_000.0)  # the year 2000
MARGIN = 0.05  # of the axis' length at each end, where a trace asks for it
CALM_GROWTH = 0.1  # a live range that must grow takes this much more, so that it needs not grow at once again
CALM_EXCESS = 2.5  # a live range shrinks when it is so many times what the data need


@dataclass(frozen=True)
class Extent:
    """How far data reach along an axis. ``pad``: pixels to keep free; ``padded``: 5 % more at both ends;
    ``to_zero``: zero is to be in the range, without padding."""

    low: float
    high: float
    pad: float = 0.0
    padded: bool = True
    to_zero: bool = False


def automatic_range(
    extents: Iterable[Extent], length: float, axis_type: str, axis: dict[str, Any], letter: str
) -> tuple[float, float]:
    """The range that shows all extents, padded as Plotly does, on an axis of ``length`` pixels.

    ``autorange: "reversed"`` turns it round; ``rangemode`` is obeyed on linear axes.
    """
    ends = list(extents)
    low, high = (
        _padded(ends, max(length, 1.0), axis_type, axis["rangemode"]) if ends else _empty(axis_type, letter)
    )
    return (high, low) if axis["autorange"] == "reversed" else (low, high)


def _empty(axis_type: str, letter: str) -> tuple[float, float]:
    return EMPTY_DATES if axis_type == "date" else EMPTY[letter]


def _padded(extents: list[Extent], length: float, axis_type: str, mode: str) -> tuple[float, float]:
    extra = MARGIN * length
    lows = [(one.low, one.pad + extra * one.padded) for one in extents]
    highs = [(one.high, one.pad + extra * one.padded) for one in extents]
    if axis_type == "linear" and (mode == "tozero" or any(one.to_zero for one in extents)):
        lows, highs = [*lows, (0.0, 0.0)], [*highs, (0.0, 0.0)]
        lows = [(value, pad if value < 0 else 0.0) for value, pad in lows]
        highs = [(value, pad if value > 0 else 0.0) for value, pad in highs]
    lowest, highest = min(lows)[0], max(highs)[0]
    if lowest == highest:
        return _around(lowest, mode, axis_type)
    scale, low_end, high_end = 0.0, (lowest, 0.0), (highest, 0.0)
    for (low, low_pad), (high, high_pad) in itertools.product(lows, highs):
        room = length - low_pad - high_pad
        if high > low and room > length / 10 and (high - low) / room > scale:
            scale, low_end, high_end = (high - low) / room, (low, low_pad), (high, high_pad)
    low, high = low_end[0] - scale * low_end[1], high_end[0] + scale * high_end[1]
    low, high = min(low, lowest), max(high, highest)
    return (max(low, 0.0) if mode == "nonnegative" and high > 0 and axis_type == "linear" else low), high


def _around(value: float, mode: str, axis_type: str) -> tuple[float, float]:
    """All values are the same: one unit to both sides, or more where a unit is nothing beside the value."""
    unit = max(1.0, abs(value) * 1e-9)
    if mode in ("tozero", "nonnegative") and axis_type == "linear" and value >= 0:
        return 0.0, max(2 * value, 1.0)
    return value - unit, value + unit


def calm_range(wanted: tuple[float, float], last: tuple[float, float] | None) -> tuple[float, float]:
    """The last range while it shows everything and is not much too large; else the wanted one with some
    room.
    """
    if last is None or (wanted[1] < wanted[0]) != (last[1] < last[0]):
        return wanted
    if wanted[1] < wanted[0]:
        high, low = calm_range(wanted[::-1], last[::-1])
        return low, high
    low, high = wanted
    span = high - low
    below, above = low + span * MARGIN < last[0], high - span * MARGIN > last[1]
    room = span * CALM_GROWTH if below or above else 0.0
    kept = (low - room if below else last[0], high + room if above else last[1])
    return kept if kept[1] - kept[0] <= CALM_EXCESS * span else wanted
