"""The file manager: this computer on one side, the board on the other, and what is on its way between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from engines.board.bench import RawBench
from engines.board.files.walk import join, name_of, parent
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.transfer.queue import Transfer, TransferQueue
from widgets.board.ask_bar import AskBar
from widgets.board.files.board_pane import BoardPane
from widgets.board.files.computer_pane import ComputerPane
from widgets.board.files.overwrite import Overwrite, Placed
from widgets.board.files.own_keys import make_action
from widgets.board.files.path_bar import tool_button
from widgets.board.files.transfer_list import TransferList
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import NoticeBar
from widgets.board.views import Memory, Views

_WIDE = 480
_RUN = """\
(lambda path: __import__("builtins").execfile(path) if hasattr(__import__("builtins"), "execfile")
 else exec(compile(open(path).read(), path, "exec"), globals()))({path!a})
"""


class FilesView(QWidget):
    """``open_wanted`` carries a file of the board to edit, ``open_local_wanted`` one of this computer,
    ``run_local_wanted`` one of this computer to run on the board.

    Args:
        folder: the project's folder, which the computer's side shows first.
        memory: where the user's choices are kept from one start to the next.
    """

    open_wanted = Signal(str)
    open_local_wanted = Signal(Path)
    run_local_wanted = Signal(Path)

    def __init__(
        self,
        session: BoardSession,
        parent: QWidget | None = None,
        folder: Path | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._calls = GuiCalls(self)
        memory = {} if memory is None else memory
        self.transfers = TransferQueue(session, self._replacing_there, self._replacing_here)
        self.ask = AskBar(self)
        self.note = NoticeBar(self, quiet=True)
        self.state_note = NoticeBar(self, quiet=True)
        self.board = BoardPane(session, self.ask, self.note, self.transfers, self)
        self.computer = ComputerPane(session.name, folder or Path.home(), memory, self.ask, self.note, self)
        self.tree = self.board.tree
        self.views = Views(
            self.board, "Board", memory, "files", wide=_WIDE, sizes=(400, 400), pages_first=True, parent=self
        )
        self.transfer_list = TransferList(self.transfers, self)
        self._lay_out()
        self._connect()
        self.destroyed.connect(self.board.edits.close)
        self.destroyed.connect(self.transfers.close)

    def _lay_out(self) -> None:
        left = QWidget(self)
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.computer, 1)
        between = QVBoxLayout()
        between.setContentsMargins(2, 32, 2, 0)
        between.setSpacing(4)
        self.to_board = tool_button(
            "right", "Copy to the board (F6)", self.computer.copy_to_board.trigger, self
        )
        self.to_computer = tool_button(
            "left", "Copy to this computer (F6)", self.board.copy_to_computer.trigger, self
        )
        for button in (self.to_board, self.to_computer):
            between.addWidget(button)
        between.addStretch(1)
        row.addLayout(between)
        self.computer_action = self.views.add_page("Computer", left)
        self._toggle = _toggle_button(self.computer_action, self)
        self._back = _toggle_button(self.views.main_action, self)
        self.board.head.insertWidget(0, self._toggle)
        self.computer.path_bar.row.insertWidget(0, self._back)
        self.views.rearranged.connect(self._show_back)
        self._show_back()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.views, 1)
        for each in (self.state_note, self.ask, self.note, self.transfer_list):
            layout.addWidget(each)

    def _connect(self) -> None:
        self.tree.opened.connect(self.open_wanted)
        self.computer.tree.opened.connect(self.open_local_wanted)
        self.computer.run_wanted.connect(self.run_local_wanted)
        self.computer.copy_wanted.connect(lambda files: self.upload(files, self.tree.folder))
        self.computer.paste_wanted.connect(self.download)
        self.board.copy_wanted.connect(self._copy_to_computer)
        self.board.paste_wanted.connect(self.upload)
        self.board.run_wanted.connect(self.run)
        self.board.listing.changed.connect(self._show_state)
        self._calls.listen(self.transfers.finished, self._on_finished)
        upload = make_action(self, "Upload …", "Choose files of this computer", self._choose_uploads)
        download = make_action(self, "Download …", "Choose where to on this computer", self._choose_target)
        first = self.board.menu.actions()[0]
        self.board.menu.insertActions(first, [upload, download])
        self.board.menu.insertSeparator(first)
        self._show_state()

    def _show_back(self) -> None:
        """Where there is room for one side, that of the computer has a way back to the board."""
        self._back.setVisible(not self.views.main_action.isChecked())

    def _show_state(self) -> None:
        listing = self.board.listing
        self.to_board.setEnabled(listing.state.connected)
        self.to_computer.setEnabled(listing.state.connected)
        if not listing.stale:
            self.state_note.clear()
        elif listing.state is State.RUNNING:
            text = "A program is running on the board. The files are shown as they were before."
            self.state_note.say(text, ("Interrupt", self._session.interrupt))
        elif listing.state.connected:
            self.state_note.say("The prompt is not free. The files are shown as they were before.")
        else:
            self.state_note.say("No board is connected. The files are shown as they were.")

    def refresh(self) -> None:
        self.board.listing.refresh()

    # Copying

    def upload(self, files: list[Path], folder: str) -> None:
        """Copy files and folders of this computer into a folder of the board; taken names are asked about."""
        by_name = {file.name: file for file in files}

        def queue(placed: list[Placed]) -> None:
            for each in placed:
                self.transfers.put(by_name[each.name], join(folder, each.target))

        def ask(taken: list[str]) -> None:
            Overwrite(self.ask, list(by_name), taken, folder, queue).begin()

        self.board.with_names(folder, ask)

    def download(self, paths: list[str], folder: Path) -> None:
        """Copy files and folders of the board into a folder of this computer."""
        by_name = {name_of(path): path for path in paths}
        try:
            taken = [each.name for each in folder.iterdir()]
        except OSError as error:
            self.note.complain(f"{folder}: {error.strerror}.")
            return

        def queue(placed: list[Placed]) -> None:
            for each in placed:
                self.transfers.get(by_name[each.name], folder / each.target)

        Overwrite(self.ask, list(by_name), taken, str(folder), queue).begin()

    def _replacing_there(self, bench: RawBench, path: str) -> AbstractContextManager[None]:
        return self.board.edits.replacing(bench, path)

    @contextmanager
    def _replacing_here(self, path: Path) -> Iterator[None]:
        """On the session's thread."""
        kept = self.computer.edits.keep(path)
        yield
        if kept is not None:
            self._calls.post(lambda: self.computer.edits.remember_replaced(path, kept))

    def _copy_to_computer(self, paths: list[str]) -> None:
        self.download(paths, self.computer.folder)

    def _on_finished(self, transfer: Transfer) -> None:
        if transfer.direction == "put":
            self.board.fetched.forget()
            self.board.listing.refresh_soon([parent(transfer.target), transfer.target])

    def _choose_uploads(self) -> None:
        dialog = QFileDialog(self, "Copy to the board", str(self.computer.folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        folder = self.tree.folder
        dialog.filesSelected.connect(lambda names: self.upload([Path(name) for name in names], folder))
        dialog.open()

    def _choose_target(self) -> None:
        paths = self.tree.chosen_paths
        if not paths:
            self.note.say("Select the files to copy to this computer.")
            return
        dialog = QFileDialog(self, "Copy to a folder of this computer", str(self.computer.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.download(paths, Path(name)))
        dialog.open()

    def run(self, path: str) -> None:
        """Run a file of the board there; its output comes in the terminal."""
        self._session.run(_RUN.format(path=path), name_of(path), interrupt=True)


def _toggle_button(action: QAction, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    return button
