"""Python files of the board in the real window: edit, run, follow a traceback, survive a kill."""

from __future__ import annotations

import pytest

from tests.e2e.test_story import live

PROGRAM = "import helper\nhelper.go()\n"
HELPER = "def go():\n    raise ValueError('here')\n"


@pytest.fixture
def playing(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    return program


def tab(program, title):
    return next((each for each in program.send("code.tabs") if title in each["title"]), None)


def until(program, condition):
    program.wait(lambda state: condition(), 30)


@pytest.mark.feature("traceback line to editor")
def test_from_a_new_file_to_the_line_that_raised(playing, tmp_path):
    (tmp_path / "helper.py").write_text(HELPER)
    playing.send("board.put", tmp_path / "helper.py", "/flash/helper.py")
    playing.send("code.new", PROGRAM)
    playing.send("code.save_as", "board:/flash/start.py")
    until(playing, lambda: tab(playing, "start.py") and not tab(playing, "start.py")["dirty"])
    playing.send("board.get", "/flash/start.py", tmp_path / "start.py")
    copy = tmp_path / "start.py"
    until(playing, lambda: copy.exists() and copy.read_text() == PROGRAM)

    playing.send("code.run")
    until(playing, lambda: "ValueError: here" in playing.send("terminal.text"))
    assert 'File "/flash/start.py", line 2' in playing.send("terminal.text")
    playing.send("terminal.go_to_error")
    until(playing, lambda: tab(playing, "helper.py") and tab(playing, "helper.py")["line"] == 2)
    assert tab(playing, "helper.py")["place"] == "board:/flash/helper.py"


def test_completion_and_marks_come_from_the_helper_process(playing):
    playing.send("code.new", "import pyb\npyb.LED(1).tog\nprint(undefined)\n")
    assert playing.send("code.complete", "cursor=25", timeout=60) == ["toggle"]
    until(playing, lambda: tab(playing, "untitled")["problems"] == ["3: Undefined name 'undefined'"])


def test_unsaved_code_survives_a_kill(playing, start, project):
    playing.send("code.open", "board:/flash/main.py")
    until(playing, lambda: "accel" in tab(playing, "main.py")["text"])
    playing.send("code.set_text", "mine = 1\n")
    playing.send("code.new", "also_mine = 2\n")
    kept = project / ".dirigent" / "recovery" / "code"
    until(playing, lambda: len(list(kept.glob("*.json"))) == 2)
    playing.kill()

    again = start(project, "--trust")
    again.wait(live, 60)
    until(again, lambda: len(again.send("code.tabs")) == 2)
    assert "mine = 1" in tab(again, "main.py")["text"]
    assert tab(again, "main.py")["dirty"]
    assert "also_mine" in tab(again, "untitled")["text"]
    assert any("Unsaved code was brought back" in notice["text"] for notice in again.state["notices"])
    again.send("code.save", "board:/flash/main.py")
    until(again, lambda: not tab(again, "main.py")["dirty"])
    until(again, lambda: len(list(kept.glob("*.json"))) == 1)
