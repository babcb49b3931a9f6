"""Small helpers around Qt's text: fonts, colours from the palette, positions, the text of a document."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, QTextDocument

SEPARATOR = "\u2029"  # what Qt puts between paragraphs


def monospace_font() -> QFont:
    """The system's fixed-width font, for code and printed text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    text = palette.color(QPalette.ColorRole.Text)
    return text.lightnessF() > palette.color(QPalette.ColorRole.Base).lightnessF()


def blend(below: QColor, above: QColor, amount: float) -> QColor:
    """``above`` laid over ``below`` with an opacity from 0 to 1."""
    return QColor.fromRgbF(
        below.redF() + (above.redF() - below.redF()) * amount,
        below.greenF() + (above.greenF() - below.greenF()) * amount,
        below.blueF() + (above.blueF() - below.blueF()) * amount,
    )


def muted(palette: QPalette) -> QColor:
    """A quiet text colour: for prompts, notes and hints."""
    return blend(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text), 0.6)


def plain_source(document: QTextDocument) -> str:
    """The text as it was put in. ``toPlainText`` would turn no-break spaces into spaces."""
    return document.toRawText().replace(SEPARATOR, "\n")


def to_utf16(text: str, index: int) -> int:
    """Qt counts UTF-16 units, Python code points: the former for the latter."""
    return index + sum(1 for sign in text[:index] if ord(sign) > 0xFFFF)


def from_utf16(text: str, position: int) -> int:
    """The index in a Python text for a position in Qt's."""
    if text.isascii():
        return position
    index = units = 0
    while units < position and index < len(text):
        units += 2 if ord(text[index]) > 0xFFFF else 1
        index += 1
    return index
