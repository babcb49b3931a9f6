"""The thin row of buttons above a notebook."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from engines.notebook.cells import CellKind
from widgets.notebook.view import NotebookView

KIND_TITLES = {CellKind.CODE: "Code", CellKind.MARKDOWN: "Text", CellKind.RAW: "Raw"}


class NotebookToolbar(QWidget):
    """Run, interrupt, restart, add a cell, and the kind of the current one."""

    def __init__(self, view: NotebookView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(4)
        self._button("Run", "run_and_advance", "Run the selected cells and go on (Shift+Enter)")
        self._button("Run all", "run_all", "Run every cell, from the top; an error stops it")
        self._button("Run stale", "run_stale", "Run the cells whose results may no longer be true")
        self._button("Interrupt", "interrupt", "Stop the running cell (i i)")
        self._button("Restart", "restart", "Restart the kernel: its names are lost, the notebook stays (0 0)")
        self._row.addSpacing(8)
        self._button("+ Cell", "insert_below", "Insert a cell below the current one (b)")
        self.kind_selector = QComboBox(self)
        self.kind_selector.setToolTip("The kind of the selected cells (y code, m text, r raw)")
        self.kind_selector.setAccessibleName("Kind of the cell")
        self.kind_selector.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for kind, title in KIND_TITLES.items():
            self.kind_selector.addItem(title, kind)
        self.kind_selector.activated.connect(self._choose_kind)
        self._row.addWidget(self.kind_selector)
        self._row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Show what is possible now."""
        view = self._view
        self._buttons["interrupt"].setEnabled(view.session.busy)
        self._buttons["run_stale"].setEnabled(bool(view.session.stale_cells()))
        self.kind_selector.setEnabled(view.current is not None)
        if view.current is not None:
            self.kind_selector.setCurrentIndex(list(KIND_TITLES).index(view.document.cell(view.current).kind))

    def button(self, method: str) -> QToolButton:
        """The button of a command, by its method's name; KeyError when it has none."""
        return self._buttons[method]

    def _button(self, text: str, method: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(getattr(self._view.commands, method))
        self._buttons[method] = button
        self._row.addWidget(button)
        return button

    def _choose_kind(self, row: int) -> None:
        self._view.commands.set_kind(list(KIND_TITLES)[row])
        self._view.leave_editing()
