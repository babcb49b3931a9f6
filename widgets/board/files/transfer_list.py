"""The queue of transfers: what is on its way, how fast, how long it takes still; cancel and try again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engines.board.transfer.queue import Transfer, TransferQueue
from engines.workspace.size_text import size_text
from widgets.board.files.icons import line_icon
from widgets.board.files.own_keys import OwnKeys, make_action
from widgets.board.gui_calls import GuiCalls
from widgets.workspace.text import muted

_ROW, _BUTTON, _MARGIN, _ROWS_SHOWN = 28, 24, 8, 5
_PERIOD = 100
_OPEN = ("waiting", "running")
TRANSFER = Qt.ItemDataRole.UserRole


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[Transfer, ...] = ()

    def show(self, items: tuple[Transfer, ...]) -> None:
        if [item.id for item in items] != [item.id for item in self.items]:
            self.beginResetModel()
            self.items = items
            self.endResetModel()
        elif items:
            self.items = items
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        item = self.items[index.row()]
        if role == TRANSFER:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{_name(item)}: {describe(item)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{item.source} → {item.target}" + (f"\n{item.error}" if item.error else "")
        return None


class _Delegate(QStyledItemDelegate):
    """An arrow, the name, how it goes, and at the right a cross to cancel or an arrow to try again."""

    def __init__(self, queue: TransferQueue, parent: QWidget) -> None:
        super().__init__(parent)
        self._queue = queue
        self._icons = {name: line_icon(name) for name in ("left", "right", "close", "refresh")}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: Transfer = index.data(TRANSFER)
        painter.save()
        palette: QPalette = option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Midlight))
        row = option.rect.adjusted(_MARGIN, 1, -_MARGIN, -2)
        arrow = QRect(row.left(), row.top() + 3, 14, 14)
        self._icons["right" if item.direction == "put" else "left"].paint(painter, arrow)
        words = QRect(row.left() + 22, row.top(), row.width() - 22 - _BUTTON - 8, 20)
        told = describe(item)
        width = min(painter.fontMetrics().horizontalAdvance(told) + 4, words.width() * 2 // 3)
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = painter.fontMetrics().elidedText(
            _name(item), Qt.TextElideMode.ElideMiddle, words.width() - width - 8
        )
        painter.drawText(words, vertical | Qt.AlignmentFlag.AlignLeft, name)
        failed = item.state == "failed"
        painter.setPen(palette.color(QPalette.ColorRole.BrightText) if failed else muted(palette))
        told = painter.fontMetrics().elidedText(told, Qt.TextElideMode.ElideRight, width)
        painter.drawText(words, vertical | Qt.AlignmentFlag.AlignRight, told)
        if item.state in _OPEN:
            _bar(painter, palette, QRectF(words.left(), row.bottom() - 3, words.width(), 3), item)
        button = "close" if item.state in _OPEN else "refresh"
        self._icons[button].paint(painter, _button(option.rect).adjusted(5, 5, -5, -5))
        painter.restore()

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if event.type() != QEvent.Type.MouseButtonRelease or not isinstance(event, QMouseEvent):
            return False
        if not _button(option.rect).contains(event.position().toPoint()):
            return False
        item: Transfer = index.data(TRANSFER)
        if item.state in _OPEN:
            self._queue.cancel(item.id)
        else:
            self._queue.retry(item.id)
        return True


class TransferList(QWidget):
    """Hidden while the queue is empty. What is done is counted, everything else has a row."""

    def __init__(self, queue: TransferQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._model = _Model(self)
        self._calls = GuiCalls(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(queue, self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Transfers")
        self.sum = QLabel(self)
        self.cancel_all = self._button(
            "Cancel all", "Call everything off; old files stay whole", queue.cancel
        )
        self.clear_done = self._button("Clear", "Forget what has ended", queue.clear_done)
        head = QHBoxLayout()
        head.setContentsMargins(_MARGIN, 0, 4, 0)
        head.setSpacing(4)
        head.addWidget(self.sum, 1)
        head.addWidget(self.cancel_all)
        head.addWidget(self.clear_done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.list)
        self._make_actions()
        self._soon = QTimer(self, interval=_PERIOD, singleShot=True)
        self._soon.timeout.connect(self.refresh)
        self._calls.listen(queue.changed, lambda nothing: self._soon.isActive() or self._soon.start())
        self.refresh()

    def _button(self, text: str, hint: str, do: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(hint)
        button.setAutoRaise(True)
        button.clicked.connect(lambda checked=False: do())
        return button

    def _make_actions(self) -> None:
        cancel = make_action(self, "Cancel", "Call it off; the old file stays", self._cancel, "Del")
        retry = make_action(self, "Try again", "Queue it again", self._retry, "F5")
        self.list.addActions([cancel, retry])
        OwnKeys(self.list)
        menu = QMenu(self)
        menu.addActions([cancel, retry])
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(
            lambda point: menu.popup(self.list.viewport().mapToGlobal(point))
        )

    def refresh(self) -> None:
        items = self._queue.items
        shown = tuple(item for item in items if item.state != "done")
        self._model.show(shown)
        self.setVisible(bool(items))
        self.sum.setText(summary(items))
        self.cancel_all.setVisible(any(item.state in _OPEN for item in items))
        self.clear_done.setVisible(any(item.state not in _OPEN for item in items))
        self.list.setFixedHeight(_ROW * min(len(shown), _ROWS_SHOWN))

    @property
    def _chosen(self) -> list[Transfer]:
        return [index.data(TRANSFER) for index in self.list.selectedIndexes()]

    def _cancel(self) -> None:
        for item in self._chosen:
            self._queue.cancel(item.id)

    def _retry(self) -> None:
        for item in self._chosen:
            self._queue.retry(item.id)


def _bar(painter: QPainter, palette: QPalette, place: QRectF, item: Transfer) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Mid))
    painter.drawRoundedRect(place, 1.5, 1.5)
    if item.size > 0 and item.done > 0:
        place.setWidth(place.width() * min(item.done / item.size, 1))
        painter.setBrush(palette.color(QPalette.ColorRole.Accent))
        painter.drawRoundedRect(place, 1.5, 1.5)


def _button(row: QRect) -> QRect:
    return QRect(row.right() - _BUTTON - 4, row.center().y() - _BUTTON // 2, _BUTTON, _BUTTON)


def _name(item: Transfer) -> str:
    return PurePath(item.target).name or item.target


def describe(item: Transfer) -> str:
    """How one transfer goes: "12.0 kB of 64.0 kB, 10.6 kB/s, 5 s left"."""
    if item.state == "running" and 0 < item.size == item.done:
        return f"checking {size_text(item.size)} …"
    if item.state == "running" and item.size >= 0:
        parts = [f"{size_text(item.done)} of {size_text(item.size)}"]
        if item.rate > 0:
            parts.append(f"{size_text(round(item.rate))}/s")
        if item.remaining is not None:
            parts.append(f"{time_text(item.remaining)} left")
        return ", ".join(parts)
    words = {"waiting": "waits", "running": "begins …"}
    return item.error or words.get(item.state, item.state)


def summary(items: tuple[Transfer, ...]) -> str:
    """What is left to do, and what failed."""
    left = [item for item in items if item.state in _OPEN]
    done = sum(item.state == "done" for item in items)
    failed = sum(item.state == "failed" for item in items)
    parts = [f"{len(left)} to copy"] if left else []
    if done:
        parts.append(f"{done} copied")
    rate = next((item.rate for item in left if item.state == "running"), 0.0)
    known = all(item.size >= 0 for item in left)
    if left and rate > 0 and known:
        parts.append(f"{time_text(sum(item.size - item.done for item in left) / rate)} left")
    if failed:
        parts.append(f"{failed} failed")
    return " · ".join(parts) or "Cancelled"


def time_text(seconds: float) -> str:
    """A duration for people: 8 s, 2 min 10 s, 1 h 5 min."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
