"""10,000 samples a second for a minute, through a real pseudo-terminal, whatever the kernel does: none is lost."""

from __future__ import annotations

import os
import pty
import queue
import struct
import sys
import threading
import time
import tty
import zlib
from pathlib import Path

import numpy
import pytest

from engines.board.connection.transport import serial_target
from engines.board.session import BoardSession
from engines.workspace.kernel_client import KernelClient
from engines.workspace.kernel_side import STREAMS_VARIABLE
from engines.workspace.streams.store import StreamStore

MAIN = Path(__file__).resolve().parents[3] / "main.py"
RATE = 10_000
BURST = 100  # samples written at once, each in its own frame
SECONDS = 60


def frame(number: int) -> bytes:
    header = b"fast:n:f"
    body = (
        bytes([len(header)])
        + header
        + struct.pack("<HIIf", number & 0xFFFF, number * 100 & 0xFFFFFFFF, 0, number)
    )
    start = struct.pack("<BH", 1, len(body)) + body
    return b"\xfe\xd1" + start + struct.pack("<I", zlib.crc32(start))


def send(port: int, count: int) -> None:
    began = time.monotonic()
    for first in range(0, count, BURST):
        data = b"".join(frame(number) for number in range(first, first + BURST))
        while data:
            data = data[os.write(port, data) :]
        ahead = began + (first + BURST) / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_nothing_is_lost_while_the_kernel_is_busy_dies_and_restarts(monkeypatch):
    store = StreamStore()
    monkeypatch.setenv(STREAMS_VARIABLE, str(store.directory))
    delivered: queue.SimpleQueue = queue.SimpleQueue()
    kernel = KernelClient([sys.executable, str(MAIN), "--kernel"], delivered.put, lambda *_: None)
    kernel.start()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    session = BoardSession("board", store)
    connected = threading.Event()
    session.status_changed.connect(lambda status: connected.set() if status.state.connected else None)
    session.connect(serial_target(os.ttyname(theirs)))
    assert connected.wait(10)
    count = RATE * SECONDS
    sender = threading.Thread(target=send, args=(ours, count))
    sender.start()
    actions = [
        (5, lambda: kernel.execute("while True: pass", on_output=lambda _: None, then=lambda _: None)),
        (20, lambda: kernel.execute("sorted(range(10**8))", on_output=lambda _: None, then=lambda _: None)),
        (30, lambda: os.kill(kernel.process.pid, 9)),
        (35, kernel.start),
    ]
    began = time.monotonic()
    while sender.is_alive():
        if actions and time.monotonic() - began > actions[0][0]:
            actions.pop(0)[1]()
        try:
            delivered.get(timeout=0.05)()
        except queue.Empty:
            continue
    sender.join()
    deadline = time.monotonic() + 10
    while store.count("fast")[0] < count and time.monotonic() < deadline:
        time.sleep(0.05)
    total, lost = store.count("fast")
    newest = store.reader("fast").last(500_000).values[0]
    session.close()
    kernel.close()
    os.close(ours)
    os.close(theirs)
    store.close()
    assert (total, lost) == (count, 0)
    assert numpy.array_equal(newest, numpy.arange(count - 500_000, count, dtype=float))
