"""The row above a board's panel: the board, what is done with it most, and its pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from engines.board.session import BoardSession
from engines.board.status import State, Status
from widgets.board.page_row import PageRow

_NAME_WIDTH = 200
"""Pixels for the name of what is connected; a longer one is cut."""
_USUAL = "Virtual pyboard"
"""What is as long as this fits; so the row does not move when a board comes and goes."""


class BoardToolbar(QWidget):
    """Follows the board's state.

    Args:
        menu: what can be connected to.
        choose_file: asks for a file and runs it on the board.
        command: does something of the application's, by its command's name.
    """

    def __init__(
        self,
        session: BoardSession,
        menu: QMenu,
        choose_file: Callable[[], object],
        command: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._name = ""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 3, 4, 3)
        self._row.setSpacing(2)
        self.connect_button = self._menu_button("Connect", "Choose a board to connect to", menu)
        self.connect_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.connect_button.setMaximumWidth(_NAME_WIDTH)
        self.connect_button.setText(_USUAL)
        self.connect_button.setMinimumWidth(self.connect_button.sizeHint().width())
        self.run_action = self._button(
            "Run …", "Run a Python file of this computer on the board", choose_file
        )
        self.interrupt_action = self._button(
            "Interrupt", "Send Ctrl-C to the program; the board's state stays", session.interrupt
        )
        self._make_reset()
        self._row.addStretch(1)
        self.pages = PageRow(self)
        self._row.addWidget(self.pages)
        for title, tip, name in (
            ("Mount the project's folder", "The board reads the project's files as /remote", "mount_project"),
            ("Unmount the folder", "Take /remote off the board", "unmount"),
            ("Set the clock", "Give the board this computer's date and time", "set_clock"),
            ("Undo the last sync", "Take back what the last sync did on both sides", "undo_sync"),
            ("Flash firmware …", "Put firmware onto the board", "flash"),
        ):
            action = self.pages.menu.addAction(title, lambda name=name: command(f"board.{name}"))
            action.setToolTip(tip)

    def _make_reset(self) -> None:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        session = self._session
        self.soft_reset_action = menu.addAction("Soft reset", lambda: session.reset(interrupt=True))
        self.soft_reset_action.setToolTip("Start MicroPython anew; boot.py and main.py run")
        self.hard_reset_action = menu.addAction("Hard reset", lambda: session.reset(hard=True))
        self.hard_reset_action.setToolTip("Reset the whole board")
        menu.addSeparator()
        self.rescue_action = menu.addAction("Rescue a locked board", session.rescue)
        self.rescue_action.setToolTip("Interrupt a main.py that locks everyone out, also across unplugging")
        self._menu_button("Reset", "Soft reset or hard reset", menu)

    def _menu_button(self, text: str, tip: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(button)
        return button

    def _button(self, text: str, tip: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.triggered.connect(lambda checked=False: do())
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(button)
        return action

    def show_status(self, status: Status) -> None:
        connected = status.state.connected
        for action in (
            self.run_action,
            self.interrupt_action,
            self.soft_reset_action,
            self.hard_reset_action,
        ):
            action.setEnabled(connected)
        target = self._session.target
        at_all = target is not None and status.state is not State.DISCONNECTED
        name = target.name if target and at_all else "Connect"
        room = _NAME_WIDTH - 40
        self.connect_button.setText(
            self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room).replace("&", "&&")
        )
        self.connect_button.setToolTip(
            f"{name}: choose what to connect to" if at_all else "Choose a board to connect to"
        )
