"""The plot's toolbar: what the left button does, following, reset, export."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from widgets.plot.gestures import Mode


class PlotToolbar(QWidget):
    """Buttons only; it neither knows the figure nor decides anything."""

    mode_chosen = Signal(Mode)
    follow_chosen = Signal(bool)
    reset_clicked = Signal()
    export_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pan = self._button(
            "Pan", "Drag to move the axes; drag with the right button to zoom to a box", True
        )
        self.zoom = self._button("Zoom", "Drag to zoom to a box", True)
        self.follow = self._button("Follow", "Scroll with the newest data (F)", True)
        self.reset = self._button("Reset", "Automatic ranges (Home)")
        self.export = self._button("Export…", "Write the figure to a file: PNG, SVG, PDF or Plotly JSON")
        modes = QButtonGroup(self)
        modes.addButton(self.pan)
        modes.addButton(self.zoom)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        for button in (self.pan, self.zoom):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.reset)
        row.addWidget(self.follow)
        row.addStretch(1)
        row.addWidget(self.export)
        self.pan.clicked.connect(lambda: self.mode_chosen.emit(Mode.PAN))
        self.zoom.clicked.connect(lambda: self.mode_chosen.emit(Mode.ZOOM))
        self.follow.clicked.connect(self.follow_chosen)
        self.reset.clicked.connect(self.reset_clicked)
        self.export.clicked.connect(self.export_clicked)

    def _button(self, text: str, tip: str, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text.rstrip("…"))
        button.setAccessibleDescription(tip)
        button.setAutoRaise(True)
        button.setCheckable(checkable)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def show_state(self, mode: Mode, has_figure: bool, is_live: bool, is_following: bool) -> None:
        self.pan.setChecked(mode is Mode.PAN)
        self.zoom.setChecked(mode is Mode.ZOOM)
        self.follow.setVisible(is_live)
        self.follow.setChecked(is_following)
        for button in (self.pan, self.zoom, self.reset, self.export):
            button.setEnabled(has_figure)
