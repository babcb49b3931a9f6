"""Says that the board's disk is mounted on this computer, too, and what can be done about it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engines.board.files.mass_storage import BOOT_LINE, TURN_OFF
from engines.board.session import BoardSession
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import NoticeBar


class DiskWarning(NoticeBar):
    """Hidden until a write was refused."""

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        GuiCalls(self).listen(session.disk_guard.warned, self._warn)

    def _warn(self, sentence: str) -> None:
        self.say(sentence, ("Write anyway", self._allow), ("Turn off USB disk", self._explain))

    def _allow(self) -> None:
        self._session.disk_guard.allow()
        self.say("The board is written to from now on, until its connection ends. Do it again.")

    def _explain(self) -> None:
        self.say(TURN_OFF, ("Copy the line", lambda: QGuiApplication.clipboard().setText(BOOT_LINE)))
