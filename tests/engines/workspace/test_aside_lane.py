"""The aside lane goes on, whatever its user code does."""

from __future__ import annotations

import threading

import pytest

from engines.workspace.aside_lane import AsideLane
from engines.workspace.kernel_side.lanes import Stopper, on_lane
from engines.workspace.kernel_side.variables import RETRY_SECONDS, TOO_SLOW, Variables


class Watched:
    def __init__(self):
        self.said = []
        self.timers = []
        self.lane = AsideLane(
            lambda seconds, function: self.timers.append(function),
            stop=lambda: self.said.append("stop"),
            renew=lambda: self.said.append("renew"),
            delete=lambda subshell: self.said.append(f"delete {subshell}"),
            lose=lambda message_id: self.said.append(f"lose {message_id}"),
        )
        self.lane.opened("one")

    def ring(self):
        timers, self.timers[:] = list(self.timers), []
        for each in timers:
            each()


def test_what_is_answered_in_time_is_left_alone():
    watched = Watched()
    watched.lane.sent("a")
    watched.lane.answered("a")
    watched.ring()
    assert watched.said == []


def test_late_code_is_stopped_and_where_that_helps_the_subshell_stays():
    watched = Watched()
    watched.lane.sent("a")
    watched.ring()
    watched.lane.answered("a")
    watched.ring()
    assert watched.said == ["stop"]


def test_what_cannot_be_stopped_gets_a_new_subshell_and_the_old_one_ends_when_it_can():
    watched = Watched()
    watched.lane.sent("a")
    watched.lane.sent("b")
    watched.ring()
    watched.ring()
    assert watched.said == ["stop", "renew"]
    watched.lane.opened("two")
    assert watched.said[2:] == ["lose a", "lose b"]
    watched.lane.sent("c")
    watched.lane.answered("a")
    watched.lane.answered("b")
    watched.lane.answered("c")
    assert watched.said[4:] == ["delete one"]


def test_what_waits_behind_another_is_not_stopped_in_its_place():
    watched = Watched()
    watched.lane.sent("a")
    watched.lane.sent("b")
    watched.ring()
    watched.lane.answered("a")
    watched.ring()
    assert watched.said == ["stop", "stop"], "b has had its own time by now"
    watched.lane.answered("b")
    watched.ring()
    assert watched.said == ["stop", "stop"]


def test_a_lane_that_answered_meanwhile_is_ended_with_its_replacement():
    watched = Watched()
    watched.lane.sent("a")
    watched.ring()
    watched.ring()
    watched.lane.answered("a")
    watched.lane.opened("two")
    assert watched.said == ["stop", "renew", "delete one"]


def test_of_a_kernel_that_is_gone_nothing_is_late():
    watched = Watched()
    watched.lane.sent("a")
    watched.lane.close()
    watched.ring()
    assert watched.said == []


# Summaries.


class Slow:
    """Its repr loops until it is stopped."""

    def __init__(self):
        self.asked = 0
        self.running = threading.Event()

    def __repr__(self):
        self.asked += 1
        self.running.set()
        while True:
            pass


def summarise(variables, namespace, stopper=None, slow=None):
    """On a thread of its own, stopped once the slow repr runs."""
    rows = []

    def work():
        with on_lane(stopper):
            rows.extend(variables.summarise(namespace, seconds=10))

    thread = threading.Thread(target=work)
    thread.start()
    if slow is not None:
        assert slow.running.wait(20)
        assert stopper.stop()
    thread.join(20)
    assert not thread.is_alive()
    return {row["name"]: row["value"] for row in rows}


def test_a_repr_that_never_ends_costs_the_others_nothing_and_is_not_tried_all_the_time():
    time = [0.0]
    variables, slow, stopper = Variables(lambda: time[0]), Slow(), Stopper()
    namespace = {"a": 1, "bad": slow, "c": 3}
    shown = summarise(variables, namespace, stopper, slow)
    assert shown == {"a": "1", "bad": TOO_SLOW, "c": "3"}
    assert summarise(variables, namespace) == shown
    assert slow.asked == 1
    time[0] += RETRY_SECONDS + 1
    slow.running.clear()
    summarise(variables, namespace, stopper, slow)
    assert slow.asked == 2
    assert summarise(variables, {"bad": 5}) == {"bad": "5"}, "another object by that name"


@pytest.mark.parametrize("attribute", ["shape", "size"])
def test_an_attribute_that_raises_is_no_error(attribute):
    cls = type("Odd", (), {attribute: property(lambda self: 1 / 0), "__repr__": lambda self: "odd"})
    assert summarise(Variables(), {"odd": cls()}) == {"odd": "odd"}
