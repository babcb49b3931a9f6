"""Ending what runs away beside the main lane, and nothing else."""

from __future__ import annotations

import threading

import pytest

from engines.workspace.kernel_side.lanes import Stopper, is_beside, on_lane, user_code
from engines.workspace.kernel_side.server import Server


class Worker:
    """Runs a function on a thread of its own; ``ended`` has what it returned or raised."""

    def __init__(self, function):
        self.ended = None
        self._function = function
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self.ended = self._function()
        except BaseException as error:
            self.ended = error

    def join(self):
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_user_code_on_another_thread_is_stopped():
    stopper, running = Stopper(), threading.Event()

    def forever():
        with on_lane(stopper), user_code():
            running.set()
            while True:
                pass

    worker = Worker(forever)
    assert running.wait(20)
    assert stopper.stop()
    assert not stopper.stop(), "once is enough"
    worker.join()
    assert isinstance(worker.ended, KeyboardInterrupt)


def test_outside_of_user_code_nothing_strikes_not_even_later():
    stopper, inside, go_on = Stopper(), threading.Event(), threading.Event()

    def work():
        with on_lane(stopper):
            inside.set()
            go_on.wait(20)
            total = sum(range(1000))
            with user_code():
                total += 1
            return total

    worker = Worker(work)
    assert inside.wait(20)
    assert not stopper.stop()
    go_on.set()
    worker.join()
    assert worker.ended == sum(range(1000)) + 1


def test_what_was_raised_too_late_is_taken_back():
    """The user code has ended, in a call that no exception reaches, when it is told to stop."""
    stopper, inside, go_on = Stopper(), threading.Event(), threading.Event()

    def work():
        try:
            with on_lane(stopper), user_code():
                inside.set()
                go_on.wait(20)
        except KeyboardInterrupt:
            pass
        return sum(1 for _ in range(100_000))

    worker = Worker(work)
    assert inside.wait(20)
    assert stopper.stop()
    go_on.set()
    worker.join()
    assert worker.ended == 100_000


@pytest.mark.parametrize(("lane", "beside"), [("main", False), ("live", True), ("aside", True)])
def test_a_request_knows_its_lane(lane, beside):
    server = Server(lambda *message: None)
    server.register("where", lambda arguments, buffers: is_beside())
    reply, _ = server.handle({"verb": "where", "arguments": {}, "lane": lane}, ())
    assert reply == {"value": beside}
    assert not is_beside()


def test_a_stopped_request_is_answered_with_the_interrupt():
    server, running = Server(lambda *message: None), threading.Event()

    def forever(arguments, buffers):
        with user_code():
            running.set()
            while True:
                pass

    server.register("forever", forever)
    worker = Worker(lambda: server.handle({"verb": "forever", "lane": "live"}, ()))
    assert running.wait(20)
    assert server.handle({"verb": "lane.stop", "arguments": {"lane": "live"}}, ()) == ({"value": True}, [])
    worker.join()
    assert worker.ended[0]["error"]["name"] == "KeyboardInterrupt"
    assert server.handle({"verb": "lane.stop", "arguments": {"lane": "live"}}, ()) == ({"value": False}, [])
