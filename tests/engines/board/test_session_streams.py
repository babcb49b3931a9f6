"""What a session tells of its board's streams: those of the board that is connected now, and what went wrong."""

from __future__ import annotations

import struct

from board_doubles import ScriptedTransport

from engines.board.connection.transport import Target
from engines.board.requests import REQUESTS
from engines.board.status import State
from engines.board.streams.frames import encode
from engines.workspace.streams.layout import Kind


def frame(name: bytes, number: int, us: int, header=b":a:h") -> bytes:
    payload = bytes([len(name + header)]) + name + header + struct.pack("<HIIh", number, us, 0, number)
    return encode(1, payload)


def info(session):
    answers = []
    REQUESTS["board.info"](session, {}, (), answers.append)
    return answers[0]


def connect(session, name, *data):
    transport = ScriptedTransport(name=name)
    session.connect(Target(name, "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    for each in data:
        transport.arrive(each)
    session.watcher.until(lambda: session.target.name == name and session.status.state is State.PROMPT)
    return transport


def test_streams_are_those_of_the_board_that_is_connected_now(session, store):
    connect(session, "first", frame(b"accel", 0, 0), frame(b"accel", 1, 10_000))
    session.watcher.until(lambda: session.traffic.samples == 2)
    assert info(session)["streams"] == ["accel"]
    connect(session, "second", frame(b"temp", 0, 0))
    session.watcher.until(lambda: "temp" in session.streams)
    assert info(session)["streams"] == ["temp"]
    assert store.reader("accel").total == 2, "what streamed before stays"


def test_another_board_with_the_same_stream_goes_on_in_a_new_segment(session, store):
    connect(session, "first", frame(b"accel", 0, 0), frame(b"accel", 1, 10_000))
    session.watcher.until(lambda: session.traffic.samples == 2)
    connect(session, "second", frame(b"accel", 900, 77_000_000))
    session.watcher.until(lambda: store.count("accel")[0] == 3)
    ring = store.reader("accel")
    assert [each.kind for each in ring.segments] == [Kind.START, Kind.RESET]
    assert ring.lost == 0


def test_the_same_board_again_is_a_gap_with_its_losses(session, store):
    connect(session, "first", frame(b"accel", 0, 0))
    session.watcher.until(lambda: session.traffic.samples == 1)
    transport = ScriptedTransport(name="first")
    session.connect(Target("first", "", lambda: transport))
    transport.arrive(frame(b"accel", 5, 10_000))
    session.watcher.until(lambda: store.count("accel")[0] == 2)
    ring = store.reader("accel")
    assert [(each.kind, each.lost) for each in ring.segments[1:]] == [(Kind.GAP, 4)]
    session.watcher.until(lambda: (session.traffic.samples, session.traffic.lost) == (1, 4))


def test_printed_numbers_are_among_the_streams(session, scripted):
    session.type(b"run()\r")
    scripted.arrive(b"run()\r\n1,2\r\n3,4\r\n5,6\r\n")
    session.watcher.until(lambda: session.streams == ("printed",))


def test_frames_that_cannot_be_understood_are_told(session, scripted, store):
    scripted.arrive(frame(b"accel", 0, 0, header=b":a,b:h"))
    session.watcher.until(lambda: session.traffic.malformed == 1)
    assert "does not fit the columns" in session.traffic.problem
    assert info(session)["malformed"] == 1
    assert "does not fit" in info(session)["problem"]
    assert store.names() == ()
