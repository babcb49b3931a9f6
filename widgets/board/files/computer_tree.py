"""Files of this computer, listed by Qt in a thread of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QDir, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileSystemModel,
    QFrame,
    QHeaderView,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from engines.workspace.size_text import size_text
from widgets.board.files.board_mime import board_paths
from widgets.board.files.delegate import FileDelegate
from widgets.board.files.icons import line_icon
from widgets.workspace.text import muted

_NAME, _SIZE, _COLUMNS = 0, 1, 4


class _Delegate(FileDelegate):
    def __init__(self, model: QFileSystemModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._icons = {True: line_icon("folder"), False: line_icon("file")}

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.column() == _NAME:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.icon = self._icons[self._model.isDir(index)]
        elif index.column() == _SIZE:
            option.text = "" if self._model.isDir(index) else size_text(self._model.size(index))
            option.palette.setColor(QPalette.ColorRole.Text, muted(option.palette))


class _Model(QFileSystemModel):
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles as on the board's side: Qt's own are indented and aligned in other ways."""
        is_text = role == Qt.ItemDataRole.DisplayRole
        return super().headerData(section, orientation, role) if is_text else None


class ComputerTree(QTreeView):
    """``opened`` carries a file, ``entered`` a folder to go to, ``dropped`` paths of the board and the
    folder for them."""

    opened = Signal(Path)
    entered = Signal(Path)
    dropped = Signal(list, Path)

    def __init__(self, board: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self.files = _Model(self)
        self.files.setOption(QFileSystemModel.Option.DontUseCustomDirectoryIcons)
        self.files.setFilter(QDir.Filter.AllEntries | QDir.Filter.NoDotAndDotDot)
        self.setModel(self.files)
        self.setItemDelegate(_Delegate(self.files, self))
        for column in range(_SIZE + 1, _COLUMNS):
            self.hideColumn(column)
        header = self.header()
        header.setStretchLastSection(False)
        header.setResizeContentsPrecision(0)  # looks at what is seen, not at thousands of rows
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_SIZE, QHeaderView.ResizeMode.ResizeToContents)
        self.setSortingEnabled(True)
        self.sortByColumn(_NAME, Qt.SortOrder.AscendingOrder)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Files of this computer")
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)

    @property
    def folder(self) -> Path:
        """The folder that is shown."""
        return Path(self.files.rootPath())

    def show_folder(self, folder: Path) -> None:
        self.setRootIndex(self.files.setRootPath(str(folder)))
        self.clearSelection()
        self.scrollToTop()

    @property
    def chosen(self) -> list[Path]:
        """The selected files and folders."""
        return [Path(self.files.filePath(row)) for row in self.selectionModel().selectedRows(_NAME)]

    def choose(self, path: Path) -> None:
        index = self.files.index(str(path))
        if index.isValid():
            self.setCurrentIndex(index)

    def clip(self) -> QMimeData:
        """What is selected, for the clipboard."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self.chosen])
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._open(self.indexAt(event.position().toPoint()))
            return
        super().mouseDoubleClickEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            path = Path(self.files.filePath(index))
            (self.entered if self.files.isDir(index) else self.opened).emit(path)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Nobody takes files away from here; Qt's picture of the row would hide where they go."""
        drag = QDrag(self)
        drag.setMimeData(self.clip())
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._welcome(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        self._welcome(event)

    def _welcome(self, event: QDragMoveEvent) -> None:
        if not board_paths(event.mimeData(), self._board):
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = board_paths(event.mimeData(), self._board)
        if not paths:
            return
        index = self.indexAt(event.position().toPoint())
        folder = Path(self.files.filePath(index)) if index.isValid() else self.folder
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(paths, folder if folder.is_dir() else folder.parent)
