"""The docks of the window behind one class: add panels, arrange them by a named layout, save and restore."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.settings import LAYOUT_VERSION

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea

# Each layout: columns from left to right; a column is rows from top to bottom; a row is a group of tabs,
# given by panel kind, with its share of the column's height. Panels of kinds not named are hidden.
LAYOUTS: dict[str, list[tuple[int, list[tuple[int, tuple[str, ...]]]]]] = {
    "Everything": [
        (56, [(46, ("plot",)), (54, ("sheet",))]),
        (44, [(64, ("notebook", "code")), (36, ("board", "console", "variables", "messages"))]),
    ],
    "Board bench": [
        (50, [(55, ("code",)), (45, ("board",))]),
        (50, [(50, ("plot",)), (50, ("sheet", "console", "messages"))]),
    ],
    "Analysis": [
        (55, [(100, ("plot", "notebook", "code"))]),
        (45, [(60, ("sheet",)), (40, ("variables", "console", "messages"))]),
    ],
    "Notebook": [
        (65, [(100, ("notebook", "code"))]),
        (35, [(50, ("plot",)), (50, ("variables", "console", "messages"))]),
    ],
}
DEFAULT_LAYOUT = "Everything"


class NoTitle(QWidget):
    """A title bar that takes no room."""

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class Docks:
    """Panels by a stable name (``plot:Motion``); the part before the colon is the kind."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(LEFT).North)

    def add(self, name: str, title: str, widget: QWidget, beside: tuple[str, ...] = ()) -> QDockWidget:
        """Add a panel as a tab of its like, or of the first of the kinds ``beside`` that is shown."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(widget)
        dock.dockLocationChanged.connect(lambda area: self._update_titles_soon())
        dock.topLevelChanged.connect(lambda floating: self._update_titles_soon())
        kinds = beside or (name.partition(":")[0],)
        peer = next((found for kind in kinds if (found := self._shown_of_kind(kind)) is not None), None)
        self._docks[name] = dock
        self._window.addDockWidget(RIGHT, dock)
        if peer is not None:  # beside its like: a column of its own would squeeze the others
            self._window.tabifyDockWidget(peer, dock)
            self._update_titles_soon()
        return dock

    def _shown_of_kind(self, kind: str) -> QDockWidget | None:
        return next(
            (each for each in self._of_kinds((kind,)) if not each.isFloating() and not each.isHidden()), None
        )

    def fill(self, name: str, widget: QWidget) -> None:
        """Put the real panel into a dock that was added empty."""
        placeholder = self._docks[name].widget()
        self._docks[name].setWidget(widget)
        placeholder.deleteLater()

    def rename(self, name: str, new: str, title: str) -> None:
        """The panel stays where it is."""
        self._docks = {new if each == name else each: dock for each, dock in self._docks.items()}
        self._docks[new].setObjectName(new)
        self._docks[new].setWindowTitle(title)

    def remove(self, name: str) -> None:
        dock = self._docks.pop(name)
        self._window.removeDockWidget(dock)
        dock.deleteLater()

    def __contains__(self, name: str) -> bool:
        return name in self._docks

    def names(self) -> list[str]:
        return list(self._docks)

    def dock(self, name: str) -> QDockWidget:
        return self._docks[name]

    def toggles(self) -> list[QAction]:
        """An action a panel that shows or hides it, for the menu: the way back for a closed panel."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def show(self, name: str) -> None:
        dock = self._docks[name]
        dock.show()
        dock.raise_()
        dock.widget().setFocus()

    def reveal(self, name: str) -> None:
        """Bring a panel to the front of its tabs; the focus stays."""
        self._docks[name].show()
        self._docks[name].raise_()

    def arrange(self, layout: str = DEFAULT_LAYOUT) -> None:
        """Put every panel where the named layout wants it."""
        columns = LAYOUTS[layout]
        for dock in self._docks.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        leaders: list[QDockWidget] = []
        for share, rows in columns:
            leader = self._fill_column(rows, after=leaders[-1] if leaders else None)
            if leader is not None:
                leaders.append(leader)
                leader.setProperty("share", share)
        for dock in self._docks.values():
            if dock.isHidden():  # it has a place all the same, or a saved layout would not know it
                self._window.addDockWidget(RIGHT, dock)
                dock.hide()
        self._window.resizeDocks(
            leaders, [each.property("share") for each in leaders], Qt.Orientation.Horizontal
        )
        self._update_titles()

    def state(self) -> QByteArray:
        return self._window.saveState(LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """False when the state is of another version or of other panels; the default layout then holds."""
        return self._window.restoreState(state, LAYOUT_VERSION)

    def _update_titles_soon(self) -> None:
        QTimer.singleShot(0, self._window, self._update_titles)

    def _update_titles(self) -> None:
        """A panel among tabs is named by its tab; a title below would say it twice."""
        for dock in self._docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if tabbed != isinstance(dock.titleBarWidget(), NoTitle):
                dock.setTitleBarWidget(NoTitle() if tabbed else None)  # type: ignore[arg-type]

    def _of_kinds(self, kinds: tuple[str, ...]) -> list[QDockWidget]:
        return [
            dock for kind in kinds for name, dock in self._docks.items() if name.partition(":")[0] == kind
        ]

    def _fill_column(
        self, rows: list[tuple[int, tuple[str, ...]]], after: QDockWidget | None
    ) -> QDockWidget | None:
        firsts: list[QDockWidget] = []
        shares = []
        for share, kinds in rows:
            group = self._of_kinds(kinds)
            if not group:
                continue
            self._place(group[0], firsts[-1] if firsts else None, after)
            for left, right in pairwise(group):
                self._window.tabifyDockWidget(left, right)
            for dock in group:
                dock.show()
            group[0].raise_()
            firsts.append(group[0])
            shares.append(share)
        self._window.resizeDocks(firsts, [each * 10 for each in shares], Qt.Orientation.Vertical)
        return firsts[0] if firsts else None

    def _place(self, dock: QDockWidget, above: QDockWidget | None, left: QDockWidget | None) -> None:
        if above is not None:
            self._window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
        elif left is not None:
            self._window.addDockWidget(RIGHT, dock)
        else:
            self._window.addDockWidget(LEFT, dock)
