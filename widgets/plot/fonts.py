"""The fonts of a figure and how large texts are in them."""

from __future__ import annotations

import functools

from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication


def scene_font(size: float, family: str = "") -> QFont:
    """The application's font, or a family of the figure's, at a size in pixels."""
    return _font(max(1, round(size)), family or QGuiApplication.font().family())


@functools.lru_cache(maxsize=64)
def _font(size: int, family: str) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    # Unhinted, so that texts have the same width on screen, on paper and at every scale.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@functools.lru_cache(maxsize=64)
def metrics(size: int, family: str) -> QFontMetricsF:
    return QFontMetricsF(_font(size, family))


@functools.lru_cache(maxsize=4096)
def _measured(text: str, size: int, family: str) -> tuple[float, float]:
    found = metrics(size, family)
    return found.horizontalAdvance(text), found.height()


def measure(text: str, size: float) -> tuple[float, float]:
    """Width and height of a text in pixels, as `engines.plot.arrange.Measure`."""
    return _measured(text, max(1, round(size)), QGuiApplication.font().family())


def ascent_and_descent(size: float, family: str = "") -> tuple[float, float]:
    found = metrics(max(1, round(size)), family or QGuiApplication.font().family())
    return found.ascent(), found.descent()
