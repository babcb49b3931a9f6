"""The panels of the window: one for each document, board and view of the workspace, and their refreshing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication, QWidget

from app.conductor import Conductor
from app.tools.figures import OpenFigure
from engines.board.session import BoardSession
from engines.notebook.document import NotebookDocument
from engines.plot.document import FigureDocument
from engines.sheet.document import SheetDocument
from engines.workspace.document import Document
from engines.workspace.kernel_api import Lane, Reply
from widgets.board.panel import BoardPanel
from widgets.notebook.panel import NotebookPanel
from widgets.plot.output import figure_widget
from widgets.plot.panel import PlotPanel
from widgets.sheet.panel import SheetPanel
from widgets.workspace.console import ConsoleView
from widgets.workspace.variables import VariablesView

if TYPE_CHECKING:
    from app.application import Application

PLOTLY = "application/vnd.plotly.v1+json"
VARIABLES_SECONDS = 0.5
KINDS = {SheetDocument: "sheet", FigureDocument: "plot", NotebookDocument: "notebook"}


class Panels:
    """Makes and keeps the panels; ``redraw`` is called by the window's one timer."""

    def __init__(self, app: Application, conductor: Conductor) -> None:
        self._app = app
        self._conductor = conductor
        self._by_document: dict[int, tuple[Document, QWidget]] = {}
        self._boards: list[BoardPanel] = []
        self._asking = False
        self._stop: Callable[[], None] | None = None
        self.console = ConsoleView(conductor.kernel.interrupt, lambda: app.run("kernel.restart"))
        self.variables = VariablesView(self._lineage)

    # -- making ------------------------------------------------------------------------------------------

    def kind_of(self, document: Document) -> str:
        return KINDS[type(document)]

    def document(self, document: Document) -> tuple[str, QWidget]:
        """The panel of a document that was just opened, and its kind."""
        makers: dict[type, Callable[[Any], QWidget]] = {
            SheetDocument: self._sheet,
            FigureDocument: self._plot,
            NotebookDocument: self._notebook,
        }
        panel = makers[type(document)](document)
        self._by_document[id(document)] = (document, panel)
        return self.kind_of(document), panel

    def board(self, session: BoardSession) -> BoardPanel:
        panel = BoardPanel(session, self._conductor.board_targets, self._conductor.streams)
        self._boards.append(panel)
        return panel

    def forget(self, document: Document) -> None:
        _, panel = self._by_document.pop(id(document))
        _shut_down(panel)

    def close(self) -> None:
        if self._stop is not None:
            self._stop()
        self.console.close_client()
        for panel in [*self._boards, *(panel for _, panel in self._by_document.values())]:
            _shut_down(panel)

    def _sheet(self, document: SheetDocument) -> QWidget:
        return SheetPanel(self._conductor.sheets[document.name])

    def _plot(self, document: FigureDocument) -> QWidget:
        panel = PlotPanel()
        panel.set_document(document)
        figure = self._conductor.figures[document.name]
        figure.redraw.connect(lambda nothing: self._show_data(figure, panel))
        return panel

    def _notebook(self, document: NotebookDocument) -> QWidget:
        panel = NotebookPanel(
            self._conductor.notebooks[document.name],
            output_widgets={PLOTLY: figure_widget},
            folder=self._conductor.project.folder,
        )
        panel.restart_requested.connect(lambda: self._app.run("kernel.restart"))
        return panel

    # -- refreshing --------------------------------------------------------------------------------------

    def kernel_started(self) -> None:
        """The console and the variables follow the kernel from now on."""
        kernel = self._conductor.kernel
        kernel.ready.connect(lambda nothing: self.console.attach(kernel.process.connection_file))
        self._stop = self._conductor.loop.every(VARIABLES_SECONDS, self._ask_variables)

    def redraw(self) -> None:
        """Bring the newest data into every figure that can be seen."""
        for name, panel in self.figure_panels():
            if panel.wants_data():
                figure = self._conductor.figures[name]
                if figure.feed.refresh(self._seconds(figure, panel)):
                    self._show_data(figure, panel)
                    self._app.times.setdefault("live", time.time())

    def figure_panels(self) -> Iterator[tuple[str, PlotPanel]]:
        for document, panel in self._by_document.values():
            if isinstance(panel, PlotPanel):
                yield document.name, panel

    def figure(self, document: FigureDocument) -> PlotPanel | None:
        found = self._by_document.get(id(document))
        return found[1] if found is not None and isinstance(found[1], PlotPanel) else None

    def focused_document(self) -> Document | None:
        """The document whose panel has the keyboard."""
        focus = QApplication.focusWidget()
        for document, panel in self._by_document.values():
            if focus is not None and (focus is panel or panel.isAncestorOf(focus)):
                return document
        return None

    def _seconds(self, figure: OpenFigure, panel: PlotPanel) -> float | None:
        """How far back the picture looks; everything while the user looks around."""
        live = figure.document.get(("layout", "meta", "live", "xaxis"))
        return float(live) if panel.is_following and isinstance(live, int | float) else None

    def _show_data(self, figure: OpenFigure, panel: PlotPanel) -> None:
        panel.set_data(figure.feed.data)
        panel.redraw()

    def _ask_variables(self) -> None:
        if self._asking or not self.variables.isVisible():
            return
        self._asking = True
        self._conductor.kernel.request("workspace.variables", {}, self._take_variables, lane=Lane.ASIDE)

    def _take_variables(self, reply: Reply) -> None:
        self._asking = False
        if reply.error is None and self._stop is not None:
            self.variables.set_rows(reply.value)

    def _lineage(self, name: str) -> str:
        from app.lineage import lineage

        try:
            return lineage(self._conductor.graph, name)
        except LookupError:
            return name


def _shut_down(panel: QWidget) -> None:
    """Panels that follow a session stop following it."""
    shut_down = getattr(panel, "shut_down", None)
    if shut_down is not None:
        shut_down()
