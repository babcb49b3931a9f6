"""The legend: which traces it names, how large it is, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engines.plot.arrange import EDGE, LINE_HEIGHT, Margins, Measure
from engines.plot.calculate import Calculated
from engines.plot.colors import Color, mixed
from engines.plot.defaults import FullFigure, font_color, or_theme
from engines.plot.rich_text import plain_lines
from engines.plot.scene import Box, Item, LegendEntry, Rect, Stroke, Text
from engines.plot.traces.base import Trace

SIGN_WIDTH = 28.0
SIGN_GAP = 6.0
ENTRY_GAP = 16.0  # between entries of a horizontal legend
WIDEST_SHARE = 0.3  # of the picture, for a vertical legend; longer names are cut
BESIDE = 0.02  # of the paper, between it and the legend (Plotly's default x of 1.02)


@dataclass(frozen=True)
class Entry:
    trace: Trace
    text: str
    box: Box
    """Relative to the legend's own corner."""


@dataclass(frozen=True)
class Legend:
    entries: tuple[Entry, ...]
    width: float
    height: float
    size: float


def layout_legend(
    figure: FullFigure, available: float, whole_width: float, measure: Measure
) -> Legend | None:
    """The entries and the size of the legend, or None without one. ``available``: the width for a
    horizontal one.
    """
    traces = [trace for trace in figure.traces if trace.visible is not False and trace.in_legend]
    wanted = figure.layout["showlegend"]
    if wanted is False or not traces or (wanted is None and len(traces) < 2):
        return None
    if figure.layout["legend"]["traceorder"] == "reversed":
        traces.reverse()
    size = float(figure.layout["legend"]["font"]["size"] or figure.layout["font"]["size"])
    height = round(size * LINE_HEIGHT + 4)
    if figure.layout["legend"]["orientation"] == "h":
        return _flowing(traces, size, height, available, measure)
    longest = WIDEST_SHARE * whole_width - SIGN_WIDTH - SIGN_GAP
    texts = [elided(_name(trace), size, longest, measure) for trace in traces]
    width = SIGN_WIDTH + SIGN_GAP + max(measure(text, size)[0] for text in texts)
    entries = tuple(
        Entry(trace, text, Box(0, row * height, width, height))
        for row, (trace, text) in enumerate(zip(traces, texts, strict=True))
    )
    return Legend(entries, width, height * len(entries), size)


def _flowing(traces: list[Trace], size: float, height: float, available: float, measure: Measure) -> Legend:
    entries: list[Entry] = []
    x = y = widest = 0.0
    for trace in traces:
        text = elided(_name(trace), size, max(available - SIGN_WIDTH - SIGN_GAP, 20), measure)
        width = SIGN_WIDTH + SIGN_GAP + measure(text, size)[0]
        if x and x + width > available:
            x, y = 0.0, y + height
        entries.append(Entry(trace, text, Box(x, y, width, height)))
        widest = max(widest, x + width)
        x += width + ENTRY_GAP
    return Legend(tuple(entries), widest, y + height, size)


def _name(trace: Trace) -> str:
    return " ".join(plain_lines(trace.name))


def elided(text: str, size: float, longest: float, measure: Measure) -> str:
    """The text, or its beginning and an ellipsis where it is too long."""
    if measure(text, size)[0] <= longest:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measure(text[:middle] + "…", size)[0] <= longest:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + "…"


def place(figure: FullFigure, legend: Legend, paper: Box, rooms: Margins) -> Box:
    """Where the legend stands. Where the figure does not say, it keeps clear of the axes at its side."""
    given = figure.layout["legend"]
    horizontal = given["orientation"] == "h"
    x, y = given["x"], given["y"]
    left = (
        paper.right + rooms.right + max(BESIDE * paper.width, 8) if x is None else paper.x + x * paper.width
    )
    x_share = {"left": 0.0, "center": 0.5, "right": 1.0}.get(given["xanchor"], _auto(x or 0.0))
    if horizontal and x is None:
        left, x_share = paper.x, 0.0
    if y is None and horizontal:
        return Box(
            left - x_share * legend.width, paper.bottom + rooms.bottom + 8, legend.width, legend.height
        )
    height_share = 1.0 if y is None else y
    y_share = {"top": 0.0, "middle": 0.5, "bottom": 1.0}.get(given["yanchor"], _auto(1 - height_share))
    top = paper.y + (1 - height_share) * paper.height - y_share * legend.height
    return Box(left - x_share * legend.width, top, legend.width, legend.height)


def _auto(share: float) -> float:
    """Plotly's automatic anchor: the near third."""
    return 0.0 if share <= 1 / 3 else 1.0 if share >= 2 / 3 else 0.5


def pushed(margins: Margins, box: Box, paper: Box) -> Margins:
    """The margins, made large enough for a legend outside the paper."""
    return Margins(
        max(margins.left, EDGE + paper.x - box.x) if box.x < paper.x else margins.left,
        max(margins.top, EDGE + paper.y - box.y) if box.y < paper.y else margins.top,
        max(margins.right, EDGE + box.right - paper.right) if box.right > paper.right else margins.right,
        max(margins.bottom, EDGE + box.bottom - paper.bottom)
        if box.bottom > paper.bottom
        else margins.bottom,
    )


def draw(
    figure: FullFigure, legend: Legend, box: Box, calculated: Calculated
) -> tuple[list[Item], list[LegendEntry]]:
    given: Mapping[str, Any] = figure.layout["legend"]
    items: list[Item] = []
    ground = Box(box.x - 4, box.y - 2, box.width + 8, box.height + 4)
    border = Stroke(or_theme(given["bordercolor"], figure.theme.text), given["borderwidth"])
    fill = or_theme(given["bgcolor"], or_theme(figure.layout["paper_bgcolor"], figure.theme.paper))
    items.append(Rect(ground, fill, border if given["borderwidth"] else None))
    color = font_color(given, figure.layout, figure.theme)
    placed = []
    for entry in legend.entries:
        at = Box(box.x + entry.box.x, box.y + entry.box.y, entry.box.width, entry.box.height)
        shown = entry.trace.visible is True
        if shown:
            sign = Box(at.x, at.y, SIGN_WIDTH, at.height)
            items += entry.trace.kind.symbol(entry.trace, calculated.series.get(entry.trace.index), sign)
        text_color: Color = color if shown else mixed(color, fill, 0.45)
        if not shown:
            middle = at.y + at.height / 2
            items.append(_hidden_sign(at.x, middle, text_color))
        items.append(
            Text(
                at.x + SIGN_WIDTH + SIGN_GAP,
                at.y + at.height / 2,
                entry.text,
                legend.size,
                text_color,
                "left",
            )
        )
        placed.append(LegendEntry(entry.trace.index, entry.trace.name, at, shown))
    return items, placed


def _hidden_sign(x: float, middle: float, color: Color) -> Item:
    from engines.plot.scene import Line

    return Line(x + 8, middle, x + SIGN_WIDTH - 8, middle, Stroke(color, 1))
