"""The round trip of `1+1` through our client, beside plain jupyter_client on the same kernel."""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import Any

from engines.workspace.kernel_client import KernelClient
from tests.bench.rows import Row, interleaved

MAIN = Path(__file__).resolve().parents[2] / "main.py"
ROUNDS = 400


class QueueLoop:
    """Runs what the client delivers while a call waits."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.client = KernelClient([sys.executable, str(MAIN), "--kernel"], self._queue.put, lambda *_: None)
        ready: list[None] = []
        self.client.ready.connect(ready.append)
        self.client.start()
        self.wait(ready)

    def wait(self, answers: list[Any]) -> None:
        while not answers:
            self._queue.get(timeout=30)()

    def execute(self, code: str, *, silent: bool = True) -> Any:
        ended: list[Any] = []
        self.client.execute(code, on_output=lambda output: None, then=ended.append, silent=silent)
        self.wait(ended)
        return ended[0]


def kernel_roundtrip() -> list[Row]:
    """Both wait for the reply and for idle, as a cell does."""
    from jupyter_client.blocking import BlockingKernelClient

    loop = QueueLoop()
    plain = BlockingKernelClient(connection_file=str(loop.client.process.connection_file))
    plain.load_connection_file()
    plain.start_channels()
    plain.wait_for_ready(timeout=30)
    try:
        ours, peer = interleaved(
            lambda: loop.execute("1+1"),
            lambda: plain.execute_interactive(
                "1+1", silent=True, allow_stdin=False, output_hook=lambda message: None
            ),
            ROUNDS,
        )
    finally:
        plain.stop_channels()
        loop.client.close()
    return [Row("kernel.roundtrip", "ms", ours, peer, "jupyter_client")]


BENCHES = [kernel_roundtrip]
