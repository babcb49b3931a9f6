"""The board's panel: connect, terminal, files, and what streams in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QSizePolicy,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engines.board.port_errors import PortError
from engines.board.session import BoardSession
from engines.board.status import State, Status
from engines.board.transport import Target
from engines.workspace.streams.store import StreamStore
from widgets.board.files_view import FilesView
from widgets.board.gui_calls import GuiCalls
from widgets.board.stream_label import StreamLabel
from widgets.board.terminal import TerminalView

_WIDE = 720


class BoardPanel(QWidget):
    """Everything about one board.

    Args:
        targets: what can be connected to, the likeliest first. Called on a thread of its own whenever the
            menu opens: looking for ports takes a while on some systems.
        store: where the board's streams are counted.
        folder: where files of this computer are looked for first.
    """

    def __init__(
        self,
        session: BoardSession,
        targets: Callable[[], Sequence[Target]],
        store: StreamStore,
        parent: QWidget | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._folder = folder or Path.home()
        self._session = session
        self._targets = targets
        self._calls = GuiCalls(self)
        self._files_chosen = False
        self.terminal = TerminalView(session, self)
        self.files = FilesView(session, self, self._folder)
        self.streams = StreamLabel(lambda: session.streams, store.count, self)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self.look_for_targets)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.terminal)
        splitter.addWidget(self.files)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([640, 280])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._toolbar())
        layout.addWidget(splitter, 1)
        self.setFocusProxy(self.terminal)
        self.terminal.connect_wanted.connect(self.connect_button.showMenu)
        self._calls.listen(session.status_changed, self._on_status)
        self._on_status(session.status)
        self._fill_menu(())

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
        reset.setMenu(reset_menu)
        bar.addWidget(reset)
        self.files_action = bar.addAction("Files")
        self.files_action.setToolTip("Show or hide the board's files")
        self.files_action.setCheckable(True)
        self.files_action.setChecked(True)
        self.files_action.toggled.connect(self.files.setVisible)
        self.files_action.triggered.connect(self._choose_files_shown)
        space = QWidget(bar)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        bar.addWidget(self.streams)
        return bar

    def _choose_files_shown(self) -> None:
        self._files_chosen = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow panel is the terminal's, unless the user wants the files."""
        super().resizeEvent(event)
        if not self._files_chosen:
            self.files_action.setChecked(self.width() >= _WIDE)

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

    # Connecting

    def look_for_targets(self) -> None:
        """Fill the menu anew, without waiting for it."""

        def look() -> None:
            try:
                found = tuple(self._targets())
            except (OSError, PortError):
                found = ()
            self._calls.post(lambda: self._fill_menu(found))

        threading.Thread(target=look, name="board-ports", daemon=True).start()

    def _fill_menu(self, targets: Sequence[Target]) -> None:
        self.menu.clear()
        for target in targets:
            text = f"{target.name}  —  {target.description}" if target.description else target.name
            self.menu.addAction(text, lambda target=target: self._session.connect(target))
        if not targets:
            self.menu.addAction("Looking for ports …").setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction("Disconnect", self._session.disconnect).setEnabled(
            self._session.target is not None
        )

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
