"""The menu of a right click in the grid."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from widgets.sheet.keys import Action

# Titles with the keys that do the same; None is a line.
ENTRIES: tuple[tuple[str, Action] | None, ...] = (
    ("Edit\tF2", Action.EDIT),
    None,
    ("Cut\tCtrl+X", Action.CUT),
    ("Copy\tCtrl+C", Action.COPY),
    ("Paste\tCtrl+V", Action.PASTE),
    ("Clear\tDel", Action.CLEAR),
    None,
    ("Fill down\tCtrl+D", Action.FILL_DOWN),
    ("Fill right\tCtrl+R", Action.FILL_RIGHT),
    None,
    ("Recalculate\tF9", Action.RECALCULATE),
)


def cell_menu(parent: QWidget, act: Callable[[Action], object]) -> QMenu:
    """What can be done with the selected cells; deletes itself when it closes."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for entry in ENTRIES:
        if entry is None:
            menu.addSeparator()
            continue
        title, action = entry
        menu.addAction(title, lambda action=action: act(action))
    return menu
