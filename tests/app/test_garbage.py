"""Cyclic garbage goes in the thread of the window only."""

from __future__ import annotations

import gc
import threading

from app import garbage
from app.loop import QtLoop


class Cycle:
    def __init__(self, freed_in: set[threading.Thread]) -> None:
        self.itself = self
        self._freed_in = freed_in

    def __del__(self) -> None:
        self._freed_in.add(threading.current_thread())


def test_what_a_thread_leaves_is_freed_by_the_loop(qtbot, monkeypatch):
    monkeypatch.setattr(garbage, "PERIOD", 0.01)
    freed_in: set[threading.Thread] = set()
    loop = QtLoop()
    stop = garbage.collect_in(loop)
    try:
        allocating = threading.Thread(target=lambda: [Cycle(freed_in) for _ in range(20_000)])
        allocating.start()
        allocating.join()
        assert not freed_in
        qtbot.waitUntil(lambda: bool(freed_in), timeout=20_000)
        assert freed_in == {threading.main_thread()}
    finally:
        stop()
        loop.close()


def test_every_generation_has_its_turn(monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "collect", collected.append)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    for counts in ((700, 10, 10), (701, 0, 0), (701, 11, 0), (0, 11, 11)):
        monkeypatch.setattr(gc, "get_count", lambda counts=counts: counts)
        garbage.collect_due()
    assert collected == [0, 1, 2]


def test_afterwards_it_is_as_before(qtbot):
    loop = QtLoop()
    gc.enable()
    garbage.collect_in(loop)()
    assert gc.isenabled()
    gc.disable()
    garbage.collect_in(loop)()
    assert not gc.isenabled()
    loop.close()
