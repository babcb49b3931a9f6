"""The door for `main.py send`: one line in, one line out, for this user only."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from app.commands.registry import CommandError
from app.instance import InstanceServer
from app.instance_lock import BusyWindowError, claim_or_hand_over
from app.local_socket import NotRunningError, address, send
from app.loop import QtLoop


@pytest.fixture
def own_runtime(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("r")
    folder.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def asked(qtbot, command, arguments):
    """Ask from another thread, as another process would, while Qt's loop runs."""
    replies = []
    thread = threading.Thread(target=lambda: replies.append(send(command, arguments, instance="t")))
    thread.start()
    qtbot.waitUntil(lambda: bool(replies))
    thread.join()
    return replies[0]


def serve(command, arguments):
    if command == "later":
        future: Future[str] = Future()
        threading.Timer(0.01, future.set_result, ["done"]).start()
        return future
    if command == "bad":
        raise CommandError("that cannot be done")
    return {"command": command, "arguments": arguments}


@pytest.fixture
def server(qtbot, own_runtime):
    made = InstanceServer(serve, "t", QtLoop().deliver)
    yield made
    made.close()


def test_commands_and_replies(qtbot, server):
    assert asked(qtbot, "x.y", ["1", "é"]) == {
        "ok": True,
        "value": {"command": "x.y", "arguments": ["1", "é"]},
    }
    assert asked(qtbot, "later", []) == {"ok": True, "value": "done"}
    assert asked(qtbot, "bad", []) == {"ok": False, "error": "that cannot be done"}


def test_nobody_listens(own_runtime):
    with pytest.raises(NotRunningError, match="not running"):
        send("x", [], instance="nobody")


def test_a_socket_left_by_a_killed_window_is_taken_over(qtbot, own_runtime):
    import socket

    left = socket.socket(socket.AF_UNIX)
    left.bind(address("t"))
    left.close()
    server = InstanceServer(serve, "t", lambda function: function())
    assert server.listening
    assert asked(qtbot, "hello", [])["ok"]
    server.close()


def test_a_live_socket_is_never_taken_away(qtbot, server):
    second = InstanceServer(serve, "t", lambda function: function())
    assert not second.listening
    assert "same name" in second.problem
    second.close()
    assert asked(qtbot, "hello", [])["ok"]


def test_without_a_place_for_a_door_the_window_says_so(qtbot, monkeypatch):
    def none(name, room):
        raise OSError("set TMPDIR to another place")

    monkeypatch.setattr("app.local_socket.private_folder", none)
    server = InstanceServer(serve, "t", lambda function: function())
    assert not server.listening
    assert "set TMPDIR" in server.problem


def test_one_process_at_a_time_is_the_instance_and_the_other_hands_over(qtbot, own_runtime):
    lock = claim_or_hand_over("t", [])
    done = []
    other = threading.Thread(
        target=lambda: done.append(claim_or_hand_over("t", [("file.open_file", ["a"]), ("bad", [])]))
    )
    other.start()  # before the first one listens, as in a double click
    server = InstanceServer(serve, "t", QtLoop().deliver)
    qtbot.waitUntil(lambda: bool(done))
    other.join()
    server.close()
    assert done == [["that cannot be done"]]
    lock.close()
    claim_or_hand_over("t", []).close()


def test_a_window_that_does_not_answer_is_told_and_no_second_one_opens(own_runtime):
    import socket

    with claim_or_hand_over("t", []), socket.socket(socket.AF_UNIX) as deaf:
        with pytest.raises(BusyWindowError, match="has not answered"):  # not listening yet
            claim_or_hand_over("t", [("window.show", [])], patience=0.1)
        deaf.bind(address("t"))
        deaf.listen()
        with pytest.raises(BusyWindowError, match="has not answered"):
            claim_or_hand_over("t", [("window.show", [])], patience=0.1)
