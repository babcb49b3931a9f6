"""The window: a dock for each document and panel, menus from the command registry, the status area."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QPaintEvent
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

from app.commands.registry import CommandError
from app.docks import Docks
from app.dropped_files import DroppedFiles
from app.filling import Filling
from app.menus import fill_menu_bar, fill_panels, fill_recent
from app.palette import Palette
from app.project import DEFAULT_BOARD, KINDS, board_names, kind_of_file
from app.resources import resource
from app.status import MessagesView, StatusArea
from app.suggestions import suggest
from engines.workspace.kernel_client import KernelState

if TYPE_CHECKING:
    from app.application import Application
    from app.conductor import Conductor
    from app.panels import Panels
    from engines.board.session import BoardSession
    from engines.workspace.document import Document

REDRAW_MILLISECONDS = 20
KERNEL_WORDS = {
    KernelState.STARTING: "Kernel starting …",
    KernelState.IDLE: "Kernel ready",
    KernelState.BUSY: "Kernel busy",
    KernelState.DEAD: "No kernel",
}
KERNEL_SECONDS = 0.3
SMALLEST = (960, 600)
FIRST_SIZE = (1280, 800)
FRAME = QSize(2, 32)
BOARD = "board:"
FIXED_PANELS = {
    "console": "Console",
    "variables": "Variables",
    "messages": "Messages",
}


class Window(QMainWindow):
    """Shows one project. It is painted with empty docks first, then ``fill`` brings the panels.

    ``painted``: its first picture is on the screen. ``filled``: every panel is there.
    """

    painted = Signal()
    filled = Signal()

    def __init__(self, app: Application, folder: Path) -> None:
        super().__init__()
        self._app = app
        self._conductor: Conductor | None = None
        self._panels: Panels | None = None
        self._was_painted = False
        self._filling = Filling(self)
        self._disconnect: list[Callable[[], None]] = []
        self.folder = folder
        self.setWindowTitle(f"{folder.name} — Dirigent")
        self.setWindowIcon(QIcon(str(resource("icons/dirigent.svg"))))
        self.setMinimumSize(*SMALLEST)
        self.resize(_fitting(QSize(*FIRST_SIZE), self.screen().availableSize()))
        self.docks = Docks(self)
        self._status = StatusArea(app.notices, self.start, lambda name: app.registry[name].title)
        self.setStatusBar(self._status)
        self._redraw = QTimer(self, interval=REDRAW_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
        DroppedFiles(self, lambda path: app.run_with("file.open_file", [path]))
        self._fill_menus()
        self._add_empty_docks()
        self._restore_layout()

    @property
    def is_filled(self) -> bool:
        """Whether the panels are there."""
        return self._panels is not None

    @property
    def panels(self) -> Panels:
        """The panels, once the window is filled.

        Raises:
            CommandError: the project is still being opened.
        """
        if self._panels is None:
            raise CommandError("the project is still being opened; try again in a moment")
        return self._panels

    def fill(self, conductor: Conductor) -> None:
        """Put the panels of an open project into the docks."""
        from app.panels import Panels

        self._conductor = conductor
        self._panels = Panels(self._app, conductor)
        self._redraw.timeout.connect(self._panels.redraw)
        self.setWindowTitle(f"{conductor.project.settings.title or self.folder.name} — Dirigent")
        wanted = {
            f"{KINDS[each.document.suffix]}:{each.document.name}" for each in conductor.project.documents
        }
        for name in self.docks.names():
            if name not in FIXED_PANELS and name not in wanted and not name.startswith(BOARD):
                self.docks.remove(name)  # its file could not be opened
        panels = self._panels
        steps: list[Callable[[], object]] = [
            *(partial(self._show_document, document) for document in self._in_order_of_life()),
            *(partial(self._show_board_panel, board) for board in conductor.boards),
            lambda: self.docks.fill("console", panels.console),
            lambda: self.docks.fill("variables", panels.variables),
            panels.code.restore,
            self.filled.emit,
        ]
        self._filling.begin(steps)
        self._disconnect = [
            conductor.opened.connect(self._add_document),
            conductor.closed.connect(self._remove_document),
            conductor.kernel.state_changed.connect(lambda state: self._show_kernel()),
            conductor.loop.every(KERNEL_SECONDS, self._show_kernel),
            conductor.boards.added.connect(self._add_board),
            conductor.boards.removed.connect(self._remove_board),
            conductor.boards.renamed.connect(lambda renamed: self._rename_board(*renamed)),
        ]
        for board in conductor.boards:
            self._follow_board(board)
        self._show_boards()

    def _in_order_of_life(self) -> list[Document]:
        """Figures first: what moves is seen first."""
        assert self._conductor is not None
        documents = [opened.document for opened in self._conductor.project.documents]
        return sorted(documents, key=lambda document: KINDS[document.suffix] != "plot")

    def project_started(self) -> None:
        self._redraw.start()
        self.panels.kernel_started()

    def open_palette(self, command: str = "") -> None:
        """Show all commands, or ask for the arguments of one."""
        palette = Palette(self, self._app.registry, self._app.run_with, partial(suggest, self._app))
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.open(command)

    def start(self, name: str) -> None:
        """Run a command that the user chose; what it has to know is asked first."""
        if self._app.registry[name].asked:
            self.open_palette(name)
        else:
            self._app.run(name)

    def dismantle(self) -> None:
        """Let go of everything of the project; the window itself is deleted by its owner."""
        self._redraw.stop()
        self._filling.stop()
        self._app.settings.save_window_state(self.saveGeometry(), self.docks.state())
        self.hide()  # nobody has to look on while things end
        for disconnect in self._disconnect:
            disconnect()
        if self._panels is not None:
            self._panels.close()

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

    def _fill_menus(self) -> None:
        app = self._app
        menus = fill_menu_bar(
            self,
            app.registry,
            self.start,
            lambda menu: fill_recent(
                menu, app.settings.recent_projects, lambda folder: app.run_with("file.open_project", [folder])
            ),
        )
        fill_panels(menus["View"].addMenu("Panels"), self.docks.toggles)

    def _add_empty_docks(self) -> None:
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            kind = kind_of_file(path)
            if kind is not None:
                name = path.name.removesuffix(kind.suffix)
                self.docks.add(f"{kind.name}:{name}", f"{name} · {kind.name}", _empty())
        for name in board_names(self.folder):
            self.docks.add(f"{BOARD}{name}", _board_title(name), _empty())
        for name, title in FIXED_PANELS.items():
            self.docks.add(name, title, MessagesView(self._app.notices) if name == "messages" else _empty())

    def _restore_layout(self) -> None:
        self.docks.arrange()
        state = self._app.settings.window_state()
        if state is not None and self.restoreGeometry(state[0]):
            self.docks.restore(state[1])

    def _show_document(self, document: Document) -> str:
        name = f"{KINDS[document.suffix]}:{document.name}"
        panel = self.panels.document(document)
        if name in self.docks:
            self.docks.fill(name, panel)
        else:
            self.docks.add(name, f"{document.name} · {KINDS[document.suffix]}", panel)
        return name

    def _add_document(self, document: Document) -> None:
        """A document that was opened later comes to the front."""
        self.docks.show(self._show_document(document))

    def _remove_document(self, document: Document) -> None:
        self.docks.remove(f"{KINDS[document.suffix]}:{document.name}")
        self.panels.forget(document)

    def _show_kernel(self) -> None:
        if self._conductor is not None:
            self._status.show_kernel(KERNEL_WORDS[self._conductor.kernel.activity])

    # -- boards ------------------------------------------------------------------------------------------

    def _show_board_panel(self, board: BoardSession) -> None:
        name, panel = f"{BOARD}{board.name}", self.panels.board(board)
        if name in self.docks:
            self.docks.fill(name, panel)
        else:
            self.docks.add(name, _board_title(board.name), panel)

    def show_board_page(self, board: BoardSession, title: str) -> None:
        """Bring a page of a board's panel into sight."""
        self.docks.show(f"{BOARD}{board.name}")
        self.panels.show_board_page(board, title)

    def _add_board(self, board: BoardSession) -> None:
        self._show_board_panel(board)
        self._follow_board(board)
        self.docks.show(f"{BOARD}{board.name}")

    def _remove_board(self, board: BoardSession) -> None:
        self.panels.forget_board(board)
        self.docks.remove(f"{BOARD}{board.name}")
        self._show_boards()

    def _rename_board(self, board: BoardSession, old: str) -> None:
        self.docks.rename(f"{BOARD}{old}", f"{BOARD}{board.name}", _board_title(board.name))
        self._show_boards()

    def _follow_board(self, board: BoardSession) -> None:
        assert self._conductor is not None
        deliver = self._conductor.loop.deliver
        self._disconnect.append(board.status_changed.connect(lambda status: deliver(self._show_boards)))

    def _show_boards(self) -> None:
        """One board is told in full, several by a word each."""
        if self._conductor is None or not self._disconnect:
            return
        boards = list(self._conductor.boards)
        several = " · ".join(f"{board.name}: {board.status.state.value}" for board in boards)
        self._status.show_board(several if len(boards) > 1 else boards[0].status.text)


def _board_title(name: str) -> str:
    return "Board" if name == DEFAULT_BOARD else f"Board: {name}"


def _fitting(wanted: QSize, screen: QSize) -> QSize:
    """What of a size fits on the screen with the window's frame, whose size is not known before it shows."""
    return wanted.boundedTo(screen - FRAME)


def _empty() -> QWidget:
    """What a dock holds until its panel is there: the panel's own background."""
    frame = QFrame()
    frame.setBackgroundRole(frame.palette().ColorRole.Base)
    frame.setAutoFillBackground(True)
    return frame
