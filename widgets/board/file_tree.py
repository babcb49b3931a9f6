"""The board's files as a tree whose folders are listed when they are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeView, QWidget

from engines.board.files.board_files import Entry
from engines.board.files.disks import Disk
from engines.board.files.walk import parent
from widgets.board.files.board_mime import board_data, board_paths, local_files
from widgets.board.files.board_model import NAME, SIZE, BoardFileModel, Node
from widgets.board.files.delegate import FileDelegate

ROOT = "/"
FLASH = "/flash"


class FileTree(QTreeView):
    """``list_wanted`` carries the folder whose entries are needed, ``opened`` a file,
    ``dropped`` files of this computer and the folder for them, ``moved`` paths of the board and theirs,
    ``not_taken`` paths that were dragged to where nobody takes them.

    Args:
        board: the board's name, so that another board's files are not taken for its own.
        fetched: the copies of paths of the board on this computer that there are already, for other programs.
    """

    list_wanted = Signal(str)
    opened = Signal(str)
    dropped = Signal(list, str)
    moved = Signal(list, str)
    not_taken = Signal(list)

    def __init__(
        self,
        parent: QWidget | None = None,
        board: str = "board",
        fetched: Callable[[list[str]], list[Path]] = lambda paths: [],
    ) -> None:
        super().__init__(parent)
        self._board = board
        self._fetched = fetched
        self._disk_opened = False
        self.files = BoardFileModel(self)
        self.setModel(self.files)
        self.setItemDelegate(FileDelegate(self))
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        header = self.header()
        header.setStretchLastSection(False)
        header.setResizeContentsPrecision(0)  # looks at what is seen, not at thousands of rows
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(SIZE, QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Files on the board")
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.expanded.connect(lambda index: self.list_wanted.emit(self.files.node_at(index).path))

    # What is shown

    def show_disks(self, disks: Iterable[Disk]) -> None:
        """Show the board's disks; the first one opens by itself, once."""
        self.files.show_disks(disks)
        if not self._disk_opened and self.files.disks:
            self._disk_opened = True
            self.expand(self.files.index(0, NAME))

    def show_entries(self, folder: str, entries: Iterable[Entry], *, complete: bool = True) -> None:
        """Show what is in a folder now; opened folders within it stay open."""
        self.files.show_entries(folder, entries, complete=complete)

    def set_stale(self, stale: bool) -> None:
        """Grey what may not be so any more."""
        self.files.stale = stale
        self.viewport().update()

    def clear(self) -> None:
        self._disk_opened = False
        self.files.clear()

    def open_folders(self) -> list[str]:
        """Every disk and folder that is open, outermost first."""
        found: list[str] = []
        waiting = self.files.disks
        while waiting:
            node = waiting.pop(0)
            if self.isExpanded(self.files.index_of(node)):
                found.append(node.path)
                waiting += [child for child in node.children if child.is_dir]
        return found

    # What is chosen

    @property
    def chosen(self) -> list[Node]:
        """The selected files and folders, in the order they stand in; nothing within a selected folder."""
        rows = self.selectionModel().selectedRows(NAME)
        nodes = {node.path: node for node in map(self.files.node_at, rows)}
        return [node for path, node in sorted(nodes.items()) if not _is_within(path, nodes)]

    @property
    def folder(self) -> str:
        """The folder that new things go into: the current one, or the one of the current file."""
        return self._folder_of(self.currentIndex())

    def choose(self, path: str) -> None:
        """Select one entry, if it is listed."""
        node = self.files.node(path)
        if node is not None:
            self.setCurrentIndex(self.files.index_of(node))

    def _folder_of(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Nowhere in particular is the first disk."""
        if not index.isValid():
            disks = self.files.disks
            return disks[0].path if disks else ROOT
        node = self.files.node_at(index)
        return node.path if node.is_dir else parent(node.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and not self.files.node_at(index).is_dir:
            self._open(index)
            return
        super().mouseDoubleClickEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        node = self.files.node_at(index)
        if node.is_dir:
            self.setExpanded(index, not self.isExpanded(index))
        else:
            self.opened.emit(node.path)

    # Drag and drop

    @property
    def chosen_paths(self) -> list[str]:
        """What is selected, without disks."""
        return [node.path for node in self.chosen if node.disk is None]

    def drag_data(self) -> QMimeData | None:
        """What is selected, for a drag or the clipboard."""
        paths = self.chosen_paths
        return board_data(self._board, paths, self._fetched(paths)) if paths else None

    def startDrag(self, actions: Qt.DropAction) -> None:
        data = self.drag_data()
        if data is None:
            return
        drag = QDrag(self)
        drag.setMimeData(data)
        paths = self.chosen_paths
        both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        if drag.exec(both, Qt.DropAction.CopyAction) is Qt.DropAction.IgnoreAction and not data.hasUrls():
            self.not_taken.emit(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._welcome(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # scrolls at the edges, opens folders
        self._welcome(event)

    def _welcome(self, event: QDragMoveEvent) -> None:
        data = event.mimeData()
        if board_paths(data, self._board):
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()
        elif local_files(data):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        folder = self._folder_of(self.indexAt(_point(event)))
        if files := local_files(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(files, folder)
        elif paths := board_paths(event.mimeData(), self._board):
            # The move is ours to make: whoever drags must not take anything away.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.moved.emit([path for path in paths if parent(path) != folder], folder)


def _point(event: QDropEvent) -> QPoint:
    return event.position().toPoint()


def _is_within(path: str, others: Iterable[str]) -> bool:
    return any(path.startswith(f"{other.rstrip('/')}/") and path != other for other in others)
