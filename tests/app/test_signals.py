"""Signals that end the program come through Qt's loop."""

import os
import signal

import pytest

from app.signals import ENDING, EndingSignals


@pytest.fixture
def ended(qtbot):
    told = []
    watch = EndingSignals(lambda: told.append("ended"))
    yield told
    watch.close()


@pytest.mark.parametrize("number", ENDING)
def test_each_of_them_ends_once_and_the_next_one_at_once(qtbot, ended, number):
    os.kill(os.getpid(), number)
    assert ended == []  # not in the middle of what runs
    qtbot.waitUntil(lambda: ended == ["ended"])
    assert signal.getsignal(number) is signal.SIG_DFL


def test_the_handlers_come_back(qtbot):
    before = [signal.getsignal(number) for number in ENDING]
    EndingSignals(lambda: None).close()
    assert [signal.getsignal(number) for number in ENDING] == before
