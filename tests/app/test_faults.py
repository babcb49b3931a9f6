"""What nobody caught is written down and told, and the program goes on."""

import sys
import threading

import pytest

from app.faults import FaultLog


@pytest.fixture
def log(tmp_path):
    told = []
    log = FaultLog(told.append, tmp_path)
    log.told = told
    log.install()
    yield log
    log.uninstall()


def test_a_fault_is_told_in_a_sentence_and_written_with_its_traceback(log, capfd):
    try:
        raise ValueError("no such thing")
    except ValueError:
        sys.excepthook(*sys.exc_info())
    assert log.told == [
        f"Something went wrong inside Dirigent: ValueError: no such thing. Details: {log.path}"
    ]
    assert "test_faults.py" in log.path.read_text()


def test_faults_of_threads_too(log):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert "ZeroDivisionError" in log.told[0]


def test_the_old_hooks_come_back(tmp_path):
    before = sys.excepthook
    log = FaultLog(print, tmp_path)
    log.install()
    log.uninstall()
    assert sys.excepthook is before


def fail(times=1):
    for _ in range(times):
        try:
            raise ValueError("over and over")
        except ValueError:
            sys.excepthook(*sys.exc_info())


def test_the_same_fault_again_is_counted_not_written(log, capfd):
    fail(250)
    assert len(log.told) == 1
    text = log.path.read_text()
    assert text.count("Traceback") == 1
    assert "the same for the 10th time" in text
    assert "the same for the 100th time" in text
    assert len(text) < 2000


def test_the_log_is_bounded_while_the_program_runs(log, monkeypatch, capfd):
    monkeypatch.setattr("app.faults.LONGEST_LOG", 500)
    for number in range(40):
        fault = compile("\n" * number + "1 / 0", f"fault{number}.py", "exec")
        try:
            exec(fault)
        except ZeroDivisionError:
            sys.excepthook(*sys.exc_info())
    assert len(log.told) == 40
    assert log.path.stat().st_size < 1500
    assert log.path.with_suffix(".old.log").stat().st_size < 1500
    assert "fault39.py" in log.path.read_text()
