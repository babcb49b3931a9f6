"""The board's files as a tree whose folders are listed when they are opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from engines.board.files import Entry

PATH = Qt.ItemDataRole.UserRole
FOLDER = Qt.ItemDataRole.UserRole + 1
ROOT = "/"
FLASH = "/flash"


class FileTree(QTreeWidget):
    """``list_wanted`` carries the folder whose entries are needed, ``dropped`` files and the folder."""

    list_wanted = Signal(str)
    dropped = Signal(list, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.setHeaderLabels(["Name", "Size"])
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Files on the board")
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setUniformRowHeights(True)
        self._flash_met = False
        self.itemExpanded.connect(lambda item: self.list_wanted.emit(item.data(0, PATH)))

    def show_entries(self, folder: str, entries: list[Entry]) -> None:
        """Show what is in a folder now; opened folders within it stay open."""
        parent = self._item(folder)
        if parent is None:
            return
        now = {(entry.name, entry.is_dir) for entry in entries}
        for row in reversed(range(parent.childCount())):
            if (parent.child(row).text(0), parent.child(row).data(0, FOLDER)) not in now:
                parent.removeChild(parent.child(row))
        # What is left and what is listed have one order: folders first, then by name.
        for row, entry in enumerate(entries):
            item = parent.child(row)
            if item is None or item.text(0) != entry.name:
                item = self._make(folder, entry)
                parent.insertChild(row, item)
            item.setText(1, "" if entry.is_dir else size_text(entry.size))
        flash = self._item(FLASH)
        if parent is self.invisibleRootItem() and flash is not None and not self._flash_met:
            self._flash_met = True
            flash.setExpanded(True)

    def _make(self, folder: str, entry: Entry) -> QTreeWidgetItem:
        item = QTreeWidgetItem([entry.name, ""])
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setData(0, PATH, join(folder, entry.name))
        item.setData(0, FOLDER, entry.is_dir)
        if entry.is_dir:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return item

    def open_folders(self) -> list[str]:
        """The root and every folder that is open, outermost first."""
        found, waiting = [ROOT], [self.invisibleRootItem()]
        while waiting:
            item = waiting.pop(0)
            for row in range(item.childCount()):
                if item.child(row).isExpanded():
                    found.append(item.child(row).data(0, PATH))
                    waiting.append(item.child(row))
        return found

    @property
    def chosen(self) -> tuple[str, bool] | None:
        """Path of the current entry and whether it is a folder."""
        item = self.currentItem()
        return None if item is None else (item.data(0, PATH), bool(item.data(0, FOLDER)))

    @property
    def folder(self) -> str:
        """The folder that new things go into: the current one, or the one of the current file."""
        return self._folder_of(self.currentItem())

    def _folder_of(self, item: QTreeWidgetItem | None) -> str:
        """Nowhere in particular is ``/flash`` where there is one: the root above it holds no files."""
        if item is None:
            return FLASH if self._item(FLASH) is not None else ROOT
        path: str = item.data(0, PATH)
        return path if item.data(0, FOLDER) else path.rpartition("/")[0] or ROOT

    def _item(self, folder: str) -> QTreeWidgetItem | None:
        item = self.invisibleRootItem()
        for name in folder.strip("/").split("/") if folder != ROOT else []:
            children = (item.child(row) for row in range(item.childCount()))
            found = next((child for child in children if child.text(0) == name), None)
            if found is None:
                return None
            item = found
        return item

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files, self._folder_of(self.itemAt(event.position().toPoint())))


def join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"


def size_text(size: int) -> str:
    """A size for people: 950 B, 12.3 kB, 1.5 MB."""
    if size < 0:
        return ""
    if size < 1000:
        return f"{size} B"
    for unit, power in (("kB", 1e3), ("MB", 1e6)):
        if size < 1000 * power:
            return f"{size / power:.1f} {unit}"
    return f"{size / 1e9:.1f} GB"
