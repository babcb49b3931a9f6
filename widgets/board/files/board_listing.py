"""Keeps the tree of the board's files as the board is, and grey while that cannot be known."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from engines.board.errors import BoardBusyError, CancelledError, DisconnectedError
from engines.board.files.board_files import Entry
from engines.board.files.disks import list_disks
from engines.board.session import BoardSession
from engines.board.status import State, Status
from widgets.board.file_tree import FileTree
from widgets.board.gui_calls import GuiCalls

_SETTLE = 300
_BATCH = 100
"""Milliseconds in which what arrives of a folder is gathered."""
_FREE = (State.PROMPT, State.BUSY)
_QUIET = (*_FREE, State.ENTRY)
"""Nothing runs that could change files: in ENTRY, a statement is only being typed."""


class BoardListing(QObject):
    """Lists when the tree is seen and the prompt is free; never interrupts a program.

    ``failed`` carries the error when something could not be listed. ``changed``: another state, or the tree
    is fresh or stale.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(self, session: BoardSession, tree: FileTree, owner: QWidget) -> None:
        super().__init__(owner)
        self._session = session
        self._tree = tree
        self._owner = owner
        self._calls = GuiCalls(owner)
        self.state = State.DISCONNECTED
        self.listed = False
        """The tree shows something of this board, be it old."""
        self._fresh = False
        self._waiting: set[str] = set()
        self._port = ""
        self._settle = QTimer(self, interval=_SETTLE, singleShot=True)
        self._settle.timeout.connect(self.list_if_seen)
        tree.list_wanted.connect(self.list_folder)
        self._calls.listen(session.status_changed, self._on_status)
        self._on_status(session.status)

    @property
    def stale(self) -> bool:
        """What is shown was so once; a program runs, or nothing is connected."""
        return self.listed and self.state not in _QUIET

    def _on_status(self, status: Status) -> None:
        before, self.state = self.state, status.state
        target = self._session.target
        if target is not None and target.name != self._port and status.state.connected:
            self._port = target.name
            self._tree.clear()
            self.listed = self._fresh = False
        if status.state not in _FREE:
            self._settle.stop()
            self._fresh = False
        elif status.state is State.PROMPT and before not in _FREE:
            self._settle.start()  # a program may have written files
        self._tree.set_stale(self.stale)
        self.changed.emit()

    def list_if_seen(self) -> None:
        if self._owner.isVisible() and not self._fresh and self.state in _FREE:
            self.refresh()

    def refresh(self) -> None:
        """List the disks and every open folder again."""
        if not self.state.connected:
            return
        self._fresh = True
        self._ask("Listing disks", list_disks, self._show_disks)
        for folder in self._tree.open_folders():
            self.list_folder(folder)

    def refresh_soon(self, folders: Iterable[str]) -> None:
        """Several changes in a row are listed once."""
        if not self._waiting:
            QTimer.singleShot(_SETTLE, self, self._refresh_waiting)
        self._waiting.update(folders)

    def _refresh_waiting(self) -> None:
        folders, self._waiting = self._waiting, set()
        self.refresh_folders(folders)

    def refresh_folders(self, folders: Iterable[str]) -> None:
        """List these folders, where they are shown, and the free space."""
        shown = set(self._tree.open_folders())
        for folder in sorted(shown.intersection(folders)):
            self.list_folder(folder)
        self._ask("Listing disks", list_disks, self._tree.show_disks)

    def list_folder(self, folder: str) -> None:
        """List one folder; a large one appears bit by bit."""
        arriving = _Arriving()

        def some(entries: list[Entry]) -> None:
            if arriving.add(entries):
                self._calls.post(lambda: QTimer.singleShot(_BATCH, self, show))

        def show() -> None:
            if entries := arriving.take():
                self._tree.show_entries(folder, entries, complete=False)

        def end(entries: list[Entry]) -> None:
            arriving.take()
            self._tree.show_entries(folder, entries)

        self._ask(f"Listing {folder}", lambda bench: bench.files.ls(folder, some), end)

    def _show_disks(self, disks: list[Any]) -> None:
        self.listed = True
        self._tree.show_disks(disks)
        self.changed.emit()

    def _ask(self, title: str, work: Any, then: Any) -> None:
        def done(future: Future[Any]) -> None:
            try:
                result = future.result()
            except (FutureCancelledError, CancelledError, DisconnectedError, BoardBusyError):
                self._fresh = False  # listed again when the prompt is back; the note says what goes on
            except Exception as error:
                self.failed.emit(error)
            else:
                then(result)

        self._calls.when_done(self._session.submit(title, work), done)


class _Arriving:
    """Entries on their way to the view, so that it is not busy with every few of them."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._guard = threading.Lock()

    def add(self, entries: list[Entry]) -> bool:
        """Whether these are the first ones since the last ``take``."""
        with self._guard:
            first = not self._entries
            self._entries += entries
            return first

    def take(self) -> list[Entry]:
        with self._guard:
            entries, self._entries = self._entries, []
            return entries
