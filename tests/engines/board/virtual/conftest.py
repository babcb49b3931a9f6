"""A virtual board in a child process, driven through its byte stream."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PROMPT = b">>> "


class BoardProcess:
    """``python -m engines.board.virtual`` on pipes."""

    def __init__(self, flash: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engines.board.virtual", "--flash", str(flash), *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self.flash = flash
        self.received = bytearray()
        self.arrived = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="test-reader")
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while data := self.process.stdout.read(65536):
            with self.arrived:
                self.received += data
                self.arrived.notify_all()

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def expect(self, wanted: bytes, timeout: float = 20) -> bytes:
        """Wait for bytes; everything up to and with them, which is taken out of what was received."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: wanted in self.received, timeout):
                raise AssertionError(f"no {wanted!r} in {bytes(self.received[-2000:])!r}")
            end = self.received.index(wanted) + len(wanted)
            taken = bytes(self.received[:end])
            del self.received[:end]
            return taken

    def gather(self, enough: Callable[[bytes], bool], timeout: float = 20) -> bytes:
        """Wait until what was received is enough; a copy of it."""
        with self.arrived:
            self.arrived.wait_for(lambda: enough(bytes(self.received)), timeout)
            return bytes(self.received)

    def run(self, line: bytes) -> bytes:
        """Type a line at the friendly prompt; what it printed."""
        self.send(line + b"\r")
        self.expect(line + b"\r\n")
        return self.expect(PROMPT)[: -len(PROMPT)]

    def raw(self, source: bytes, timeout: float = 20) -> tuple[bytes, bytes]:
        """Execute at the raw REPL; output and traceback. The board must be at the raw prompt."""
        self.send(source + b"\x04")
        self.expect(b"OK")
        return self.raw_reply(timeout)

    def raw_reply(self, timeout: float = 20) -> tuple[bytes, bytes]:
        output = self.expect(b"\x04", timeout)[:-1]
        error = self.expect(b"\x04", timeout)[:-1]
        self.expect(b">")
        return output, error

    def enter_raw(self) -> None:
        self.send(b"\x01")
        self.expect(b"raw REPL; CTRL-B to exit\r\n>")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self._reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def start_board(tmp_path: Path) -> Iterator[Callable[..., BoardProcess]]:
    """Start boards; ``files`` are put into /flash first."""
    boards: list[BoardProcess] = []

    def start(*options: str, files: dict[str, str] | None = None) -> BoardProcess:
        flash = tmp_path / f"flash{len(boards)}"
        flash.mkdir()
        for name, text in (files or {}).items():
            (flash / name).write_text(text)
        boards.append(BoardProcess(flash, *options))
        return boards[-1]

    yield start
    for board in boards:
        board.close()


@pytest.fixture
def board(start_board: Callable[..., BoardProcess]) -> BoardProcess:
    """A board with an empty /flash, at its friendly prompt."""
    started = start_board()
    started.expect(PROMPT)
    return started


@pytest.fixture
def raw_board(board: BoardProcess) -> BoardProcess:
    """A board with an empty /flash, at its raw prompt."""
    board.enter_raw()
    return board


def wait_until(condition: Callable[[], bool], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)


@pytest.fixture
def until() -> Callable[..., None]:
    """``until(condition)``: wait for something that sends no signal."""
    return wait_until
