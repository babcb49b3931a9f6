"""A transport whose other side is the test."""

from __future__ import annotations

import queue
import threading

from engines.board.connection.port_errors import PortError


class ScriptedTransport:
    """A transport whose other side is the test."""

    def __init__(
        self, *, starts_board: bool = False, name: str = "scripted", paced: bool = False, resets: bool = False
    ) -> None:
        self.name = name
        self.starts_board = starts_board
        self.paced = paced
        self.has_reset_line = resets
        self.pulses = 0
        self.sent = bytearray()
        self.closed = False
        self.is_stale = False
        self._arriving: queue.Queue[bytes | PortError] = queue.Queue()
        self._news = threading.Condition()

    def arrive(self, data: bytes) -> None:
        self._arriving.put(data)

    def vanish(self) -> None:
        self._arriving.put(PortError(self.name, "the port went away", "Plug it in.", gone=True))

    def until_sent(self, data: bytes, timeout: float = 5.0) -> None:
        """Wait until ``data`` was sent, and forget everything up to it."""
        with self._news:
            assert self._news.wait_for(lambda: data in self.sent, timeout), bytes(self.sent)
            del self.sent[: self.sent.index(data) + len(data)]

    def read(self, timeout: float) -> bytes:
        try:
            item = self._arriving.get(timeout=max(timeout, 0.0001))
        except queue.Empty:
            return b""
        if isinstance(item, PortError):
            raise item
        return item

    def write(self, data: bytes) -> int:
        with self._news:
            self.sent += data
            self._news.notify_all()
        return len(data)

    def wake(self) -> None:
        self._arriving.put(b"")

    def stale(self) -> bool:
        return self.is_stale

    def pulse_reset(self) -> None:
        self.pulses += 1

    def close(self) -> None:
        self.closed = True
