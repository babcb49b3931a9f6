"""A view and the pages beside it: next to each other where there is room, else one at a time."""

from __future__ import annotations

from collections.abc import MutableMapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

Memory = MutableMapping[str, str]
"""What a view remembers of the user's choices from one start to the next."""


class Views(QSplitter):
    """Each view has a checkable action that shows and hides it; one view is always shown.

    ``rearranged``: other views are shown than before.

    Args:
        main: the view that is always there; where there is little room it is shown first.
        title: its name.
        memory: where the user's choice is kept, under keys that begin with ``key``.
        wide: so many pixels are room for two.
        sizes: of the main view and of the pages, at first.
        pages_first: the pages stand left of the main view.
    """

    rearranged = Signal()

    def __init__(
        self,
        main: QWidget,
        title: str,
        memory: Memory,
        key: str,
        *,
        wide: int,
        sizes: tuple[int, int],
        pages_first: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._memory = memory
        self._key = key
        self._wide = wide
        self._main = main
        self.pages = QStackedWidget(self)
        self._actions: dict[QWidget, QAction] = {}
        self._main_wanted = self._recall("main") != "hidden"
        self._page: QWidget | None = None
        """The page beside the main view, or in its place, where there is room."""
        self._front = main
        """What is shown where there is room for one."""
        self.main_action = self._action(title, main)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for view in (self.pages, main) if pages_first else (main, self.pages):
            self.addWidget(view)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setSizes(self._recall_sizes() or sizes[:: -1 if pages_first else 1])
        self.splitterMoved.connect(self._remember_sizes)
        self._show()

    def add_page(self, title: str, page: QWidget) -> QAction:
        """Add a page; the action that shows and hides it. The first one is shown where there is room."""
        self.pages.addWidget(page)
        action = self._action(title, page)
        first = title if len(self._actions) == 2 else ""
        if title == self._recall("page", first):
            self._page = page
        if title == self._recall("front"):
            self._front = page
        self._show()
        return action

    def show_view(self, view: QWidget) -> None:
        """Bring the main view or a page into sight."""
        if not self._actions[view].isChecked():
            self._toggle(view)

    @property
    def _narrow(self) -> bool:
        return self.width() < self._wide

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    def _action(self, title: str, view: QWidget) -> QAction:
        action = QAction(title, self, checkable=True)
        action.setToolTip(f"Show or hide: {title}")
        action.triggered.connect(lambda checked=False: self._toggle(view))
        self._actions[view] = action
        return action

    def _toggle(self, view: QWidget) -> None:
        if self._narrow:
            self._front = self._main if view is self._front else view
        elif view is self._main:
            self._main_wanted = not self._main_wanted
            if self._page is None:
                self._page = self.pages.widget(0)
        else:
            self._page = None if view is self._page else view
        self._remember()
        self._show()

    def _show(self) -> None:
        page = self._page
        main = self._main_wanted or page is None
        if self._narrow:
            main = self._front is self._main
            page = None if main else self._front
        if page is not None:
            self.pages.setCurrentWidget(page)
        self.pages.setVisible(page is not None)
        self._main.setVisible(main)
        for view, action in self._actions.items():
            action.setChecked(view is page or (view is self._main and main))
        self.rearranged.emit()

    def _recall(self, name: str, default: str = "") -> str:
        return self._memory.get(f"{self._key}.{name}", default)

    def _remember(self) -> None:
        for name, value in (
            ("main", "shown" if self._main_wanted else "hidden"),
            ("page", self._actions[self._page].text() if self._page else ""),
            ("front", self._actions[self._front].text()),
        ):
            self._memory[f"{self._key}.{name}"] = value

    def _remember_sizes(self) -> None:
        if all(self.sizes()):
            self._memory[f"{self._key}.sizes"] = " ".join(map(str, self.sizes()))

    def _recall_sizes(self) -> list[int] | None:
        """None when there are none, or what is kept is damaged."""
        texts = self._recall("sizes").split()
        return list(map(int, texts)) if len(texts) == 2 and all(text.isdecimal() for text in texts) else None
