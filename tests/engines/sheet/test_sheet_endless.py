"""Formulas that no interrupt ends: told apart, left out by the next kernels, computed again on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engines.sheet.document import SheetDocument
from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.open_sheets import OpenSheets
from engines.sheet.references import Rect, parse_reference
from engines.workspace.kernel_api import HELP_SECONDS
from engines.workspace.running_mark import RunningMark, make_mark_file, read_mark


def cell(name: str) -> tuple[int, int]:
    return parse_reference(name).rect[:2]


def display(book: Workbook, name: str, sheet: str = "S") -> str:
    return next((text for _, _, text, _ in views.display(book, sheet, Rect(*cell(name), *cell(name)))), "")


class Bench:
    """A workbook whose formula in F1, ``=f(A1, n)``, counts how often it is computed."""

    def __init__(self) -> None:
        self.calls = 0
        self.workspace: dict[str, Any] = {"f": self.count, "n": 1}
        self.book = Workbook(self.workspace)
        texts = {cell("A1"): "5", cell("F1"): "=f(A1, n)", cell("G1"): "=F1+1"}
        self.book.load("S", texts, [cell("F1")])
        self.book.recalculate()

    def count(self, *values: Any) -> int:
        self.calls += 1
        return sum(values)


def test_a_formula_that_is_left_out_says_why_and_so_does_what_reads_it() -> None:
    bench = Bench()
    assert bench.calls == 0
    assert "left out" in display(bench.book, "F1")
    assert "F9" in display(bench.book, "F1")
    assert display(bench.book, "G1").startswith("CellError")
    assert bench.book.texts("S")[cell("F1")] == "=f(A1, n)"


def test_nothing_but_an_edit_or_f9_computes_it() -> None:
    bench = Bench()
    bench.workspace["n"] = 2
    bench.book.recalculate(["n", "f"])
    bench.book.set_cells("S", {cell("A1"): "6"})
    bench.book.load("Other", {cell("A1"): "=S!F1"})
    bench.book.rename("S", "T")
    bench.book.recalculate()
    assert bench.calls == 0
    bench.book.mark_all()
    bench.book.recalculate()
    assert (bench.calls, display(bench.book, "F1", "T")) == (1, "8")


def test_an_edit_of_it_computes_it() -> None:
    bench = Bench()
    bench.book.set_cells("S", {cell("F1"): "=f(A1, 1)"})
    bench.book.recalculate()
    assert (display(bench.book, "F1"), display(bench.book, "G1")) == ("6", "7")


@pytest.mark.parametrize("formula", ["=exit()", "=quit(3)", "=EXIT()", "=[exit() for i in [1]]"])
def test_a_formula_cannot_end_the_kernel(formula: str) -> None:
    ended: list[bool] = []
    book = Workbook({"exit": lambda code=0: ended.append(True), "quit": lambda code=0: ended.append(True)})
    book.load("S", {(1, 1): formula})
    book.recalculate()
    assert not ended
    assert display(book, "A1").split(":")[0] in ("SystemExit", "NameError")


def test_the_mark_names_the_formula_that_runs(tmp_path: Any) -> None:
    make_mark_file(tmp_path / "mark")
    seen: list[str] = []
    workspace = {"look": lambda: seen.append(read_mark(tmp_path / "mark"))}
    book = Workbook(workspace, RunningMark(tmp_path / "mark"))
    book.load("My sheet", {(2, 3): "=look()", (2, 4): "=1/0"})
    book.recalculate()
    assert seen == ["'My sheet'!B3"]
    assert read_mark(tmp_path / "mark") == ""


# The app's side.


class Clock:
    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, function: Callable[[], None]) -> Callable[[], None]:
        timer = (seconds, function)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer)

    def ring(self) -> float:
        seconds, function = self.timers.pop(0)
        function()
        return seconds


class Hanging:
    """Sheets over a kernel that hangs in S!F1 when a test says so; ``told`` is what the app hears."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.clock = Clock()
        self.runs = ""
        self.told: list[tuple[str, Any]] = []
        self.sheets = kernel.sheets = OpenSheets(
            kernel, self.clock.later, formula_seconds=2, running=lambda: self.runs
        )
        for name in ("over_budget", "interrupted", "endless"):
            getattr(self.sheets, name).connect(lambda told, name=name: self.told.append((name, told)))
        self.sheets.kernel_ready()
        self.session = self.sheets.open(SheetDocument("S", {cell("A1"): "1", cell("F1"): "=2*3"}))
        kernel.settle()

    def hang(self) -> None:
        self.session.document.edit({cell("A1"): "2"})
        self.kernel.work()
        self.kernel.deliver_event()
        self.runs = "S!F1"

    def next_kernel(self) -> list[str]:
        """A new kernel gets the sheets: the cells that it is told to leave out."""
        self.kernel.start()
        self.runs = ""
        self.sheets.kernel_ready()
        loads = [arguments for verb, arguments, *_ in self.kernel.requests if verb == "sheet.load"]
        left_out = loads[0]["left_out"]
        self.kernel.settle()
        return left_out


@pytest.fixture
def hanging(queued_kernel: Any) -> Hanging:
    return Hanging(queued_kernel)


def test_interrupted_is_said_when_it_is_true_only(hanging: Hanging) -> None:
    hanging.hang()
    hanging.clock.ring()
    assert hanging.told == [("over_budget", 2)]
    then, reply = hanging.kernel.replies.popleft()
    reply.value["interrupted"] = True
    then(reply)
    assert hanging.told[1:] == [("interrupted", "S!F1")]
    assert hanging.next_kernel() == []


def test_what_no_interrupt_ends_is_left_out_by_the_next_kernel(hanging: Hanging) -> None:
    hanging.hang()
    hanging.clock.ring()
    assert hanging.clock.ring() == HELP_SECONDS
    assert [name for name, _ in hanging.told] == ["over_budget", "over_budget", "endless"]
    assert hanging.told[-1] == ("endless", "S!F1")
    assert hanging.next_kernel() == ["F1"]
    hanging.session.document.edit({cell("A1"): "9"})
    hanging.kernel.settle()
    assert hanging.next_kernel() == ["F1"], "an edit elsewhere does not bring it back"
    hanging.session.document.edit({cell("F1"): "=2*4"})
    hanging.kernel.settle()
    assert hanging.next_kernel() == []


def test_f9_tries_it_once_more(hanging: Hanging) -> None:
    hanging.sheets.leave_out("S!F1")
    assert hanging.next_kernel() == ["F1"]
    hanging.sheets.recalculate_all()
    hanging.kernel.settle()
    assert not hanging.sheets.is_left_out("S!F1")
    assert hanging.kernel.workspace["sheets"]["S"]["F1"].value == 6


def test_a_kernel_that_dies_twice_in_one_formula_leaves_it_out(hanging: Hanging) -> None:
    hanging.runs = "S!F1"
    assert hanging.sheets.kernel_died() == "S!F1"
    assert not hanging.sheets.is_left_out("S!F1"), "anybody may have killed it"
    assert hanging.next_kernel() == []
    hanging.runs = "S!F1"
    hanging.sheets.kernel_died()
    assert hanging.sheets.is_left_out("S!F1")
    assert hanging.next_kernel() == ["F1"]


def test_a_sheet_is_opened_with_what_is_known_of_it(hanging: Hanging) -> None:
    document = SheetDocument("T", {(1, 1): "=1/0"})
    hanging.sheets.open(document, [(1, 1)])
    assert hanging.kernel.requests[-1][1]["left_out"] == ["A1"]
