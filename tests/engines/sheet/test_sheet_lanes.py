"""Which lane the app asks: the main one, and the live one while a cell keeps the main one busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engines.sheet.document import SheetDocument
from engines.sheet.kernel_side.scope import SheetAccess
from engines.sheet.live_requests import LIVE_PERIOD
from engines.sheet.open_sheets import Calculated, OpenSheets
from engines.sheet.references import Rect, parse_reference
from engines.sheet.session import SheetSession
from engines.sheet.values import Shown
from engines.workspace.kernel_api import HELP_SECONDS

LIVE = "sheet.recalculate live"
MAIN = "sheet.recalculate"


class Stream(SheetAccess):
    """What counts as a stream for formulas: its last value."""

    last = 0


class Clock:
    """``later`` of a test that says when time passes."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, function: Callable[[], None]) -> Callable[[], None]:
        timer = (seconds, function)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def ring(self, seconds: float) -> None:
        """What waits that long is called."""
        due = [timer for timer in self.timers if timer[0] == seconds]
        self.timers = [timer for timer in self.timers if timer[0] != seconds]
        for _, function in due:
            function()


@pytest.fixture
def accel(queued_kernel: Any) -> Stream:
    queued_kernel.workspace["accel"] = Stream()
    queued_kernel.workspace["gain"] = 2
    return queued_kernel.workspace["accel"]


def opened(kernel: Any, sheets: OpenSheets, **texts: str) -> SheetSession:
    cells = {parse_reference(cell).rect[:2]: text for cell, text in texts.items()}
    session = sheets.open(SheetDocument("Data", cells))
    session.look_at(Rect(1, 1, 5, 20))
    kernel.settle()
    kernel.sent.clear()
    return session


def test_an_idle_kernel_computes_on_the_main_lane(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    session = opened(queued_kernel, open_sheets, A1="=accel.last")
    accel.last = 1
    open_sheets.streams_grew(["accel"])
    queued_kernel.settle()
    assert queued_kernel.sent == [MAIN]
    assert session.shown(1, 1).text == "1"


def test_beside_a_busy_cell_streams_are_followed_and_the_rest_comes_after_it(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    session = opened(queued_kernel, open_sheets, A1="=accel.last", A2="=gain*A1", A3="=A1+1")
    done: list[Calculated] = []
    open_sheets.calculated.connect(done.append)
    queued_kernel.busy = True
    for number in range(1, 4):
        accel.last = number
        open_sheets.streams_grew(["accel"])
        queued_kernel.settle()
        assert session.shown(1, 1) == Shown(str(number), "number")
        assert session.shown(1, 3) == Shown(str(number + 1), "number")
        assert session.shown(1, 2) == Shown("0", "stale")
    assert queued_kernel.sent == [LIVE, MAIN, LIVE, LIVE], "the first on the main lane waits behind the cell"
    assert [each.postponed for each in done] == [1, 0, 0]
    queued_kernel.busy = False
    queued_kernel.settle()
    assert session.shown(1, 2) == Shown("6", "number")
    assert queued_kernel.sent[4:] == [MAIN], "what came meanwhile in one request"
    assert open_sheets.idle


def test_one_live_request_at_a_time_and_ten_a_second(queued_kernel: Any, accel: Stream) -> None:
    clock = Clock()
    sheets = queued_kernel.sheets = OpenSheets(queued_kernel, clock.later, busy=lambda: queued_kernel.busy)
    sheets.kernel_ready()
    opened(queued_kernel, sheets, A1="=accel.last")
    queued_kernel.busy = True
    for _ in range(5):
        sheets.streams_grew(["accel"])
    assert queued_kernel.sent.count(LIVE) == 1
    queued_kernel.settle()
    sheets.streams_grew(["accel"])
    assert queued_kernel.sent.count(LIVE) == 1, "too early"
    clock.ring(LIVE_PERIOD)
    assert queued_kernel.sent.count(LIVE) == 2
    clock.ring(LIVE_PERIOD)
    sheets.streams_grew(["accel"])
    assert queued_kernel.sent.count(LIVE) == 2, "the last one is under way"
    queued_kernel.settle()
    assert queued_kernel.sent.count(LIVE) == 3
    clock.ring(LIVE_PERIOD)
    queued_kernel.settle()
    clock.ring(LIVE_PERIOD)
    assert queued_kernel.sent.count(LIVE) == 3, "nothing new"


def test_what_is_left_waiting_is_not_asked_for_again(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    opened(queued_kernel, open_sheets, A1="=gain*accel.last")
    queued_kernel.busy = True
    open_sheets.streams_grew(["accel"])
    queued_kernel.settle()
    assert queued_kernel.sent == [LIVE, MAIN]


def test_what_was_begun_is_finished_before_newer_samples(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    opened(queued_kernel, open_sheets, A1="=accel.last")
    asked: list[Any] = []
    real = queued_kernel.verbs[MAIN]

    def slow(arguments: Any, buffers: Any) -> Any:
        asked.append(arguments["names"])
        left = [["Data", [1, 1, 1, 1]]] if len(asked) < 3 else []
        return real(arguments, buffers) | {"unfinished": left}

    queued_kernel.verbs[MAIN] = slow
    queued_kernel.busy = True
    open_sheets.streams_grew(["accel"])
    open_sheets.streams_grew(["accel"])
    queued_kernel.settle()
    assert asked == [["accel"], [], [], ["accel"]]


def test_cells_that_the_busy_cell_writes_are_followed(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    session = opened(queued_kernel, open_sheets, A1="1", B1="=A1*2", C1="=A1*gain")
    queued_kernel.busy = True
    queued_kernel.workspace["sheets"]["Data"]["A1"] = 5
    queued_kernel.settle()
    assert session.shown(2, 1) == Shown("10", "number")
    assert session.shown(3, 1).kind == "stale"


def test_names_that_the_ending_cell_changed_are_for_the_main_lane(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    opened(queued_kernel, open_sheets, A1="=gain")
    queued_kernel.busy = True
    open_sheets.names_changed(["gain"])
    assert queued_kernel.sent == [MAIN]


def test_what_is_typed_beside_a_busy_cell_stays_as_typed(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    """The edit waits behind the cell; the kernel's values of the old formula come meanwhile."""
    session = opened(queued_kernel, open_sheets, A1="=accel.last", A2="=accel.last", A3="=accel.last")
    queued_kernel.busy = True
    session.document.edit({(1, 1): "7", (1, 2): "=accel.last*100"})
    session.document.edit({(1, 3): "typed later"})
    accel.last = 3
    open_sheets.streams_grew(["accel"])
    queued_kernel.settle()
    session.look_at(Rect(1, 1, 20, 90))
    queued_kernel.settle()
    assert session.shown(1, 1) == Shown("7", "number")
    assert session.shown(1, 2).kind == "stale"
    assert session.shown(1, 3) == Shown("typed later", "text")
    queued_kernel.busy = False
    queued_kernel.settle()
    assert [session.shown(1, row).text for row in (1, 2, 3)] == ["7", "300", "typed later"]


def test_replies_of_the_two_lanes_may_cross(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    session = opened(queued_kernel, open_sheets, A1="=accel.last", A2="=gain*A1", A3="=1/(A1-1)")
    done: list[Calculated] = []
    open_sheets.calculated.connect(done.append)
    queued_kernel.busy = True
    accel.last = 1
    open_sheets.streams_grew(["accel"])
    queued_kernel.work()
    older = queued_kernel.replies.popleft()
    queued_kernel.busy = False
    accel.last = 9
    queued_kernel.work()  # the main lane, after the cell
    queued_kernel.deliver_reply()
    queued_kernel.replies.append(older)
    queued_kernel.deliver_reply()
    assert (done[-1].errors, session.shown(1, 2).kind) == (0, "number")
    queued_kernel.settle()
    assert [session.shown(1, row).text for row in (1, 2, 3)] == ["9", "18", "0.125"]


def test_each_lane_has_its_watchdog(queued_kernel: Any, accel: Stream) -> None:
    clock = Clock()
    sheets = queued_kernel.sheets = OpenSheets(
        queued_kernel, clock.later, formula_seconds=2, busy=lambda: queued_kernel.busy
    )
    sheets.kernel_ready()
    opened(queued_kernel, sheets, A1="=accel.last")
    barks: list[str] = []
    sheets.over_budget.connect(lambda seconds: barks.append("main"))
    sheets.live_over_budget.connect(lambda seconds: barks.append("live"))
    queued_kernel.busy = True
    sheets.streams_grew(["accel"])
    clock.ring(2.5)
    assert barks == [], "neither has begun"
    queued_kernel.work()
    queued_kernel.deliver_event()
    clock.ring(2.5)
    clock.ring(HELP_SECONDS)
    assert barks == ["live", "live"], "again, if that did not help"
    queued_kernel.settle()
    clock.ring(2.5)
    assert len(barks) == 2
    queued_kernel.busy = False
    queued_kernel.work()
    queued_kernel.deliver_event()
    clock.ring(2.5)
    assert barks[2:] == ["main"]


def test_a_new_kernel_starts_without_what_the_old_one_was_asked(
    queued_kernel: Any, open_sheets: OpenSheets, accel: Stream
) -> None:
    session = opened(queued_kernel, open_sheets, A1="=accel.last")
    queued_kernel.busy = True
    open_sheets.streams_grew(["accel"])
    queued_kernel.work()
    late = queued_kernel.replies.popleft()
    queued_kernel.start()
    open_sheets.kernel_lost()
    open_sheets.streams_grew(["accel"])
    assert not queued_kernel.requests, "no kernel to ask"
    queued_kernel.busy = False
    open_sheets.kernel_ready()
    queued_kernel.replies.append(late)
    queued_kernel.workspace["accel"] = Stream()
    queued_kernel.settle()
    queued_kernel.busy = True
    queued_kernel.sent.clear()
    open_sheets.streams_grew(["accel"])
    queued_kernel.settle()
    assert queued_kernel.sent == [LIVE, MAIN]
    assert session.shown(1, 1).text == "0"
