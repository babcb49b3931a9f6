"""Starting and ending in ordinary and less ordinary surroundings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.driver import MAIN, copy_example


def ready(state):
    return state["kernel"]["state"] == "idle" and "sheet:Motion" in state["panels"]


def second_start(program, *arguments):
    """What another process with the same instance name does."""
    return subprocess.Popen(
        [sys.executable, str(MAIN), "--instance", program.instance, *map(str, arguments)],
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_starts_at_once_give_one_window(start, project):
    program = start(project, "--trust")
    program.until_begun()
    others = [second_start(program, project / "Explore.ipynb") for _ in range(2)]
    ended = [other.communicate(timeout=60)[0] for other in others]
    assert [(other.returncode, text) for other, text in zip(others, ended, strict=True)] == [(0, "")] * 2
    program.wait(ready, 60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_and_keeps_what_was_typed(start, project, number):
    program = start(project, "--trust")
    state = program.wait(ready, 60)
    program.send("sheet.set_cell", "H1", "typed at the last moment")
    program.process.send_signal(number)
    assert program.process.wait(15) == 0
    journal = project / ".dirigent" / "recovery" / "Motion.sheet.json.unsaved"
    assert "typed at the last moment" in journal.read_text()
    assert not Path(f"/proc/{state['kernel']['pid']}").exists()


def test_odd_folders_do_not_keep_it_from_starting(start, project, tmp_path):
    """No home, a runtime folder that cannot be made, a temporary folder with a very long path."""
    long = tmp_path / ("t" * 100)
    long.mkdir()
    nowhere = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    odd = {**dict.fromkeys(nowhere, "/proc/none"), "XDG_RUNTIME_DIR": "/proc/none", "TMPDIR": str(long)}
    program = start(project, "--trust", environment=odd)
    program.door = f"/tmp/dirigent-{os.getuid()}/{program.instance}.socket"
    state = program.wait(ready, 60)
    assert any("/proc/none" in notice["text"] for notice in state["notices"])
    assert "Traceback" not in program.output()


def test_a_dead_display_is_told_and_the_work_is_done_without_a_window(tmp_path, headless):
    copy_example(tmp_path)
    done = subprocess.run(
        [sys.executable, str(MAIN), "--example", "accelerometer"],
        env={**headless, "DISPLAY": ":4711"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert "No display (DISPLAY=:4711 does not answer): running accelerometer in batch mode" in done.stdout
    assert (tmp_path / "build" / "accelerometer" / "summary.json").exists()
