"""The window: a dock for each document and panel, menus from the command registry, the status area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QIcon, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QMenu

from app.conductor import Conductor
from app.docks import Docks
from app.palette import Palette
from app.panels import Panels
from app.resources import resource
from app.status import MessagesView, StatusArea
from engines.board.status import Status
from engines.workspace.document import Document
from engines.workspace.kernel_client import KernelState

if TYPE_CHECKING:
    from app.application import Application

MENUS = ("File", "Edit", "View", "Board", "Sheet", "Plot", "Notebook", "Kernel", "Help")
REDRAW_MILLISECONDS = 33
KERNEL_WORDS = {
    KernelState.STARTING: "Kernel starting …",
    KernelState.IDLE: "Kernel ready",
    KernelState.BUSY: "Kernel busy",
    KernelState.DEAD: "No kernel",
}
SMALLEST = (960, 600)
FIRST_SIZE = (1280, 800)


class Window(QMainWindow):
    """Shows one project. ``painted`` is emitted once, when its first picture is on the screen."""

    painted = Signal()

    def __init__(self, app: Application, conductor: Conductor) -> None:
        super().__init__()
        self._app = app
        self._conductor = conductor
        self._was_painted = False
        self.setWindowTitle(self._title())
        self.setWindowIcon(QIcon(str(resource("icons/dirigent.svg"))))
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self.docks = Docks(self)
        self.panels = Panels(app, conductor)
        self._status = StatusArea(app.notices, app.run, lambda name: app.registry[name].title)
        self.setStatusBar(self._status)
        self._fill_menus()
        self._add_panels()
        self._restore_layout()
        self._disconnect = [
            conductor.opened.connect(self._add_document),
            conductor.closed.connect(self._remove_document),
            conductor.kernel.state_changed.connect(self._show_kernel),
            conductor.boards.first.status_changed.connect(
                lambda status: conductor.loop.deliver(lambda: self._show_board(status))
            ),
        ]
        self._redraw = QTimer(self, interval=REDRAW_MILLISECONDS)
        self._redraw.timeout.connect(self.panels.redraw)
        for notice in app.notices.all:
            self._status.show_notice(notice)

    def project_started(self) -> None:
        self._redraw.start()
        self.panels.kernel_started()

    def open_palette(self) -> None:
        Palette(self, self._app.registry, self._app.run).open()

    def update_title(self) -> None:
        self.setWindowTitle(self._title())

    def dismantle(self) -> None:
        """Let go of everything of the project; the window itself is deleted by its owner."""
        self._redraw.stop()
        self._app.settings.save_window_state(self.saveGeometry(), self.docks.state())
        for disconnect in self._disconnect:
            disconnect()
        self.panels.close()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing never loses and never asks: unsaved work waits in the recovery folder."""
        event.accept()
        QTimer.singleShot(0, self._app.qt.quit)

    # -- parts -------------------------------------------------------------------------------------------

    def _title(self) -> str:
        settings = self._conductor.project.settings
        return f"{settings.title or self._conductor.project.folder.name} — Dirigent"

    def _fill_menus(self) -> None:
        menus = {title: self.menuBar().addMenu(f"&{title}") for title in MENUS}
        for command in self._app.registry:
            if command.menu is None:
                continue
            menu: QMenu = menus[command.menu]
            if command.separator:
                menu.addSeparator()
            action = QAction(command.title, self)
            action.setStatusTip(command.description)
            if command.key:
                action.setShortcut(QKeySequence(command.key))
            action.triggered.connect(lambda checked=False, name=command.name: self._app.run(name))
            menu.addAction(action)
            self.addAction(action)

    def _add_panels(self) -> None:
        for opened in self._conductor.project.documents:
            self._add_document(opened.document)
        for session in self._conductor.boards:
            self.docks.add(f"board:{session.name}", "Board", self.panels.board(session))
        self.docks.add("console", "Console", self.panels.console)
        self.docks.add("variables", "Variables", self.panels.variables)
        self.docks.add("messages", "Messages", MessagesView(self._app.notices))

    def _restore_layout(self) -> None:
        self.docks.arrange()
        state = self._app.settings.window_state()
        if state is not None and self.restoreGeometry(state[0]):
            self.docks.restore(state[1])

    def _add_document(self, document: Document) -> None:
        kind, panel = self.panels.document(document)
        self.docks.add(f"{kind}:{document.name}", document.name, panel)
        if self._was_painted:
            self.docks.show(f"{kind}:{document.name}")

    def _remove_document(self, document: Document) -> None:
        kind = self.panels.kind_of(document)
        self.docks.remove(f"{kind}:{document.name}")
        self.panels.forget(document)

    def _show_kernel(self, state: KernelState) -> None:
        self._status.show_kernel(KERNEL_WORDS[state])

    def _show_board(self, status: Status) -> None:
        self._status.show_board(status.text)
