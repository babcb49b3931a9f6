"""The board's panel: connect, terminal, files, and what streams in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engines.board.session import BoardSession
from engines.board.status import Remedy, State, Status
from engines.board.transport import Target
from engines.workspace.streams.store import StreamStore
from widgets.board.ask_bar import AskBar
from widgets.board.connect_menu import ConnectMenu
from widgets.board.disk_warning import DiskWarning
from widgets.board.files_view import FilesView
from widgets.board.gui_calls import GuiCalls
from widgets.board.stream_label import StreamLabel
from widgets.board.terminal import TerminalView
from widgets.board.views import Memory, Views

_WIDE = 720


class BoardPanel(QWidget):
    """Everything about one board.

    ``command_wanted``: something that the application does, by its command and arguments.

    Args:
        targets: what can be connected to, the likeliest first. Called on a thread of its own whenever the
            menu opens: looking for ports takes a while on some systems.
        store: where the board's streams are counted.
        folder: where files of this computer are looked for first.
        memory: where the user's choices are kept from one start to the next.
    """

    command_wanted = Signal(str, list)

    def __init__(
        self,
        session: BoardSession,
        targets: Callable[[], Sequence[Target]],
        store: StreamStore,
        parent: QWidget | None = None,
        folder: Path | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(parent)
        self._folder = folder or Path.home()
        self._session = session
        self._calls = GuiCalls(self)
        self.terminal = TerminalView(session, self)
        memory = {} if memory is None else memory
        self.files = FilesView(session, self, self._folder, memory)
        self.files.run_local_wanted.connect(self.run_file)
        self.streams = StreamLabel(lambda: session.streams, store.count, self, lambda: session.traffic)
        self.ask = AskBar(self)
        self.disk_warning = DiskWarning(session, self)
        self.menu = ConnectMenu(session, targets, self.ask, self)
        self.menu.command_wanted.connect(self.command_wanted)
        self.views = Views(
            self.terminal, "Terminal", memory, "panel", wide=_WIDE, sizes=(560, 520), parent=self
        )
        self.pages: dict[str, QWidget] = {"Files": self.files}
        """The pages beside the terminal, by title."""
        self.files_action = self.views.add_page("Files", self.files)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._toolbar())
        layout.addWidget(self.views, 1)
        layout.addWidget(self.disk_warning)
        layout.addWidget(self.ask)
        layout.addWidget(self.streams, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.terminal)
        self.terminal.remedy_wanted.connect(self._remedy)
        self._calls.listen(session.status_changed, self._on_status)
        self._on_status(session.status)

    def _toolbar(self) -> QToolBar:
        bar = QToolBar(self)
        bar.setMovable(False)
        self.connect_button = QToolButton(self)
        self.connect_button.setText("Connect")
        self.connect_button.setToolTip("Choose a board to connect to")
        self.connect_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.connect_button.setMenu(self.menu)
        bar.addWidget(self.connect_button)
        self.run_action = bar.addAction("Run file …", self._choose_file)
        self.run_action.setToolTip("Run a Python file of this computer on the board")
        self.interrupt_action = bar.addAction("Interrupt", self._session.interrupt)
        self.interrupt_action.setToolTip("Send Ctrl-C to the program; the board's state stays")
        self.soft_reset_action = QAction("Soft reset", self)
        self.soft_reset_action.setToolTip("Start MicroPython anew; boot.py and main.py run")
        self.soft_reset_action.triggered.connect(lambda: self._session.reset(interrupt=True))
        self.hard_reset_action = QAction("Hard reset", self)
        self.hard_reset_action.setToolTip("Reset the whole board")
        self.hard_reset_action.triggered.connect(lambda: self._session.reset(hard=True))
        reset = QToolButton(self)
        reset.setText("Reset")
        reset.setToolTip("Soft reset or hard reset")
        reset.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        reset_menu = QMenu(reset)
        reset_menu.setToolTipsVisible(True)
        reset_menu.addActions([self.soft_reset_action, self.hard_reset_action])
        reset_menu.addSeparator()
        self.rescue_action = reset_menu.addAction("Rescue a locked board", self._session.rescue)
        self.rescue_action.setToolTip("Interrupt a main.py that locks everyone out, also across unplugging")
        reset.setMenu(reset_menu)
        bar.addWidget(reset)
        bar.addSeparator()
        bar.addActions([self.views.main_action, self.files_action])
        space = QWidget(bar)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        after_pages = bar.addWidget(space)
        self.views.page_added.connect(lambda action: bar.insertAction(after_pages, action))
        return bar

    def add_page(self, title: str, page: QWidget) -> QAction:
        """Add a page beside the terminal; the action that shows and hides it."""
        self.pages[title] = page
        return self.views.add_page(title, page)

    def show_page(self, title: str) -> None:
        """Bring a page into sight."""
        self.views.show_view(self.pages[title])
        self.pages[title].setFocus()

    def _on_status(self, status: Status) -> None:
        connected = status.state.connected
        for action in (
            self.run_action,
            self.interrupt_action,
            self.soft_reset_action,
            self.hard_reset_action,
        ):
            action.setEnabled(connected)
        target = self._session.target
        at_all = target is not None and status.state is not State.DISCONNECTED
        self.connect_button.setText(target.name if target and at_all else "Connect")

    def _remedy(self, remedy: Remedy) -> None:
        """A button beside the state that asks or shows something."""
        if not self.menu.apply(remedy, self.terminal.state_line.button(remedy)):
            self.connect_button.showMenu()

    # Running

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Run a file on the board", str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Python (*.py);;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.run_file(Path(name)))
        dialog.open()

    def run_file(self, path: Path) -> None:
        """Run a file in the board's memory; its output comes in the terminal."""
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.terminal.text.write(f"\r\n[{path}: cannot be read: {error}]\r\n")
            return
        self._session.run(source, path.name, interrupt=True)
        self.terminal.setFocus()
