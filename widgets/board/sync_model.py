"""The plan of a sync as a table: every file with a check mark, what is done with it, and why."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from engines.board.sync.plan import Action, Kind, SyncPlan
from engines.workspace.size_text import size_text

_COLUMNS = ("File", "What", "Size", "Why")
_WORDS = {
    Kind.PUT: "→ copy to the board",
    Kind.COMPILE: "→ compile, copy to the board",
    Kind.GET: "← copy to the computer",
    Kind.DELETE_THERE: "✕ delete on the board",
    Kind.DELETE_HERE: "✕ delete on the computer",
    Kind.CONFLICT: "? conflict: choose",
    Kind.LEFT: "left as it is",
}
_CAREFUL = QColor("#D55E00")  # of the Okabe-Ito palette: seen by everyone, on light and dark
_NO_PARENT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class SyncModel(QAbstractTableModel):
    """``chosen_changed``: other files are ticked than before."""

    chosen_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._plan = SyncPlan()
        self._off: set[str] = set()

    @property
    def chosen(self) -> SyncPlan:
        """The part of the plan that is ticked."""
        paths = {each.path for each in self._plan.actions if each.kind.does_something}
        return self._plan.only(paths - self._off)

    @property
    def plan(self) -> SyncPlan:
        return self._plan

    def show_plan(self, plan: SyncPlan) -> None:
        self.beginResetModel()
        self._plan = plan
        self._off = set()
        self.endResetModel()
        self.chosen_changed.emit()

    def decide(self, rows: list[int], kind: Kind) -> None:
        """Settle conflicts: PUT takes the computer's file, GET the board's."""
        for row in rows:
            self._plan = self._plan.decided(self._plan.actions[row].path, kind)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(_COLUMNS) - 1))
        self.chosen_changed.emit()

    def toggle(self, rows: list[int]) -> None:
        """Tick what is not ticked, or take the ticks away when all are."""
        actions = [self._plan.actions[row] for row in rows]
        paths = {each.path for each in actions if each.kind.does_something}
        self._off = self._off - paths if paths & self._off else self._off | paths
        self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), 0))
        self.chosen_changed.emit()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._plan.actions)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return _COLUMNS[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        tickable = index.column() == 0 and self._plan.actions[index.row()].kind.does_something
        return flags | Qt.ItemFlag.ItemIsUserCheckable if tickable else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        action = self._plan.actions[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(action, index.column())
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0 and action.kind.does_something:
            return Qt.CheckState.Unchecked if action.path in self._off else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{action.path}: {_WORDS[action.kind]} ({action.why})"
        return _look(action, index.column(), role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        path = self._plan.actions[index.row()].path
        if Qt.CheckState(value) is Qt.CheckState.Checked:
            self._off.discard(path)
        else:
            self._off.add(path)
        self.dataChanged.emit(index, index)
        self.chosen_changed.emit()
        return True

    def _text(self, action: Action, column: int) -> str:
        size = size_text(action.size) if action.kind.does_something and not action.kind.is_delete else ""
        return (action.path, _WORDS[action.kind], size, action.why)[column]


def _look(action: Action, column: int, role: int) -> Any:
    careful = action.kind.is_delete or action.kind is Kind.CONFLICT
    if role == Qt.ItemDataRole.ForegroundRole and careful and column == 1:
        return _CAREFUL
    if role == Qt.ItemDataRole.FontRole and careful and column == 1:
        font = QFont()
        font.setBold(True)
        return font
    if role == Qt.ItemDataRole.TextAlignmentRole and column == 2:
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    return None


def totals(plan: SyncPlan) -> str:
    """What a plan comes to, in a sentence."""
    actions = [each for each in plan.actions if each.kind.does_something]
    there = [each for each in actions if each.kind.goes_there]
    here = [each for each in actions if each.kind is Kind.GET]
    parts = []
    if there:
        parts.append(f"{_files(there)} to the board ({size_text(sum(each.size for each in there))})")
    if here:
        parts.append(f"{_files(here)} to the computer ({size_text(sum(each.size for each in here))})")
    if deleted := sum(each.kind.is_delete for each in actions):
        parts.append(f"{deleted} deleted")
    if plan.conflicts:
        parts.append(f"{len(plan.conflicts)} in conflict")
    if plan.same:
        parts.append(f"{plan.same} the same")
    return ", ".join(parts) or "nothing"


def _files(actions: list[Action]) -> str:
    return "1 file" if len(actions) == 1 else f"{len(actions)} files"
