"""Rows of the board's files: a disk shows how full it is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from widgets.board.files.board_model import NAME, USED

_BAR = QSize(56, 4)
_MARGIN = 8
_NEARLY_FULL = 0.9
ROW = 24


class FileDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        used = index.data(USED) if index.column() == NAME else None
        if used is None or option.rect.width() < 3 * _BAR.width():
            return
        bar = QRectF(0, 0, _BAR.width(), _BAR.height())
        bar.moveCenter(QRectF(option.rect).center())
        bar.moveRight(option.rect.right() - _MARGIN)
        palette: QPalette = option.palette
        full = QPalette.ColorRole.BrightText if used > _NEARLY_FULL else QPalette.ColorRole.Highlight
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, role in ((bar.width(), QPalette.ColorRole.Mid), (bar.width() * used, full)):
            painter.setBrush(palette.color(role))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), width, bar.height()), 2, 2)
        painter.restore()
