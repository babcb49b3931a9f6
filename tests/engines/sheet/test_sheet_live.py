"""Calculation beside a busy cell: what may go on, what waits, and two threads at one workbook."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.scripting import Scripts, Sheets
from engines.sheet.kernel_side.workbook import Changes, Workbook
from engines.sheet.references import Rect, parse_reference
from engines.workspace.kernel_side.lanes import Stopper, on_lane
from engines.workspace.streams.live import StreamRegistry
from engines.workspace.streams.store import StreamStore


class LiveBench:
    """A workbook with the sheet S over a workspace with the stream ``accel``."""

    def __init__(self, folder: Path) -> None:
        self.store = StreamStore(folder, capacity=4096)
        self.workspace: dict[str, Any] = {}
        self.feed(10)
        self.workspace["streams"] = StreamRegistry(self.store.directory, self.workspace)
        self.book = Workbook(self.workspace)
        self.workspace["sheets"] = Sheets(Scripts(self.book, lambda *event: None, lambda *question: None))
        self.sheet = self.workspace["sheets"].new("S")
        self.stopper = Stopper()

    def feed(self, count: int = 1) -> None:
        """More samples: x counts them from 1."""
        writer = self.store.open("accel", ["x"])
        number = np.arange(writer.total + 1, writer.total + count + 1, dtype=float)
        self.store.append("accel", number / 100, [number])

    def put(self, **texts: str) -> None:
        self.book.set_cells("S", {parse_reference(cell).rect[:2]: text for cell, text in texts.items()})
        self.book.recalculate()

    def live(self, *names: str, budget: float | None = None) -> Changes:
        """As the kernel does it on the live lane."""
        with on_lane(self.stopper):
            return self.book.recalculate(names, budget, live=True)

    def __getitem__(self, cell: str) -> str:
        found = views.display(self.book, "S", parse_reference(cell).rect)
        return next((text for _, _, text, _ in found), "")

    def kind(self, cell: str) -> str:
        found = views.display(self.book, "S", parse_reference(cell).rect)
        return next((kind for *_, kind in found), "empty")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LiveBench]:
    bench = LiveBench(tmp_path / "streams")
    yield bench
    bench.store.close()


# What goes on and what waits.


def test_what_reads_streams_and_sheets_only_goes_on(bench: LiveBench) -> None:
    bench.workspace["gain"] = 2
    bench.put(A1="=accel.x[-1]", A2="=SQRT(A1)+sum([A1])", A3="=gain*A1", A4="=A3+A1", A5="=5")
    bench.feed()
    changes = bench.live("accel")
    assert bench["A1"] == "11"
    assert float(bench["A2"]) == pytest.approx(11**0.5 + 11)
    assert (bench["A3"], bench["A4"]) == ("20", "30")
    assert [bench.kind(f"A{row}") for row in range(1, 6)] == ["number", "number", "stale", "stale", "number"]
    assert changes.postponed == [("S", Rect(1, 3, 1, 4))]
    assert changes.unfinished == []
    changes = bench.book.recalculate()
    assert (bench["A3"], bench["A4"]) == ("22", "33")
    assert changes.changed == {"S": [Rect(1, 3, 1, 4)]}
    assert changes.postponed == []


def test_what_waits_is_told_once(bench: LiveBench) -> None:
    bench.workspace["gain"] = 2
    bench.put(A1="=gain*accel.x[-1]")
    assert bench.live("accel").postponed == [("S", Rect(1, 1, 1, 1))]
    assert bench.live("accel").postponed == []
    bench.book.recalculate(["accel"])
    assert bench.live("accel").postponed == [("S", Rect(1, 1, 1, 1))]


@pytest.mark.parametrize(
    "formula",
    [
        "=streams['accel'].x[-1]",
        "=sheets['S']['Z1'].value + accel.x[-1]",
        "=average([accel.x[-1]])",
        "=IF(TRUE, max(accel.x), undefined)",
        "=[value for value in accel.x][-1]",
    ],
)
def test_functions_streams_and_sheets_go_on(bench: LiveBench, formula: str) -> None:
    bench.put(A1=formula, Z1="0")
    bench.feed()
    bench.live("accel", "streams")
    assert bench["A1"] == "11"


@pytest.mark.parametrize(
    "formula",
    [
        "=np.max(accel.x)",
        "=later + accel.x[-1]",
        "=min(accel.x)",  # the user's own
        "=eval('gain') + accel.x[-1]",
        "=__import__('time').sleep(0) or accel.x[-1]",
        "=globals() and accel.x[-1]",
    ],
)
def test_other_names_and_ways_to_them_wait(bench: LiveBench, formula: str) -> None:
    bench.workspace.update(np=np, gain=1, min=min)
    bench.put(A1=formula)
    shown = bench["A1"]
    bench.feed()
    assert bench.live("accel").postponed == [("S", Rect(1, 1, 1, 1))]
    assert (bench["A1"], bench.kind("A1")) == (shown, "stale")


def test_a_stream_whose_name_is_the_users_by_now_waits(bench: LiveBench) -> None:
    bench.put(A1="=accel.x[-1]")
    bench.workspace["accel"] = None  # a busy cell is at it
    bench.live("accel")
    assert (bench["A1"], bench.kind("A1")) == ("10", "stale")


def test_reads_that_the_text_does_not_show_wait_with_what_they_read(bench: LiveBench) -> None:
    bench.workspace["gain"] = 2
    bench.put(B1="=gain*accel.x[-1]", C1="=sheets['S']['B1'].value", D1="=C1+1", E1="=accel.x[-1]")
    bench.feed()
    bench.sheet["C1"] = "=sheets['S']['B1'].value + 0"  # its reads are not known yet
    changes = bench.live("accel")
    assert changes.unfinished == []
    assert [bench.kind(cell) for cell in ("B1", "C1", "D1")] == ["stale"] * 3
    assert bench["E1"] == "11"
    bench.book.recalculate()
    assert (bench["C1"], bench["D1"]) == ("22", "23")


def test_what_reads_cells_of_a_waiting_list_waits(bench: LiveBench) -> None:
    bench.workspace["gain"] = 2
    bench.put(A1="=gain*accel.x[-3:]", B1="=SUM(A1:A3)", C1="=accel.x[-3:]", D1="=SUM(C1:C3)")
    bench.feed()
    bench.live("accel")
    assert (bench["B1"], bench.kind("B1")) == ("54", "stale")
    assert (bench["C3"], bench["D1"]) == ("11", "30")
    bench.book.recalculate()
    assert bench["B1"] == "60"


def test_a_list_from_another_sheets_cells_follows_them(bench: LiveBench) -> None:
    bench.put(A1="=accel.x[-1]", B1="=sheets['S']['A1:A2']", A2="7")
    bench.feed()
    bench.live("accel")
    assert (bench["B1"], bench["B2"]) == ("11", "7")


def test_circles_and_errors_are_found_beside_a_busy_cell_too(bench: LiveBench) -> None:
    bench.put(A1="=accel.x[-1] - 10", A2="=1/A1")
    assert bench["A2"].startswith("ZeroDivisionError")
    bench.feed()
    assert bench.live("accel").errors == 0
    bench.sheet["B1"] = "=B2"
    bench.sheet["B2"] = "=B1"
    bench.live()
    assert bench["B1"].startswith("CycleError")


def test_a_budget_leaves_the_rest_for_the_next_time(bench: LiveBench) -> None:
    bench.put(A1="=accel.x[-1]", A2="=len(accel)")
    bench.feed()
    changes = bench.live("accel", budget=-1)
    assert (changes.computed, changes.unfinished) == (0, [("S", Rect(1, 1, 1, 2))])
    assert bench.live().unfinished == []
    assert (bench["A1"], bench["A2"]) == ("11", "11")


def test_calculations_are_numbered(bench: LiveBench) -> None:
    first = bench.live().number
    assert bench.book.recalculate().number == first + 1


@pytest.mark.parametrize("lane", ["main", "live"])
def test_streams_stand_still_during_a_calculation(bench: LiveBench, lane: str) -> None:
    class Feeding(StreamRegistry):
        """Samples arrive while it is read."""

        def __getitem__(self, name: str) -> Any:
            bench.feed(5)
            return super().__getitem__(name)

    bench.workspace["streams"] = Feeding(bench.store.directory, {})
    newest = "streams['accel']"
    bench.put(
        A1=f"={newest}.x[-1]", A2=f"=len({newest})", A3=f"={newest}.last(1).x[-1]", A4=f"=max({newest}.x)"
    )
    for _ in range(3):
        shown = bench["A1"]
        bench.live("streams") if lane == "live" else bench.book.recalculate(["streams"])
        assert bench["A1"] == bench["A2"] == bench["A3"] == bench["A4"] != shown


def test_beside_a_busy_cell_reads_compute_nothing(bench: LiveBench) -> None:
    """A picture that shows sheet cells reads what was computed last."""
    bench.workspace["gain"] = 2
    bench.put(A1="=gain*accel.x[-2:]", B1="=1/0")
    bench.workspace["gain"] = 3
    bench.book.names_changed(["gain"])
    with on_lane(bench.stopper):
        assert list(bench.sheet["A1:A2"]) == [18, 20]
        assert bench.sheet["A1"].value == 18
        assert bench.sheet["B1"].error.name == "ZeroDivisionError"
        assert bench.sheet["A:A"].to_numpy().tolist() == [18, 20]
    assert bench.sheet["A1"].value == 27


def test_a_formula_changes_no_sheets(bench: LiveBench) -> None:
    bench.put(A1="=sheets.new('T')", A2="=sheets.remove('S')", A3="=sheets['S'].recalculate()", A4="=5")
    for cell in ("A1", "A2", "A3"):
        assert bench[cell].startswith("RuntimeError: a formula cannot change cells")
    assert bench["A4"] == "5"
    assert bench.book.names == ["S"]


# Two threads.


class Gate:
    """A stream-like thing of a formula: reading it waits until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()


def gated(bench: LiveBench) -> Gate:
    """``streams['accel']`` in a formula waits at the gate."""
    gate = Gate()

    class Waiting(StreamRegistry):
        def __getitem__(self, name: str) -> Any:
            gate.reached.set()
            assert gate.opened.wait(20)
            return super().__getitem__(name)

    gate.opened.set()
    bench.workspace["streams"] = Waiting(bench.store.directory, {})
    bench.put(A1="=streams['accel'].x[-1]", A2="=A1+B1", B1="1")
    gate.reached.clear()
    gate.opened.clear()
    return gate


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_an_edit_of_the_busy_cell_waits_for_the_calculation(bench: LiveBench) -> None:
    gate = gated(bench)
    bench.feed()
    live = in_thread(lambda: bench.live("streams"))
    assert gate.reached.wait(20)
    edit = in_thread(lambda: bench.sheet.__setitem__("B1", 5))
    assert views.display(bench.book, "S", Rect(2, 1, 2, 1)) == [[1, 2, "1", "number"]]
    gate.opened.set()
    live.join(20)
    edit.join(20)
    assert bench["B1"] == "5"
    bench.live()
    assert bench["A2"] == "16"


def test_a_cell_that_waits_for_the_workbook_can_be_interrupted(bench: LiveBench) -> None:
    gate = gated(bench)
    live = in_thread(lambda: bench.live("streams"))
    assert gate.reached.wait(20)
    old = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            bench.sheet["B1"] = 5
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            _ = bench.sheet["A2"].value
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        gate.opened.set()
        live.join(20)
    bench.sheet["B1"] = 6
    assert bench.sheet["A2"].value == 16
    assert not in_thread(lambda: bench.sheet.__setitem__("B1", 7)).join(20), "the lock is free"
    assert bench["B1"] == "7"


def test_a_runaway_formula_is_stopped_says_so_and_stays(bench: LiveBench) -> None:
    gate = gated(bench)
    bench.put(A2="=2", A3="=len(accel)")
    bench.book.set_cells("S", {(1, 1): "=(streams['accel'], sum(1 for _ in iter(int, 1)))"})
    bench.feed()
    changes: list[Changes] = []
    live = in_thread(lambda: changes.append(bench.live("accel", "streams")))
    assert gate.reached.wait(20)
    gate.opened.set()
    assert bench.stopper.stop()
    live.join(20)
    (stopped,) = changes
    assert stopped.interrupted
    assert bench["A1"].startswith("KeyboardInterrupt: interrupted after")
    bench.feed()
    again = bench.live("accel", "streams")
    assert not again.interrupted
    assert bench["A3"] == "12"
    assert bench["A1"].startswith("KeyboardInterrupt")
    assert not bench.book.recalculate(["accel", "streams"]).interrupted
    bench.sheet["A1"] = "=len(accel)"
    assert bench.sheet["A1"].value == 12


def test_edits_and_live_calculations_in_turns_end_with_the_right_values(bench: LiveBench) -> None:
    """A busy cell writes as fast as it can while the live lane calculates."""
    bench.put(A1="1", B1="=A1*2", B2="=SUM(A1:A50)", C1="=accel.x[-1]+B1")
    ended = threading.Event()
    problems: list[BaseException] = []

    def calculate() -> None:
        try:
            while not ended.is_set():
                bench.live("accel")
        except BaseException as error:
            problems.append(error)

    live = in_thread(calculate)
    for number in range(300):
        bench.sheet["A1"] = number
        bench.sheet[f"A{number % 49 + 2}"] = f"=B1+{number}"
        if number % 50 == 0:
            bench.feed()
            assert bench.sheet["B1"].value == number * 2
    ended.set()
    live.join(20)
    assert problems == []
    bench.book.recalculate(["accel"])
    assert bench["B1"] == str(299 * 2)
    assert bench["C1"] == str(16 + 299 * 2)
