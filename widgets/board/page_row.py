"""The toggles of a panel's pages as one row, with a menu at its end for what has no room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget


class PageRow(QWidget):
    """``more`` opens ``menu``, which lists the toggles that have no room and what is rarely wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._buttons: list[QToolButton] = []
        self._rare: list[QAction] = []
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.more = QToolButton(self)
        self.more.setObjectName("last")
        self.more.setText("More")
        self.more.setToolTip("More pages, and what else can be done with the board")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setCheckable(True)  # it looks chosen while a page of its menu is shown
        self.more.setMenu(self.menu)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self._row.setSpacing(0)
        self._row.addWidget(self.more)
        self._pages_end = self.menu.addSeparator()

    def add(self, action: QAction) -> None:
        """A toggle with a button of its own, as long as there is room."""
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row.insertWidget(len(self._buttons), button)
        self._buttons.append(button)
        self._follow(action)

    def add_rare(self, action: QAction) -> None:
        """A toggle that is always in the menu."""
        self._rare.append(action)
        self._follow(action)

    def _follow(self, action: QAction) -> None:
        action.toggled.connect(lambda checked: self._mark())
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        width = sum(each.sizeHint().width() for each in (*self._buttons, self.more))
        return QSize(width + 2, self.more.sizeHint().height() + 2)

    def minimumSizeHint(self) -> QSize:
        hint = self.more.sizeHint()
        return QSize(hint.width() + 2, hint.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self.more.sizeHint().width() - 2
        for button in self._buttons:
            room -= button.sizeHint().width()
            button.setVisible(room >= 0)
            self.menu.removeAction(button.defaultAction())
        hidden = [each.defaultAction() for each in self._buttons if each.isHidden()]
        self.menu.insertActions(self._pages_end, [*hidden, *self._rare])
        self._mark()

    def _mark(self) -> None:
        hidden = [each.defaultAction() for each in self._buttons if each.isHidden()]
        self.more.setChecked(any(each.isChecked() for each in (*hidden, *self._rare)))
