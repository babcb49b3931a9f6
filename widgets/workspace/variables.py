"""The variables of the workspace: name, type, size and a short value, readable while a cell runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

COLUMNS = ("name", "type", "size", "value")
TITLES = ("Name", "Type", "Size", "Value")
HINT = "Filter names  (nothing defined yet: run a cell)"

Lineage = Callable[[str], str]


class VariablesModel(QAbstractTableModel):
    """The kernel's summary rows; a row keeps its place while only its value changes."""

    def __init__(self, lineage: Lineage | None = None) -> None:
        super().__init__()
        self._rows: list[dict[str, str]] = []
        self._lineage = lineage

    def set_rows(self, rows: list[dict[str, str]]) -> None:
        """Show these rows; the view keeps its selection and scroll position where names stayed."""
        if [row["name"] for row in rows] != [row["name"] for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        old, self._rows = self._rows, rows
        for number, (before, after) in enumerate(zip(old, rows, strict=True)):
            if before != after:
                self.dataChanged.emit(self.index(number, 1), self.index(number, len(COLUMNS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row[COLUMNS[index.column()]]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._lineage(row["name"]) if self._lineage and index.column() == 0 else row["value"]
        return None


class VariablesView(QWidget):
    """The table with a filter above it."""

    def __init__(self, lineage: Lineage | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = VariablesModel(lineage)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(HINT)
        self._filter.setClearButtonEnabled(True)
        self._filter.setAccessibleName("Filter variables")
        self._filter.textChanged.connect(self._sorted.setFilterFixedString)
        self.table = QTableView()
        self.table.setAccessibleName("Variables")
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultSectionSize(22)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._filter)
        layout.addWidget(self.table)
        self.setFocusProxy(self._filter)

    def set_rows(self, rows: list[dict[str, str]]) -> None:
        self._filter.setPlaceholderText("Filter names" if rows else HINT)
        self.model.set_rows(rows)
