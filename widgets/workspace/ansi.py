"""ANSI colours (SGR sequences of ECMA-48) as Qt text formats."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QPalette, QTextCharFormat

from widgets.workspace.text import blend, is_dark

_SEQUENCE = re.compile(r"\x1b\[([0-9;:]*)m")

# Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones.
ON_LIGHT = (
    *("#1f2328", "#b3261e", "#2e6f1e", "#8a5a00", "#1f5fa8", "#7a3e9d", "#0b7a75", "#6e7781"),
    *("#57606a", "#cf3a31", "#3f8f2b", "#a86f00", "#2f74c9", "#9450bd", "#148f89", "#8c959f"),
)
ON_DARK = (
    *("#6e7681", "#ff8a80", "#a5d08a", "#f0c674", "#82b1ff", "#c792ea", "#6ccfc4", "#c9d1d9"),
    *("#8b949e", "#ffa8a1", "#bfe3a8", "#f7d794", "#a6c8ff", "#dbb2f5", "#93e0d7", "#f0f6fc"),
)
CUBE = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True)
class Style:
    """What the sequences so far ask for. A colour is an index from 0 to 255, or "#rrggbb"."""

    foreground: int | str | None = None
    background: int | str | None = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    strike: bool = False


PLAIN = Style()


class Run(NamedTuple):
    """``length`` code points from ``start`` on look like ``style``."""

    start: int
    length: int
    style: Style


def parse_ansi(text: str, style: Style = PLAIN) -> tuple[str, tuple[Run, ...]]:
    """The text without its colour sequences, and the runs of it that are not plain."""
    if "\x1b" not in text and style is PLAIN:
        return text, ()
    pieces: list[str] = []
    runs: list[Run] = []
    length = 0
    # With one group, split() alternates between text and parameters.
    for number, piece in enumerate(_SEQUENCE.split(text)):
        if number % 2:
            style = apply_sgr(style, piece)
            continue
        if not piece:
            continue
        if style is not PLAIN:
            runs.append(Run(length, len(piece), style))
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), tuple(runs)


def utf16_runs(text: str, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The same runs, counted in the UTF-16 units of Qt's positions."""
    if not runs or max(text) <= "\uffff":
        return runs
    converted = []
    position = units = 0
    for run in runs:
        units += _units(text[position : run.start])
        length = _units(text[run.start : run.start + run.length])
        converted.append(Run(units, length, run.style))
        position, units = run.start + run.length, units + length
    return tuple(converted)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@lru_cache(maxsize=4096)
def apply_sgr(style: Style, parameters: str) -> Style:
    """The style after one ``ESC [ parameters m``; what is unknown changes nothing."""
    codes = [int(code) if code else 0 for code in re.split("[;:]", parameters)]
    position = 0
    while position < len(codes):
        code = codes[position]
        position += 1
        if code in (38, 48):
            colour, used = _extended(codes[position:])
            position += used
            style = replace(style, foreground=colour) if code == 38 else replace(style, background=colour)
            continue
        style = _simple(style, code)
    return PLAIN if style == PLAIN else style  # one object, so that parse_ansi need not compare


_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"faint": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    9: {"strike": True},
    22: {"bold": False, "faint": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    29: {"strike": False},
}


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _SWITCHES:
        return replace(style, **_SWITCHES[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return replace(style, foreground=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return replace(style, background=code - 40 if code < 100 else code - 92)
    if code == 39:
        return replace(style, foreground=None)
    if code == 49:
        return replace(style, background=None)
    return style


def _extended(codes: list[int]) -> tuple[int | str | None, int]:
    """The colour after 38 or 48, and how many codes it took."""
    if codes[:1] == [5] and len(codes) > 1:
        return min(codes[1], 255), 2
    if codes[:1] == [2] and len(codes) > 3:
        red, green, blue = (min(code, 255) for code in codes[1:4])
        return f"#{red:02x}{green:02x}{blue:02x}", 4
    return None, len(codes)


def text_format(style: Style, palette: QPalette) -> QTextCharFormat:
    """A style as Qt paints it on the palette's base colour."""
    dark = is_dark(palette)
    base = palette.color(QPalette.ColorRole.Base)
    foreground = _colour(style.foreground, dark)
    background = _colour(style.background, dark)
    if style.inverse:
        foreground, background = background or base, foreground or palette.color(QPalette.ColorRole.Text)
    elif background is not None:
        background = blend(base, background, 0.35)  # coloured text stays readable on it
    if style.faint:
        foreground = blend(base, foreground or palette.color(QPalette.ColorRole.Text), 0.6)
    result = QTextCharFormat()
    if foreground is not None:
        result.setForeground(_readable(foreground, background or base, palette))
    if background is not None:
        result.setBackground(background)
    if style.bold:
        result.setFontWeight(QFont.Weight.Bold)
    result.setFontItalic(style.italic)
    result.setFontUnderline(style.underline)
    result.setFontStrikeOut(style.strike)
    return result


def _readable(colour: QColor, below: QColor, palette: QPalette) -> QColor:
    """Colours are chosen for the other kind of terminal half of the time: move those that would vanish."""
    if abs(colour.lightnessF() - below.lightnessF()) > 0.3:
        return colour
    return blend(colour, palette.color(QPalette.ColorRole.Text), 0.5)


def _colour(colour: int | str | None, dark: bool) -> QColor | None:
    if colour is None or isinstance(colour, str):
        return QColor(colour) if colour else None
    if colour < 16:
        return QColor((ON_DARK if dark else ON_LIGHT)[colour])
    if colour < 232:
        cell = colour - 16
        return QColor(CUBE[cell // 36], CUBE[cell // 6 % 6], CUBE[cell % 6])
    grey = 8 + 10 * (colour - 232)
    return QColor(grey, grey, grey)
