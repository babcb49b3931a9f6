"""Colours as CSS writes them, to red, green, blue, alpha of 0..255."""

from __future__ import annotations

import colorsys
import functools
import re
from typing import Any

from engines.plot.css_names import CSS_NAMES

Color = tuple[int, int, int, int]
TRANSPARENT: Color = (0, 0, 0, 0)

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$")
_CALL = re.compile(r"(rgb|hsl)a?\(([^()]*)\)$")


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Color | None:
    """The colour of a CSS text (``#0072b2``, ``rgba(0, 0, 0, 0.5)``, ``hsl(200, 50%, 40%)``, ``teal``), or
    None.
    """
    text = text.strip().lower()
    if text == "transparent":
        return TRANSPARENT
    text = CSS_NAMES.get(text, text)
    if match := _HEX.match(text):
        return _hex(match[1])
    if match := _CALL.match(text):
        return _call(match[1], re.split(r"[\s,/]+", match[2].strip()))
    return None


def _hex(digits: str) -> Color:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    r, g, b, a = (int(digits[at : at + 2] or "ff", 16) for at in (0, 2, 4, 6))
    return r, g, b, a


def _call(kind: str, parts: list[str]) -> Color | None:
    if len(parts) not in (3, 4):
        return None
    try:
        alpha = _part(parts[3], 1) if len(parts) == 4 else 1.0
        if kind == "rgb":
            r, g, b = (_part(part, 255) / 255 for part in parts[:3])
        else:
            hue, saturation, light = (
                float(parts[0].removesuffix("deg")),
                _part(parts[1], 100),
                _part(parts[2], 100),
            )
            r, g, b = colorsys.hls_to_rgb(hue % 360 / 360, light / 100, saturation / 100)
    except ValueError:
        return None
    return _byte(r), _byte(g), _byte(b), _byte(alpha)


def _part(text: str, whole: float) -> float:
    return float(text[:-1]) / 100 * whole if text.endswith("%") else float(text)


def _byte(share: float) -> int:
    return max(0, min(255, round(share * 255)))


def is_color(value: Any) -> bool:
    return isinstance(value, str) and parse(value) is not None


def css(color: Color) -> str:
    """The shortest plain CSS text of a colour."""
    r, g, b, a = color
    return f"#{r:02x}{g:02x}{b:02x}" if a == 255 else f"rgba({r}, {g}, {b}, {a / 255:.3g})"


def faded(color: Color, opacity: float) -> Color:
    r, g, b, a = color
    return r, g, b, _byte(a / 255 * opacity)


def mixed(color: Color, other: Color, share: float) -> Color:
    """``share`` of the first, the rest of the second; opaque."""
    r, g, b = (round(one * share + two * (1 - share)) for one, two in zip(color[:3], other[:3], strict=True))
    return r, g, b, 255
