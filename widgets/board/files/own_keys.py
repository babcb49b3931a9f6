"""Keys that mean something else in one view than in the rest of the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


class OwnKeys(QObject):
    """Gives a view's own actions the first claim on their shortcuts while the view has the keyboard.

    A shortcut of the window with the same keys (Ctrl+Z, F5) would otherwise make both ambiguous. Disabled
    actions keep their keys: Ctrl+Z in a view never undoes something elsewhere.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        action = self._action_for(event) if isinstance(event, QKeyEvent) else None
        if action is None:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            action.trigger()
        return True

    def _action_for(self, event: QKeyEvent) -> QAction | None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        typed = QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key())))
        actions = (each for each in self._view.actions() if typed in each.shortcuts())
        return next(actions, None)


def make_action(
    owner: QWidget,
    text: str,
    hint: str,
    do: Callable[[], object],
    *keys: QKeySequence.StandardKey | Qt.Key | str,
) -> QAction:
    """An action of a view; its keys count only where it is added to a view with ``OwnKeys``."""
    action = QAction(text, owner)
    action.setToolTip(hint)
    action.setStatusTip(hint)
    action.triggered.connect(lambda checked=False: do())
    action.setShortcuts([each for key in keys for each in _sequences(key)])
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


def _sequences(key: QKeySequence.StandardKey | Qt.Key | str) -> list[QKeySequence]:
    if isinstance(key, QKeySequence.StandardKey):
        return QKeySequence.keyBindings(key)
    return [QKeySequence(key)]
