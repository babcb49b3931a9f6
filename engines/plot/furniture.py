"""What surrounds the data: grounds, grid, zero lines, axis lines, ticks, labels and titles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engines.plot.arrange import (
    LABEL_GAP,
    LINE_HEIGHT,
    Measure,
    label_angle,
    line_share,
    tick_size,
    title_size,
)
from engines.plot.axes import AxisView
from engines.plot.colors import Color, parse
from engines.plot.defaults import FullFigure, font_color, or_theme
from engines.plot.rich_text import plain_lines
from engines.plot.scene import Box, Item, Line, Rect, Stroke, Text


def axis_color(full: Mapping[str, Any], key: str, default: Color) -> Color:
    return or_theme(full[key] or full["color"], default)


def grounds(figure: FullFigure, plots: list[tuple[str, str, Box]]) -> list[Item]:
    ground = parse(figure.layout["plot_bgcolor"]) if figure.layout["plot_bgcolor"] else None
    return [Rect(box, ground) for _, _, box in plots] if ground else []


def grid(figure: FullFigure, axis: AxisView, plots: list[tuple[str, str, Box]]) -> list[Item]:
    """The grid lines of an axis, and its zero line, across every plotting area it belongs to."""
    full = figure.axes[axis.id]
    if not full["visible"]:
        return []
    low, high = axis.bounds()
    has_zero = full["zeroline"] and axis.type == "linear" and low <= 0 <= high
    line = Stroke(or_theme(full["gridcolor"], figure.theme.grid), full["gridwidth"])
    zero = Stroke(or_theme(full["zerolinecolor"], figure.theme.zero), full["zerolinewidth"])
    boxes = {(box.x, box.y, box.width, box.height): box for x, y, box in plots if axis.id in (x, y)}
    items: list[Item] = []
    for box in boxes.values():
        if full["showgrid"] and full["gridwidth"]:
            items += [
                _across(axis, tick.at, box, line)
                for tick in axis.ticks
                if not (has_zero and abs(tick.at) < 1e-300)
            ]
        if has_zero and full["zerolinewidth"]:
            items.append(_across(axis, 0.0, box, zero))
    return items


def _across(axis: AxisView, at: float, box: Box, stroke: Stroke) -> Line:
    place = axis.to_pixel(at)
    if axis.is_x:
        return Line(place, box.y, place, box.bottom, stroke)
    return Line(box.x, place, box.right, place, stroke)


def axis_items(figure: FullFigure, axis: AxisView, paper: Box, room: float, measure: Measure) -> list[Item]:
    """The line, ticks, labels and title of an axis, beside the place where it crosses the paper."""
    full = figure.axes[axis.id]
    if not full["visible"]:
        return []
    share = line_share(figure, axis.id)
    outward = 1.0 if full["side"] in ("right", "bottom") else -1.0
    line = paper.x + share * paper.width if not axis.is_x else paper.y + (1 - share) * paper.height
    items = _axis_line(figure, axis, full, line) + _tick_marks(figure, axis, full, line, outward)
    if full["showticklabels"]:
        items += _labels(figure, axis, full, line, outward, measure)
    if full["title"]["text"]:
        items += _title(figure, axis, full, line + outward * room, outward)
    return items


def _axis_line(figure: FullFigure, axis: AxisView, full: Mapping[str, Any], line: float) -> list[Item]:
    if not full["showline"] or not full["linewidth"]:
        return []
    stroke = Stroke(axis_color(full, "linecolor", figure.theme.muted), full["linewidth"])
    end = axis.start + axis.length
    return [
        Line(axis.start, line, end, line, stroke) if axis.is_x else Line(line, axis.start, line, end, stroke)
    ]


def _tick_marks(
    figure: FullFigure, axis: AxisView, full: Mapping[str, Any], line: float, outward: float
) -> list[Item]:
    if not full["ticks"]:
        return []
    stroke = Stroke(axis_color(full, "tickcolor", figure.theme.muted), full["tickwidth"])
    end = line + full["ticklen"] * (outward if full["ticks"] == "outside" else -outward)
    places = [axis.to_pixel(tick.at) for tick in axis.ticks]
    return [
        Line(at, line, at, end, stroke) if axis.is_x else Line(line, at, end, at, stroke) for at in places
    ]


def _labels(
    figure: FullFigure, axis: AxisView, full: Mapping[str, Any], line: float, outward: float, measure: Measure
) -> list[Item]:
    size = tick_size(full, figure.layout)
    color = axis_color(
        full["tickfont"] | {"tickfont": full["tickfont"]["color"], "color": None},
        "tickfont",
        _label_color(figure, full),
    )
    gap = LABEL_GAP + (full["ticklen"] if full["ticks"] == "outside" else 0.0)
    angle = label_angle(axis, full, size, measure)
    items: list[Item] = []
    for tick in axis.ticks:
        lines = plain_lines(tick.text)
        for row, text in enumerate(lines):
            here = size * tick.scale
            if axis.is_x:
                items.append(
                    _x_label(
                        axis.to_pixel(tick.at), line + outward * gap, text, here, color, angle, row, outward
                    )
                )
            else:
                middle = axis.to_pixel(tick.at) + (row - (len(lines) - 1) / 2) * size * LINE_HEIGHT
                halign = "left" if outward > 0 else "right"
                items.append(Text(line + outward * gap, middle, text, here, color, halign, angle=angle))
    return items


def _label_color(figure: FullFigure, full: Mapping[str, Any]) -> Color:
    given = full["color"] or figure.layout["font"]["color"]
    return or_theme(given, figure.theme.muted)


def _x_label(
    x: float, y: float, text: str, size: float, color: Color, angle: float, row: int, outward: float
) -> Text:
    step = row * size * LINE_HEIGHT * outward
    if angle == 0:
        return Text(x, y + step, text, size, color, "center", "top" if outward > 0 else "bottom")
    halign = "left" if (angle > 0) == (outward > 0) else "right"
    radians = math.radians(angle)
    return Text(
        x - step * math.sin(radians), y + step * math.cos(radians), text, size, color, halign, "middle", angle
    )


def _title(
    figure: FullFigure, axis: AxisView, full: Mapping[str, Any], edge: float, outward: float
) -> list[Item]:
    """The title at the outer edge of the axis' room, where it stays while labels change."""
    size = title_size(full, figure.layout)
    color = font_color(full["title"], figure.layout, figure.theme)
    lines = plain_lines(str(full["title"]["text"]))
    middle = axis.start + axis.length / 2
    items: list[Item] = []
    for row, text in enumerate(lines):
        from_edge = (len(lines) - 1 - row if (outward > 0) == axis.is_x else row) + 0.5
        at = edge - outward * from_edge * size * LINE_HEIGHT
        if axis.is_x:
            items.append(Text(middle, at, text, size, color))
        else:
            items.append(Text(at, middle, text, size, color, angle=-90))
    return items


def figure_title(figure: FullFigure, paper: Box, top: float) -> list[Item]:
    """The title of the whole figure, in the middle of the ``top`` margin."""
    title = figure.layout["title"]
    if not title["text"]:
        return []
    size = figure_title_size(figure)
    lines = plain_lines(str(title["text"]))
    share = title["x"]
    anchor = title["xanchor"]
    if anchor == "auto":
        anchor = "left" if share < 1 / 3 else "right" if share > 2 / 3 else "center"
    color = font_color(title, figure.layout, figure.theme)
    height = len(lines) * size * LINE_HEIGHT
    return [
        Text(
            paper.x + share * paper.width,
            (top - height) / 2 + row * size * LINE_HEIGHT,
            text,
            size,
            color,
            anchor,
            "top",
        )
        for row, text in enumerate(lines)
    ]


def figure_title_size(figure: FullFigure) -> float:
    return float(figure.layout["title"]["font"]["size"] or round(1.25 * figure.layout["font"]["size"]))
