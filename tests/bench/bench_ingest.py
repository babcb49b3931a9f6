"""Samples in frames from another process through a pseudo-terminal: how fast without loss, and how evenly a
window draws meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.e2e.driver import Program, start_xvfb

ROUNDS = 3
COUNT = 2_000_000
"""Samples of three 16-bit numbers: 12 MB, in 12.5 MB of frames."""
RATE = 1_000_000
"""Bytes a second while the window draws."""
SECONDS = 12.0
SETTLED = 5.0
"""Seconds in which a new kernel loads its completer, once: that is not what is measured here."""
SAMPLE = struct.Struct("<3h")

# A board that sends blocks of samples, as fast as they are taken, or so many bytes a second. The frames are made
# beforehand: it is the receiver that is measured.
WRITER = """
import math, os, struct, sys, time, zlib
port, count, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
header = b"accel:x,y,z:3h:g"
each = (1024 - 11 - len(header)) // 6
def block(phase):  # slow waves with a ripple, as an accelerometer sends them
    x, y, z = (int(900 * math.sin(phase * turn)) for turn in (1, 2, 3))
    return b"".join(struct.pack("<3h", x + n % 30, y + n % 23, z - n % 17) for n in range(each))
blocks = [block(step * math.tau / 400) for step in range(400)]
wire, made = [], 0
for number in range(-(-count // each)):
    size = min(each, count - made)
    body = bytes([len(header)]) + header
    body += struct.pack("<HII", number & 0xFFFF, made * 6 & 0x3FFFFFFF, 6) + blocks[number % 400][:size * 6]
    start = struct.pack("<BH", 1, len(body)) + body
    wire.append(b"\\xfe\\xd1" + start + struct.pack("<I", zlib.crc32(start)))
    made += size
print("ready", flush=True)
sys.stdin.readline()
began, sent = time.monotonic(), 0
for at in range(0, len(wire), 16):
    data = b"".join(wire[at:at + 16])
    sent += len(data)
    while data:
        data = data[os.write(port, data):]
    if rate and (ahead := began + sent / rate - time.monotonic()) > 0:
        time.sleep(ahead)
print(sent, flush=True)
sys.stdin.readline()
"""


class Sender:
    """The writer process at the other end of a pseudo-terminal."""

    def __init__(self, count: int, rate: float = 0) -> None:
        import tty

        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(self._ours), str(count), str(rate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[self._ours],
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def sent(self) -> int:
        """Waits until all is written; bytes."""
        return int(self._line())

    def close(self) -> None:
        self.process.communicate("end\n", timeout=30)
        os.close(self._ours)
        os.close(self._theirs)


@contextlib.contextmanager
def sender(count: int, rate: float = 0) -> Iterator[Sender]:
    made = Sender(count, rate)
    try:
        yield made
    finally:
        made.close()


def board_ingest() -> list[Row]:
    """MB/s of frames, from another process into our ring (checked, timed, losses counted). Peer: a plain
    script on pyserial, with zlib.crc32 and struct.iter_unpack into lists; ours and the peer's in turn."""
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_ours())
        peer.append(_script())
    return [
        Row(
            "board.ingest",
            "MB/s",
            statistics.median(ours),
            statistics.median(peer),
            "pyserial + struct + crc32",
            smaller_is_better=False,
        )
    ]


def _ours() -> float:
    import numpy  # noqa: F401 - the app has it loaded

    from engines.board.connection.transport import serial_target
    from engines.board.session import BoardSession
    from engines.workspace.streams.store import StreamStore

    store = StreamStore(Path(tempfile.mkdtemp()) / "streams")
    session = BoardSession("board", store)
    try:
        with sender(COUNT) as board:
            connected = threading.Event()
            session.status_changed.connect(lambda status: connected.set() if status.state.connected else None)
            session.connect(serial_target(board.port, bridge=False))
            assert connected.wait(10)
            began = time.perf_counter()
            board.go()
            while session.traffic.samples < COUNT:
                assert time.perf_counter() - began < 60, session.traffic
                time.sleep(0.002)
            seconds = time.perf_counter() - began
            traffic = session.traffic
            assert (traffic.lost, traffic.damaged, traffic.malformed) == (0, 0, 0), traffic
            assert store.count("accel") == (COUNT, 0)
            return board.sent() / seconds / 1e6
    finally:
        session.close()
        store.close()


def _script() -> float:
    import serial

    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    with sender(COUNT) as board, serial.Serial(board.port, 115200, timeout=0.1) as port:
        began = time.perf_counter()
        board.go()
        rest, received = b"", 0
        while len(columns[0]) < COUNT:
            assert time.perf_counter() - began < 60
            data = port.read(max(1, port.in_waiting))
            received += len(data)
            rest = _read_frames(rest + data, columns)
        seconds = time.perf_counter() - began
        assert received == board.sent()
        return received / seconds / 1e6


def _read_frames(data: bytes, columns: tuple[list[int], list[int], list[int]]) -> bytes:
    rest = 0
    while (at := data.find(b"\xfe\xd1", rest)) >= 0 and len(data) >= at + 5:
        (length,) = struct.unpack_from("<H", data, at + 3)
        end = at + 5 + length
        if len(data) < end + 4:
            break
        if zlib.crc32(data[at + 2 : end]) == struct.unpack_from("<I", data, end)[0]:
            for x, y, z in SAMPLE.iter_unpack(data[at + 16 + data[at + 5] : end]):
                columns[0].append(x)
                columns[1].append(y)
                columns[2].append(z)
        rest = end + 4
    return data[rest:]


def board_frame_gap() -> list[Row]:
    """p95 of the time between two pictures of a figure in the window (Xvfb) while 1 MB/s comes in; median of
    the rounds. No peer draws and receives; the bound is 33 ms."""
    server, display = start_xvfb()
    try:
        figures = [_drawn_meanwhile(display) for _ in range(ROUNDS)]
    finally:
        server.terminate()
        server.wait()
    gap = statistics.median(figure["gap95"] for figure in figures)
    rate = statistics.median(figure["rate"] for figure in figures)
    return [Row("board.frame_gap", "ms (p95)", gap, None, f"{rate:.0f} frames/s")]


def _drawn_meanwhile(display: str) -> dict[str, float]:
    """The state of the figure after most of the seconds."""
    count = int(RATE * SECONDS / 6)
    with tempfile.TemporaryDirectory() as folder, sender(count, RATE) as board:
        project = _project(Path(folder))
        program = Program(Path(folder), display, str(project), "--trust")
        try:
            program.wait(lambda state: state["kernel"]["state"] == "idle")
            program.send("board.connect", board.port)
            program.wait(lambda state: state["board"]["state"] not in ("disconnected", "connecting"))
            time.sleep(SETTLED)
            board.go()
            time.sleep(SECONDS * 0.7)
            figure: dict[str, float] = program.state["figures"]["Motion"]
            board.sent()
            state = program.wait(lambda state: state["streams"]["accel"]["samples"] == count)
            assert state["streams"]["accel"]["lost"] == 0
            return figure
        finally:
            program.close()


def _project(folder: Path) -> Path:
    project = folder / "ingest"
    project.mkdir()
    traces = [{"type": "scatter", "x": {"expr": "accel.t"}, "y": {"expr": f"accel.{name}"}} for name in "xyz"]
    figure = {"data": traces, "layout": {"meta": {"live": {"xaxis": 2}}}}
    (project / "Motion.plot.json").write_text(json.dumps(figure))
    return project


BENCHES = [board_ingest, board_frame_gap]
