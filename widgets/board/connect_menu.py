"""The menu of what a board can be connected to, and the questions that belong to connecting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from engines.board.connection.port_errors import PortError
from engines.board.connection.targets import SPEEDS, at_speed, has_speed, is_network, target_of
from engines.board.connection.transport import Target
from engines.board.session import BoardSession
from engines.board.status import Remedy, Status
from widgets.board.ask_bar import AskBar
from widgets.board.gui_calls import GuiCalls

_ADDRESS = "Address of the board: tcp://host:port, ws://host for WebREPL, or any port."


class ConnectMenu(QMenu):
    """Looks for ports whenever it opens, without waiting for them.

    Args:
        targets: what can be connected to, the likeliest first; called on a thread of its own.
        ask: where questions are asked.

    ``command_wanted``: something that the application does, by its command and arguments.
    """

    command_wanted = Signal(str, list)

    def __init__(
        self,
        session: BoardSession,
        targets: Callable[[], Sequence[Target]],
        ask: AskBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._targets = targets
        self._ask = ask
        self._calls = GuiCalls(self)
        self.setToolTipsVisible(True)
        self.speeds = QMenu("Speed", self)
        for speed in SPEEDS:
            self.speeds.addAction(f"{speed} baud", lambda speed=speed: self._set_speed(speed))
        self.aboutToShow.connect(self.look)
        self._calls.listen(session.status_changed, self._on_status)
        self._fill(None)

    def look(self) -> None:
        """Fill the menu anew, without waiting for it."""

        def look() -> None:
            try:
                found = tuple(self._targets())
            except (OSError, PortError):
                found = ()
            self._calls.post(lambda: self._fill(found))

        threading.Thread(target=look, name="board-ports", daemon=True).start()

    def apply(self, remedy: Remedy, button: QWidget | None = None) -> bool:
        """Do what a button beside the state says, as far as it is a matter of connecting; else False."""
        if remedy is Remedy.PASSWORD:
            self.ask_password()
        elif remedy is Remedy.SPEED:
            anchor = button or self.parentWidget()
            self.speeds.popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))
        elif remedy is Remedy.COPY:
            QGuiApplication.clipboard().setText(self._session.status.command)
        elif remedy is Remedy.FLASH:
            self.command_wanted.emit("board.flash", [])
        else:
            return False
        return True

    def ask_address(self) -> None:
        target = self._session.target
        known = target.address if target is not None and is_network(target.address) else "tcp://"
        self._ask.ask_text(_ADDRESS, "Connect", known, self._connect_to)

    def ask_password(self) -> None:
        """WebREPL's password, for this connection; it is kept in memory only."""
        target = self._session.target
        if target is None:
            return
        self._ask.ask_password(
            f"Password of {target.name}",
            "Connect",
            lambda password: self._session.connect(
                target_of(target.address, target.description, password=password)
            ),
        )

    def _connect_to(self, address: str) -> None:
        try:
            target = target_of(address)
        except PortError as error:
            self._ask.ask_text(f"{error}", "Connect", address, self._connect_to)
            return
        self._session.connect(target)

    def _set_speed(self, speed: int) -> None:
        target = self._session.target
        if target is not None and has_speed(target):
            self._session.connect(at_speed(target, speed))

    def _on_status(self, status: Status) -> None:
        if Remedy.PASSWORD in status.remedies:
            self.ask_password()

    def _fill(self, targets: Sequence[Target] | None) -> None:
        """``targets``: None while they are looked for."""
        self.removeAction(self.speeds.menuAction())  # `clear` would take it for its own
        self.clear()
        for target in targets or ():
            text = f"{target.name}  —  {target.description}" if target.description else target.name
            self.addAction(text.replace("&", "&&"), lambda target=target: self._session.connect(target))
        if targets is None:
            self.addAction("Looking for ports …").setEnabled(False)
        self.addSeparator()
        self.addAction("Network address …", self.ask_address).setToolTip(
            "Connect over the network (TCP or WebREPL), or to a port that is not listed"
        )
        current = self._session.target
        self.addMenu(self.speeds).setEnabled(current is not None and has_speed(current))
        self.addSeparator()
        self.addAction("Disconnect", self._session.disconnect).setEnabled(current is not None)
        self.addSeparator()
        self.addAction("Add another board", lambda: self.command_wanted.emit("board.add", []))
        self.addAction("Rename this board …", self._ask_name)
        self.addAction("Remove this board", lambda: self.command_wanted.emit("board.remove", []))

    def _ask_name(self) -> None:
        name = self._session.name
        self._ask.ask_text(
            f"New name of {name}; in code it is boards[name].",
            "Rename",
            name,
            lambda new: self.command_wanted.emit("board.rename", [f"new={new}"]),
        )
