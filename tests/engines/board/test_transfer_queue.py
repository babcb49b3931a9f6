"""The queue of transfers: folders, progress, cancel, retry, and waiting for the board."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from engines.board.connection.transport import serial_target
from engines.board.errors import BoardBusyError, BoardError, CancelledError, DisconnectedError
from engines.board.operations import Operation
from engines.board.status import DISCONNECTED, State, at_prompt, entry, running
from engines.board.transfer.folders import Child
from engines.board.transfer.queue import TransferQueue
from engines.workspace.events import Event


class PlayedSession:
    """Operations end as the test says."""

    def __init__(self) -> None:
        self.status = at_prompt("board")
        self.status_changed: Event = Event()
        self.operations: list[Operation] = []

    def submit(self, title, work, *, timeout=None):
        operation = Operation(title, work, timeout=timeout)
        operation.begin()
        self.operations.append(operation)
        return operation

    def tell(self, status) -> None:
        self.status = status
        self.status_changed.emit(status)

    def end(self, result=()) -> None:
        """The newest operation ends."""
        if isinstance(result, Exception):
            self.operations[-1].set_exception(result)
        else:
            self.operations[-1].set_result(list(result))


@pytest.fixture
def played():
    return PlayedSession()


@pytest.fixture
def queue(played):
    return TransferQueue(played)


def states(queue) -> list[str]:
    return [item.state for item in queue.items]


def test_one_goes_after_the_other(played, queue, tmp_path):
    queue.put(tmp_path / "a", "/a")
    queue.get("/b", tmp_path / "b")
    assert states(queue) == ["running", "waiting"]
    assert [operation.title for operation in played.operations] == ["Writing /a"]
    played.end()
    assert states(queue) == ["done", "running"]
    assert played.operations[-1].title == "Reading /b"
    played.end()
    assert states(queue) == ["done", "done"]
    queue.clear_done()
    assert queue.items == ()


def test_progress_is_shown(played, queue, tmp_path):
    told = []
    queue.changed.connect(lambda _: told.append(queue.items[0].done))
    queue.put(tmp_path / "a", "/a")
    played.operations[0].tell(0, 1000)
    played.operations[0].tell(500, 1000)
    item = queue.items[0]
    assert (item.size, item.done) == (1000, 500)
    assert item.rate > 0
    assert item.remaining == pytest.approx(500 / item.rate)
    played.end()
    assert queue.items[0].remaining == 0
    assert told[-1] == 500


def test_a_failure_is_told_and_the_next_one_goes_on(played, queue, tmp_path):
    first = queue.put(tmp_path / "a", "/a")
    queue.put(tmp_path / "b", "/b")
    ended = []
    queue.finished.connect(ended.append)
    played.end(BoardError("/a: there is no space left"))
    assert [(item.state, item.error) for item in queue.items] == [
        ("failed", "/a: there is no space left"),
        ("running", ""),
    ]
    assert [item.id for item in ended] == [first]
    played.end()
    queue.retry(first)
    assert states(queue) == ["running", "done"]
    played.end()
    assert states(queue) == ["done", "done"]
    queue.retry(first)
    assert states(queue) == ["done", "done"]


def test_cancelling_one_and_all(played, queue, tmp_path):
    ids = [queue.put(tmp_path / name, f"/{name}") for name in "abc"]
    queue.cancel(ids[1])
    assert states(queue) == ["running", "cancelled", "waiting"]
    queue.cancel()
    with pytest.raises(CancelledError):
        played.operations[0].check()
    played.end(CancelledError("Writing /a: cancelled."))
    assert states(queue) == ["cancelled"] * 3
    assert len(played.operations) == 1
    queue.retry(ids[2])
    assert states(queue) == ["cancelled", "cancelled", "running"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(BoardBusyError(), "Waits until the program"), (DisconnectedError("gone"), "Waits for the board")],
)
def test_it_waits_for_the_board_and_goes_on_by_itself(played, queue, tmp_path, error, words):
    queue.put(tmp_path / "a", "/a")
    queue.put(tmp_path / "b", "/b")
    played.end(error)
    assert states(queue) == ["waiting", "waiting"]
    assert queue.items[0].error.startswith(words)
    played.tell(running())
    assert len(played.operations) == 1
    played.tell(at_prompt("board"))
    assert states(queue) == ["running", "waiting"]
    assert queue.items[0].error == ""


def test_a_statement_that_is_typed_is_what_it_waits_for(played, queue, tmp_path):
    queue.put(tmp_path / "a", "/a")
    played.tell(entry())
    played.end(BoardBusyError("A statement is being typed in the terminal; finish or cancel it first."))
    assert queue.items[0].error == (
        "Waits. A statement is being typed in the terminal; finish or cancel it first."
    )


def test_a_retry_does_not_wait(played, queue, tmp_path):
    first = queue.put(tmp_path / "a", "/a")
    played.end(DisconnectedError("gone"))
    queue.retry(first)
    assert states(queue) == ["running"]
    assert len(played.operations) == 2


def test_a_folder_is_replaced_by_what_is_in_it(played, queue, tmp_path):
    queue.put(tmp_path / "lib", "/lib")
    queue.put(tmp_path / "b", "/b")
    played.end([Child("lib/x", "/lib/x", 5), Child("lib/y", "/lib/y")])
    assert [(item.target, item.state, item.size) for item in queue.items] == [
        ("/lib/x", "running", 5),
        ("/lib/y", "waiting", -1),
        ("/b", "waiting", -1),
    ]
    assert len({item.id for item in queue.items}) == 3


def test_closing_calls_off_and_listens_no_more(played, queue, tmp_path):
    queue.put(tmp_path / "a", "/a")
    queue.put(tmp_path / "b", "/b")
    queue.close()
    played.end(CancelledError("cancelled"))
    played.tell(DISCONNECTED)
    played.tell(at_prompt("board"))
    assert states(queue) == ["cancelled", "cancelled"]
    assert len(played.operations) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_folders_go_both_ways(session, unix_board, board_folder, tmp_path):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    source = tmp_path / "project"
    files = {"main.py": b"x = 1\n", "lib/a.bin": os.urandom(5000), "lib/deep/日本.txt": b"", "empty": None}
    for name, data in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if data is None else path.write_bytes(data)
    (source / "lib" / "round").symlink_to(source)
    queue = TransferQueue(session)
    idle = threading.Event()
    queue.changed.connect(lambda _: idle.set() if not {"waiting", "running"} & set(states(queue)) else None)
    queue.put(source, "project")
    assert idle.wait(30)
    assert set(states(queue)) == {"done"}, queue.items
    idle.clear()
    queue.get("project", tmp_path / "back")
    assert idle.wait(30)
    assert set(states(queue)) == {"done"}, queue.items
    for name, data in files.items():
        for root in (board_folder / "project", tmp_path / "back"):
            assert (root / name).is_dir() if data is None else (root / name).read_bytes() == data
    assert not (tmp_path / "back" / "lib" / "round").exists()
    queue.put(tmp_path / "missing", "x")
    session.watcher.until(lambda: states(queue)[-1] == "failed")
    assert "cannot be read" in queue.items[-1].error
    queue.close()
