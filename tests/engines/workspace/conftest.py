"""A real kernel process behind the real client, driven without Qt."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.workspace.kernel_api import Executed, Lane, Output, Reply
from engines.workspace.kernel_client import KernelClient
from engines.workspace.kernel_side import STREAMS_VARIABLE
from engines.workspace.streams.store import StreamStore

MAIN = Path(__file__).resolve().parents[3] / "main.py"


class KernelDriver:
    """Plays the app's loop: delivered functions run when a test waits."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._queue: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._timers: list[threading.Timer] = []
        command = [sys.executable, str(MAIN), "--kernel"]
        self.client = KernelClient(command, self._queue.put, self._later, environment=environment)
        self.events: list[Any] = []
        self.client.events.connect(self.events.append)
        self.client.start()

    def _later(self, seconds: float, function: Callable[[], Any]) -> None:
        self.later(seconds, function)

    def later(self, seconds: float, function: Callable[[], Any]) -> Callable[[], None]:
        timer = threading.Timer(seconds, self._queue.put, [function])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()
        return timer.cancel

    def wait(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the kernel did not do it in time"
            try:
                self._queue.get(timeout=0.02)()
            except queue.Empty:
                continue

    def start(self, code: str, **options: Any) -> tuple[list[Executed], list[Output]]:
        """Start a cell; the lists fill while a test waits."""
        ended: list[Executed] = []
        outputs: list[Output] = []
        self.client.execute(code, on_output=outputs.append, then=ended.append, **options)
        return ended, outputs

    def run(self, code: str) -> tuple[Executed, list[Output]]:
        ended, outputs = self.start(code)
        self.wait(lambda: ended)
        return ended[0], outputs

    def ask(self, verb: str, lane: Lane = Lane.MAIN, **arguments: Any) -> Reply:
        replies: list[Reply] = []
        self.client.request(verb, arguments, replies.append, lane=lane)
        self.wait(lambda: replies)
        return replies[0]

    def close(self) -> None:
        self.client.close()
        for timer in self._timers:
            timer.cancel()


@pytest.fixture(scope="session")
def shared_kernel():
    driver = KernelDriver()
    yield driver
    driver.close()


@pytest.fixture
def kernel(shared_kernel: KernelDriver):
    """One kernel for many tests, with an empty workspace for each."""
    shared_kernel.run("%reset -f")
    shared_kernel.events.clear()
    return shared_kernel


@pytest.fixture
def streaming_kernel(tmp_path):
    """A kernel of its own with the streams of ``driver.store``."""
    store = StreamStore(tmp_path / "streams", capacity=1 << 16)
    driver = KernelDriver({STREAMS_VARIABLE: str(store.directory)})
    driver.store = store
    yield driver
    driver.close()
    store.close()


@pytest.fixture
def mortal_kernel():
    """A kernel that the test may kill."""
    driver = KernelDriver()
    yield driver
    driver.close()
