"""What the buttons beside a board's status do, as far as they need no further question."""

from __future__ import annotations

from engines.board.session import BoardSession
from engines.board.status import Remedy


def apply(session: BoardSession, remedy: Remedy) -> None:
    """Returns at once; how it goes is told by the session's status."""
    if remedy is Remedy.INTERRUPT:
        session.interrupt()
    elif remedy is Remedy.RESCUE:
        session.rescue()
    elif remedy in (Remedy.DISABLE_MAIN, Remedy.RESTORE_MAIN):
        session.take_offer()
    elif remedy is Remedy.CANCEL:
        session.cancel()
    elif remedy is Remedy.RESET:
        session.press_reset()
    else:
        session.restart()
