"""qtconsole's widget in the window's colours, told to keep to what was typed into it.

Imported with the first console: it is heavy.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QColor, QPalette, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame
from qtconsole.rich_jupyter_widget import RichJupyterWidget

from widgets.workspace.ansi import ON_DARK, ON_LIGHT
from widgets.workspace.text import is_dark, monospace_font, muted

_SHEET = """
QPlainTextEdit, QTextEdit {{ background-color: {base}; color: {text}; selection-background-color: {marked};
  selection-color: {on_marked}; }}
.inverted {{ background-color: {text}; color: {base}; }}
.error {{ color: {error}; }}
.in-prompt, .in-prompt-number {{ color: {prompt}; }}
.out-prompt, .out-prompt-number {{ color: {prompt}; }}
.in-prompt-number, .out-prompt-number {{ font-weight: bold; }}
"""


class JupyterConsole(RichJupyterWidget):
    """Leaves out the errors of the kernel's other clients, as qtconsole does with their other output."""

    def __init__(self) -> None:
        super().__init__()
        self._colours: dict[str, str] = {}
        self._control.setFrameShape(QFrame.Shape.NoFrame)
        self._control.document().setDocumentMargin(8)
        self.font = monospace_font()

    def use_palette(self, palette: QPalette) -> None:
        """Take the colours of a theme, also for the text that is there."""
        role = QPalette.ColorRole
        dark = is_dark(palette)
        before, self._colours = self._colours, {
            "base": palette.color(role.Base).name(),
            "text": palette.color(role.Text).name(),
            "marked": palette.color(role.Highlight).name(),
            "on_marked": palette.color(role.HighlightedText).name(),
            "error": palette.color(role.BrightText).name(),
            "prompt": muted(palette).name(),
            **{f"ansi {number}": colour for number, colour in enumerate(ON_DARK if dark else ON_LIGHT)},
        }  # fmt: skip
        if before == self._colours:
            return
        self.style_sheet = _SHEET.format(**self._colours)
        self.syntax_style = "monokai" if dark else "default"
        self._ansi_processor.color_map.update(enumerate(ON_DARK if dark else ON_LIGHT))
        _recolour(self._control.document(), {old: self._colours[name] for name, old in before.items()})

    def _handle_error(self, msg: dict[str, Any]) -> None:
        if self.include_output(msg):
            super()._handle_error(msg)


def _recolour(document: QTextDocument, new: dict[str, str]) -> None:
    """Change the colours of text that was printed, each to its own of the other theme."""
    block = document.begin()
    while block.isValid():
        pieces = [
            (each.fragment().position(), each.fragment().length(), each.fragment().charFormat())
            for each in block
        ]
        for start, length, look in pieces:
            colour = (
                new.get(look.foreground().color().name())
                if look.hasProperty(look.Property.ForegroundBrush)
                else None
            )
            if colour is not None:
                look.setForeground(QColor(colour))
                cursor = QTextCursor(document)
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(look)
        block = block.next()
