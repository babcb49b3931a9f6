"""One figure as it is being looked at: its document, its data, what the reader chose; and the picture of
them.

Everything a canvas does, without Qt: it draws, pans, zooms, follows, and writes the outcome of a gesture
into the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engines.plot.arrange import Measure, partners
from engines.plot.axes import AxisView, is_usable
from engines.plot.build import build_scene
from engines.plot.calculate import Calculated, calculate
from engines.plot.coordinates import range_to
from engines.plot.defaults import FullFigure, supply_defaults
from engines.plot.document import FigureDocument
from engines.plot.layout_schema import axis_name
from engines.plot.paths import Operation, Remove, Set, lookup
from engines.plot.scene import Box, Scene
from engines.plot.theme import Theme
from engines.plot.view import Memory, View


class FigureView:
    """A document and the momentary state of looking at it.

    Gestures change ``view`` and are seen in the next `draw`; `commit` makes the ranges they led to a part
    of the document, as one undo step. The x axes of a live figure are an exception: their range passes, so
    it is never written.
    """

    def __init__(self, document: FigureDocument, theme: Theme) -> None:
        self.document = document
        self.view = View()
        self.scene: Scene | None = None
        self._theme = theme
        self._data: Mapping[str, Any] = {}
        self._full: FullFigure | None = None
        self._revision = -1
        self._calculated: Calculated | None = None
        self._data_changed = True

    @property
    def theme(self) -> Theme:
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        if theme != self._theme:
            self._theme = theme
            self._full = None

    @property
    def full(self) -> FullFigure:
        """The figure with its defaults, made anew after the document changed."""
        if self._full is None or self._revision != self.document.revision:
            self._full = supply_defaults(self.document.figure, self._theme)
            self._revision = self.document.revision
            self._calculated = None
            self.view = replace(self.view, memory=Memory())
        return self._full

    def set_data(self, data: Mapping[str, Any]) -> None:
        """Take the values of the expressions: expression -> Column, Unavailable or array (see
        `engines.plot.data`).
        """
        self._data = data
        self._data_changed = True

    @property
    def data(self) -> Mapping[str, Any]:
        return self._data

    def draw(self, size: tuple[float, float], measure: Measure, ratio: float = 1.0) -> Scene:
        """The picture for a size in device-independent pixels."""
        full = self.full
        if self._calculated is None or self._data_changed:
            self._calculated = calculate(full, self._data, self._calculated)
            self._data_changed = False
        if self.scene and (self.scene.width, self.scene.height) != size:
            self.view = replace(self.view, memory=replace(self.view.memory, rooms={}, paper=None))
        self.scene = build_scene(full, self._calculated, size, self.view, measure, ratio)
        self.view = replace(self.view, memory=self.scene.memory)
        return self.scene

    # looking around

    def axes_at(self, x: float, y: float) -> list[AxisView]:
        """The axes that a gesture at this place moves: both in a plotting area, one of them beside it."""
        if self.scene is None:
            return []
        axes = self.scene.axes
        inside = [(ax, ay) for ax, ay, box in self.scene.plots if box.holds(x, y)]
        found = list(dict.fromkeys(axis for pair in inside for axis in pair))
        if not found:
            found = [axis.id for axis in axes.values() if self._beside(axis, x, y)]
        return [axes[axis] for axis in found if not axes[axis].fixed]

    def _beside(self, axis: AxisView, x: float, y: float) -> bool:
        """Whether a point outside all plotting areas lies along this axis, on the side where its labels
        are.
        """
        if self.scene is None:
            return False
        along = x if axis.is_x else y
        if not axis.start <= along <= axis.start + axis.length:
            return False
        room = self.scene.memory.rooms.get(axis.id, 0.0)
        side = self.full.axes[axis.id]["side"]
        boxes = [box for ax, ay, box in self.scene.plots if axis.id in (ax, ay)]
        edges = {
            "left": lambda box: box.x - room <= x <= box.x,
            "right": lambda box: box.right <= x <= box.right + room,
            "top": lambda box: box.y - room <= y <= box.y,
            "bottom": lambda box: box.bottom <= y <= box.bottom + room,
        }
        return any(edges[side](box) for box in boxes)

    def pan(self, dx: float, dy: float, axes: Iterable[AxisView]) -> None:
        """Move the paper under the given axes by pixels; the axes are as they were when the drag began."""
        self._look({axis.id: axis.shifted(dx if axis.is_x else dy) for axis in axes})

    def zoom(self, factor: float, x: float, y: float, axes: Iterable[AxisView]) -> None:
        """Show ``factor`` times as much (below 1: zoom in), the place (x, y) staying where it is."""
        self._look({axis.id: axis.zoomed(factor, x if axis.is_x else y) for axis in axes})

    def zoom_to(self, box: Box, axes: Iterable[AxisView]) -> None:
        """Show what lies in the box, in pixels."""
        ranges = {}
        for axis in axes:
            ends = (box.x, box.right) if axis.is_x else (box.bottom, box.y)
            ranges[axis.id] = axis.to_axis(ends[0]), axis.to_axis(ends[1])
        self._look(ranges)

    def _look(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        wanted = dict(self.view.ranges)
        for axis, (low, high) in ranges.items():
            if is_usable(low, high):
                wanted |= dict.fromkeys(partners(self.full, axis), (low, high))
        self.view = replace(self.view, ranges=wanted)

    def commit(self, label: str = "Zoom") -> None:
        """Write the ranges chosen by hand into the document, except those of live x axes."""
        lasting = {axis: ends for axis, ends in self.view.ranges.items() if axis not in self._live_group()}
        types = {axis.id: axis.type for axis in self.scene.axes.values()} if self.scene else {}
        operations: list[Operation] = []
        for axis, (low, high) in lasting.items():
            if axis not in self.full.axes:
                continue
            path = ("layout", axis_name(axis))
            operations.append(Set((*path, "range"), range_to(low, high, types.get(axis, "linear"))))
            if lookup(self.document.figure, (*path, "autorange")) is not None:
                operations.append(Set((*path, "autorange"), False))
        self.view = replace(self.view, ranges={a: r for a, r in self.view.ranges.items() if a not in lasting})
        if operations:
            self.document.edit(label, operations)

    def _live_group(self) -> set[str]:
        return {one for axis in self.full.live for one in partners(self.full, axis)}

    # live figures

    @property
    def is_live(self) -> bool:
        return bool(self.full.live)

    @property
    def is_following(self) -> bool:
        """Whether a live figure scrolls with its data; panning or zooming its x axis by hand pauses it."""
        return self.is_live and not any(axis in self.view.ranges for axis in self._live_group())

    def follow(self) -> None:
        """Show the newest data again."""
        ranges = {axis: ends for axis, ends in self.view.ranges.items() if axis not in self._live_group()}
        self.view = replace(self.view, ranges=ranges)

    def pause(self) -> None:
        """Keep a live figure where it is now."""
        if self.scene is not None:
            axes = self.scene.axes
            self._look({axis: (axes[axis].low, axes[axis].high) for axis in self.full.live if axis in axes})

    def reset(self, axes: Iterable[AxisView] | None = None) -> None:
        """Automatic ranges (and following) on the given axes, or on all; a range in the document goes, as
        one undo step.
        """
        chosen = {axis.id for axis in axes} if axes is not None else set(self.full.axes)
        chosen |= {one for axis in chosen for one in partners(self.full, axis)}
        ranges = {axis: ends for axis, ends in self.view.ranges.items() if axis not in chosen}
        self.view = View(ranges, replace(self.view.memory, ranges={}))
        operations: list[Operation] = []
        for axis in sorted(chosen):
            path = ("layout", axis_name(axis))
            if lookup(self.document.figure, (*path, "range")) is not None:
                operations.append(Remove((*path, "range")))
            if lookup(self.document.figure, (*path, "autorange")) is False:
                operations.append(Remove((*path, "autorange")))
        if operations:
            self.document.edit("Reset axes", operations)

    def toggle_trace(self, index: int) -> None:
        """Hide or show a trace, as a click on its legend entry does in Plotly."""
        hidden = lookup(self.document.figure, ("data", index, "visible"), True) is True
        label = "Hide trace" if hidden else "Show trace"
        self.document.edit(label, [Set(("data", index, "visible"), "legendonly" if hidden else True)])
