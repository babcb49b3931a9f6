"""An axis as it was placed: the way between data and pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.plot.coordinates import range_to, to_data
from engines.plot.layout_schema import axis_name
from engines.plot.ticks import Tick


@dataclass(frozen=True)
class AxisView:
    """A linear map from axis coordinates (see `engines.plot.coordinates`) to pixels.

    ``low`` lies at the left or bottom end and may be the larger one; ``start`` and ``length`` are pixels,
    ``start`` being the left or the top end.
    """

    id: str
    type: str
    low: float
    high: float
    start: float
    length: float
    ticks: tuple[Tick, ...] = ()
    fixed: bool = False

    @property
    def name(self) -> str:
        return axis_name(self.id)

    @property
    def is_x(self) -> bool:
        return self.id.startswith("x")

    @property
    def scale(self) -> float:
        """Pixels for one unit; negative where the axis coordinate grows upwards or is reversed."""
        span = self.high - self.low
        return self.length / span if self.is_x else -self.length / span

    @property
    def origin(self) -> float:
        """The pixel of ``low``."""
        return self.start if self.is_x else self.start + self.length

    def to_pixel(self, values: Any) -> Any:
        """Axis coordinates (a number or an array) as pixels."""
        return (values - self.low) * self.scale + self.origin

    def to_axis(self, pixel: float) -> float:
        return (pixel - self.origin) / self.scale + self.low

    def bounds(self) -> tuple[float, float]:
        return min(self.low, self.high), max(self.low, self.high)

    def shifted(self, pixels: float) -> tuple[float, float]:
        """The range after the paper under the axis was dragged by so many pixels."""
        move = pixels / self.scale
        return self.low - move, self.high - move

    def zoomed(self, factor: float, pixel: float) -> tuple[float, float]:
        """The range with ``factor`` times the span, the value under the pixel staying where it is."""
        fixed = self.to_axis(pixel)
        return fixed + (self.low - fixed) * factor, fixed + (self.high - fixed) * factor

    def computed(self) -> dict[str, Any]:
        """Plotly's view of the axis: ``{"type", "range", "ticks": texts, "tickvals": data values}``."""
        return {
            "type": self.type,
            "range": range_to(self.low, self.high, self.type),
            "ticks": [tick.text for tick in self.ticks],
            "tickvals": [to_data(tick.at, self.type) for tick in self.ticks],
        }


def is_usable(low: float, high: float) -> bool:
    """Whether a range can be shown at all: finite, not empty, within what floats can tell apart."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return False
    return abs(high - low) > max(abs(low), abs(high)) * 1e-13 and abs(high - low) > 1e-300
