"""The panels of the window: one for each document, board and view of the workspace, and their refreshing.

Every kind of panel is imported when the first of its kind is made: the window fills panel by panel.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.conductor import Conductor
from app.filling import error_panel
from app.project import PRIVATE_FOLDER
from app.tools.figures import OpenFigure
from engines.board.code.place import Place
from engines.board.session import BoardSession
from engines.board.terminal.history import TerminalHistory
from engines.notebook.document import NotebookDocument
from engines.plot.document import FigureDocument
from engines.sheet.document import SheetDocument
from engines.workspace.document import Document
from engines.workspace.kernel_api import Lane, Reply
from engines.workspace.kernel_client import KernelState

if TYPE_CHECKING:
    from app.application import Application
    from app.code_tabs import CodeTabs
    from widgets.board.panel import BoardPanel
    from widgets.board.terminal import TerminalView
    from widgets.board.views import Memory
    from widgets.notebook.panel import NotebookPanel
    from widgets.plot.panel import PlotPanel
    from widgets.sheet.panel import SheetPanel
    from widgets.workspace.console import ConsoleView
    from widgets.workspace.variables import VariablesView

PLOTLY = "application/vnd.plotly.v1+json"
VARIABLES_SECONDS = 0.5


class Panels:
    """Makes and keeps the panels; ``redraw`` is called by the window's one timer."""

    def __init__(self, app: Application, conductor: Conductor) -> None:
        self._app = app
        self._conductor = conductor
        self._panels: dict[int, tuple[Document, QWidget]] = {}
        self._figures: dict[str, PlotPanel] = {}
        self._boards: dict[BoardSession, BoardPanel] = {}
        self._closing: dict[int, Callable[[], object]] = {}
        self._fresh: set[str] = set()
        """Figures for which the kernel has sent newer values than are shown."""
        self._asking = False
        self._stop: Callable[[], None] | None = None

    # -- making ------------------------------------------------------------------------------------------

    def document(self, document: Document) -> QWidget:
        """The panel of a document that was just opened; where it cannot be made, one that says so."""
        makers: dict[type, Callable[[Any], QWidget]] = {
            SheetDocument: self._sheet,
            FigureDocument: self._plot,
            NotebookDocument: self._notebook,
        }
        try:
            panel = makers[type(document)](document)
        except Exception as error:  # one document must not keep the others from being shown
            sys.excepthook(*sys.exc_info())
            return error_panel(f"{document.name}{document.suffix}", error)
        self._panels[id(document)] = (document, panel)
        return panel

    def board(self, session: BoardSession) -> QWidget:
        from widgets.board.panel import BoardPanel

        folder = self._conductor.project.folder
        memory = self._app.settings.memory("board", str(folder), session.name)
        panel = BoardPanel(
            session,
            lambda: self._conductor.board_targets(session.name),
            self._conductor.streams,
            folder=folder,
            memory=memory,
        )
        panel.command_wanted.connect(
            lambda name, arguments: self._app.run_with(name, [*arguments, f"board={session.name}"])
        )
        panel.streams.recording = self._conductor.recordings.recorders.state
        panel.streams.folder = folder
        panel.streams.command_wanted.connect(self._app.run_with)
        for title in ("Device", "Variables", "Sync", "Packages"):
            make = partial(self._board_page, session, title, memory)
            panel.add_page(title, make, rare=title in ("Sync", "Packages"))
        self._boards[session] = panel
        self._set_up_terminal(session, panel.terminal)
        panel.files.open_wanted.connect(lambda path: self.code.open(str(Place(path, session.name))))
        panel.files.open_local_wanted.connect(lambda path: self.code.open(str(path)))
        return panel

    def _set_up_terminal(self, session: BoardSession, terminal: TerminalView) -> None:
        terminal.recall.history = self._entered
        terminal.logging.folder = self._conductor.project.folder
        terminal.logging.failed.connect(self._app.notices.error)
        terminal.location_clicked.connect(lambda file, line: self.code.go_to(session, file, line))
        self._closing[id(terminal)] = terminal.logging.stop

    @cached_property
    def _entered(self) -> TerminalHistory:
        """What was entered at the prompts of this project's boards."""
        return TerminalHistory(self._conductor.project.folder / PRIVATE_FOLDER / "board-history")

    def terminal(self, session: BoardSession) -> TerminalView:
        """The terminal of a board.

        Raises:
            LookupError: the board's panel is not there yet.
        """
        panel: Any = self._boards[session]
        return panel.terminal

    def show_board_page(self, session: BoardSession, title: str) -> None:
        """Show a page of a board's panel: Files, Device, Variables, Sync or Packages."""
        self._boards[session].show_page(title)

    def ask_format(self, session: BoardSession) -> None:
        """Ask on the page Files whether the board's disk shall be made anew."""
        self._boards[session].files.board.ask_format()

    def _board_page(self, session: BoardSession, title: str, memory: Memory) -> QWidget:
        """A page of a board's panel, which wants it now for the first time."""
        folder = self._conductor.project.folder
        if title == "Device":
            from widgets.board.device.page import DevicePage

            return DevicePage(session, None, folder)
        if title == "Variables":
            from widgets.board.variables_page import VariablesPage

            return VariablesPage(session)
        if title == "Sync":
            from widgets.board.sync_view import SyncView

            return SyncView(session, folder / "board", self._conductor.syncs.watches, memory=memory)
        from widgets.board.packages_view import PackagesView

        return PackagesView(session, folder, memory=memory)

    def focused_board(self) -> BoardSession | None:
        """The board whose panel has the keyboard."""
        focus = self.focus()
        for session, panel in self._boards.items():
            if focus is not None and (focus is panel or panel.isAncestorOf(focus)):
                return session
        return None

    def forget_board(self, session: BoardSession) -> None:
        panel: Any = self._boards.pop(session)
        self._closing.pop(id(panel.terminal))()

    @cached_property
    def console(self) -> ConsoleView:
        from widgets.workspace.console import ConsoleView

        view = ConsoleView(self._conductor.kernel.interrupt, lambda: self._app.run("kernel.restart"))
        self._closing[id(view)] = view.close_client
        if self._conductor.kernel.is_ready:
            view.attach(self._conductor.kernel.process.connection_file)
        return view

    @cached_property
    def variables(self) -> VariablesView:
        from widgets.workspace.variables import VariablesView

        return VariablesView(self._lineage)

    @cached_property
    def code(self) -> CodeTabs:
        """The editors of Python files."""
        from app.code_tabs import CodeTabs

        assert self._app.window is not None
        tabs = CodeTabs(self._app, self._conductor, self._app.window.docks)
        self._closing[id(tabs)] = tabs.close
        return tabs

    def forget(self, document: Document) -> None:
        self._panels.pop(id(document), None)  # one that could not be made is not there
        self._figures.pop(document.name if isinstance(document, FigureDocument) else "", None)
        self._closing.pop(id(document), lambda: None)()

    def close(self) -> None:
        """Panels that follow a session stop following it."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        for close in self._closing.values():
            close()

    def _sheet(self, document: SheetDocument) -> QWidget:
        from widgets.sheet.panel import SheetPanel

        panel = SheetPanel(self._conductor.sheets[document.name])
        self._closing[id(document)] = panel.close_session
        return panel

    def _plot(self, document: FigureDocument) -> QWidget:
        from widgets.plot.panel import PlotPanel

        panel = PlotPanel(folder=self._conductor.project.folder)
        panel.exported.connect(lambda path: self._app.notices.info(f"Wrote {path}."))
        panel.set_document(document)
        figure = self._conductor.figures[document.name]
        self._closing[id(document)] = figure.redraw.connect(lambda nothing: self._fresh.add(document.name))
        self._figures[document.name] = panel
        return panel

    def _notebook(self, document: NotebookDocument) -> QWidget:
        from widgets.notebook.panel import NotebookPanel
        from widgets.plot.output import figure_widget

        panel = NotebookPanel(
            self._conductor.notebooks[document.name],
            output_widgets={PLOTLY: figure_widget},
            folder=self._conductor.project.folder,
        )
        panel.restart_requested.connect(lambda: self._app.run("kernel.restart"))
        self._closing[id(document)] = panel.shut_down
        return panel

    # -- refreshing --------------------------------------------------------------------------------------

    def kernel_started(self) -> None:
        """The console and the variables follow the kernel from now on."""
        kernel = self._conductor.kernel
        kernel.ready.connect(lambda nothing: self.console.attach(kernel.process.connection_file))
        self._closing[id(kernel)] = kernel.state_changed.connect(self._kernel_state)
        self._stop = self._conductor.loop.every(VARIABLES_SECONDS, self._ask_variables)

    def _kernel_state(self, state: KernelState) -> None:
        if state in (KernelState.DEAD, KernelState.STARTING):
            self.console.hold()

    def redraw(self) -> None:
        """Bring the newest data into every figure that can be seen."""
        for name, panel in self._figures.items():
            if not panel.wants_data():
                continue
            try:
                self._redraw(name, panel)
            except Exception as error:  # a fault of ours, which would come back 50 times a second
                sys.excepthook(type(error), error, error.__traceback__)
                panel.halt(
                    f"Something went wrong inside Dirigent: {type(error).__name__}: {error}. "
                    "Change the figure to try again."
                )

    def _redraw(self, name: str, panel: PlotPanel) -> None:
        figure = self._conductor.figures[name]
        if figure.feed.refresh(self._seconds(figure, panel)) or name in self._fresh:
            self._fresh.discard(name)
            panel.set_data(figure.feed.data)
            panel.redraw()
            self._note_live(figure)

    def figure_panels(self) -> Iterator[tuple[str, PlotPanel]]:
        return iter(self._figures.items())

    def figure(self, document: FigureDocument) -> PlotPanel | None:
        return self._figures.get(document.name)

    def sheet(self, document: SheetDocument) -> SheetPanel:
        """Raises LookupError: it is not there yet."""
        panel: SheetPanel = self._panel(document)
        return panel

    def notebook(self, document: NotebookDocument) -> NotebookPanel:
        """Raises LookupError: it is not there yet."""
        panel: NotebookPanel = self._panel(document)
        return panel

    def _panel(self, document: Document) -> Any:
        try:
            return self._panels[id(document)][1]
        except KeyError:
            raise LookupError(f"the panel of {document.name} is not there yet; try again") from None

    def focus(self) -> QWidget | None:
        """What has the keyboard, or will have it again: after the palette, or in a window behind."""
        focus = QApplication.focusWidget()
        if focus is not None and focus.window().windowType() != Qt.WindowType.Popup:
            return focus
        return self._app.window.focusWidget() if self._app.window is not None else None

    def focused_document(self) -> Document | None:
        """The document whose panel has the keyboard."""
        focus = self.focus()
        for document, panel in self._panels.values():
            if focus is not None and (focus is panel or panel.isAncestorOf(focus)):
                return document
        return None

    def enter_edits(self) -> None:
        """What is being typed into a cell of a sheet counts, as if Enter had been pressed."""
        for document, panel in self._panels.values():
            if isinstance(document, SheetDocument):
                panel.enter_edit()  # type: ignore[attr-defined]

    def _seconds(self, figure: OpenFigure, panel: PlotPanel) -> float | None:
        """How far back the picture looks; everything while the user looks around."""
        live = figure.document.get(("layout", "meta", "live", "xaxis"))
        return float(live) if panel.is_following and isinstance(live, int | float) else None

    def _note_live(self, figure: OpenFigure) -> None:
        """The moment at which the first samples are seen."""
        if "live" not in self._app.times and self._conductor.streams.names() and figure.feed.data:
            self._app.times["live"] = time.time()

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
        try:
            return self._conductor.lineage(name)
        except LookupError:
            return name
