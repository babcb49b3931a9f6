"""What can be seen in a text widget."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPlainTextEdit


def first_colour(widget: QPlainTextEdit) -> QColor:
    """The colour of the first coloured text in the first line."""
    span = widget.document().firstBlock().layout().formats()[0]  # keeps the format that it owns alive
    return QColor(span.format.foreground().color())
