"""Running sources from an editor: tracebacks name the editor's file and lines, and lead to files of the board."""

from __future__ import annotations

import sys

import pytest

from engines.board.code.run import placed, run_source
from engines.board.code.tracebacks import find_on_board, location_in
from engines.board.connection.transport import process_target, serial_target
from engines.board.status import State
from engines.board.virtual import command


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('  File "main.py", line 7, in blink', ("main.py", 7)),
        ('>>>   File "/flash/a b.py", line 12', ("/flash/a b.py", 12)),
        ('  File "<stdin>", line 1, in <module>', ("<stdin>", 1)),
        ('  File "<string>", line 1, in <module>', None),
        ("File main.py, line 7", None),
        ("", None),
    ],
)
def test_places_in_tracebacks(text, place):
    found = location_in(text)
    assert (found and (found.file, found.line)) == place
    if found:
        assert text[found.start : found.end] == f'File "{place[0]}", line {place[1]}'


def test_a_part_of_a_file_keeps_its_line_numbers_and_loses_its_indentation():
    assert placed("    a = 1\n    b = 2", 3) == "\n\na = 1\nb = 2"
    assert placed("x", 1) == "x"
    assert "print(repr(_value))" in placed("    x + 1  # why", 2, show_value=True)


@pytest.fixture
def connected(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


@pytest.mark.feature("run a buffer")
def test_an_error_names_the_file_and_line_of_the_editor(connected):
    run_source(connected, "def f():\n    1/0\nf()\n", "/flash/blink.py", first_line=40).result(30)
    connected.watcher.until_text("ZeroDivisionError")
    assert 'File "/flash/blink.py", line 42, in <module>' in connected.watcher.text
    assert 'File "/flash/blink.py", line 41, in f' in connected.watcher.text


@pytest.mark.feature("run a selection")
def test_the_value_of_a_selected_expression_is_shown(connected):
    run_source(connected, "limit = 6", "x.py").result(30)
    result = run_source(connected, "  limit * 7  # all", "x.py", first_line=3, show_value=True).result(30)
    assert result == "42\n"
    assert run_source(connected, "print('once')", "x.py", show_value=True).result(30) == "once\n"


def test_a_file_is_found_along_the_boards_path(connected, board_folder):
    (board_folder / "tool.py").write_text("x = 1\n")
    assert find_on_board(connected, "tool.py").result(30) == f"{board_folder}/tool.py"
    assert find_on_board(connected, "frozen.py").result(30) is None


def test_a_soft_reset_before_a_run_leaves_nothing_of_the_last(session, tmp_path):
    (tmp_path / "boot.py").write_text("print('booted')\n")
    (tmp_path / "main.py").write_text("print('main')\n")
    program = [sys.executable, "-m", "engines.board.virtual", *command(tmp_path)]
    session.connect(process_target("Virtual pyboard", program))
    session.watcher.until(lambda: session.status.state is State.PROMPT, timeout=60)
    session.exec("left = 1").result(30)
    session.watcher.text = ""
    source = "print('left' in globals())"
    assert run_source(session, source, "x.py").result(30) == "True\n"
    assert run_source(session, source, "x.py", soft_reset=True).result(60) == "False\n"
    session.watcher.until_text("booted")
    assert "main\r\n" not in session.watcher.text
    assert session.eval("1 + 1").result(30) == "2"
