"""Marker symbols as polygons around the origin, for a diameter of 1.

Plotly's names; sizes as in plotly.js (``src/components/drawing/symbol_defs.js``), so that a square looks as
large as a circle.
"""

from __future__ import annotations

import math
from typing import Any

Outline = tuple[tuple[float, float], ...]

_ARM = 0.4 * 0.5  # half the thickness of a cross' arms
_SQUARE = 0.5 * 0.89
_DIAMOND = 0.5 * 1.3


def _ring(count: int, radius: float, turn: float = -90.0, inner: float | None = None) -> Outline:
    """Corners on a circle, the first at the top; with ``inner`` a star."""
    total = count if inner is None else 2 * count
    points = []
    for number in range(total):
        angle = math.radians(turn + 360 * number / total)
        here = radius if inner is None or number % 2 == 0 else inner
        points.append((here * math.cos(angle), here * math.sin(angle)))
    return tuple(points)


def _turned(outline: Outline, degrees: float) -> Outline:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return tuple((x * c - y * s, x * s + y * c) for x, y in outline)


_PLUS: Outline = (
    (-_ARM, -0.6), (_ARM, -0.6), (_ARM, -_ARM), (0.6, -_ARM), (0.6, _ARM), (_ARM, _ARM),
    (_ARM, 0.6), (-_ARM, 0.6), (-_ARM, _ARM), (-0.6, _ARM), (-0.6, -_ARM), (-_ARM, -_ARM),
)  # fmt: skip
_TRIANGLE: Outline = ((-0.58, 0.29), (0.58, 0.29), (0.0, -0.58))

SYMBOLS: dict[str, Outline] = {
    "circle": (),  # painters have circles of their own
    "square": ((-_SQUARE, -_SQUARE), (_SQUARE, -_SQUARE), (_SQUARE, _SQUARE), (-_SQUARE, _SQUARE)),
    "diamond": ((0, -_DIAMOND), (_DIAMOND, 0), (0, _DIAMOND), (-_DIAMOND, 0)),
    "cross": _PLUS,
    "x": _turned(_PLUS, 45),
    "triangle-up": _TRIANGLE,
    "triangle-down": _turned(_TRIANGLE, 180),
    "triangle-left": _turned(_TRIANGLE, -90),
    "triangle-right": _turned(_TRIANGLE, 90),
    "pentagon": _ring(5, 0.5),
    "hexagon": _ring(6, 0.5, turn=0),
    "star": _ring(5, 0.7, inner=0.27),
}
_NUMBERS = {0: "circle", 1: "square", 2: "diamond", 3: "cross", 4: "x", 5: "triangle-up", 6: "triangle-down",
            7: "triangle-left", 8: "triangle-right", 13: "pentagon", 14: "hexagon", 17: "star"}  # fmt: skip


def symbol_name(value: Any) -> str:
    """Plotly takes a symbol's number, too."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        return _NUMBERS.get(int(value), str(value))
    return str(value)
