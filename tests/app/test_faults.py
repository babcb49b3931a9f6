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
