"""The display list: everything that is painted, in order, knowing neither Qt nor Plotly.

Lengths are device-independent pixels, x to the right, y down. NaN in a coordinate array separates pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engines.plot.colors import Color

if TYPE_CHECKING:
    from engines.plot.axes import AxisView
    from engines.plot.view import Memory


@dataclass(frozen=True)
class Stroke:
    """A pen. ``dash`` holds lengths of strokes and gaps in pixels; empty is solid."""

    color: Color
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x <= self.right and self.y <= y <= self.bottom


@dataclass(frozen=True)
class Polyline:
    xs: np.ndarray
    ys: np.ndarray
    stroke: Stroke


@dataclass(frozen=True)
class Fill:
    """Closed areas, one for each NaN-separated piece."""

    xs: np.ndarray
    ys: np.ndarray
    color: Color


@dataclass(frozen=True)
class Markers:
    """The same symbol at many places. ``sizes`` (diameters) and ``colors`` are one value or one for each
    place.
    """

    xs: np.ndarray
    ys: np.ndarray
    symbol: str
    sizes: float | np.ndarray
    colors: Color | tuple[Color, ...]
    outline: Stroke | None = None


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    stroke: Stroke


@dataclass(frozen=True)
class Rect:
    box: Box
    fill: Color | None = None
    stroke: Stroke | None = None


@dataclass(frozen=True)
class Text:
    """One line of text. (x, y) is where its ``halign``/``valign`` lies; ``angle`` turns it clockwise, in
    degrees.
    """

    x: float
    y: float
    text: str
    size: float
    color: Color
    halign: str = "center"
    valign: str = "middle"
    angle: float = 0.0
    family: str = ""


@dataclass(frozen=True)
class Image:
    """Pixels of shape (rows, columns, 4), uint8, red green blue alpha, not premultiplied; stretched over
    the box.
    """

    box: Box
    pixels: np.ndarray


@dataclass(frozen=True)
class Clip:
    """Items of which only what lies in the box is seen."""

    box: Box
    items: tuple[Item, ...]


Item = Polyline | Fill | Markers | Line | Rect | Text | Image | Clip


@dataclass(frozen=True)
class Drawn:
    """A trace as it was placed, for hovering: axis coordinates, and which axes they belong to."""

    trace: int
    name: str
    color: Color
    x: np.ndarray
    y: np.ndarray
    is_sorted: bool
    xaxis: str
    yaxis: str


@dataclass(frozen=True)
class LegendEntry:
    trace: int
    text: str
    box: Box
    shown: bool


@dataclass(frozen=True)
class Scene:
    """A finished picture and what is needed to point at it."""

    width: float
    height: float
    items: tuple[Item, ...]
    axes: Mapping[str, AxisView]
    plots: tuple[tuple[str, str, Box], ...]
    """The plotting areas: x axis, y axis, rectangle."""
    legend: tuple[LegendEntry, ...]
    drawn: tuple[Drawn, ...]
    notes: tuple[str, ...]
    memory: Memory
    background: Color
    text_color: Color
    computed_traces: tuple[dict[str, Any], ...] = field(default=())

    def computed(self) -> dict[str, Any]:
        """What is drawn, as plain data in Plotly's terms: ``{"axes": ..., "legend": ..., "traces": ...}``."""
        return {
            "axes": {axis.name: axis.computed() for axis in self.axes.values()},
            "legend": [entry.text for entry in self.legend],
            "traces": list(self.computed_traces),
        }
