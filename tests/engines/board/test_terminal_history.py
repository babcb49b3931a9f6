"""The terminal's history over sessions, and its log."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.terminal.history import MOST, TerminalHistory
from engines.board.terminal.log import TerminalLog


def test_lines_come_back_in_the_next_session_each_once(tmp_path):
    path = tmp_path / "private" / "board-history"
    history = TerminalHistory(path)
    for line in ("import pyb", "x = 1", "  ", "import pyb", "é = 'ü'  "):
        history.add(line)
    assert history.lines == ["x = 1", "import pyb", "é = 'ü'"]
    assert TerminalHistory(path).lines == history.lines


def test_it_is_bounded_in_memory_and_on_disk(tmp_path):
    path = tmp_path / "history"
    history = TerminalHistory(path)
    for number in range(2 * MOST + 10):
        history.add(f"line {number}")
    assert len(history.lines) == MOST
    again = TerminalHistory(path)
    assert again.lines == history.lines
    assert len(path.read_text().splitlines()) == MOST


def test_a_folder_that_cannot_be_written_is_told_and_disturbs_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    history = TerminalHistory(tmp_path / "file" / "history")
    history.add("x = 1")
    assert history.lines == ["x = 1"]
    assert "history" in history.problem


def test_walking_offers_lines_that_begin_as_typed_and_comes_back():
    history = TerminalHistory()
    for line in ("import a", "x = 1", "import b"):
        history.add(line)
    walk = history.walk("imp")
    assert [walk.older(), walk.older(), walk.older()] == ["import b", "import a", None]
    assert [walk.newer(), walk.newer(), walk.newer()] == ["import b", "imp", None]


def test_searching_goes_by_parts_and_capitals_count_when_typed():
    history = TerminalHistory()
    for line in ("led = pyb.LED(1)", "led.on()", "x"):
        history.add(line)
    assert history.search("led") == ["led.on()", "led = pyb.LED(1)"]
    assert history.search("LED") == ["led = pyb.LED(1)"]


@given(st.lists(st.text(alphabet="abé ", min_size=1, max_size=3), max_size=20))
def test_the_newest_of_equal_lines_stays(lines):
    history = TerminalHistory()
    for line in lines:
        history.add(line)
    entered = [line.rstrip() for line in lines if line.strip()]
    assert history.lines == list(dict.fromkeys(entered[::-1]))[::-1]


def no_failure(problem):
    pytest.fail(problem)


@pytest.mark.feature("log to a file")
def test_a_log_appends_whole_lines(tmp_path):
    path = tmp_path / "board.log"
    path.write_text("before\n")
    log = TerminalLog(path, no_failure)
    log.write(["one", "zwei é"])
    log.write(["three"])
    log.close()
    assert path.read_text(encoding="utf-8") == "before\none\nzwei é\nthree\n"


def test_a_log_with_times(tmp_path):
    log = TerminalLog(tmp_path / "board.log", no_failure, stamps=True)
    log.write(["x"])
    log.close()
    date, clock, text = (tmp_path / "board.log").read_text().split()
    assert (len(date), len(clock), text) == (10, 12, "x")


@pytest.mark.parametrize("path", ["/dev/full", "/proc/nowhere/board.log"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="such files are Linux'")
def test_a_file_that_cannot_be_written_ends_the_log_and_says_so(path):
    told, problems = threading.Event(), []
    log = TerminalLog(Path(path), lambda problem: (problems.append(problem), told.set()))
    log.write(["x" * 100_000])
    assert told.wait(20)
    log.close()
    assert problems[0].startswith(path)
    assert "No s" in problems[0]  # space, or such file
