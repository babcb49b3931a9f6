"""The files on the board: look, copy to and fro, delete, make folders."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from engines.board.operations import Operation, Progress
from engines.board.session import BoardSession
from engines.board.status import State, Status
from widgets.board.ask_bar import AskBar
from widgets.board.file_tree import ROOT, FileTree, join, size_text
from widgets.board.gui_calls import GuiCalls
from widgets.workspace.text import muted

_NOT_CONNECTED = "Connect a board to see its files."
_RUNNING = "A program is running. Its files show as soon as it ends."
_SETTLE = 300
_HEIGHT = 28


class FilesView(QWidget):
    """Lists a board's files when it is seen and the prompt is free; never interrupts a program."""

    def __init__(
        self, session: BoardSession, parent: QWidget | None = None, folder: Path | None = None
    ) -> None:
        """``folder``: where files of this computer are looked for first."""
        super().__init__(parent)
        self._computer_folder = folder or Path.home()
        self._session = session
        self._calls = GuiCalls(self)
        self._listed = False
        """What is shown is how the board was after its last program."""
        self._state = State.DISCONNECTED
        self.tree = FileTree(self)
        self.ask = AskBar(self)
        self._hint = QLabel(_NOT_CONNECTED, self, alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._note = QLabel(self)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._space = QLabel(self)
        self._settle = QTimer(self, interval=_SETTLE, singleShot=True)
        self._settle.timeout.connect(self._list_if_seen)
        self._lay_out()
        self.tree.list_wanted.connect(self._list)
        self.tree.dropped.connect(self.upload)
        self._calls.listen(session.status_changed, self._on_status)
        self._on_status(session.status)
        self._colour()

    def _lay_out(self) -> None:
        actions = [
            ("Upload …", "Copy files of this computer to the board", self._choose_uploads, None),
            ("Download …", "Copy the chosen file to this computer", self._choose_target, None),
            ("New folder …", "Make a folder on the board", self._ask_folder, None),
            ("Rename …", "Give the chosen entry another name", self._ask_name, QKeySequence(Qt.Key.Key_F2)),
            ("Delete …", "Delete the chosen entry", self._ask_delete, QKeySequence.StandardKey.Delete),
            ("Refresh", "List the files again", self.refresh, QKeySequence.StandardKey.Refresh),
        ]
        self._actions = [self._action(*each) for each in actions]
        self.tree.addActions(self._actions)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        menu = QMenu(self)
        menu.addActions(self._actions[2:])
        self._more = QToolButton(self)
        self._more.setText("More")
        self._more.setToolTip("New folder, rename, delete, refresh")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(menu)
        tools = QHBoxLayout()
        tools.setContentsMargins(4, 2, 4, 2)
        tools.setSpacing(0)
        for action in self._actions[:2]:
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setMinimumHeight(_HEIGHT)
            tools.addWidget(button)
        self._more.setAutoRaise(True)
        self._more.setMinimumHeight(_HEIGHT)
        tools.addWidget(self._more)
        tools.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 4)
        foot.setSpacing(8)
        foot.addWidget(self._note, 1)
        foot.addWidget(self._space)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(tools)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._hint, 1)
        layout.addWidget(self.ask)
        layout.addLayout(foot)

    def _action(
        self,
        text: str,
        hint: str,
        do: Callable[[], object],
        key: QKeySequence.StandardKey | QKeySequence | None,
    ) -> QAction:
        action = QAction(text, self)
        action.setToolTip(hint)
        action.triggered.connect(lambda checked=False: do())
        if key is not None:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        """Notes and hints are quiet."""
        for label in (self._hint, self._note, self._space):
            palette = QPalette(self.palette())
            palette.setColor(QPalette.ColorRole.WindowText, muted(self.palette()))
            label.setPalette(palette)

    # What the board does

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._list_if_seen()

    def _on_status(self, status: Status) -> None:
        before, self._state = self._state, status.state
        connected = status.state.connected
        self.tree.setVisible(connected and (self._listed or status.state is not State.RUNNING))
        self._hint.setVisible(not self.tree.isVisibleTo(self))
        self._hint.setText(_RUNNING if connected else _NOT_CONNECTED)
        for action in self._actions:
            action.setEnabled(connected)
        self._more.setEnabled(connected)
        if not connected:
            self._forget()
        elif status.state is State.PROMPT and before is not State.BUSY and before is not State.PROMPT:
            # A program may have written files.
            self._listed = False
            self._settle.start()

    def _forget(self) -> None:
        """What is gone must not look as if it were there."""
        self._settle.stop()
        self._listed = False
        self.tree.clear()
        self.ask.hide()
        self._space.clear()

    def _list_if_seen(self) -> None:
        if self.isVisible() and not self._listed and self._state in (State.PROMPT, State.BUSY):
            self.refresh()

    def refresh(self) -> None:
        """List every open folder again."""
        if not self._state.connected:
            return
        self._listed = True
        self._note.clear()
        for folder in self.tree.open_folders():
            self._list(folder)
        self._do(self._session.files.space(ROOT), self._show_space, quiet=True)

    def _list(self, folder: str) -> None:
        self._do(self._session.files.ls(folder), lambda entries: self.tree.show_entries(folder, entries))

    def _show_space(self, space: tuple[int, int]) -> None:
        free, total = space
        self._space.setText(f"{size_text(free)} of {size_text(total)} free")

    def _do(self, operation: Operation[Any], then: Callable[[Any], object], *, quiet: bool = False) -> None:
        """Show what came of an operation, or why it did not."""

        def done(future: Future[Any]) -> None:
            try:
                result = future.result()
            except CancelledError:
                self._note.setText(f"{operation.title}: cancelled.")
            except Exception as error:
                if not quiet:
                    self._note.setText(str(error))
            else:
                then(result)

        self._calls.when_done(operation, done)

    # What the user does

    def _choose_uploads(self) -> None:
        dialog = QFileDialog(self, "Copy to the board", str(self._computer_folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        folder = self.tree.folder
        dialog.filesSelected.connect(lambda names: self.upload([Path(name) for name in names], folder))
        dialog.open()

    def upload(self, files: list[Path], folder: str) -> None:
        """Copy files of this computer into a folder of the board."""
        for file in files:
            try:
                data = file.read_bytes()
            except OSError as error:
                self._note.setText(f"{file}: cannot be read ({error.strerror}).")
                continue
            target = join(folder, file.name)
            operation = self._session.files.put(target, data)
            self._follow(operation, target)
            self._do(operation, lambda _, target=target: self._changed(folder, f"{target} is written."))

    def _follow(self, operation: Operation[Any], path: str) -> None:
        def told(progress: Progress) -> None:
            percent = 100 * progress.done // max(progress.total, 1)
            self._note.setText(f"{path}: {percent} % of {size_text(progress.total)}")

        self._calls.listen(operation.progress, told)

    def _choose_target(self) -> None:
        chosen = self.tree.chosen
        if chosen is None or chosen[1]:
            self._note.setText("Choose a file to copy to this computer.")
            return
        path = chosen[0]
        dialog = QFileDialog(self, "Copy to this computer", str(self._computer_folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(path.rpartition("/")[2])
        dialog.fileSelected.connect(lambda name: self.download(path, Path(name)))
        dialog.open()

    def download(self, path: str, target: Path) -> None:
        """Copy a file of the board to this computer."""

        def write(data: bytes) -> None:
            try:
                target.write_bytes(data)
            except OSError as error:
                self._note.setText(f"{target}: cannot be written ({error.strerror}).")
            else:
                self._note.setText(f"{target.name}: {size_text(len(data))} copied.")

        self._do(self._session.files.get(path), write)

    def _ask_folder(self) -> None:
        folder = self.tree.folder

        def make(name: str) -> None:
            path = join(folder, name)
            self._do(self._session.files.mkdir(path), lambda _: self._changed(folder, ""))

        self.ask.ask_text(f"New folder in {folder}:", "Make it", "", make)

    def _ask_name(self) -> None:
        chosen = self.tree.chosen
        if chosen is None:
            return
        old = chosen[0]
        folder, _, name = old.rpartition("/")

        def rename(new: str) -> None:
            if new != name:
                operation = self._session.files.rename(old, join(folder, new))
                self._do(operation, lambda _: self._changed(folder or ROOT, ""))

        self.ask.ask_text(f"Rename {name} to:", "Rename", name, rename)

    def _ask_delete(self) -> None:
        chosen = self.tree.chosen
        if chosen is None:
            return
        path, is_folder = chosen
        folder = path.rpartition("/")[0] or ROOT
        what = f"{path} and everything in it" if is_folder else path

        def delete() -> None:
            operation = self._session.files.rm(path, tree=is_folder)
            self._do(operation, lambda _: self._changed(folder, f"{path} is deleted."))

        self.ask.confirm(f"Delete {what} from the board?", "Delete", delete)

    def _changed(self, folder: str, note: str) -> None:
        self._note.setText(note)
        self._list(folder)
        self._do(self._session.files.space(ROOT), self._show_space, quiet=True)
