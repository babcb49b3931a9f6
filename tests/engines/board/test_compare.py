"""``%%compare``, ``%%micropython`` and ``%%board``: real CPython, real MicroPython, and what is said of both."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.compare import python_cell, report
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


def test_what_the_program_started_ends_with_it(tmp_path):
    """A child that holds the output open does not hold up the table, whether its parent ended or not."""
    child = f"import sys, time; open({str(tmp_path / 'on')!r}, 'w'); time.sleep(60)"
    start = f"import os, subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
    start += (
        f"while not os.path.exists({str(tmp_path / 'on')!r}): time.sleep(0.01)\nprint('done', flush=True)\n"
    )
    began = time.monotonic()
    run = run_cpython(PYTHON, start, 50)
    assert (run.output, run.note, run.error) == ("done\n", "", "")
    run = run_cpython(PYTHON, start + "time.sleep(60)", 5)
    assert (run.output, run.note) == ("done\n", "not done within 5 s, so it was ended")
    assert time.monotonic() - began < 40


def test_the_time_is_told_however_the_program_ends():
    for end in ("raise SystemExit", "1 / 0", "raise KeyboardInterrupt", "pass"):
        run = run_cpython(PYTHON, f"import time\ntime.sleep(0.05)\n{end}", 30)
        assert 0.05 < run.seconds < 5, end
    assert run_cpython(PYTHON, "x = (", 30).seconds is None


def test_a_slow_program_runs_once_however_it_ends(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(python_cell, "_QUICK", 0.0)
    ran = tmp_path / "ran"
    for end in ("pass", "raise SystemExit"):
        python_cell._run(f"with open({str(ran)!r}, 'a') as file: print('x', file=file)\n{end}")
    assert ran.read_text() == "x\n" * 2


@pytest.mark.parametrize(
    "nasty",
    [
        "import sys\nsys.stdout.close()",
        "import builtins\nbuiltins.print = lambda *a, **k: None",
        "import sys\nsys.stdout = None",
        "import os\nos.close(1)",
        "import sys\nsys.stderr = sys.stdout = sys.stdin = 5",
    ],
)
def test_a_program_may_do_to_its_output_what_it_likes(nasty):
    run = run_cpython(PYTHON, f"print('before')\n{nasty}", 30)
    assert (run.error, run.note) == ("", "")
    assert run.seconds > 0
    assert "Traceback" not in run.output and "seconds" not in run.output


def test_a_runaway_recursion_is_shown_in_part(execute):
    for run in both(execute, "def f(): f()\nf()"):
        lines = run.error.splitlines()
        assert len(lines) < 30
        assert any("more lines" in line for line in lines)
        assert "Cell, line 2: f()" in lines[1]
        assert run.exception.startswith(("RecursionError", "RuntimeError"))


def test_a_program_that_prints_for_ever_does_not_fill_the_memory():
    run = run_cpython(PYTHON, "while True: print('x' * 1000)", 2)
    assert "not done within 2 s" in run.note
    assert "bytes left out" in run.output
    assert len(run.output) < 1_300_000


def test_what_a_timer_prints_does_not_spoil_the_figures():
    def execute(source):
        yield "7\ntick\n"
        yield "\x1e(1500, 320, '1.27.0', 'ValueError: x\\n')\x1e\ntick\n"

    run = run_micropython("Board", execute, "print(7)")
    assert run == Run("Board (1.27.0)", "7\ntick\ntick\n", "ValueError: x", 0.0015, 320)


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
