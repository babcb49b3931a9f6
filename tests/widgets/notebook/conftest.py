"""A notebook panel over a kernel that does what the test says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor, QPalette

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import NotebookDocument
from engines.notebook.fileformat import NotebookContent
from engines.notebook.session import NotebookSession
from tests.engines.notebook.scripted_kernel import ScriptedKernel
from widgets.notebook.panel import NotebookPanel


@pytest.fixture
def kernel() -> ScriptedKernel:
    return ScriptedKernel()


@pytest.fixture
def open_panel(qtbot, kernel, tmp_path) -> Callable[..., NotebookPanel]:
    """Shows a panel with code cells of these sources, or with the cells themselves."""
    panels: list[NotebookPanel] = []

    def open_panel(*cells: str | Cell, **options) -> NotebookPanel:
        made = tuple(
            cell if isinstance(cell, Cell) else Cell(f"c{number}", CellKind.CODE, cell)
            for number, cell in enumerate(cells)
        )
        document = NotebookDocument("Test", NotebookContent(made, {}))
        session = NotebookSession(document, kernel, spill_folder=tmp_path / "outputs")
        panel = NotebookPanel(session, **options)
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(800, 600)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.activateWindow()
        panel.view.setFocus()
        qtbot.waitUntil(panel.view.hasFocus)
        return panel

    yield open_panel
    for panel in panels:
        panel.shut_down()
        panel.session.close()


def dark_palette() -> QPalette:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#1a1b1e"))
    palette.setColor(QPalette.ColorRole.Window, QColor("#1e1f22"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#dfe1e5"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#dfe1e5"))
    return palette


@pytest.fixture
def dark() -> QPalette:
    return dark_palette()
