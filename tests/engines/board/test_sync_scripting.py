"""``board.sync`` and ``board.install`` of the workspace, answered by a session with real MicroPython."""

from __future__ import annotations

import sys
import threading

import pytest

from engines.board.connection.transport import serial_target
from engines.board.requests import REQUESTS
from engines.board.scripting import Board, PackageEntry
from engines.board.status import State
from engines.workspace.kernel_api import KernelError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


class AnswerError(Exception):
    """What the kernel's server would raise."""


class DirectServer:
    """Calls the app's requests without a kernel in between."""

    def __init__(self, session) -> None:
        self._session = session
        self.interrupted = False

    def call(self, verb, arguments, buffers=(), *, timeout=60.0):
        if self.interrupted and verb != "board.cancel":
            raise KeyboardInterrupt
        self.last = verb
        done, answer = threading.Event(), []

        class Respond:
            def __call__(self, value, buffers=()):
                answer.append((value, buffers))
                done.set()

            def error(self, error: KernelError):
                answer.append(error)
                done.set()

        REQUESTS[verb](self._session, arguments, buffers, Respond())
        assert done.wait(60)
        if isinstance(answer[0], KernelError):
            raise AnswerError(str(answer[0]))
        return answer[0]


@pytest.fixture
def board(session, unix_board, tmp_path):
    session.sync_memory = tmp_path / "private"
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return Board("board", DirectServer(session))


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "a.py").write_text("x = 1")
    return folder


def test_sync_tells_what_it_did(board, board_folder, here):
    target = str(board_folder / "app")
    planned = board.sync(here, target, dry_run=True)
    action = {"action": "copy to the board", "path": "lib/a.py", "size": 5, "why": "new", "done": False}
    assert planned["actions"] == [action]
    assert not (board_folder / "app").exists()
    assert board.sync(here, target)["actions"] == [{**action, "done": True}]
    assert (board_folder / "app/lib/a.py").read_text() == "x = 1"
    again = board.sync(here, target)
    assert (again["actions"], again["same"], again["failed"]) == ([], 1, [])


def test_both_ways_remembers_and_tells_conflicts(board, board_folder, here, tmp_path):
    target = str(board_folder / "app")
    board.sync(here, target, direction="both")
    (here / "lib/a.py").write_text("here")
    (board_folder / "app/lib/a.py").write_text("there")
    told = board.sync(here, target, direction="both", delete=True)
    assert [(each["action"], each["why"], each["done"]) for each in told["actions"]] == [
        ("conflict", "changed on both sides", False)
    ]
    assert (here / "lib/a.py").read_text() == "here"
    assert len(list((tmp_path / "private").iterdir())) == 1


def test_wrong_arguments_and_missing_folders(board, here):
    with pytest.raises(ValueError, match="sideways"):
        board.sync(here, direction="sideways")
    with pytest.raises(AnswerError, match="no such folder on this computer"):
        board.sync(here / "nothing")


def test_install(board, board_folder, here):
    board.exec(f"import sys\nsys.path.append({str(board_folder / 'lib')!r})")
    assert board.install(str(here / "lib" / "a.py")) == [PackageEntry("a", "", ["a.mpy"])]
    assert board.exec("import a\nprint(a.x)") == "1\n"
    with pytest.raises(AnswerError, match="which index is it in"):
        board.install("a")


def test_an_interrupted_cell_calls_it_off(board, here):
    board._server.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        board.sync(here)
    assert board._server.last == "board.cancel"


def test_the_last_sync_is_taken_back_once(board, board_folder, here):
    with pytest.raises(AnswerError, match="no sync to take back"):
        board.undo_sync()
    board.sync(here, str(board_folder / "app"))
    assert board.undo_sync() == []
    assert not (board_folder / "app/lib/a.py").exists()
    with pytest.raises(AnswerError, match="no sync to take back"):
        board.undo_sync()


def test_a_compiled_file(board, board_folder, here):
    assert board.put_compiled(here / "lib/a.py") == "a.mpy"
    assert board.exec("import a\nprint(a.x)") == "1\n"
    (here / "lib/a.py").write_text("x = 1\ndef f(:")
    with pytest.raises(AnswerError, match=r"a\.py, line 2"):
        board.put_compiled(here / "lib/a.py", "b.mpy")
    assert not (board_folder / "b.mpy").exists()
