"""Faults, for real: processes killed, files damaged, floods and loops. Nothing is lost, nothing hangs."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import statistics
import threading
import time
from pathlib import Path

import pytest

from tests.e2e.driver import assert_quick, slowness
from tests.e2e.test_story import live, shown

FLOOD = 1_000_000
"""Bytes a second."""


@pytest.fixture
def playing(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    return program


def test_kernel_killed_while_a_cell_runs(playing):
    before = playing.state
    playing.send("file.new_notebook", "Busy")
    playing.send(
        "notebook.set_source", 0, "import time\nprint('began', flush=True)\ntime.sleep(1000)", "Busy"
    )
    playing.send("notebook.run_all", "Busy")
    playing.wait(lambda state: "began" in str(playing.send("notebook.cells", "Busy")[0]["outputs"]))
    os.kill(before["kernel"]["pid"], signal.SIGKILL)

    state = playing.wait(lambda state: state["kernel"]["state"] == "dead", 5)
    assert state["notebooks"]["Busy"]["cells"] == ["died"]
    assert "began" in str(playing.send("notebook.cells", "Busy")[0]["outputs"])
    assert any("Nothing but values is lost" in notice["text"] for notice in state["notices"])
    assert shown(playing, "A2") == "x"
    assert shown(playing, "B5") != ""  # the last value, greyed
    assert playing.send("notebook.cells", "Explore")[3]["source"] == "gain = 2"
    samples = state["streams"]["accel"]["samples"]
    playing.wait(
        lambda state: state["streams"]["accel"]["samples"] > samples + 50
    )  # the plot's stream goes on

    playing.send("kernel.restart_and_run_stale")
    playing.wait(lambda state: "A new kernel runs" in state["notices"][-1]["text"], 10)
    playing.wait(lambda state: playing.send("sheet.cell", "B5")["kind"] == "number")
    playing.wait(lambda state: "error" not in state["notebooks"]["Explore"]["cells"] and not _waiting(state))
    assert playing.send("kernel.execute", "print(gain)")["output"] == "2\n"
    assert playing.state["streams"]["accel"]["lost"] == 0


def test_a_kernel_restarts_within_two_seconds(start, project):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle", 60)
    took = []
    for _ in range(3):
        old = program.state["kernel"]["pid"]
        busy = slowness()
        began = time.monotonic()
        program.send("kernel.restart")
        program.wait(
            lambda state, old=old: state["kernel"]["pid"] != old and state["kernel"]["state"] == "idle", 30
        )
        took.append((time.monotonic() - began) / max(busy, slowness()))
    assert statistics.median(took) < 2, took


def _waiting(state):
    return {"queued", "running"} & set(state["notebooks"]["Explore"]["cells"])


def test_virtual_board_killed(playing):
    os.kill(playing.state["board"]["pid"], signal.SIGKILL)
    state = playing.wait(lambda state: state["board"]["state"] == "ended", 10)
    assert "Virtual pyboard" in state["board"]["text"]
    samples = state["streams"]["accel"]["samples"]
    playing.send("board.restart")
    state = playing.wait(lambda state: state["streams"]["accel"]["samples"] > samples + 50, 20)
    assert len(state["streams"]["accel"]["segments"]) > 1, "the break must show as a gap"


def test_program_killed_during_edits(start, project):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle")
    program.send("sheet.set_cell", "H1", "typed in the last second")
    program.send("notebook.set_source", 3, "gain = 42")
    time.sleep(1.1)
    program.kill()

    again = start(project)
    state = again.wait(lambda state: state["kernel"]["state"] == "idle")
    assert again.send("sheet.cell", "H1")["text"] == "typed in the last second"
    assert again.send("notebook.cells")[3]["source"] == "gain = 42"
    assert any("brought back" in notice["text"] for notice in state["notices"])
    assert (project / "Motion.sheet.json").read_text().count("typed in the last second") == 0


def test_kernel_and_board_end_with_the_program(start, project):
    program = start(project, "--trust")
    state = program.wait(lambda state: state["kernel"]["state"] == "idle" and state["board"]["pid"])
    program.kill()
    deadline = time.monotonic() + 15
    left = [state["kernel"]["pid"], state["board"]["pid"]]
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if _alive(pid)]
        time.sleep(0.1)
    assert not left


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


def test_cell_that_prints_for_ever(playing):
    playing.send("file.new_notebook", "Flood")
    playing.send("notebook.set_source", 0, "while True: print('x' * 200)", "Flood")
    playing.send("notebook.run_all", "Flood")
    playing.wait(lambda state: len(str(playing.send("notebook.cells", "Flood")[0]["outputs"])) > 100_000)
    frames = playing.state["figures"]["Motion"]["frames"]
    busy = slowness()
    answers = playing.answer_times(4)
    assert_quick(answers, max(busy, slowness()))
    playing.wait(lambda state: state["figures"]["Motion"]["frames"] > frames + 10)
    playing.send("kernel.interrupt")
    playing.wait(lambda state: state["notebooks"]["Flood"]["cells"] == ["error"], 30)
    text = str(playing.send("notebook.cells", "Flood")[0]["outputs"])
    assert len(text) < 2_000_000


def test_formula_that_never_ends(playing):
    playing.send("sheet.set_cell", "J1", "=[0 for i in iter(int, 1)]")
    cell = {}

    def interrupted(state):
        cell.update(playing.send("sheet.cell", "J1"))
        return cell["kind"] == "error"

    playing.wait(interrupted, 30)
    assert "interrupt" in str(cell).lower()
    playing.wait(lambda state: playing.send("sheet.cell", "B5")["kind"] == "number")


@pytest.mark.soak  # half a minute; tests/engines/workspace/test_kernel_live.py has the same without the window
def test_formula_in_c_that_no_interrupt_ends(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    program.send("sheet.set_cell", "J1", "=sum(range(10**12))")
    state = program.wait(lambda state: "Motion!J1 does not end" in str(state["notices"]), 20)
    assert "was interrupted" not in str(state["notices"])
    assert state["kernel"]["state"] == "busy"
    program.send("kernel.restart_leaving_out")
    program.wait(lambda state: program.send("sheet.cell", "B5")["kind"] == "number")
    program.wait(lambda state: "left out" in program.send("sheet.cell", "J1")["shown"])
    program.send("file.save")
    program.kill()

    again = start(project)
    again.wait(live, 60)
    again.wait(lambda state: again.send("sheet.cell", "B5")["kind"] == "number")
    again.wait(lambda state: "left out" in again.send("sheet.cell", "J1")["shown"])
    assert again.send("sheet.cell", "J1")["text"] == "=sum(range(10**12))"
    assert again.send("kernel.execute", "print(1)")["output"] == "1\n"


def test_damaged_files_are_named_and_the_rest_opens(start, project):
    (project / "Motion.sheet.json").write_text('{\n"sheet": 1,\n"cells": {\n"A1": oops\n}}')
    (project / "Broken.ipynb").write_text("not a notebook")
    program = start(project, "--trust")
    state = program.wait(lambda state: state["kernel"]["state"] == "idle")
    assert any("Motion.sheet.json, line 4" in problem for problem in state["problems"])
    assert any("Broken.ipynb" in problem for problem in state["problems"])
    assert "plot:Motion" in state["panels"]
    assert "notebook:Explore" in state["panels"]


def test_board_that_prints_garbage(start, project):
    """1 MB/s with invalid UTF-8 for some seconds: all of it is read, the window stays quick, memory bounded.

    On a machine that is busy with other things it is so much less."""
    (project / "dirigent.toml").write_text('[project]\ntitle = "Garbage"\n')
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle")
    ours, theirs = pty.openpty()
    import tty

    tty.setraw(theirs)
    program.send("board.connect", os.ttyname(theirs))
    program.wait(lambda state: state["board"]["state"] not in ("disconnected", "connecting"))
    before = _memory(program.process.pid)
    ending = threading.Event()
    sent = [0]

    def flood():
        """As much as is read, but no more than that."""
        piece = (bytes(range(256)) + b"\xff\xfe garbage \xc3\x28 line\r\n") * 8
        began = time.monotonic()
        while not ending.is_set():
            if sent[0] > (time.monotonic() - began) * pace:
                ending.wait(0.002)
            elif select.select([], [ours], [], 0.1)[1]:
                sent[0] += os.write(ours, piece)

    os.set_blocking(ours, False)
    thread = threading.Thread(target=flood)
    busy = slowness(1)
    pace = FLOOD / busy
    began = time.monotonic()
    thread.start()
    try:
        answers = program.answer_times(6)
    finally:
        ending.set()
        thread.join()
        seconds = time.monotonic() - began
        os.close(ours)
    assert sent[0] / seconds > 0.9 * pace * min(1, busy / slowness(1))
    assert_quick(answers, max(busy, slowness(1)))
    assert _memory(program.process.pid) - before < 150_000_000
    program.wait(lambda state: state["board"]["state"] == "lost", 10)
    os.close(theirs)


def _memory(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_two_sheets_that_differ_in_case_only(start, project):
    (project / "motion.sheet.json").write_text((project / "Motion.sheet.json").read_text())
    program = start(project, "--trust")
    state = program.wait(lambda state: state["kernel"]["state"] == "idle" and state["problems"])
    assert any("motion" in problem.lower() and "already" in problem for problem in state["problems"])
    assert "sheet:Motion" in state["panels"]
