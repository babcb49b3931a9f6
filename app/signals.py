"""Ctrl-C in the terminal, a logout and ``kill`` end the program as its own Quit does: everything is kept."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class EndingSignals(QObject):
    """Calls ``end()`` from Qt's loop on the first such signal; a second one ends the process at once.

    Python's own handlers would run in whatever slot comes next, which is in the middle of something, or never
    while Qt waits: the signal's number is written into a socket that Qt's loop watches.
    """

    def __init__(self, end: Callable[[], object]) -> None:
        super().__init__()
        self._end = end
        self._heard, self._told = socket.socketpair()
        self._heard.setblocking(False)
        self._told.setblocking(False)
        self._before = {number: signal.signal(number, _leave_to_the_loop) for number in ENDING}
        self._before_fd = signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before_fd)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._heard.close()
        self._told.close()

    def _read(self) -> None:
        if not set(self._heard.recv(4096)) & set(ENDING):
            return
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        self._end()


def _leave_to_the_loop(number: int, frame: object) -> None:
    """The number is in the socket already."""
