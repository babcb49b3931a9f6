"""What a figure asks the kernel for, and how often."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from app.tools.figure_feed import ASK_PERIOD, LIVE_MARGIN, FigureFeed
from engines.plot.data import Column
from engines.plot.document import FigureDocument
from engines.workspace.kernel_api import KernelError, Lane, Reply
from engines.workspace.streams.store import StreamStore


class Kernel:
    def __init__(self):
        self.asked = []

    def request(self, verb, arguments, then, *, lane):
        assert verb == "workspace.arrays"
        self.asked.append(SimpleNamespace(lane=lane, then=then, **{"seconds": None, **arguments}))

    def answer(self):
        """To all that was asked; every expression is one number."""
        for request in self.asked:
            count = len(request.expressions)
            buffers = (memoryview(np.array([7.0])),) * count
            request.then(Reply([{"dtype": "<f8", "shape": [1]}] * count, buffers))
        self.asked.clear()


class Loop:
    def __init__(self):
        self.timers = []

    def later(self, seconds, function):
        self.timers.append((seconds, function))
        return lambda: None

    def pass_time(self):
        timers, self.timers = self.timers, []
        for seconds, function in timers:
            assert seconds == ASK_PERIOD
            function()


@pytest.fixture
def stage(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=4096)
    store.open("accel", ["x"])
    store.append("accel", np.arange(3000) / 100, [np.arange(3000.0)])
    yield SimpleNamespace(kernel=Kernel(), loop=Loop(), streams=store)
    store.close()


def feed_of(stage, *pairs):
    traces = [{"type": "scatter", "x": {"expr": x}, "y": {"expr": y}} for x, y in pairs]
    changes = []
    feed = FigureFeed(
        FigureDocument("Motion", {"data": traces}),
        stage,
        lambda: changes.append(1),
        lambda expression: "gain" not in expression,
    )
    return feed, changes


def test_streams_are_read_without_the_kernel_as_far_as_the_window_shows(stage):
    feed, _ = feed_of(stage, ("accel.t", "accel.x"))
    assert feed.refresh(10)
    assert stage.kernel.asked == []
    assert len(feed.data["accel.x"].values) == pytest.approx(10 * LIVE_MARGIN * 100, abs=1)
    assert not feed.refresh(10)
    assert feed.refresh(None), "the user looks around: nothing new arrived, but more is wanted"
    assert len(feed.data["accel.x"].values) == 3000
    for reader in feed._readers.values():
        reader.close()


def test_the_kernel_is_asked_for_the_window_only(stage):
    feed, changes = feed_of(stage, ("accel.t", "gain * accel.x"))
    feed.refresh(10)
    (request,) = stage.kernel.asked
    assert (request.expressions, request.lane) == (["accel.t", "gain * accel.x"], Lane.MAIN)
    assert request.seconds == 10 * LIVE_MARGIN
    stage.kernel.answer()
    assert changes == [1]
    assert isinstance(feed.data["accel.t"], Column)
    stage.loop.pass_time()
    feed.refresh(None)
    (request,) = stage.kernel.asked
    assert request.seconds is None


def test_the_kernel_is_asked_twenty_times_a_second_at_the_most(stage):
    feed, changes = feed_of(stage, ("accel.t[-20:]", "sheets['S']['A1:A20']"))
    asked = 0
    for _ in range(10):
        feed.mark({"sheets['S']['A1:A20']"})
        feed.refresh(10)
        asked += len(stage.kernel.asked)
        stage.kernel.answer()
    assert asked == 1
    assert feed.waiting
    stage.loop.pass_time()
    assert [request.lane for request in stage.kernel.asked] == [Lane.LIVE], "what was put off comes by itself"
    stage.kernel.answer()
    assert not feed.waiting
    assert len(changes) == 2
    stage.loop.pass_time()
    feed.refresh(10)
    assert stage.kernel.asked == []


def test_a_figure_that_no_one_looks_at_asks_nothing(stage):
    feed, _ = feed_of(stage, ("accel.t", "gain * accel.x"))
    feed.refresh(10)
    stage.kernel.answer()
    feed.mark({"gain * accel.x"})
    stage.loop.pass_time()
    assert stage.kernel.asked == []


def test_an_interrupted_question_keeps_the_picture(stage):
    feed, changes = feed_of(stage, ("accel.t", "gain * accel.x"))
    feed.refresh(10)
    stage.kernel.answer()
    before = dict(feed.data)
    stage.loop.pass_time()
    feed.mark({"accel.t"})
    feed.refresh(10)
    stage.kernel.asked[0].then(Reply(error=KernelError("KeyboardInterrupt", "")))
    assert feed.data == before
    assert changes == [1]
