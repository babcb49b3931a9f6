"""The menu bar, made from the command registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.commands.registry import Command

MENUS = ("File", "Edit", "View", "Board", "Sheet", "Plot", "Notebook", "Kernel", "Help")
RECENT = "file.open_recent"
LAST = "file.quit_program"


def fill_menu_bar(
    window: QMainWindow,
    commands: Iterable[Command],
    start: Callable[[str], object],
    recent: Callable[[QMenu], object],
) -> dict[str, QMenu]:
    """All commands that have a menu; ``start`` is called with a command's name, ``recent`` fills the menu of
    the last projects before it shows."""
    menus = {title: window.menuBar().addMenu(f"&{title}") for title in MENUS}
    for command in sorted(commands, key=lambda command: command.name == LAST):
        if command.menu is None:
            continue
        menu = menus[command.menu]
        if command.separator:
            menu.addSeparator()
        if command.name == RECENT:
            submenu = menu.addMenu(command.title)
            submenu.aboutToShow.connect(partial(recent, submenu))
            continue
        action = _action(window, command)
        action.triggered.connect(lambda checked=False, name=command.name: start(name))
        menu.addAction(action)
        window.addAction(action)
    return menus


def _action(window: QMainWindow, command: Command) -> QAction:
    """A key of a panel's own stands in the text only: bound, it would be taken from all other panels."""
    action = QAction(f"{command.title}\t{command.hint}" if command.hint else command.title, window)
    action.setStatusTip(command.description)
    if command.key:
        action.setShortcut(QKeySequence(command.key))
    return action


def fill_recent(menu: QMenu, folders: Iterable[Path], open_project: Callable[[str], object]) -> None:
    """The last projects, newest first; those that are gone are greyed."""
    menu.clear()
    for folder in folders:
        action = menu.addAction(str(folder), partial(open_project, str(folder)))
        action.setEnabled(folder.is_dir())


def fill_panels(menu: QMenu, toggles: Callable[[], list[QAction]]) -> None:
    """Which panels are shown, asked anew whenever the menu opens."""
    menu.aboutToShow.connect(lambda: menu.addActions(toggles()))
    menu.aboutToHide.connect(lambda: QTimer.singleShot(0, menu, menu.clear))
