"""A board session for the views: scripted, a model of a board, or the virtual pyboard."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "engines" / "board"))  # the doubles of boards

from board_doubles import ScriptedTransport

from engines.board.connection.transport import Target
from engines.board.session import BoardSession
from engines.board.status import State
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=4096)
    yield store
    store.close()


@pytest.fixture
def session(store):
    session = BoardSession("board", store)
    yield session
    session.close()


@pytest.fixture
def scripted(session, qtbot):
    """The other side of a connected board that stands at its prompt."""
    transport = ScriptedTransport()
    session.connect(Target("scripted", "a board of the test", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT)
    return transport
