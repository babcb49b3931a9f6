"""Streams: samples a second from the wire into the ring, and the age of the newest one in a busy kernel."""

from __future__ import annotations

import os
import queue
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections import deque
from pathlib import Path
from typing import Any

from engines.board.streams.frames import Frame, FrameDecoder
from engines.board.streams.samples import SampleReader
from engines.workspace.kernel_client import KernelClient
from engines.workspace.kernel_side import STREAMS_VARIABLE
from engines.workspace.streams.store import StreamStore
from tests.bench.rows import Row, percentile

MAIN = Path(__file__).resolve().parents[2] / "main.py"
CHUNK = 4096
SECONDS = 4.0
AGE_RATE = 1000
BUSY = "import time\nend = time.time() + {seconds}\nwhile time.time() < end:\n    sum(range(1000))"


def frame(sequence: int, payload: bytes) -> bytes:
    """One samples frame as a board sends it (engines/board/streams/frames.py has the format)."""
    header = b"accel:x,y,z:3f:g"
    body = (
        bytes([len(header)]) + header + struct.pack("<HII", sequence & 0xFFFF, sequence * 100, 100) + payload
    )
    start = struct.pack("<BH", 1, len(body)) + body
    return b"\xfe\xd1" + start + struct.pack("<I", zlib.crc32(start))


def stream_rate() -> list[Row]:
    """Ours: frames of one sample, decoded, checked, timed and appended to the ring that the kernel maps.

    Peer: the same bytes by struct and crc32 into deques, as a small script would, for its own use only.
    """
    count = 200_000
    sample = struct.pack("<3f", 0.1, 0.2, 0.3)
    wire = b"".join(frame(number, sample) for number in range(count))
    store = StreamStore(Path(tempfile.mkdtemp()))
    reader, decoder = SampleReader(store), FrameDecoder()
    began = time.perf_counter()
    for start in range(0, len(wire), CHUNK):
        for piece in decoder.feed(wire[start : start + CHUNK]):
            if isinstance(piece, Frame):
                reader.take(piece.payload, time.monotonic())
        reader.flush() if hasattr(reader, "flush") else None
    ours = count / (time.perf_counter() - began)
    lost = reader.lost
    store.close()
    if lost:
        raise AssertionError(f"{lost} samples were lost")
    peer = _script_rate(wire, count)
    return [Row("stream.rate", "samples/s", ours, peer, "struct into deques", smaller_is_better=False)]


def _script_rate(wire: bytes, count: int) -> float:
    columns: list[deque[float]] = [deque(maxlen=count) for _ in range(4)]
    rest = b""
    began = time.perf_counter()
    for start in range(0, len(wire), CHUNK):
        data = rest + wire[start : start + CHUNK]
        at = 0
        while (at := data.find(b"\xfe\xd1", at)) >= 0 and len(data) >= at + 5:
            (length,) = struct.unpack_from("<H", data, at + 3)
            end = at + 5 + length
            if len(data) < end + 4:
                break
            if zlib.crc32(data[at + 2 : end]) == struct.unpack_from("<I", data, end)[0]:
                header = data[at + 5] + 1
                _, device_time, _ = struct.unpack_from("<HII", data, at + 5 + header)
                values = struct.unpack_from("<3f", data, at + 15 + header)
                for column, value in zip(columns, (device_time, *values), strict=True):
                    column.append(value)
            at = end + 4
        rest = data[at:] if at >= 0 else b""
    assert len(columns[0]) == count
    return count / (time.perf_counter() - began)


def stream_age() -> list[Row]:
    """p95 age of the newest sample when a busy kernel hears of it. Peer: a comm message for each sample."""
    store = StreamStore()
    loop: queue.SimpleQueue[Any] = queue.SimpleQueue()
    os.environ[STREAMS_VARIABLE] = str(store.directory)
    client = KernelClient([sys.executable, str(MAIN), "--kernel"], loop.put, lambda *_: None)
    try:
        return [_measure_age(store, client, loop)]
    finally:
        client.close()
        store.close()
        del os.environ[STREAMS_VARIABLE]


def _measure_age(store: StreamStore, client: KernelClient, loop: queue.SimpleQueue[Any]) -> Row:
    ready: list[None] = []
    client.ready.connect(ready.append)
    client.start()
    _wait(loop, lambda: ready)
    store.open("beat", ["sent"])
    _run(client, loop, PROBE)
    ending = threading.Event()
    writer = threading.Thread(target=_beat, args=(store, ending))
    writer.start()
    _run(client, loop, BUSY.format(seconds=SECONDS))
    ending.set()
    writer.join()
    ages = _numbers(client, loop, "ages")
    return Row(
        "stream.age", "ms (p95)", percentile(ages, 0.95), _comm_age(client, loop), "a comm message per sample"
    )


# In the kernel: at every announcement of the pump, how old is the newest sample?
PROBE = """
import time
ages = []
def heard(names, stream=streams["beat"]):
    sent = stream.sent
    if len(sent):
        ages.append((time.time() - sent[-1]) * 1000)
workspace.streams_changed.connect(heard)
comm_ages = []
def opened(comm, message):
    comm.on_msg(lambda message: comm_ages.append((time.time() - message["content"]["data"]["sent"]) * 1000))
get_ipython().kernel.comm_manager.register_target("beat", opened)
"""


def _beat(store: StreamStore, ending: threading.Event) -> None:
    while not ending.wait(1 / AGE_RATE):
        now = time.time()
        store.append("beat", [now], [[now]])


def _comm_age(client: KernelClient, loop: queue.SimpleQueue[Any]) -> float:
    """Messages wait in the shell's queue until the cell ends."""
    from engines.workspace.kernel_wire import Outgoing

    wire = client._wire
    assert wire is not None
    wire.send(Outgoing("shell", "comm_open", {"comm_id": "1", "target_name": "beat", "data": {}}, "open"))
    ended: list[Any] = []
    client.execute(BUSY.format(seconds=2), on_output=lambda output: None, then=ended.append)
    for number in range(100):
        wire.send(
            Outgoing("shell", "comm_msg", {"comm_id": "1", "data": {"sent": time.time()}}, f"beat-{number}")
        )
        time.sleep(0.015)
    _wait(loop, lambda: ended)
    return percentile(_numbers(client, loop, "comm_ages"), 0.95)


def _numbers(client: KernelClient, loop: queue.SimpleQueue[Any], name: str) -> list[float]:
    import numpy

    replies: list[Any] = []
    client.request("workspace.arrays", {"expressions": [name]}, replies.append)
    _wait(loop, lambda: replies)
    return list(numpy.frombuffer(replies[0].buffers[0]))


def _run(client: KernelClient, loop: queue.SimpleQueue[Any], code: str) -> None:
    ended: list[Any] = []
    client.execute(code, on_output=lambda output: None, then=ended.append)
    _wait(loop, lambda: ended)
    if ended[0].error:
        raise AssertionError(str(ended[0].error))


def _wait(loop: queue.SimpleQueue[Any], condition: Any) -> None:
    while not condition():
        loop.get(timeout=30)()


BENCHES = [stream_rate, stream_age]
