"""The computer's side of the file manager: one folder of it, with the ways to others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from widgets.board.ask_bar import AskBar
from widgets.board.files.board_mime import board_paths
from widgets.board.files.computer_edits import ComputerEdits
from widgets.board.files.computer_tree import ComputerTree
from widgets.board.files.own_keys import OwnKeys, make_action
from widgets.board.files.path_bar import PathBar
from widgets.board.notice_bar import NoticeBar
from widgets.board.views import Memory

_FOLDER = "computer.folder"


class ComputerPane(QWidget):
    """``copy_wanted`` carries files to copy to the board, ``run_wanted`` one to run there, ``paste_wanted``
    paths of the board to copy into a folder.

    Args:
        project: the folder to begin with, and to come back to.
        memory: where the folder shown last is kept.
        ask, note: where questions are asked and results told.
    """

    copy_wanted = Signal(list)
    run_wanted = Signal(Path)
    paste_wanted = Signal(list, Path)

    def __init__(
        self,
        board: str,
        project: Path,
        memory: Memory,
        ask: AskBar,
        note: NoticeBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._board = board
        self._project = project
        self._memory = memory
        self._ask = ask
        self._note = note
        self.edits = ComputerEdits()
        self.tree = ComputerTree(board, self)
        self.path_bar = PathBar(project, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.path_bar)
        layout.addWidget(self.tree, 1)
        self.setFocusProxy(self.tree)
        self._make_actions()
        self.path_bar.wanted.connect(self.go_to)
        self.tree.entered.connect(self.go_to)
        self.tree.dropped.connect(self.paste_wanted)
        self.go_to(Path(memory.get(_FOLDER, str(project))), quiet=True)

    @property
    def folder(self) -> Path:
        return self.tree.folder

    def go_to(self, folder: Path, *, quiet: bool = False) -> None:
        """Show a folder. One that is not there (any more) is told, and the project's is shown instead,
        or the home folder."""
        if not folder.is_absolute():
            folder = self._project / folder
        if not folder.is_dir():
            if not quiet:
                self._note.complain(f"{folder}: there is no such folder.")
                self.path_bar.show_folder(self.folder)
                return
            folder = self._project if self._project.is_dir() else Path.home()
        self.tree.show_folder(folder)
        self.path_bar.show_folder(folder)
        self._memory[_FOLDER] = str(folder)

    def _make_actions(self) -> None:
        key = QKeySequence.StandardKey
        self.copy_to_board = self._action(
            "Copy to the board", "Copy what is selected to the board", self._copy_over, "F6"
        )
        self.run_on_board = self._action("Run on the board", "Run this file in the board's memory", self._run)
        open_ = self._action("Open", "Open the file, or go into the folder", self._open)
        copy = self._action("Copy", "Copy to the clipboard, to paste on the board", self._copy, key.Copy)
        paste = self._action("Paste", "Copy what was copied on the board to here", self._paste, key.Paste)
        copy_path = self._action("Copy path", "The file's path as text", self._copy_path, "Ctrl+Shift+C")
        new = self._action("New folder …", "Make a folder here", self._ask_folder, "Ctrl+Shift+N")
        rename = self._action("Rename …", "Give it another name", self._ask_name, "F2")
        trash = self._action("Move to the trash", "Delete; it can be undone", self._trash, key.Delete)
        undo = self._action("Undo", "Take the last change here back", self._undo, key.Undo)
        redo = self._action("Redo", "Do it again", self._redo, key.Redo)
        up = self._action("Folder above", "Go up", lambda: self.go_to(self.path_bar.above), "Alt+Up")
        refresh = self._action("Refresh", "List the folder again", self._refresh, key.Refresh)
        self._menu = QMenu(self)
        for group in ((open_, self.run_on_board, self.copy_to_board), (copy, paste, copy_path),
                      (new, rename, trash), (undo, redo), (up, refresh)):  # fmt: skip
            self._menu.addActions(group)
            self._menu.addSeparator()
            self.tree.addActions(group)
        OwnKeys(self.tree)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(
            lambda point: self._menu.popup(self.tree.viewport().mapToGlobal(point))
        )

    def _action(
        self, text: str, hint: str, do: Callable[[], object], *keys: QKeySequence.StandardKey | str
    ) -> QAction:
        return make_action(self, text, hint, do, *keys)

    # What the user does

    def _copy_over(self) -> None:
        if chosen := self.tree.chosen:
            self.copy_wanted.emit(chosen)

    def _run(self) -> None:
        if chosen := self.tree.chosen:
            self.run_wanted.emit(chosen[0])

    def _open(self) -> None:
        for path in self.tree.chosen[:1]:
            (self.tree.entered if path.is_dir() else self.tree.opened).emit(path)

    def _copy(self) -> None:
        if self.tree.chosen:
            QApplication.clipboard().setMimeData(self.tree.clip())

    def _copy_path(self) -> None:
        QApplication.clipboard().setText("\n".join(map(str, self.tree.chosen)))

    def _paste(self) -> None:
        paths = board_paths(QApplication.clipboard().mimeData(), self._board)
        if paths:
            self.paste_wanted.emit(paths, self.folder)

    def _ask_folder(self) -> None:
        folder = self.folder
        self._ask.ask_text(
            f"New folder in {folder}:",
            "Make it",
            "",
            lambda name: self._do(lambda: self.edits.make_folder(folder, name)),
        )

    def _ask_name(self) -> None:
        for path in self.tree.chosen[:1]:
            self._ask.ask_text(
                f"Rename {path.name} to:",
                "Rename",
                path.name,
                lambda name, path=path: name == path.name or self._do(lambda: self.edits.rename(path, name)),
            )

    def _trash(self) -> None:
        if chosen := self.tree.chosen:
            self._do(lambda: self.edits.to_trash(chosen))

    def _undo(self) -> None:
        self._do(self.edits.undo, is_undo=True)

    def _redo(self) -> None:
        self._do(self.edits.redo, is_undo=True)

    def _refresh(self) -> None:
        folder = self.folder
        self.tree.files.setRootPath("")
        self.go_to(folder, quiet=True)

    def _do(self, edit: Callable[[], str], *, is_undo: bool = False) -> None:
        try:
            text = edit()
        except OSError as error:
            what = f"{error.filename or self.folder}: {error.strerror or error}."
            self._note.complain(what, *((("Forget it", self.edits.skip),) if is_undo else ()))
            return
        if not is_undo and self.edits.undo_label == text:
            self._note.say(f"{text}.", ("Undo", self._undo))
        else:
            self._note.say(f"{text}.")
