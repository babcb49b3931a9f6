"""Completion and help from the MicroPython stubs, directly and through the helper process."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from engines.board.code.completion import Completer, lay_out_stubs
from engines.board.code.helper import CodeHelper, CodeHelperError


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def completer(cache, tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    (project / "motor.py").write_text("def spin(turns):\n    '''Turn round.'''\n")
    return Completer(cache, project)


def completed(completer: Completer, source: str) -> tuple[str, ...]:
    found = completer.complete(source, len(source))
    assert all(text.startswith(source[found.start :]) for text in found.texts)
    return found.texts


@pytest.mark.feature("stubs, completion")
def test_objects_of_the_pyboard(completer):
    assert completed(completer, "import pyb\npyb.LED(1).") == ("intensity", "off", "on", "toggle")
    assert "irq" in completed(completer, "from machine import Pin\nPin('X1').")


def test_modules_are_micropythons_not_this_computers(completer):
    assert completed(completer, "import time\ntime.ticks_d") == ("ticks_diff",)
    assert completed(completer, "import pyb, mach") == ("machine",)
    modules = completed(completer, "import ")
    assert {"pyb", "machine", "micropython", "motor"} <= set(modules)
    assert not {"numpy", "PySide6", "threading"} & set(modules)


def test_files_of_the_project(completer):
    assert completed(completer, "import motor\nmotor.sp") == ("spin",)
    source = "import motor\nmotor.spin("
    assert "Turn round" in completer.help(source, len(source))


def test_nothing_to_say_is_said_quietly(completer):
    assert completed(completer, "nobody_knows.") == ()
    assert completer.help("   ", 1) == ""


def test_help_has_signature_and_text(completer):
    source = "import pyb\npyb.LED(1).intensity"
    text = completer.help(source, len(source) - 2)
    assert text.startswith("intensity(")
    assert "LED" in text


def test_the_stubs_are_laid_out_once(cache, completer):
    folder = lay_out_stubs(cache)
    before = folder.stat().st_mtime_ns
    assert lay_out_stubs(cache) == folder
    assert folder.stat().st_mtime_ns == before
    assert not list(cache.glob("stubs.*"))


@pytest.fixture
def helper(cache, tmp_path):
    command = [sys.executable, "-m", "engines.board.code.helper_process", str(cache), str(tmp_path)]
    helper = CodeHelper(command)
    yield helper
    helper.close()


def test_the_process_answers(helper):
    source = "import pyb\npyb.LED(1).to"
    assert helper.complete(source, len(source)).result(60).texts == ("toggle",)
    (mark,) = helper.check("print(x)").result(60)
    assert (mark.line, mark.column) == (1, 6)
    assert "LED" in helper.help("import pyb\npyb.LED", 15).result(60)


def test_a_process_that_was_killed_is_started_again(helper):
    for _ in range(3):
        assert helper.check("").result(60) == []
        os.kill(helper.process_id, signal.SIGKILL)
        with pytest.raises(CodeHelperError, match="ended"):
            helper.check("").result(60)


def test_a_question_that_takes_too_long_is_given_up():
    helper = CodeHelper([sys.executable, "-c", "import time; time.sleep(600)"], deadline=0.2)
    with pytest.raises(CodeHelperError):
        helper.check("").result(60)
    helper.close()


def test_closing_answers_everybody(helper):
    answers = [helper.check("x = 1") for _ in range(20)]
    helper.close()
    for answer in answers:
        assert answer.done()
    with pytest.raises(CodeHelperError):
        helper.check("").result(0)
