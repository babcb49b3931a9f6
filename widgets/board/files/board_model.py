"""The board's disks, folders and files as an item model: what was listed so far, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QIcon

from engines.board.files.board_files import Entry
from engines.board.files.disks import Disk
from engines.board.files.walk import join
from engines.workspace.size_text import size_text
from widgets.board.files.icons import line_icon
from widgets.workspace.text import muted

Index = QModelIndex | QPersistentModelIndex
NAME, SIZE = range(2)
USED = Qt.ItemDataRole.UserRole
"""The part of a disk that is in use, from 0 to 1; None for everything else, and where it is not known."""

_DISK_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDropEnabled
_FOLDER_FLAGS = _DISK_FLAGS | Qt.ItemFlag.ItemIsDragEnabled
_FILE_FLAGS = _FOLDER_FLAGS | Qt.ItemFlag.ItemNeverHasChildren


class Node:
    """A disk, folder or file; ``children`` of a folder in the order in which they are shown."""

    __slots__ = ("children", "disk", "is_dir", "name", "parent", "path", "size")

    def __init__(self, parent: Node | None, name: str, path: str, is_dir: bool, size: int) -> None:
        self.parent = parent
        self.name = name
        self.path = path
        self.is_dir = is_dir
        self.size = size
        self.disk: Disk | None = None
        self.children: list[Node] = []


class BoardFileModel(QAbstractItemModel):
    """Filled by ``show_disks`` and ``show_entries``; what stays keeps its index.

    ``stale`` greys everything: the board has changed, or is gone, since it was listed.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node(None, "", "", True, -1)
        self._nodes: dict[int, Node] = {}
        """By the numbers that indexes carry; an old index of what is gone leads to nothing."""
        self._column, self._order = NAME, Qt.SortOrder.AscendingOrder
        self.stale = False
        self._icons = {name: line_icon(name) for name in ("disk", "folder", "file")}

    # Filling

    def show_disks(self, disks: Iterable[Disk]) -> None:
        """The disks that are there now."""
        listed = list(disks)
        now = {disk.path: disk for disk in listed}
        self._remove(QModelIndex(), self._root, [n for n in self._root.children if n.path not in now])
        for row, disk in enumerate(listed):
            node = self._root.children[row] if row < len(self._root.children) else None
            if node is None or node.path != disk.path:
                node = Node(self._root, disk.name, disk.path, True, -1)
                self.beginInsertRows(QModelIndex(), row, row)
                self._root.children.insert(row, node)
                self.endInsertRows()
            node.disk = disk
        if listed:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(listed) - 1, SIZE))

    def show_entries(self, folder: str, entries: Iterable[Entry], *, complete: bool = True) -> None:
        """What is in a folder now; with ``complete`` False, more of it that has arrived."""
        node = self.node(folder)
        if node is None:
            return
        index = self.index_of(node)
        now = {(entry.name, entry.is_dir): entry for entry in entries}
        if complete:
            gone = [child for child in node.children if (child.name, child.is_dir) not in now]
            self._remove(index, node, gone)
        for child in node.children:
            entry = now.pop((child.name, child.is_dir), None)
            child.size = child.size if entry is None else entry.size
        new = [Node(node, e.name, join(folder, e.name), e.is_dir, e.size) for e in now.values()]
        self._insert(index, node, new)
        if node.children:
            self.dataChanged.emit(self.index(0, SIZE, index), self.index(len(node.children) - 1, SIZE, index))

    def clear(self) -> None:
        self.beginResetModel()
        self._root.children = []
        self._nodes.clear()
        self.endResetModel()

    def _remove(self, index: Index, parent: Node, gone: list[Node]) -> None:
        rows = {id(node) for node in gone}
        last = len(parent.children)
        while last > 0:
            if id(parent.children[last - 1]) not in rows:
                last -= 1
                continue
            first = last - 1
            while first > 0 and id(parent.children[first - 1]) in rows:
                first -= 1
            self.beginRemoveRows(index, first, last - 1)
            removed = parent.children[first:last]
            del parent.children[first:last]
            self.endRemoveRows()
            self._forget(removed)
            last = first

    def _forget(self, nodes: list[Node]) -> None:
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            self._nodes.pop(id(node), None)
            waiting += node.children

    def _insert(self, index: Index, parent: Node, new: list[Node]) -> None:
        """Put new nodes among those that are there, neighbours in one go."""
        fresh = set(map(id, new))
        merged = self._sorted(parent.children + new)
        row = 0
        while row < len(merged):
            end = row
            while end < len(merged) and id(merged[end]) in fresh:
                end += 1
            if end > row:
                self.beginInsertRows(index, row, end - 1)
                parent.children[row:row] = merged[row:end]
                self.endInsertRows()
            row = end + 1

    # Order

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Folders come first in either order."""
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        nodes = [(self.node_at(index), index.column()) for index in old]
        for node in self._folders():
            node.children = self._sorted(node.children)
        rows = {id(child): row for node in self._folders() for row, child in enumerate(node.children)}
        new = [self._create(rows[id(node)], column, node) for node, column in nodes]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _sorted(self, nodes: list[Node]) -> list[Node]:
        if nodes and nodes[0].parent is self._root:
            return nodes
        by_size = self._column == SIZE
        nodes = sorted(nodes, key=lambda n: (n.name.casefold(), n.name))
        nodes.sort(key=lambda n: n.size if by_size else 0)
        if self._order is Qt.SortOrder.DescendingOrder:
            nodes.reverse()
        nodes.sort(key=lambda n: not n.is_dir)
        return nodes

    def _folders(self) -> Iterator[Node]:
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [child for child in node.children if child.is_dir]

    # Looking things up

    def node(self, path: str) -> Node | None:
        """What was listed under a path."""
        around = [n for n in self._root.children if path == n.path or path.startswith(_inside(n))]
        node = max(around, key=lambda n: len(n.path), default=None)  # /sd is also in the disk /
        while node is not None and node.path != path:
            node = next((n for n in node.children if path == n.path or path.startswith(_inside(n))), None)
        return node

    def index_of(self, node: Node) -> QModelIndex:
        if node.parent is None:
            return QModelIndex()
        return self._create(node.parent.children.index(node), NAME, node)

    def _create(self, row: int, column: int, node: Node) -> QModelIndex:
        self._nodes[id(node)] = node
        return self.createIndex(row, column, id(node))

    def node_at(self, index: Index) -> Node:
        return self._nodes.get(index.internalId(), self._root)  # 0, and so the root, when it is not valid

    @property
    def disks(self) -> list[Node]:
        return list(self._root.children)

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self.node_at(parent).children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        return self.node_at(parent).is_dir and parent.column() <= 0

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self.node_at(parent).children
        return self._create(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        parent = self.node_at(index).parent
        return QModelIndex() if parent is None else self.index_of(parent)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        node = self.node_at(index)
        if node.is_dir:
            return _DISK_FLAGS if node.disk else _FOLDER_FLAGS
        return _FILE_FLAGS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return ("Name", "Size")[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return node.name if index.column() == NAME else _size(node)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == NAME:
            return self._icon(node)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _hint(node)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and (self.stale or index.column() == SIZE):
            return muted(QGuiApplication.palette())
        if role == USED and node.disk is not None and node.disk.total > 0 and not node.disk.is_rom:
            return 1 - node.disk.free / node.disk.total
        return None

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def _icon(self, node: Node) -> QIcon:
        return self._icons["disk" if node.disk else "folder" if node.is_dir else "file"]


def _inside(node: Node) -> str:
    return f"{node.path.rstrip('/')}/"


def _size(node: Node) -> str:
    if node.disk is None:
        return "" if node.is_dir else size_text(node.size)
    if node.disk.is_rom:
        return "read-only"
    return f"{size_text(node.disk.free)} free" if node.disk.free >= 0 else ""


def _hint(node: Node) -> str:
    if node.disk is None or node.disk.total < 0:
        return node.path
    return f"{node.path}: {size_text(node.disk.free)} of {size_text(node.disk.total)} free"
