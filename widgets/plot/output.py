"""A finished figure in a page of text: what a notebook shows for Plotly's JSON."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from engines.plot.document import FigureDocument
from widgets.plot.panel import PlotPanel

HEIGHT = 360


def figure_widget(plotly_json: dict[str, Any], parent: QWidget | None = None) -> QWidget:
    """The figure of ``application/vnd.plotly.v1+json``: fixed data, but pan, zoom, hover and legend work.

    What is no figure becomes a line saying so.
    """
    try:
        document = FigureDocument("figure", plotly_json)
        panel = FigureOutput(document, parent)
    except (ValueError, TypeError) as error:
        label = QLabel(f"This figure cannot be shown: {error}", parent)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
    return panel


class FigureOutput(PlotPanel):
    """A plot without a toolbar, of the figure's own height; the wheel scrolls the page until the plot was
    clicked.
    """

    def __init__(self, document: FigureDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent, toolbar=False)
        self.canvas.wheel_needs_focus = True
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_document(document)
        height = document.get(("layout", "height"))
        self.setFixedHeight(
            int(height) if isinstance(height, int | float) and 80 <= height <= 4000 else HEIGHT
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
