"""The board's panel: connect, terminal, files, and what streams in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from engines.board.connection.transport import Target
from engines.board.session import BoardSession
from engines.board.status import Remedy
from engines.workspace.streams.store import StreamStore
from widgets.board.ask_bar import AskBar
from widgets.board.connect_menu import ConnectMenu
from widgets.board.disk_warning import DiskWarning
from widgets.board.files_view import FilesView
from widgets.board.gui_calls import GuiCalls
from widgets.board.page import Page
from widgets.board.stream_label import StreamLabel
from widgets.board.terminal import TerminalView
from widgets.board.toolbar import BoardToolbar
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
        self.toolbar = BoardToolbar(
            session, self.menu, self._choose_file, lambda name: self.command_wanted.emit(name, []), self
        )
        self.toolbar.pages.add(self.views.main_action)
        self.pages: dict[str, Page] = {}
        """The pages beside the terminal, by title."""
        self.files_action = self.add_page("Files", lambda: self.files)
        self.pages["Files"].content()  # at once: it is told what the board's programs do to the files
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.views, 1)
        layout.addWidget(self.disk_warning)
        layout.addWidget(self.ask)
        layout.addWidget(self.streams, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.terminal)
        self.terminal.remedy_wanted.connect(self._remedy)
        self._calls.listen(session.status_changed, self.toolbar.show_status)
        self.toolbar.show_status(session.status)

    def add_page(self, title: str, make: Callable[[], QWidget], *, rare: bool = False) -> QAction:
        """Add a page beside the terminal, made when it is first shown; the action that shows and hides it.

        ``rare``: the action is in the menu "More" only.
        """
        page = Page(make, self.views)
        self.pages[title] = page
        action = self.views.add_page(title, page)
        (self.toolbar.pages.add_rare if rare else self.toolbar.pages.add)(action)
        return action

    def show_page(self, title: str) -> None:
        """Bring a page into sight."""
        self.views.show_view(self.pages[title])
        self.pages[title].setFocus()

    def _remedy(self, remedy: Remedy) -> None:
        """A button beside the state that asks or shows something."""
        if not self.menu.apply(remedy, self.terminal.state_line.button(remedy)):
            self.toolbar.connect_button.showMenu()

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
