"""A figure with its thin toolbar: the plot's dock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from engines.plot.document import FigureChanged, FigureDocument
from engines.plot.figure_view import FigureView
from engines.plot.scene import Scene
from widgets.plot.canvas import PlotCanvas
from widgets.plot.export import export_figure
from widgets.plot.gestures import Mode
from widgets.plot.palette import theme_from
from widgets.plot.toolbar import PlotToolbar

FILTERS = "Picture (*.png);;Drawing (*.svg);;Document (*.pdf);;Plotly figure (*.json)"


class PlotPanel(QWidget):
    """Shows one `FigureDocument`. Values come from outside: call `set_data` and `redraw` from one timer while
    `wants_data` is true.

    ``exported``: a file was written (its path).
    """

    exported = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, toolbar: bool = True, folder: Path | None = None
    ) -> None:
        """``folder``: where exported files go unless another is chosen."""
        super().__init__(parent)
        self._folder = folder or Path.home()
        self.canvas = PlotCanvas(parent=self)
        self.setFocusProxy(self.canvas)
        self.toolbar = PlotToolbar(self) if toolbar else None
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setContentsMargins(12, 4, 12, 4)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.hide()
        self._view: FigureView | None = None
        self._forget: Callable[[], None] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if self.toolbar:
            column.addWidget(self.toolbar)
            self._connect_toolbar(self.toolbar)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.message)
        self.canvas.looked.connect(self._update_toolbar)
        self.canvas.failed.connect(self.say)
        self._update_toolbar()

    def _connect_toolbar(self, toolbar: PlotToolbar) -> None:
        toolbar.mode_chosen.connect(self.set_mode)
        toolbar.follow_chosen.connect(self.set_following)
        toolbar.reset_clicked.connect(self.reset)
        toolbar.export_clicked.connect(self.choose_export)

    # what is shown

    @property
    def document(self) -> FigureDocument | None:
        return self._view.document if self._view else None

    @property
    def scene(self) -> Scene | None:
        """The last picture, or None before the first."""
        return self._view.scene if self._view else None

    def set_document(self, document: FigureDocument | None) -> None:
        """Show another figure, or none."""
        if self._forget:
            self._forget()
            self._forget = None
        self._view = FigureView(document, theme_from(self.palette())) if document else None
        if document:
            self._forget = self._listen(document)
        self.canvas.set_view(self._view)
        self._document_changed()

    def _listen(self, document: FigureDocument) -> Callable[[], None]:
        """Follow a document's changes, as long as Qt has not deleted this widget: documents live longer."""

        def changed(_: FigureChanged) -> None:
            if isValid(self):
                self._document_changed()
            else:
                forget()

        forget = document.changed.connect(changed)
        return forget

    def set_data(self, data: Mapping[str, Any]) -> None:
        """The values of the figure's expressions: expression -> Column, Unavailable, or an array."""
        if self._view:
            self._view.set_data(data)

    def redraw(self) -> None:
        """Show the newest data. Cheap to call when nobody can see it."""
        if self._view and self.isVisible():
            self.canvas.refresh()

    def wants_data(self) -> bool:
        """Whether new data would be seen now."""
        if self._view is None or self.canvas.halted:
            return False
        return self.isVisible() and not self.canvas.visibleRegion().isEmpty()

    def halt(self, problem: str) -> None:
        """Draw the figure no more and say why in its place, until its document is changed."""
        self.canvas.halt(problem)

    @property
    def frames(self) -> int:
        """How many pictures were made."""
        return self.canvas.frames

    def frame_rate(self) -> float:
        """Pictures made in the last second."""
        return self.canvas.frame_rate()

    def frame_gap(self, share: float = 0.95) -> float:
        """Milliseconds between two pictures that this share of them does not exceed; 0 without any."""
        gaps = sorted(self.canvas.frame_gaps())
        return gaps[round(share * (len(gaps) - 1))] * 1000 if gaps else 0.0

    def _document_changed(self) -> None:
        ignored = self._view.full.ignored if self._view else ()
        rest = f", and {len(ignored) - 1} more" if len(ignored) > 1 else ""
        self.say(f"{ignored[0]}{rest}" if ignored else "")
        self.message.setToolTip("\n".join(ignored))
        self._update_toolbar()
        self.canvas.resume()

    def say(self, text: str) -> None:
        """One quiet line below the plot; an empty text takes it away."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    # commands

    def set_mode(self, mode: Mode) -> None:
        self.canvas.mode = mode
        self._update_toolbar()

    def set_following(self, following: bool) -> None:
        """Let a live figure scroll with its data, or keep it where it is."""
        if not self._view:
            return
        if following:
            self._view.follow()
        else:
            self._view.pause()
        self._update_toolbar()
        self.canvas.refresh()

    @property
    def is_following(self) -> bool:
        return self._view is not None and self._view.is_following

    def reset(self) -> None:
        """Automatic ranges on all axes."""
        if self._view:
            self._view.reset()
            self._update_toolbar()
            self.canvas.refresh()

    def choose_export(self) -> None:
        """Ask for a file name, then export to it."""
        if not self._view:
            return
        proposed = str(self._folder / f"{self._view.document.name}.png")
        dialog = QFileDialog(self, "Export figure", proposed, FILTERS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.open()

    def export(self, path: Path) -> bool:
        """Write the figure as it is seen, in its size, to .png, .svg, .pdf or .json; a failure is said
        below the plot.
        """
        if not self._view:
            return False
        size = float(self.canvas.width()), float(self.canvas.height())
        try:
            export_figure(self._view.document, self._view.data, path, size, looked_at=self._view.view)
        except (OSError, ValueError) as error:
            self.say(f"{path} was not written: {error}")
            return False
        self.exported.emit(str(path))
        return True

    def _update_toolbar(self) -> None:
        if self.toolbar:
            view = self._view
            self.toolbar.show_state(
                self.canvas.mode,
                view is not None,
                bool(view and view.is_live),
                bool(view and view.is_following),
            )
