"""From calculated traces to the finished picture: Plotly's "plot"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engines.plot import furniture, legend
from engines.plot.arrange import EDGE, LINE_HEIGHT, Margins, Measure, overhang, place_axes, room, side_rooms
from engines.plot.axes import AxisView
from engines.plot.calculate import Calculated
from engines.plot.colors import faded
from engines.plot.defaults import FullFigure, or_theme
from engines.plot.legend import Legend
from engines.plot.rich_text import plain_lines
from engines.plot.scene import Box, Clip, Drawn, Item, LegendEntry, Rect, Scene, Text
from engines.plot.traces.base import Plane
from engines.plot.view import Memory, View

MOST_NOTES = 3
PASSES = 4  # margins depend on labels, labels on margins; the first picture needs two or three


@dataclass(frozen=True)
class _Arranged:
    margins: Margins
    paper: Box
    rooms: Mapping[str, float]
    sides: Margins
    axes: Mapping[str, AxisView]
    legend: Legend | None
    legend_box: Box | None


def build_scene(
    figure: FullFigure,
    calculated: Calculated,
    size: tuple[float, float],
    view: View,
    measure: Measure,
    ratio: float = 1.0,
) -> Scene:
    """The display list of a figure for a picture of ``size`` (device-independent pixels).

    ``measure(text, size)`` tells how large a text is, ``ratio`` how many device pixels a pixel has. The
    scene's ``memory`` belongs into the next picture's view, so that nothing jumps between them.
    """
    width, height = max(size[0], 1.0), max(size[1], 1.0)
    arranged = _arrange(figure, calculated, width, height, view, measure)
    plots = [(x, y, _box(arranged.axes, x, y)) for x, y in figure.pairs]
    background = or_theme(figure.layout["paper_bgcolor"], figure.theme.paper)
    items: list[Item] = [Rect(Box(0, 0, width, height), background)]
    items += furniture.grounds(figure, plots)
    for axis in arranged.axes.values():
        items += furniture.grid(figure, axis, plots)
    trace_items, drawn, problems = _traces(figure, calculated, plots, arranged.axes, ratio)
    items += trace_items
    for axis in arranged.axes.values():
        items += furniture.axis_items(figure, axis, arranged.paper, arranged.rooms[axis.id], measure)
    items += furniture.figure_title(figure, arranged.paper, _title_room(figure))
    entries: list[LegendEntry] = []
    if arranged.legend and arranged.legend_box:
        legend_items, entries = legend.draw(figure, arranged.legend, arranged.legend_box, calculated)
        items += legend_items
    notes = _notes(figure, [*calculated.notes, *problems])
    items += _note_items(figure, notes, plots[0][2], measure)
    ranges = {axis.id: (axis.low, axis.high) for axis in arranged.axes.values() if figure.live}
    return Scene(
        width, height, tuple(items), arranged.axes, tuple(plots), tuple(entries), tuple(drawn), notes,
        Memory(arranged.rooms, ranges, arranged.paper), background, figure.theme.text,
        tuple(trace.kind.compute(trace, calculated.series.get(trace.index)) for trace in figure.traces),
    )  # fmt: skip


def _box(axes: Mapping[str, AxisView], x: str, y: str) -> Box:
    return Box(axes[x].start, axes[y].start, axes[x].length, axes[y].length)


def _arrange(
    figure: FullFigure, calculated: Calculated, width: float, height: float, view: View, measure: Measure
) -> _Arranged:
    """Find margins in which all labels fit; rooms only ever grow, so this ends."""
    rooms = {key: value for key, value in view.memory.rooms.items() if key.partition(":")[0] in figure.axes}
    paper = view.memory.paper or Box(EDGE, EDGE, width - 2 * EDGE, height - 2 * EDGE)
    for _ in range(PASSES):
        sides = side_rooms(figure, rooms, paper)
        names = legend.layout_legend(
            figure, max(width - sides.left - sides.right - 2 * EDGE, 60), width, measure
        )
        margins = _margins(figure, sides, names, paper)
        before, paper = paper, _settled(paper, margins.paper(width, height))
        axes = place_axes(figure, calculated, paper, view)
        grown = dict(rooms)
        for axis in axes.values():
            full = figure.axes[axis.id]
            grown[axis.id] = max(rooms.get(axis.id, 0.0), room(axis, full, figure.layout, measure))
            end = f"{axis.id}:end"
            grown[end] = max(rooms.get(end, 0.0), overhang(axis, full, figure.layout, measure))
        if grown == rooms and paper == before:
            break
        rooms = grown
    box = legend.place(figure, names, paper, sides) if names else None
    return _Arranged(margins, paper, rooms, sides, axes, names, box)


def _settled(before: Box, paper: Box) -> Box:
    """The new paper, unless it is larger than the one before by a pixel's rounding only: margins follow the
    paper's size, and would go to and fro between two sizes for ever."""
    larger = (
        before.x - paper.x,
        before.y - paper.y,
        paper.right - before.right,
        paper.bottom - before.bottom,
    )
    return before if all(0 <= by <= 1 for by in larger) else paper


def _margins(figure: FullFigure, sides: Margins, names: Legend | None, paper: Box) -> Margins:
    margins = Margins(
        sides.left + EDGE, sides.top + max(_title_room(figure), EDGE), sides.right + EDGE, sides.bottom + EDGE
    )
    if names:
        margins = legend.pushed(margins, legend.place(figure, names, paper, sides), paper)
    given = figure.layout["margin"]
    left, top, right, bottom = (
        own if own is not None else math.ceil(automatic)
        for own, automatic in (
            (given["l"], margins.left),
            (given["t"], margins.top),
            (given["r"], margins.right),
            (given["b"], margins.bottom),
        )
    )
    return Margins(left, top, right, bottom)


def _title_room(figure: FullFigure) -> float:
    text = figure.layout["title"]["text"]
    if not text:
        return 0.0
    return len(plain_lines(str(text))) * furniture.figure_title_size(figure) * LINE_HEIGHT + 2 * EDGE


def _traces(
    figure: FullFigure,
    calculated: Calculated,
    plots: list[tuple[str, str, Box]],
    axes: Mapping[str, AxisView],
    ratio: float,
) -> tuple[list[Item], list[Drawn], list[tuple[int, str]]]:
    items: list[Item] = []
    drawn: list[Drawn] = []
    problems: list[tuple[int, str]] = []
    for x, y, box in plots:
        inside: list[Item] = []
        for trace in figure.traces:
            series = calculated.series.get(trace.index)
            if series is None or trace.visible is not True or (trace.xaxis, trace.yaxis) != (x, y):
                continue
            try:
                inside += trace.kind.draw(trace, series, Plane(axes[x], axes[y], ratio))
            except Exception as error:  # one broken trace must not take the others with it
                problems.append((trace.index, f"{type(error).__name__}: {error}"))
                continue
            is_sorted = series.is_sorted and not len(series.falls)
            drawn.append(Drawn(trace.index, trace.name, trace.color, series.x, series.y, is_sorted, x, y))
        items.append(Clip(box, tuple(inside)))
    return items, drawn, problems


def _notes(figure: FullFigure, problems: list[tuple[int, str]]) -> tuple[str, ...]:
    names = {trace.index: trace.name for trace in figure.traces}
    return tuple(f"{names.get(index, f'trace {index}')}: {text}" for index, text in problems)


def _note_items(figure: FullFigure, notes: tuple[str, ...], box: Box, measure: Measure) -> list[Item]:
    shown = list(notes[:MOST_NOTES])
    if len(notes) > MOST_NOTES:
        shown.append(f"and {len(notes) - MOST_NOTES} more")
    size = figure.theme.font_size - 1
    lines = [legend.elided(note, size, box.width - 16, measure) for note in shown]
    ground = faded(or_theme(figure.layout["paper_bgcolor"], figure.theme.paper), 0.85)
    items: list[Item] = []
    for row, line in enumerate(lines):
        top, height = box.y + 8 + row * size * LINE_HEIGHT, size * LINE_HEIGHT
        items.append(Rect(Box(box.x + 4, top, measure(line, size)[0] + 8, height), ground))
        items.append(Text(box.x + 8, top + height / 2, line, size, figure.theme.muted, "left"))
    return items
