"""A page of the panel, made when it is first shown; it scrolls where there is less room than it needs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Page(QScrollArea):
    """Holds what ``make`` makes; its own least size is small, so that no page pushes other panels away."""

    def __init__(self, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._holder: _Holder | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def showEvent(self, event: QShowEvent) -> None:
        self.content()
        super().showEvent(event)

    def content(self) -> QWidget:
        """What the page shows; it is made now if it was never shown."""
        if self._holder is None:
            content = self._make()
            self._holder = _Holder(content)
            self.setWidget(self._holder)
            self.setFocusProxy(content)
        return self._holder.content


class _Holder(QWidget):
    """As large as the page, and never smaller than its content must be.

    It stands between them because a scroll area gives a content with word-wrapped labels all the height that
    it would like to have, not what it needs.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.content = content
        content.setParent(self)
        content.show()

    def minimumSizeHint(self) -> QSize:
        return self.content.minimumSizeHint().expandedTo(self.content.minimumSize())

    def sizeHint(self) -> QSize:
        return self.content.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.content.resize(self.size())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)
