"""A sheet session as Qt's table model. The grid has its full size, and only what is looked at is fetched."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from engines.sheet.formula import is_formula
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Rect, column_name
from engines.sheet.session import SheetSession
from engines.sheet.values import Shown

Index = QModelIndex | QPersistentModelIndex
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter

KIND_ROLE = Qt.ItemDataRole.UserRole
"""number, text, bool, date, error, object, stale or empty."""


class SheetModel(QAbstractTableModel):
    """Display, tooltip, alignment and kind of cells; the cell's text as its edit value."""

    def __init__(self, session: SheetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._disconnect = session.updated.connect(self._updated)

    def close(self) -> None:
        self._disconnect()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else MAX_ROW

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else MAX_COLUMN

    def shown(self, index: Index) -> Shown:
        return self.session.shown(index.column() + 1, index.row() + 1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown(index).text
        if role == Qt.ItemDataRole.EditRole:
            return self.session.document.text(index.column() + 1, index.row() + 1)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(self.shown(index).kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index)
        return self.shown(index).kind if role == KIND_ROLE else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.session.document.edit({(index.column() + 1, index.row() + 1): str(value)})
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _FLAGS

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return column_name(section + 1) if orientation == Qt.Orientation.Horizontal else str(section + 1)
        return _CENTRE if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _tip(self, index: Index) -> str:
        """An error's message, else the formula, else a text too long for its cell."""
        text = self.session.document.text(index.column() + 1, index.row() + 1)
        shown = self.shown(index)
        if shown.kind == "error":
            return shown.text
        return text if is_formula(text) or len(text) > 12 else ""

    def _updated(self, rects: tuple[Rect, ...]) -> None:
        for rect in rects:
            first = self.index(rect.top - 1, rect.left - 1)
            self.dataChanged.emit(first, self.index(rect.bottom - 1, rect.right - 1))


def alignment(kind: str) -> Qt.AlignmentFlag:
    """Numbers and dates right, so that their digits stand under each other; truth values in the middle."""
    if kind in ("number", "date"):
        return _RIGHT
    return _CENTRE if kind == "bool" else _LEFT
