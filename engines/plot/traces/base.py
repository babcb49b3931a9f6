"""What a trace type is: attributes, and the steps from them to items of the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engines.plot.attributes import Schema, anything, boolean, matching, number, one_of, text
from engines.plot.autorange import Extent
from engines.plot.axes import AxisView
from engines.plot.colors import Color
from engines.plot.data import Column
from engines.plot.layout_schema import X_ID, Y_ID
from engines.plot.scene import Box, Item

COMMON: Schema = {
    "type": text(),
    "name": text(),
    "visible": one_of(True, False, "legendonly"),
    "showlegend": boolean(True),
    "opacity": number(1, 0, 1),
    "xaxis": matching(X_ID.match, "an x axis such as 'x2'", "x"),
    "yaxis": matching(Y_ID.match, "a y axis such as 'y2'", "y"),
    **{
        key: anything()
        for key in (
            "uid",
            "ids",
            "meta",
            "customdata",
            "hoverinfo",
            "hovertemplate",
            "hoverlabel",
            "hovertext",
            "hoveron",
            "legendgroup",
            "legendrank",
            "uirevision",
            "selectedpoints",
            "metasrc",
            "alignmentgroup",
            "offsetgroup",
        )
    },
}


@dataclass(frozen=True)
class Series:
    """The points of a trace in axis coordinates: finite, gaps taken out.

    x, y: float64 of shape (n,). ``breaks``: ascending indices at which a new piece begins after a gap.
    ``is_sorted``: x ascends within every piece, and ``falls`` (ascending indices, a part of ``breaks``) is
    where it starts again lower.
    ``parts``: further arrays of shape (n,), by attribute (``marker.size``).
    """

    x: np.ndarray
    y: np.ndarray
    breaks: np.ndarray
    is_sorted: bool
    falls: np.ndarray
    parts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Trace:
    """A trace with everything filled in that its figure leaves out."""

    index: int
    kind: TraceType
    full: Mapping[str, Any]
    name: str
    color: Color
    visible: bool | str
    xaxis: str
    yaxis: str
    in_legend: bool


@dataclass(frozen=True)
class Plane:
    """The pair of axes a trace is drawn on. ``ratio``: device pixels in one pixel."""

    x: AxisView
    y: AxisView
    ratio: float

    @property
    def box(self) -> Box:
        return Box(self.x.start, self.y.start, self.x.length, self.y.length)


@dataclass(frozen=True)
class TraceType:
    """``arrays``: dotted names of the attributes that `calculate` gets as columns, where the trace has them.

    ``calculate(trace, columns, types)``: to axis coordinates; ``types`` are the types of the x and the y
    axis. Raises ValueError with a sentence for the reader.
    ``extent(trace, series, letter, window)``: how far it reaches along ``x`` or ``y``; ``window`` limits x.
    None: nowhere.
    ``draw(trace, series, plane)``: its items. ``symbol(trace, box)``: its sign in the legend.
    ``compute(trace, series)``: what `Scene.computed` says about it.
    """

    attributes: Schema
    arrays: Sequence[str]
    calculate: Callable[[Trace, Mapping[str, Column], tuple[str, str]], Series]
    extent: Callable[[Trace, Series, str, tuple[float, float] | None], Extent | None]
    draw: Callable[[Trace, Series, Plane], list[Item]]
    symbol: Callable[[Trace, Series | None, Box], list[Item]]
    compute: Callable[[Trace, Series | None], dict[str, Any]] = lambda _trace, _series: {}
