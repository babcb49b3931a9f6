"""A figure's theme from the colours of the application."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor, QPalette

from engines.plot.colors import Color, mixed
from engines.plot.theme import DARK, LIGHT, Theme


def theme_from(palette: QPalette, font_size: float = 12.0) -> Theme:
    """Light or dark by the ground, which becomes the figure's paper; the rest is mixed from ground and
    text.
    """
    paper, text = (
        _color(palette.color(QPalette.ColorRole.Base)),
        _color(palette.color(QPalette.ColorRole.Text)),
    )
    base = DARK if palette.color(QPalette.ColorRole.Base).lightnessF() < 0.5 else LIGHT
    return replace(
        base,
        paper=paper,
        text=text,
        muted=mixed(text, paper, 0.68),
        grid=mixed(text, paper, 0.1),
        zero=mixed(text, paper, 0.34),
        font_size=font_size,
    )


def _color(color: QColor) -> Color:
    return color.red(), color.green(), color.blue(), 255
