"""Where the plotting areas and axes lie: margins, domains, ranges and the room that labels need."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.plot.autorange import Extent, automatic_range, calm_range
from engines.plot.axes import AxisView, is_usable
from engines.plot.calculate import Calculated
from engines.plot.coordinates import range_from
from engines.plot.defaults import FullFigure
from engines.plot.rich_text import plain_lines
from engines.plot.scene import Box
from engines.plot.ticks import Tick, ticks
from engines.plot.traces.base import Series
from engines.plot.view import View

Measure = Callable[[str, float], tuple[float, float]]
"""(text, size in pixels) -> (width, height) of the text in pixels."""

EDGE = 12.0  # free at every side of the picture
LABEL_GAP = 6.0  # between the axis and its labels
TITLE_GAP = 8.0  # between the labels and the axis' title
ROOM_STEP = 4.0  # rooms grow in such steps, so that they grow seldom
LINE_HEIGHT = 1.3
LEAST_LENGTH = 24.0  # of an axis, however small the window
ANGLES = (0.0, 30.0, 90.0)  # of x labels, the first at which they do not touch (Plotly's autotickangles)


@dataclass(frozen=True)
class Margins:
    left: float
    top: float
    right: float
    bottom: float

    def paper(self, width: float, height: float) -> Box:
        """What is left for the plotting areas."""
        return Box(
            self.left,
            self.top,
            max(width - self.left - self.right, LEAST_LENGTH),
            max(height - self.top - self.bottom, LEAST_LENGTH),
        )


def tick_size(axis: Mapping[str, Any], layout: Mapping[str, Any]) -> float:
    return float(axis["tickfont"]["size"] or layout["font"]["size"])


def title_size(axis: Mapping[str, Any], layout: Mapping[str, Any]) -> float:
    return float(axis["title"]["font"]["size"] or round(1.1 * layout["font"]["size"]))


def place_axes(figure: FullFigure, calculated: Calculated, paper: Box, view: View) -> dict[str, AxisView]:
    """All axes with their ranges and ticks on this paper; x axes first, since a live y range looks at what
    x shows.
    """
    placed: dict[str, AxisView] = {}
    for axis in sorted(figure.axes, key=lambda axis: (axis[0], len(axis), axis)):
        start, length = _span(figure.axes[axis]["domain"], paper, axis[0] == "x")
        low, high = _range(figure, calculated, axis, length, view, placed)
        placed[axis] = _with_ticks(figure, AxisView(axis, calculated.types[axis], low, high, start, length))
    return placed


def _span(domain: list[float], paper: Box, is_x: bool) -> tuple[float, float]:
    if is_x:
        return paper.x + domain[0] * paper.width, (domain[1] - domain[0]) * paper.width
    return paper.y + (1 - domain[1]) * paper.height, (domain[1] - domain[0]) * paper.height


def _with_ticks(figure: FullFigure, axis: AxisView) -> AxisView:
    full = figure.axes[axis.id]
    wanted = full["nticks"] or min(max(axis.length / (80 if axis.is_x else 40), 4), 9) + 1
    made = ticks(axis.low, axis.high, axis.type, wanted, full)
    return AxisView(
        axis.id,
        axis.type,
        axis.low,
        axis.high,
        axis.start,
        axis.length,
        tuple(made),
        bool(full["fixedrange"]),
    )


def partners(figure: FullFigure, axis: str) -> list[str]:
    """The axis and those that share its range (``matches``), in the figure's order."""
    root = figure.axes[axis]["matches"] or axis
    return [one for one in figure.axes if one == root or figure.axes[one]["matches"] == root]


def _range(
    figure: FullFigure,
    calculated: Calculated,
    axis: str,
    length: float,
    view: View,
    placed: Mapping[str, AxisView],
) -> tuple[float, float]:
    group = partners(figure, axis)
    kind = calculated.types[axis]
    for one in group:
        if one in view.ranges and is_usable(*view.ranges[one]):
            return view.ranges[one]
    for one in group:
        if one in figure.live:
            return _live_range(figure, calculated, group, figure.live[one], kind)
    for one in group:
        full = figure.axes[one]
        given = (
            range_from(full["range"], kind) if full["range"] and full["autorange"] in (None, False) else None
        )
        if given is not None and is_usable(*given):
            return given
    extents = _extents(figure, calculated, group, placed)
    wanted = automatic_range(extents, length, kind, figure.axes[axis], axis[0])
    if not is_usable(*wanted):
        wanted = automatic_range((), length, kind, figure.axes[axis], axis[0])
    return calm_range(wanted, view.memory.ranges.get(axis)) if figure.live and axis[0] == "y" else wanted


def _extents(
    figure: FullFigure, calculated: Calculated, group: list[str], placed: Mapping[str, AxisView]
) -> list[Extent]:
    """How far the shown traces reach along these axes; on live figures within the window that x shows."""
    found = []
    letter = group[0][0]
    for trace in figure.traces:
        series = calculated.series.get(trace.index)
        if (
            series is None
            or trace.visible is not True
            or (trace.xaxis if letter == "x" else trace.yaxis) not in group
        ):
            continue
        window = placed[trace.xaxis].bounds() if letter == "y" and trace.xaxis in figure.live else None
        extent = trace.kind.extent(trace, series, letter, window)
        if extent is not None:
            found.append(extent)
    return found


def _live_range(
    figure: FullFigure, calculated: Calculated, group: list[str], seconds: float, kind: str
) -> tuple[float, float]:
    """The last seconds of the data. Younger data begin at the left, and fill the window as they come."""
    window = seconds * (1000.0 if kind == "date" else 1.0)
    ends = [
        _ends(series)
        for trace in figure.traces
        if trace.xaxis in group and (series := calculated.series.get(trace.index)) is not None and len(series)
    ]
    if not ends:
        return 0.0, window
    oldest = min(low for low, _ in ends)
    end = max(oldest + window, *(high for _, high in ends))
    return end - window, end


def _ends(series: Series) -> tuple[float, float]:
    """The least and the greatest x of the newest run."""
    x = series.x[series.falls[-1] if len(series.falls) else 0 :]
    ends = (x[0], x[-1]) if series.is_sorted else (np.min(x), np.max(x))
    return float(ends[0]), float(ends[1])


def label_angle(axis: AxisView, full: Mapping[str, Any], size: float, measure: Measure) -> float:
    """How far the labels of an x axis are turned, in degrees clockwise."""
    if full["tickangle"] is not None:
        return float(full["tickangle"])
    if not axis.is_x or len(axis.ticks) < 2:
        return 0.0
    places = [axis.to_pixel(tick.at) for tick in axis.ticks]
    apart = min(abs(two - one) for one, two in itertools.pairwise(places))
    for angle in ANGLES[:-1]:
        if angle and size * LINE_HEIGHT / math.sin(math.radians(angle)) <= apart:
            return angle
        if not angle and _fit(axis, places, size, measure):
            return angle
    return ANGLES[-1]


def _fit(axis: AxisView, places: list[float], size: float, measure: Measure) -> bool:
    halves = [_width(tick, size, measure) / 2 for tick in axis.ticks]
    return all(
        abs(places[at + 1] - places[at]) >= halves[at] + halves[at + 1] + 4 for at in range(len(places) - 1)
    )


def _width(tick: Tick, size: float, measure: Measure) -> float:
    return max(measure(line, size * tick.scale)[0] for line in plain_lines(tick.text))


def room(axis: AxisView, full: Mapping[str, Any], layout: Mapping[str, Any], measure: Measure) -> float:
    """How many pixels beside its line an axis needs for ticks, labels and title."""
    if not full["visible"]:
        return 0.0
    size = tick_size(full, layout)
    needed = full["ticklen"] if full["ticks"] == "outside" else 0.0
    if full["showticklabels"] and axis.ticks:
        angle = math.radians(label_angle(axis, full, size, measure))
        width = max(_width(tick, size, measure) for tick in axis.ticks)
        height = max(len(plain_lines(tick.text)) for tick in axis.ticks) * size * LINE_HEIGHT
        along, across = abs(math.cos(angle)), abs(math.sin(angle))
        needed += LABEL_GAP + (
            width * across + height * along if axis.is_x else width * along + height * across
        )
    if full["title"]["text"]:
        lines = len(plain_lines(str(full["title"]["text"])))
        needed += TITLE_GAP + lines * title_size(full, layout) * LINE_HEIGHT
    return math.ceil(needed / ROOM_STEP) * ROOM_STEP


def overhang(axis: AxisView, full: Mapping[str, Any], layout: Mapping[str, Any], measure: Measure) -> float:
    """How far an x label that stands at the end of its axis reaches beyond it."""
    if not axis.is_x or not full["visible"] or not full["showticklabels"] or not axis.ticks:
        return 0.0
    size = tick_size(full, layout)
    widest = max(_width(tick, size, measure) for tick in axis.ticks)
    return math.ceil(widest / 2 / ROOM_STEP) * ROOM_STEP


def line_share(figure: FullFigure, axis: str) -> float:
    """Where the line of an axis crosses the paper: 0 is left or bottom, 1 is right or top."""
    full = figure.axes[axis]
    if full["anchor"] == "free":
        return float(full["position"])
    domain = figure.axes[full["anchor"]]["domain"]
    return float(domain[0] if full["side"] in ("left", "bottom") else domain[1])


def side_rooms(figure: FullFigure, rooms: Mapping[str, float], paper: Box) -> Margins:
    """How far the axes reach beyond the paper at each side."""
    needed = {"left": 0.0, "right": 0.0, "top": 0.0, "bottom": 0.0}
    for axis, full in figure.axes.items():
        share, side = line_share(figure, axis), full["side"]
        length = paper.width if axis[0] == "y" else paper.height
        inside = share * length if side in ("left", "bottom") else (1 - share) * length
        needed[side] = max(needed[side], rooms.get(axis, 0.0) - inside)
        reach = rooms.get(f"{axis}:end", 0.0)
        if axis[0] == "x":
            needed["left"] = max(needed["left"], reach - full["domain"][0] * paper.width - EDGE)
            needed["right"] = max(needed["right"], reach - (1 - full["domain"][1]) * paper.width - EDGE)
    return Margins(needed["left"], needed["top"], needed["right"], needed["bottom"])
