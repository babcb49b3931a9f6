"""What lies under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.plot.axes import AxisView
from engines.plot.colors import Color
from engines.plot.date_format import SECOND, strftime
from engines.plot.number_format import auto
from engines.plot.scene import Drawn, Scene

REACH = 24.0  # pixels


@dataclass(frozen=True)
class Hit:
    """The nearest point: its trace, its index among the points drawn, its place in pixels, and its values
    as texts.
    """

    trace: int
    name: str
    color: Color
    px: float
    py: float
    x_text: str
    y_text: str


def nearest(scene: Scene, x: float, y: float) -> Hit | None:
    """The point of any shown trace that is nearest to a place in pixels, within reach."""
    best: tuple[float, Drawn, int] | None = None
    inside = {(ax, ay) for ax, ay, box in scene.plots if box.holds(x, y)}
    for drawn in scene.drawn:
        if (drawn.xaxis, drawn.yaxis) not in inside or not len(drawn.x):
            continue
        found = _nearest_of(drawn, scene.axes[drawn.xaxis], scene.axes[drawn.yaxis], x, y)
        if found is not None and (best is None or found[0] < best[0]):
            best = (found[0], drawn, found[1])
    return None if best is None else _hit(scene, best[1], best[2])


def _nearest_of(drawn: Drawn, ax: AxisView, ay: AxisView, x: float, y: float) -> tuple[float, int] | None:
    first = 0
    xs, ys = drawn.x, drawn.y
    if drawn.is_sorted:
        ends = sorted((ax.to_axis(x - REACH), ax.to_axis(x + REACH)))
        first, last = int(np.searchsorted(xs, ends[0], "left")), int(np.searchsorted(xs, ends[1], "right"))
        xs, ys = xs[first:last], ys[first:last]
    if not len(xs):
        return None
    distance = np.hypot(ax.to_pixel(xs) - x, ay.to_pixel(ys) - y)
    at = int(np.argmin(distance))
    return (float(distance[at]), first + at) if distance[at] <= REACH else None


def _hit(scene: Scene, drawn: Drawn, index: int) -> Hit:
    ax, ay = scene.axes[drawn.xaxis], scene.axes[drawn.yaxis]
    at_x, at_y = float(drawn.x[index]), float(drawn.y[index])
    return Hit(
        drawn.trace,
        drawn.name,
        drawn.color,
        float(ax.to_pixel(at_x)),
        float(ay.to_pixel(at_y)),
        value_text(ax, at_x),
        value_text(ay, at_y),
    )


def value_text(axis: AxisView, at: float) -> str:
    """A value to the precision that a pixel shows, and a little more."""
    low, high = axis.bounds()
    pixel = (high - low) / max(axis.length, 1.0)
    if axis.type == "date":
        return strftime(at, "%Y-%m-%d %H:%M" if pixel > 60 * SECOND else "%Y-%m-%d %H:%M:%S.%3f")
    if axis.type == "log":
        value: Any = 10.0**at
        return auto(value, value * 0.01, value)
    return auto(at, pixel * 10, abs(at))
