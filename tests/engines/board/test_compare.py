"""``%%compare``, ``%%micropython`` and ``%%board``: real CPython, real MicroPython, and what is said of both."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.compare import report
from engines.board.compare.notes import explain
from engines.board.compare.runs import Run, run_cpython, run_micropython
from engines.board.connection.transport import serial_target
from engines.board.status import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
PYTHON = [sys.executable, "main.py", "--python-cell"]


@pytest.fixture
def execute(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return lambda source: [session.exec(source).result(30)]


def both(execute, code: str) -> tuple[Run, Run]:
    return run_cpython(PYTHON, code, 30), run_micropython("MicroPython", execute, code)


def test_the_same_program_on_both(execute):
    runs = both(execute, "total = 0\nfor n in range(1000): total += n\nprint(total)\nprint('ü')")
    assert [run.output for run in runs] == ["499500\nü\n"] * 2
    assert all(run.seconds > 0 and run.memory >= 0 and not run.error for run in runs)
    assert runs[0].name.startswith("CPython 3.") and runs[1].name.startswith("MicroPython (1.")
    assert report.verdict(runs[0], runs[1:]) == "All agree."
    assert "499500" in report.text(runs)
    assert report.html(runs).count("<pre") == 2


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("import dataclasses", "no module dataclasses built in"),
        ("print('a,b'.swapcase())", "MicroPython's str has no swapcase"),
        ("import os\nprint(os.cpu_count() > 0)", "this module has no cpu_count"),
        ("match 1:\n    case 1: print('one')", "match statements"),
        ("'abc'.encode('ascii', errors='strict')", "by position only"),
        ("1 / 0", None),
        ("import sys\nprint(sys.implementation.name)", "tells which Python it runs on"),
        ("print((1, 2, 3)[::2])", "no step here"),
        ("del [1, 2, 3][::2]", "leaves out"),
    ],
)
def test_differences_are_explained(execute, code, note):
    ours, theirs = both(execute, code)
    notes = explain(ours, theirs)
    assert any(note in text for text in notes) if note else "short" in notes[0]
    page = report.html([ours, theirs])
    assert "background-color" in page and page.count("<p>") >= 2


def test_tracebacks_name_the_cell_only(execute):
    ours, theirs = both(execute, "def f():\n    return {}['k']\n\nf()")
    for run in (ours, theirs):
        assert "Cell, line 4: f()" in run.error and "Cell, line 2: return {}['k']" in run.error
        assert "measure" not in run.error and "dirigent" not in run.error
        assert run.exception.startswith("KeyError")


def test_what_does_not_end_is_ended(session, execute):
    run = run_cpython(PYTHON, "print('on', flush=True)\nwhile True: pass", 2)
    assert (run.output, run.note) == ("on\n", "not done within 2 s, so it was ended")
    ended = run_cpython(PYTHON, "import os\nprint('x', flush=True)\nos._exit(3)", 30)
    assert (ended.output, ended.note) == ("x\n", "it ended by itself (exit code 3)")
    assert run_cpython(PYTHON, "raise SystemExit", 30).error == ""


def test_a_board_that_cannot_is_a_note():
    def busy(source):
        raise RuntimeError("A program is running on the board.")

    run = run_micropython("Board", busy, "1")
    reference = Run("CPython", "1\n")
    assert run.note == "A program is running on the board."
    assert report.verdict(reference, [run]) == "There was nothing to compare with."
    assert "A program is running" in report.html([reference, run])


def test_floats_and_orders():
    reference = Run("CPython", "0.1234567\n{1, 2}\n")
    assert "32 bits" in explain(reference, Run("M", "0.1234568\n{1, 2}\n"))[0]
    assert "another order" in explain(reference, Run("M", "0.1234567\n{2, 1}\n"))[0]
    assert "addresses" in explain(Run("C", "<f at 0x7fd2>\n"), Run("M", "<f at 0x10>\n"))[0]
    assert explain(reference, Run("M", "other\nthings\n")) == []


@given(st.text(), st.text(), st.text(alphabet="<>&'\"\n a"))
def test_nothing_of_the_program_becomes_markup(first, second, nasty):
    runs = [Run("C", first + nasty), Run("M", second + "<script>" + nasty, "<b>: " + nasty)]
    page = report.html(runs)
    assert "<script>" not in page and "<b>" not in page
    report.text(runs)


def test_magics_print_while_they_run_and_name_the_line(session, unix_board, board_folder):
    from test_board_scripting import DirectServer, Shell

    from engines.board.scripting import install

    shell, names = Shell(), {}
    install(DirectServer(session), names, shell)
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    code = "import os, time\nprint('first')\nwhile 'go' not in os.listdir(): time.sleep_ms(5)\nprint('last')"
    pieces = names["board"].run(code)
    first = next(pieces)
    while not first.endswith("\n"):  # a line may come in pieces
        first += next(pieces)
    assert first == "first\n"
    (board_folder / "go").touch()
    assert "".join(pieces) == "last\n"
    with pytest.raises(Exception, match="ZeroDivisionError") as caught:
        shell.magics["cell", "board"]("board", "x = 1\n\nx / 0")
    assert "  Cell, line 3: x / 0" in caught.value.args[1].traceback
    with pytest.raises(Exception, match="Write it like this: %%board"):
        shell.magics["cell", "board"]("--wrong", "1")
