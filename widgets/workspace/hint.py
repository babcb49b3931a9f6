"""The help text at the cursor: signature and the beginning of the docstring."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from widgets.workspace.ansi import parse_ansi
from widgets.workspace.completion import place_popup
from widgets.workspace.text import monospace_font

LINES_SHOWN = 20
LINE_SHOWN = 100
LEFT_OUT = ("Type:", "String form:", "File:", "Length:", "Call signature:")


class HintLabel(QLabel):
    """A frame with plain text; the editor hides it when the cursor goes on."""

    def __init__(self, editor: QWidget) -> None:
        super().__init__(editor)
        self.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFrameShape(QLabel.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setMargin(8)
        self.setFont(monospace_font())
        self.setAccessibleName("Help")

    def show_text(self, text: str, cursor: QRect) -> None:
        """Show the beginning of a help text near the cursor's rectangle (global)."""
        self.setText(shortened(text))
        size = self.sizeHint()
        place_popup(self, cursor, size.width(), size.height())


def shortened(text: str) -> str:
    """At most a screenful, without colours."""
    plain, _ = parse_ansi(text)
    said = [line for line in plain.split("\n") if not line.startswith(LEFT_OUT)]
    lines = [line if len(line) <= LINE_SHOWN else line[: LINE_SHOWN - 1] + "…" for line in said]
    return "\n".join(lines if len(lines) <= LINES_SHOWN else [*lines[: LINES_SHOWN - 1], "…"])
