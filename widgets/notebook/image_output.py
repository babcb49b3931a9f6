"""Pictures: PNG, JPEG and GIF at their own size, SVG sharp at every scale."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, QSizeF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QWidget

LARGEST = 16_000  # pixels: Qt's coordinates overflow far above


class ImageOutput(QWidget):
    """One picture, made smaller where it is wider than the notebook, never larger."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._svg: QSvgRenderer | None = None
        self._size = QSizeF()

    def show_bitmap(self, encoded: str, metadata: Mapping[str, Any]) -> bool:
        """Show base64 data; ``metadata`` may give ``width`` and ``height`` (retina). Whether it could."""
        try:
            image = QImage.fromData(base64.b64decode(encoded))
        except (binascii.Error, ValueError, TypeError):
            return False
        if image.isNull():
            return False
        width, height = _pixels(metadata.get("width")), _pixels(metadata.get("height"))
        if width:
            self._size = QSizeF(width, height or image.height() * width / image.width())
        else:
            self._size = QSizeF(image.size())
        self._image, self._svg = image, None
        self.update()
        return True

    def show_svg(self, source: str) -> bool:
        """Show SVG text; whether it could be read."""
        renderer = QSvgRenderer(QByteArray(source.encode(errors="replace")))
        if not renderer.isValid():
            return False
        renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
        self._svg, self._image = renderer, None
        self._size = QSizeF(renderer.defaultSize())
        self.update()
        return True

    def height_for(self, width: int) -> int:
        """The height when at most ``width`` pixels wide."""
        return min(round(self._shown(width).height() + 0.49), LARGEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self._shown(self.width()).width(), self._shown(self.width()).height())
        if self._svg is not None:
            self._svg.render(painter, area)
        elif self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._image)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy picture", self.copy)
        menu.popup(event.globalPos())

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(
            self._image if self._image is not None else self.grab().toImage()
        )

    def _shown(self, width: int) -> QSizeF:
        if self._size.width() <= width or width <= 0:
            return self._size
        return QSizeF(width, self._size.height() * width / self._size.width())


def _pixels(value: object) -> float:
    """A width or height that somebody wrote into the metadata; 0 where it is none."""
    return value if isinstance(value, int | float) and 0 < value <= LARGEST else 0
