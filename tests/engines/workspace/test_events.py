"""Listeners do not depend on each other, nor the emitter on them."""

from __future__ import annotations

import sys

from engines.workspace.events import Event


def test_a_listener_that_fails_is_reported_and_the_others_are_called(monkeypatch):
    reported, heard = [], []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, where: reported.append(error))
    event: Event[int] = Event()
    event.connect(lambda payload: 1 / 0)
    event.connect(heard.append)
    event.emit(7)
    assert heard == [7]
    assert [type(error) for error in reported] == [ZeroDivisionError]


def test_a_listener_that_left_hears_nothing():
    heard = []
    event: Event[int] = Event()
    leave = event.connect(heard.append)
    leave()
    leave()
    event.emit(7)
    assert heard == []
