"""A serial line to real MicroPython (the unix port): `python board_line.py MICROPYTHON FOLDER [BYTES_PER_SECOND]`.

Prints the port's name and carries bytes both ways until it is ended. With a rate, each way takes that many
bytes a second, as a UART does (115,200 baud, 8N1: 11,520).
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
import tty
from dataclasses import dataclass

CHUNK = 4096
SLICE = 0.002
"""Seconds of line time that go at once."""
# Makes the terminal the child's own, as a board's is.
LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass
class Way:
    """Bytes in one direction."""

    source: int
    target: int
    rate: float
    waiting: bytes = b""
    due: float = 0.0

    def take(self) -> None:
        with contextlib.suppress(OSError):
            data = os.read(self.source, CHUNK)
            if not self.waiting:
                self.due = max(self.due, time.monotonic())
            self.waiting += data

    def give(self) -> None:
        part = self.waiting[: max(1, int(self.rate * SLICE))] if self.rate else self.waiting
        with contextlib.suppress(BlockingIOError):
            sent = os.write(self.target, part)
            self.waiting = self.waiting[sent:]
            self.due += sent / self.rate if self.rate else 0.0


def main(micropython: str, folder: str, rate: float = 0.0) -> None:
    board, slave = os.openpty()
    tty.setraw(slave)
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, micropython, "-X", "heapsize=4M"],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=folder,
    )  # fmt: skip
    os.close(slave)
    line, port = os.openpty()
    tty.setraw(port)
    for end in (board, line):
        os.set_blocking(end, False)
    print(os.ttyname(port), flush=True)
    ways = [Way(line, board, rate), Way(board, line, rate)]
    try:
        while process.poll() is None:
            carry(ways)
    finally:
        process.kill()
        process.wait()


def carry(ways: list[Way]) -> None:
    now = time.monotonic()
    filled = [way for way in ways if way.waiting]
    wait = min([0.2, *(max(0.0, way.due - now) for way in filled)])
    readable, writable, _ = select.select(
        [way.source for way in ways if len(way.waiting) < CHUNK],
        [way.target for way in filled if way.due <= now],
        [],
        wait,
    )
    for way in ways:
        if way.source in readable:
            way.take()
        if way.target in writable:
            way.give()


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:]))
