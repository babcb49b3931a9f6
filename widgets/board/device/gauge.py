"""A bar that shows how much of something is used."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

_BAR = 6


class Gauge(QWidget):
    """A title, what is used in words, and a bar; greyed while it shows an old reading."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.text = ""
        self.share = 0.0
        self._fixed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_use(self, used: int, total: int, *, fixed: bool = False) -> None:
        """Bytes used, of so many; ``fixed``: it is full for good, which is nothing to warn of."""
        self.share = used / total if total > 0 else 0.0
        self._fixed = fixed
        self.text = f"{in_bytes(used)} used, {in_bytes(max(total - used, 0))} free"
        if fixed:
            self.text = f"{in_bytes(used)}, read-only"
        self.setAccessibleName(f"{self.title}: {self.text}")
        self.setToolTip(f"{used:,} of {total:,} bytes, {self.share:.1%}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, QFontMetrics(self.font()).height() + _BAR + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        text = palette.color(group, role.WindowText)
        height = QFontMetrics(self.font()).height()
        painter.setPen(text)
        painter.drawText(0, 0, self.width(), height, Qt.AlignmentFlag.AlignLeft, self.title)
        painter.setPen(palette.color(role.PlaceholderText))
        painter.drawText(0, 0, self.width(), height, Qt.AlignmentFlag.AlignRight, self.text)
        bar = QRectF(0, height + 3, self.width(), _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.Mid))
        painter.drawRoundedRect(bar, 3, 3)
        if self.share > 0:
            full = self.share > 0.9 and not self._fixed
            colour = palette.color(role.BrightText if full else role.Highlight)
            painter.setBrush(colour if self.isEnabled() else palette.color(role.PlaceholderText))
            bar.setWidth(max(bar.width() * min(self.share, 1.0), _BAR))
            painter.drawRoundedRect(bar, 3, 3)


def in_bytes(count: float) -> str:
    """``512 bytes``, ``12.3 kB``, ``1.5 GB``"""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5:
            return f"{count:.3g} {unit}"
    return f"{count / 1000:.3g} TB"
