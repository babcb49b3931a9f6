"""The serial port as the guest sees it: typed bytes in, printed bytes out, and one bell to wait on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Container

INPUT_LIMIT = 256 * 1024
OUTPUT_LIMIT = 64 * 1024
GATHER = 0.001
"""Seconds in which output is gathered before it is sent: MicroPython prints a repr letter by letter."""
CTRL_C = 3


class Console:
    """Bytes between the link (its reader and writer threads) and the guest thread.

    Both directions are bounded: a link that sends faster than the board reads is made to wait, and so is a
    board that prints faster than the link takes. ``patience`` is how long (seconds) the board waits for a
    link that takes nothing before it drops what it prints, as a pyboard does when nobody listens; None
    waits for ever.
    """

    def __init__(self, patience: float | None = None) -> None:
        self.bell = threading.Condition()
        """Rung at everything that may concern a waiting guest: bytes, interrupts, a stop."""
        self.interrupt_char = -1
        """The byte that interrupts the program instead of being read; -1 when there is none."""
        self.on_interrupt: Callable[[], None] = lambda: None
        self._typed = bytearray()
        self._printed: deque[bytes] = deque()
        self._printed_size = 0
        self._patience = patience
        self._gone = False
        self._dropping = False
        self._room = threading.Condition()

    # the link's side

    def feed(self, data: bytes) -> None:
        """Bytes from the link. Waits while the board has too many unread ones."""
        with self.bell:
            while len(self._typed) > INPUT_LIMIT and not self._gone:
                self.bell.wait()
            interrupted = self.interrupt_char >= 0 and self.interrupt_char in data
            if interrupted:
                data = data.replace(bytes([self.interrupt_char]), b"")
            self._typed += data
            self.bell.notify_all()
        if interrupted:
            self.on_interrupt()

    def next_output(self) -> bytes:
        """What to send next, all that is there; waits for it. Empty when the console is closed."""
        with self._room:
            while not self._printed and not self._gone:
                self._room.wait()
        time.sleep(GATHER)
        with self._room:
            data = b"".join(self._printed)
            self._printed.clear()
            self._printed_size = 0
            self._room.notify_all()
            return data

    def flush(self, timeout: float) -> None:
        """Wait until everything printed was taken, at most ``timeout`` seconds."""
        with self._room:
            self._room.wait_for(lambda: not self._printed or self._gone, timeout)

    def close(self) -> None:
        """The link is gone: what waits on it goes on."""
        self._gone = True
        with self.bell:
            self.bell.notify_all()
        with self._room:
            self._room.notify_all()

    # the board's side

    @property
    def available(self) -> int:
        return len(self._typed)

    def take(self, count: int) -> bytes:
        """At most ``count`` typed bytes; empty when there are none."""
        with self.bell:
            return self._remove(min(count, len(self._typed)))

    def take_until(self, stops: Container[int], limit: int) -> bytes:
        """Typed bytes up to and with the first of ``stops``, at most ``limit``."""
        with self.bell:
            head = self._typed[:limit]
            end = next((i + 1 for i, byte in enumerate(head) if byte in stops), len(head))
            return self._remove(end)

    def _remove(self, count: int) -> bytes:
        data = bytes(self._typed[:count])
        was_full = len(self._typed) > INPUT_LIMIT
        del self._typed[:count]
        if was_full:
            self.bell.notify_all()
        return data

    def write(self, data: bytes) -> None:
        """Send bytes as they are, in one piece with respect to every other write."""
        if not data:
            return
        with self._room:
            if self._printed_size > OUTPUT_LIMIT and not self._gone:
                self._room.wait_for(self._has_no_need_to_wait, self._patience)
            if self._gone or self._printed_size > OUTPUT_LIMIT:
                return
            self._printed.append(data)
            self._printed_size += len(data)
            if len(self._printed) == 1:
                self._room.notify_all()

    def _has_no_need_to_wait(self) -> bool:
        return self._printed_size <= OUTPUT_LIMIT or self._gone or self._dropping

    def drop_output(self, drop: bool) -> None:
        """While set, what finds no room is dropped at once (the board is being stopped)."""
        with self._room:
            self._dropping = drop
            self._room.notify_all()

    def write_text(self, data: bytes) -> None:
        """Send printed text: ``\\n`` goes out as ``\\r\\n``."""
        self.write(data.replace(b"\n", b"\r\n"))
