"""Colours of the grid, from the application's palette."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from widgets.workspace.text import is_dark

# Okabe-Ito, for the references of the formula being edited; on a dark ground their lighter tones.
REFERENCES_ON_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
REFERENCES_ON_DARK = ("#56b4e9", "#e69f00", "#2fc79f", "#dd9cc0", "#4ba3dc", "#f0e442")

_ERROR_ON_LIGHT, _ERROR_ON_DARK = "#b3261e", "#ff8a80"
_Role = QPalette.ColorRole


def error_colour(palette: QPalette) -> QColor:
    """The theme's (BrightText), unless the palette has none that is readable on its ground."""
    colour = palette.color(_Role.BrightText)
    if abs(colour.lightnessF() - palette.color(_Role.Base).lightnessF()) > 0.3 and colour.saturationF() > 0.2:
        return colour
    return QColor(_ERROR_ON_DARK if is_dark(palette) else _ERROR_ON_LIGHT)


def reference_colour(palette: QPalette, number: int) -> QColor:
    colours = REFERENCES_ON_DARK if is_dark(palette) else REFERENCES_ON_LIGHT
    return QColor(colours[number % len(colours)])


def faded(colour: QColor, opacity: float) -> QColor:
    copy = QColor(colour)
    copy.setAlphaF(opacity)
    return copy
