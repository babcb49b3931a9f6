"""The board's side of the file manager: its disks, and everything that can be done to what is on them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from engines.board.errors import CancelledError
from engines.board.files.file_edits import Edited, FileEdits
from engines.board.files.kept_copies import TooLargeToKeepError
from engines.board.files.walk import join, name_of, parent
from engines.board.operations import Operation
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.storage.disk_format import Formatted, format_board, suggests_damage
from engines.board.transfer.queue import TransferQueue
from engines.workspace.size_text import size_text
from widgets.board.ask_bar import AskBar
from widgets.board.file_tree import FileTree
from widgets.board.files.board_listing import BoardListing
from widgets.board.files.board_mime import board_data, board_paths, local_files
from widgets.board.files.fetched import Fetched
from widgets.board.files.overwrite import Overwrite, Placed
from widgets.board.files.own_keys import OwnKeys, make_action
from widgets.board.files.path_bar import tool_button
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import NoticeBar
from widgets.workspace.text import muted

_NOT_CONNECTED = "Connect a board to see its files."
_RUNNING = "A program is running. The files show as soon as it ends."
_WAIT = "Listing the files …"
_FAILED = "The files could not be listed."


class BoardPane(QWidget):
    """``copy_wanted`` carries paths to copy to this computer, ``paste_wanted`` files of this computer and
    the folder for them, ``run_wanted`` a path.

    Args:
        ask, note: where questions are asked and results told.
        transfers: what copies files to this computer, for other programs.
    """

    copy_wanted = Signal(list)
    paste_wanted = Signal(list, str)
    run_wanted = Signal(str)

    def __init__(
        self,
        session: BoardSession,
        ask: AskBar,
        note: NoticeBar,
        transfers: TransferQueue,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._ask = ask
        self._note = note
        self._calls = GuiCalls(self)
        self.edits = FileEdits(session)
        self.fetched = Fetched(session, transfers, self)
        self.tree = FileTree(self, session.name, self.fetched.files)
        self._hint = QLabel(_NOT_CONNECTED, self, alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(4, 2, 4, 2)
        self.head.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self.head)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._hint, 1)
        self.setFocusProxy(self.tree)
        self._make_actions()
        self.listing = BoardListing(session, self.tree, self)
        self.listing.failed.connect(self._on_failed)
        self.listing.changed.connect(self._show_state)
        self._broken_off: Edited | None = None
        """What the operation that fails next has done all the same."""
        self._calls.listen(self.edits.changed, self._on_edited)
        self.tree.dropped.connect(self.paste_wanted)
        self.tree.moved.connect(self.move)
        self.tree.not_taken.connect(self._offer_to_fetch)
        self.fetched.ready.connect(self._give_away)
        self.fetched.refused.connect(note.complain)
        self._show_state()
        self._colour()

    def _make_actions(self) -> None:
        key = QKeySequence.StandardKey
        action = self._action
        self.copy_to_computer = action(
            "Copy to this computer", "Copy what is selected to this computer", self._copy_over, "F6"
        )
        self.run = action("Run on the board", "Run this file; its output comes in the terminal", self._run)
        open_ = action("Open", "Open the file in an editor, or the folder", self._open)
        copy = action("Copy", "Copy, to paste into a folder of this computer", self._copy, key.Copy)
        fetch = action("Fetch for other programs", "Then drag it to one of them, or paste it", self._fetch)
        paste = action("Paste", "Copy files of this computer to here", self._paste, key.Paste)
        copy_path = action("Copy path", "The path on the board as text", self._copy_path, "Ctrl+Shift+C")
        file = action("New file …", "Make an empty file", self._ask_file, "Ctrl+Alt+N")
        folder = action("New folder …", "Make a folder", self._ask_folder, "Ctrl+Shift+N")
        rename = action("Rename …", "Give it another name", self._ask_name, "F2")
        delete = action("Delete", "Delete; it can be undone", self._delete, key.Delete)
        undo = action("Undo", "Take the last change to the board's files back", self.undo, key.Undo)
        redo = action("Redo", "Do it again", self.redo, key.Redo)
        refresh = action("Refresh", "List the files again", self._refresh, key.Refresh)
        self._needs_board = [self.run, self.copy_to_computer, paste, file, folder, rename, delete, undo, redo,
                             refresh, copy, fetch]  # fmt: skip
        self.menu = QMenu(self)
        groups = (
            (open_, self.run, self.copy_to_computer),
            (copy, fetch, paste, copy_path),
            (file, folder, rename, delete),
            (undo, redo, refresh),
        )
        for group in groups:
            self.menu.addActions(group)
            self.menu.addSeparator()
            self.tree.addActions(group)
        OwnKeys(self.tree)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(
            lambda point: self.menu.popup(self.tree.viewport().mapToGlobal(point))
        )
        self._make_head(refresh, [file, folder])

    def _make_head(self, refresh: QAction, new: list[QAction]) -> None:
        self.head.addStretch(1)
        self._add_menu_button("plus", "New file or folder", new)
        self._add_button("refresh", "Refresh (F5)").clicked.connect(refresh.trigger)
        self._add_menu_button("more", "Everything that can be done", self.menu.actions())

    def _add_button(self, icon: str, hint: str) -> QToolButton:
        button = tool_button(icon, hint, lambda: None, self)
        self.head.addWidget(button)
        return button

    def _add_menu_button(self, icon: str, hint: str, actions: list[QAction]) -> None:
        button = self._add_button(icon, hint)
        menu = QMenu(button)
        menu.addActions(actions)
        button.setMenu(menu)
        button.setPopupMode(button.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton { padding: 3px; } QToolButton::menu-indicator { image: none; }")

    def _action(
        self, text: str, hint: str, do: Callable[[], object], *keys: QKeySequence.StandardKey | str
    ) -> QAction:
        return make_action(self, text, hint, do, *keys)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.listing.list_if_seen()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, muted(self.palette()))
        self._hint.setPalette(palette)

    def _show_state(self) -> None:
        state = self.listing.state
        if self.listing.stale:
            self.fetched.forget()
        self.tree.setVisible(self.listing.listed)
        self._hint.setVisible(not self.listing.listed)
        if not state.connected:
            self._hint.setText(_NOT_CONNECTED)
        else:
            self._hint.setText(_RUNNING if state is State.RUNNING else _WAIT)
        for action in self._needs_board:
            action.setEnabled(state.connected)

    def _on_failed(self, error: Exception) -> None:
        offers = (("Format …", self.ask_format),) if suggests_damage(error) else ()
        self._note.complain(str(error), *offers)
        if not self.listing.listed:
            self._hint.setText(_FAILED)

    def ask_format(self) -> None:
        """Whether the board's disk shall be made anew; then it is."""
        self._ask.confirm(
            f"Format the disk of {self._session.name}? Every file on it is lost; this cannot be undone.",
            "Format",
            lambda: self._watch(format_board(self._session), self._on_formatted),
        )

    def _on_formatted(self, done: Formatted) -> None:
        self._note.say(f"{done.path} is formatted ({done.kind}, {size_text(done.size)}) and empty.")
        self.listing.refresh()

    def _on_edited(self, edited: Edited) -> None:
        self._broken_off = edited if edited.broken_off else None
        self.fetched.forget()
        self.listing.refresh_folders(edited.folders)

    # What the user does

    def _refresh(self) -> None:
        self._note.clear()
        self.listing.refresh()

    def _open(self) -> None:
        for node in self.tree.chosen[:1]:
            if node.is_dir:
                self.tree.expand(self.tree.files.index_of(node))
            else:
                self.tree.opened.emit(node.path)

    def _run(self) -> None:
        for node in self.tree.chosen[:1]:
            if not node.is_dir:
                self.run_wanted.emit(node.path)

    def _copy_over(self) -> None:
        if paths := self.tree.chosen_paths:
            self.copy_wanted.emit(paths)

    def _copy(self) -> None:
        data, paths = self.tree.drag_data(), self.tree.chosen_paths
        if data is None:
            return
        QApplication.clipboard().setMimeData(data)
        if not data.hasUrls():
            self._note.say(
                f"Copied {_names(paths)}: paste into a folder of this computer here.",
                ("For other programs", lambda: self.fetched.fetch(paths)),
            )

    def _offer_to_fetch(self, paths: list[str]) -> None:
        """Another program waits for what it is given, so files travel before that."""
        self._note.say(
            f"Other programs take files of this computer. Fetch {_names(paths)} first, then drag again.",
            ("Fetch", lambda: self.fetched.fetch(paths)),
        )

    def _give_away(self, paths: list[str]) -> None:
        clipboard = QApplication.clipboard()
        is_copied = board_paths(clipboard.mimeData(), self._session.name) == paths
        if is_copied:
            clipboard.setMimeData(board_data(self._session.name, paths, self.fetched.files(paths)))
        how = "drag it to another program, or paste it there" if is_copied else "drag it to another program"
        self._note.say(f"Fetched {_names(paths)}: {how}.")

    def _fetch(self) -> None:
        self._copy()
        if paths := self.tree.chosen_paths:
            self.fetched.fetch(paths)

    def _copy_path(self) -> None:
        QApplication.clipboard().setText("\n".join(node.path for node in self.tree.chosen))

    def _paste(self) -> None:
        if files := local_files(QApplication.clipboard().mimeData()):
            self.paste_wanted.emit(files, self.tree.folder)

    def _ask_file(self) -> None:
        folder = self.tree.folder
        self._ask_new("New file", folder, lambda name: self.edits.make_file(join(folder, name)))

    def _ask_folder(self) -> None:
        folder = self.tree.folder
        self._ask_new("New folder", folder, lambda name: self.edits.make_folder(join(folder, name)))

    def _ask_new(self, what: str, folder: str, make: Callable[[str], Operation[Edited]]) -> None:
        def then(name: str) -> None:
            if self._is_name(name):
                self._follow(make(name), lambda edited: self._choose_later(join(folder, name)))

        self._ask.ask_text(f"{what} in {folder}:", "Make it", "", then)

    def _ask_name(self) -> None:
        chosen = [node for node in self.tree.chosen if node.disk is None]
        if not chosen:
            return
        old, name = chosen[0].path, chosen[0].name

        def rename(new: str) -> None:
            if new != name and self._is_name(new):
                then = join(parent(old), new)
                self._follow(self.edits.rename(old, new), lambda edited: self._choose_later(then))

        self._ask.ask_text(f"Rename {name} to:", "Rename", name, rename)

    def _is_name(self, name: str) -> bool:
        if "/" not in name and name not in (".", ".."):
            return True
        self._note.complain(f"{name}: a name holds no slash. To move something, drag it to its folder.")
        return False

    def _choose_later(self, path: str) -> None:
        """Once the folder is listed again."""
        folder = parent(path)
        operation = self._session.submit(f"Listing {folder}", lambda bench: None)
        self._calls.when_done(operation, lambda done: self.tree.choose(path))

    def move(self, paths: list[str], folder: str) -> None:
        """Move files and folders into another folder of the board; taken names are asked about."""
        if not paths:
            return

        def place(placed: list[Placed]) -> None:
            if not placed:
                return
            olds = [next(path for path in paths if name_of(path) == each.name) for each in placed]
            away = [join(folder, each.target) for each in placed if each.replaces]
            names = [each.target for each in placed]
            self._follow(self.edits.move(olds, folder, names, replace=away))

        def ask(taken: list[str]) -> None:
            Overwrite(self._ask, list(map(name_of, paths)), taken, folder, place).begin()

        self.with_names(folder, ask)

    def with_names(self, folder: str, then: Callable[[list[str]], object]) -> None:
        """What is in a folder of the board now; trouble is told."""
        operation = self._session.files.ls(folder)
        self._watch(operation, lambda entries: then([entry.name for entry in entries]))

    def _delete(self) -> None:
        if paths := self.tree.chosen_paths:
            self.delete(paths)

    def delete(self, paths: list[str]) -> None:
        """Delete with a copy kept; what is too large for one is asked about."""
        count = _names(paths)

        def anyway(error: TooLargeToKeepError) -> None:
            self._ask.confirm(
                f"Delete {count}? With {size_text(error.size)} it is too large to keep a copy of: "
                "this cannot be undone.",
                "Delete for good",
                lambda: self._follow(self.edits.delete(paths, keep=False)),
            )

        operation = self.edits.delete(paths)
        self._note.say(f"Keeping a copy of {count} …", ("Cancel", operation.cancel))
        self._follow(operation, refused=anyway)

    def undo(self) -> None:
        self._travel(self.edits.undo_label, self.edits.undo, self.edits.skip_undo)

    def redo(self) -> None:
        self._travel(self.edits.redo_label, self.edits.redo, self.edits.skip_redo)

    def _travel(
        self, label: str | None, go: Callable[[], Operation[Edited]], skip: Callable[[], object]
    ) -> None:
        if label is None:
            self._note.say("There is nothing to undo or redo on this board.")
            return

        def failed(error: Exception) -> None:
            self._note.complain(str(error), ("Forget it", lambda: (skip(), self._note.clear())))

        self._watch(go(), lambda edited: self._note.say(f"{edited.text}."), failed)

    def _follow(
        self,
        operation: Operation[Edited],
        then: Callable[[Edited], object] = lambda edited: None,
        refused: Callable[[TooLargeToKeepError], object] = lambda error: None,
    ) -> None:
        def done(edited: Edited) -> None:
            self._note.say(f"{edited.text}.", *((("Undo", self.undo),) if edited.undoable else ()))
            then(edited)

        def failed(error: Exception) -> None:
            if isinstance(error, TooLargeToKeepError):
                self._note.clear()
                refused(error)
            else:
                self._note.complain(str(error))

        self._watch(operation, done, failed)

    def _watch(
        self,
        operation: Operation[Any],
        then: Callable[[Any], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        def done(future: Future[Any]) -> None:
            stopped, self._broken_off = self._broken_off, None
            try:
                result = future.result()
            except (FutureCancelledError, CancelledError):
                self._say_stopped("Cancelled.", stopped)
            except Exception as error:
                if stopped is not None:
                    self._say_stopped(str(error), stopped)
                else:
                    (failed or (lambda each: self._note.complain(str(each))))(error)
            else:
                then(result)

        self._calls.when_done(operation, done)

    def _say_stopped(self, why: str, edited: Edited | None) -> None:
        """What was done before it was broken off, and the way back."""
        if edited is None:
            self._note.say(f"{why} Nothing was changed.")
        elif edited.undoable:
            self._note.complain(f"{why} {edited.text}. Undo puts everything back.", ("Undo", self.undo))
        else:
            self._note.complain(f"{why} {edited.text}. That cannot be undone.")


def _names(paths: list[str]) -> str:
    return name_of(paths[0]) if len(paths) == 1 else f"these {len(paths)} entries"
