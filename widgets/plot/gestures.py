"""What the hand does to a plot: panning, zooming, box zooming; each ends in one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from engines.plot.axes import AxisView
from engines.plot.figure_view import FigureView
from engines.plot.scene import Box

SMALL = 5.0  # pixels; a shorter drag is a click
THIN = 12.0  # pixels; a box thinner than this zooms along its long side only
WHEEL = 1.0015  # per eighth of a degree: one notch of a wheel is a fifth


class Mode(Enum):
    """What dragging with the left button does."""

    PAN = "pan"
    ZOOM = "zoom"


@dataclass
class Drag:
    """A drag in progress: where it began, and the axes as they were then."""

    mode: Mode
    x: float
    y: float
    axes: tuple[AxisView, ...]
    here_x: float
    here_y: float
    moved: bool = False

    def move(self, x: float, y: float) -> None:
        self.here_x, self.here_y = x, y
        self.moved = self.moved or abs(x - self.x) + abs(y - self.y) > SMALL

    def box(self, bounds: Box) -> Box | None:
        """The rectangle that a box zoom would show, within the plotting area; None while there is none."""
        if not self.moved or self.mode is not Mode.ZOOM:
            return None
        left, right = sorted((self.x, min(max(self.here_x, bounds.x), bounds.right)))
        top, bottom = sorted((self.y, min(max(self.here_y, bounds.y), bounds.bottom)))
        letters = {axis.id[0] for axis in zoomed_axes(self, right - left, bottom - top)}
        if "x" not in letters:
            left, right = bounds.x, bounds.right
        if "y" not in letters:
            top, bottom = bounds.y, bounds.bottom
        return Box(left, top, right - left, bottom - top)


def zoomed_axes(drag: Drag, width: float, height: float) -> tuple[AxisView, ...]:
    """The axes that a box of this size zooms: not those along which it is thin."""
    if width < THIN <= height:
        return tuple(axis for axis in drag.axes if not axis.is_x)
    if height < THIN <= width:
        return tuple(axis for axis in drag.axes if axis.is_x)
    return drag.axes


def finish(drag: Drag, view: FigureView, bounds: Box) -> bool:
    """Let go: perform the box zoom, and make the outcome an undo step. False where nothing came of it."""
    if not drag.moved:
        return False
    if drag.mode is Mode.PAN:
        view.commit("Pan")
        return True
    box = drag.box(bounds)
    if box is None or max(box.width, box.height) < THIN:
        return False
    view.zoom_to(box, zoomed_axes(drag, abs(drag.here_x - drag.x), abs(drag.here_y - drag.y)))
    view.commit("Zoom")
    return True


def only(axes: Sequence[AxisView], letter: str | None) -> list[AxisView]:
    """Those axes that a modifier leaves: ``x``, ``y`` or, with None, all."""
    return [axis for axis in axes if letter is None or axis.id[0] == letter]
