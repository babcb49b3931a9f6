"""Watch mode: what is saved here is on the board (real MicroPython) at once."""

from __future__ import annotations

import itertools
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.connection.transport import serial_target
from engines.board.errors import DeadlineError, ProtocolError
from engines.board.files.board_files import BoardFileError
from engines.board.status import State
from engines.board.sync import watch as watch_module
from engines.board.sync.plan import File
from engines.board.sync.watch import Changes, FolderWatch, Watches

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def test_a_file_is_sent_when_it_has_settled():
    changes = Changes({"old.py": File(1, stamp=1)})
    growing, whole = File(10, stamp=2), File(20, stamp=3)
    assert changes.look({"old.py": File(1, stamp=1), "a.py": growing}) == []
    assert changes.settling
    assert changes.look({"old.py": File(1, stamp=1), "a.py": whole}) == []
    assert changes.look({"old.py": File(1, stamp=1), "a.py": whole}) == ["a.py"]
    assert changes.look({"old.py": File(1, stamp=1), "a.py": whole}) == ["a.py"], "until it is sent"
    changes.sent("a.py", whole)
    assert changes.look({"old.py": File(1, stamp=1), "a.py": whole}) == []


def test_an_editor_that_replaces_the_file():
    changes = Changes({"a.py": File(1, stamp=1)})
    assert changes.look({}) == []  # between unlink and rename
    assert changes.look({"a.py": File(1, stamp=2)}) == []
    assert changes.look({"a.py": File(1, stamp=2)}) == ["a.py"]


states = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 3)), max_size=12)


@given(states, st.dictionaries(st.sampled_from("abc"), st.integers(1, 3)))
def test_whatever_happens_the_last_state_is_sent(history, last):
    """The board ends with what the folder held when it came to rest."""
    changes, board = Changes({}), {}
    for state in [*history, last, last]:
        files = {path: File(1, stamp=stamp) for path, stamp in state.items()}
        for path in changes.look(files):
            board[path] = state[path]
            changes.sent(path, files[path])
    assert {path: board[path] for path in last} == last
    assert not changes.settling


def test_a_file_that_could_not_be_sent_is_tried_again_after_longer_and_longer_pauses():
    changes, file = Changes({}), File(1, stamp=1)
    changes.look({"a.py": file})
    tries, now = [], 0.0
    while now < 400:
        if changes.look({"a.py": file}, now):
            tries.append(now)
            changes.failed("a.py", file, now)
        now += 0.5
    assert tries[:6] == [0, 2, 6, 14, 30, 62]
    assert max(later - before for before, later in itertools.pairwise(tries)) == 60
    saved = File(2, stamp=2)
    changes.look({"a.py": saved}, now)
    assert changes.look({"a.py": saved}, now) == ["a.py"], "saved anew it does not wait"
    changes.failed("a.py", saved, now)
    assert changes.look({"a.py": saved}, now + 2) == ["a.py"]
    changes.sent("a.py", saved)
    assert changes.look({"a.py": saved}, now + 1000) == []


class Notices:
    def __init__(self, watches: Watches) -> None:
        self.all = []
        self._news = threading.Condition()
        watches.said.connect(self._hear)

    def _hear(self, notice) -> None:
        with self._news:
            self.all.append(notice)
            self._news.notify_all()

    def until(self, text: str, timeout: float = 20.0):
        with self._news:
            found = self._news.wait_for(lambda: [each for each in self.all if text in each.text], timeout)
        assert found, self.all
        return found[-1]


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "old.py").write_text("before")
    return folder


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


@pytest.fixture
def watches(session):
    watches = Watches()
    watches.notices = Notices(watches)
    yield watches
    watches.close()


@pytest.fixture
def flash(board_folder):
    folder = board_folder / "flash"
    folder.mkdir()
    return folder


def begin(watches, board, here, flash, **options):
    watches.start(board, here, str(flash), **options)
    watches.notices.until("is watched")


@unix
def test_a_saved_file_is_put_with_its_folders(board, watches, here, flash):
    begin(watches, board, here, flash, period=0.02)
    (here / "lib").mkdir()
    (here / "lib" / "new.py").write_text("x = 1")
    (here / "lib" / "new.py~").write_text("backup")
    watches.notices.until("lib/new.py was put")
    assert (flash / "lib/new.py").read_text() == "x = 1"
    temporary = here / ".old.py.tmp"
    temporary.write_text("after")
    temporary.replace(here / "old.py")
    watches.notices.until("old.py was put")
    assert (flash / "old.py").read_text() == "after"
    assert sorted(path.name for path in flash.rglob("*")) == ["lib", "new.py", "old.py"]


@unix
def test_a_running_program_is_waited_for(board, watches, here, flash):
    board.type(b"import time\rfor i in range(10**9): time.sleep_ms(5)\r\r")
    board.watcher.until_state(State.RUNNING)
    begin(watches, board, here, flash, period=0.02)
    (here / "a.py").write_text("a")
    watches.notices.until("a.py is put as soon as the board is free")
    assert board.status.state is State.RUNNING
    board.interrupt()
    watches.notices.until("a.py was put")
    assert (flash / "a.py").read_text() == "a"
    assert len([each for each in watches.notices.all if "as soon as" in each.text]) == 1


@unix
def test_interrupt_and_restart_is_the_users_choice(board, unix_board, watches, here, flash):
    board.type(b"import time\rfor i in range(10**9): time.sleep_ms(5)\r\r")
    board.watcher.until_state(State.RUNNING)
    begin(watches, board, here, flash, restart=True, period=0.02)
    (here / "a.py").write_text("a")
    watches.notices.until("a.py was put")
    board.watcher.until(lambda: unix_board.resets == 1)


@unix
def test_compiled_and_an_error_in_the_code(board, watches, here, flash):
    begin(watches, board, here, flash, compiled=True, period=0.02)
    (here / "tool.py").write_text("def f(:\n")
    assert watches.notices.until("tool.py, line 1").problem
    (here / "tool.py").write_text("x = 42\n")
    watches.notices.until("tool.mpy")
    assert (flash / "tool.mpy").read_bytes()[:1] == b"M"
    assert not (flash / "tool.py").exists()


@unix
def test_a_lost_board_gets_it_when_it_is_back(board, watches, unix_board, here, flash):
    begin(watches, board, here, flash, period=0.02)
    unix_board.unplug()
    board.watcher.until_state(State.LOST)
    (here / "a.py").write_text("a")
    watches.notices.until("a.py is put as soon as")
    unix_board.plug()
    watches.notices.until("a.py was put")
    assert (flash / "a.py").read_text() == "a"


@unix
def test_what_could_not_be_put_is_put_as_soon_as_it_can(board, watches, here, flash, monkeypatch):
    monkeypatch.setattr(watch_module, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(watch_module, "_LONGEST_PAUSE", 0.02)
    (flash / "a.py").mkdir()
    begin(watches, board, here, flash, period=0.02)
    (here / "a.py").write_text("a")
    (here / "b.py").write_text("b")
    assert watches.notices.until("a.py was not put and is tried again").problem
    watches.notices.until("b.py was put")
    (flash / "a.py").rmdir()
    watches.notices.until("a.py was put onto")
    assert (flash / "a.py").read_text() == "a"
    assert len([each for each in watches.notices.all if "tried again" in each.text]) == 1


@unix
@pytest.mark.parametrize(
    "error", [DeadlineError("It took too long."), ProtocolError("Noise.", b"x"), OSError(5, "I/O")]
)
def test_a_passing_failure_loses_no_file(board, watches, here, flash, monkeypatch, error):
    monkeypatch.setattr(watch_module, "_FIRST_PAUSE", 0.02)
    put, failures = FolderWatch._put, [error]

    def fail_once(watch, path):
        if failures:
            raise failures.pop()
        return put(watch, path)

    monkeypatch.setattr(FolderWatch, "_put", fail_once)
    begin(watches, board, here, flash, period=0.02)
    (here / "a.py").write_text("a")
    watches.notices.until("is tried again")
    watches.notices.until("a.py was put onto")
    assert (flash / "a.py").read_text() == "a"


@unix
def test_on_and_off(board, watches, here, flash):
    changed = []
    watches.changed.connect(changed.append)
    begin(watches, board, here, flash, period=0.02)
    assert watches.find(board, here / "..") is None
    assert watches.find(board, here).folder == here
    assert watches.stop(board, here)
    assert not watches.stop(board, here)
    assert (len(changed), list(watches)) == (2, [])
    with pytest.raises(BoardFileError, match="no such folder"):
        watches.start(board, here / "nothing")


@unix
def test_a_folder_that_goes_away_is_told_once(board, watches, here, flash):
    begin(watches, board, here, flash, period=0.02)
    gone = here.rename(here.with_name("moved"))
    watches.notices.until("no such folder")
    gone.rename(here)
    (here / "a.py").write_text("a")
    watches.notices.until("a.py was put")
    assert len([each for each in watches.notices.all if "no such folder" in each.text]) == 1
