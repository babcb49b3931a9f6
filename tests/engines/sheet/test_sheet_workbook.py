"""Calculation in the kernel: what follows from what, errors, circles, spills, budgets, interrupts."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.workbook import Changes, Workbook
from engines.sheet.references import Rect, parse_reference


class Bench:
    """A workbook with one sheet S, spoken to in cell names."""

    def __init__(self, workspace: dict[str, Any] | None = None) -> None:
        self.workspace = {} if workspace is None else workspace
        self.book = Workbook(self.workspace)
        self.book.add("S")

    def put(self, sheet: str = "S", /, **texts: str) -> Changes:
        self.enter(sheet, texts)
        return self.book.recalculate()

    def enter(self, sheet: str, texts: Mapping[str, str]) -> None:
        self.book.set_cells(sheet, {parse_reference(name).rect[:2]: text for name, text in texts.items()})

    def __getitem__(self, name: str) -> str:
        rect = parse_reference(name).rect
        return next((text for _, _, text, _ in views.display(self.book, "S", rect)), "")

    def kind(self, name: str) -> str:
        rect = parse_reference(name).rect
        return next((kind for *_, kind in views.display(self.book, "S", rect)), "empty")


def test_changes_name_what_changed() -> None:
    bench = Bench()
    bench.put(A1="1", B1="=A1*0", C1="=A1+1", D5="=B1")
    changes = bench.put(A1="2")
    assert changes.changed == {"S": [Rect(1, 1, 1, 1), Rect(3, 1, 3, 1)]}
    assert changes.computed == 3
    assert (bench["B1"], bench["C1"]) == ("0", "3")


def test_names_appear_change_and_disappear() -> None:
    bench = Bench()
    bench.put(A1="=gain*2", A2="=A1+1", A3="=5")
    assert bench["A1"] == "NameError: name 'gain' is not defined"
    assert bench["A2"] == "CellError: A1 has the error NameError: name 'gain' is not defined"
    bench.workspace["gain"] = 4
    assert bench.book.recalculate(["gain"]).computed == 2
    assert (bench["A1"], bench["A2"]) == ("8", "9")
    bench.workspace["gain"] = 5
    assert bench.book.recalculate(["other"]).computed == 0
    assert bench.book.recalculate(["gain", "other"]).changed == {"S": [Rect(1, 1, 1, 2)]}
    del bench.workspace["gain"]
    assert bench.book.recalculate(["gain"]).errors == 2


def test_other_sheets_follow_and_come_and_go() -> None:
    bench = Bench()
    bench.put(A1="=Data!A1*2", A2="=SUM(data!A:A)")
    assert "there is no sheet named 'Data'" in bench["A1"]
    changes = bench.put("Data", A1="4", A2="5")
    assert set(changes.changed) == {"Data", "S"}
    assert (bench["A1"], bench["A2"]) == ("8", "9")
    bench.book.rename("Data", "Raw")
    bench.book.recalculate()
    assert "there is no sheet named 'Data'" in bench["A1"]
    bench.put(A1="=Raw!A1")
    assert bench["A1"] == "4"
    bench.book.remove("Raw")
    assert bench.book.recalculate().errors == 2
    assert bench.book.names == ["S"]


def test_renaming_keeps_the_order() -> None:
    book = Workbook({})
    for name in ("One", "Two", "Three"):
        book.add(name)
    book.rename("Two", "Zwei")
    book.rename("one", "ONE")
    assert book.names == ["ONE", "Zwei", "Three"]
    with pytest.raises(ValueError, match="there is a sheet named 'three' already"):
        book.rename("ONE", "three")


def test_error_has_the_users_part_of_the_traceback() -> None:
    code = compile("def half(x):\n    return 1 / (x - x)\n", "cell-7.py", "exec")
    workspace: dict[str, Any] = {}
    exec(code, workspace)
    bench = Bench(workspace)
    bench.put(A1="=half(3)", B2="=A1+1")
    about = views.explain(bench.book, "S", 1, 1)
    assert about["traceback"].splitlines() == [
        "Formula '=half(3)' in S!A1",
        "  cell-7.py, line 2, in half",
        "ZeroDivisionError: division by zero",
    ]
    about = views.explain(bench.book, "S", 2, 2)
    assert about["origin"] == "S!A1"
    assert about["reads"] == ["S!A1"]


def test_error_from_another_sheet_names_it() -> None:
    bench = Bench()
    bench.put("My data", A1="=1/0")
    bench.put(A1="='My data'!A1", A2="=A1")
    assert bench["A2"] == "CellError: 'My data'!A1 has the error ZeroDivisionError: division by zero"


@pytest.mark.parametrize(("order", "count"), [(1, 20_000), (-1, 50_000)])
def test_a_chain_of_very_many_cells(order: int, count: int) -> None:
    book = Workbook({})
    rows = list(range(1, count + 1))[::order]
    texts = {(1, rows[0]): "1"} | {(1, row): f"=A{row - order}+1" for row in rows[1:]}
    book.set_cells("S", texts)
    changes = book.recalculate()
    assert changes.changed == {"S": [Rect(1, 1, 1, count)]}
    assert book.grid("S").get(1, rows[-1]).value == count
    book.set_cells("S", {(1, rows[0]): "11"})
    assert book.recalculate().computed == count - 1
    assert book.grid("S").get(1, rows[-1]).value == count + 10


def test_cycle_has_its_path_and_lookers_on_their_own_error() -> None:
    bench = Bench()
    bench.put(B1="=B2", B2="=B1+1", C1="=B1", D1='=IFERROR(B2, "caught")', E1="=5")
    assert bench["B1"] == bench["B2"] == "CycleError: B1 -> B2 -> B1"
    assert bench["C1"] == "CellError: B1 has the error CycleError: B1 -> B2 -> B1"
    assert (bench["D1"], bench["E1"]) == ("caught", "5")
    bench.put(B2="7")
    assert (bench["B1"], bench["C1"], bench["D1"]) == ("7", "7", "7")


def test_self_reference_and_range_over_itself() -> None:
    bench = Bench()
    bench.put(A1="=A1", A5="=SUM(A2:A9)")
    assert bench["A1"] == "CycleError: A1 -> A1"
    assert bench["A5"] == "CycleError: A5 -> A5"


def test_cycle_over_two_sheets_names_them() -> None:
    bench = Bench()
    bench.put("Data", A1="=S!A1")
    bench.put(A1="=Data!A1")
    assert bench["A1"] == "CycleError: Data!A1 -> S!A1 -> Data!A1"


def test_false_cycles_are_none() -> None:
    bench = Bench()
    bench.put(A1="=IF(TRUE, 1, B1)", B1="=A1+1", C3="=ROW(C3)+COLUMN(C1:C9)", D1='=IF(A1=1, "x", D1)')
    assert (bench["A1"], bench["B1"], bench["C3"], bench["D1"]) == ("1", "2", "6", "x")


def test_a_long_cycle_ends() -> None:
    book = Workbook({})
    book.set_cells("S", {(1, row): f"=A{row % 2000 + 1}" for row in range(1, 2001)})
    assert book.recalculate().errors == 2000
    assert str(book.grid("S").get(1, 1).error).startswith("CycleError: A1 -> A2 -> A3 -> ")


def test_lists_spill_down_and_rows_across() -> None:
    bench = Bench()
    bench.put(A1="=[1, 2, 3]", B1="=A2*10", C1="=SUM(A:A)", D1='=[[1, 2], [3, "x"]]', F1="=A1:A3", G1="=E2")
    assert [bench[name] for name in ("A1", "A2", "A3", "A4")] == ["1", "2", "3", ""]
    assert [bench[name] for name in ("D1", "E1", "D2", "E2")] == ["1", "2", "3", "x"]
    assert [bench[name] for name in ("B1", "C1", "F3", "G1")] == ["20", "6", "3", "x"]


def test_arrays_spill_as_plain_numbers() -> None:
    bench = Bench({"np": np})
    bench.put(A1="=np.arange(3)/2", B1="=np.eye(2)", A9="=np.array([])", C9="=np.float64(2)")
    assert [bench[name] for name in ("A2", "B1", "C1", "C2", "A9", "C9")] == ["0.5", "1", "0", "1", "", "2"]
    assert bench.book.grid("S").get(1, 1).value == 0.0
    assert type(bench.book.grid("S").get(3, 9).value) is float


def test_spill_follows_its_length() -> None:
    bench = Bench({"n": 4})
    bench.put(A1="=list(range(n))", B1="=COUNT(A:A)", B2="=A4")
    assert (bench["A4"], bench["B1"], bench["B2"]) == ("3", "4", "3")
    bench.workspace["n"] = 2
    bench.book.recalculate(["n"])
    assert (bench["A4"], bench["B1"], bench["B2"]) == ("", "2", "")
    bench.workspace["n"] = 6
    bench.book.recalculate(["n"])
    assert (bench["A6"], bench["B1"], bench["B2"]) == ("5", "6", "3")
    bench.put(A1="x")
    assert (bench["A2"], bench["B1"], bench["B2"]) == ("", "0", "")


def test_blocked_spill_names_the_cell_and_spills_when_it_is_free() -> None:
    bench = Bench()
    bench.put(A1="=[1, 2, 3]", B1="=SUM(A1:A3)")
    bench.put(A3="mine")
    assert bench["A1"] == "SpillError: A3 is in the way (the result fills A1:A3)"
    assert (bench["A2"], bench["A3"]) == ("", "mine")
    assert bench["B1"].startswith("CellError: A1 has the error SpillError")
    bench.put(A3="")
    assert (bench["A1"], bench["A3"], bench["B1"]) == ("1", "3", "6")


def test_two_spills_do_not_overlap() -> None:
    bench = Bench()
    bench.put(A1="=[1, 2, 3]")
    bench.put(B1="=[[1], [2]]")
    bench.put(A2="=[[7, 8]]")
    assert bench["A1"].startswith("SpillError: A2 is in the way")
    assert bench["A2"].startswith("SpillError: B2 is in the way")


def test_spill_that_does_not_fit_the_sheet() -> None:
    bench = Bench()
    bench.put(A1048575="=[1, 2, 3]")
    assert bench["A1048575"] == "SpillError: 3 rows and 1 columns do not fit on the sheet from here"


def test_a_spill_into_what_it_reads_is_a_cycle_and_ends() -> None:
    bench = Bench()
    bench.put(A1="=[B1, 2, 3]", B1="=A2")
    assert bench["A1"].startswith("CycleError")
    bench.put(B1="4")
    assert (bench["A1"], bench["A3"]) == ("4", "3")
    bench.put(B1="=A3+1")
    assert bench["A1"].startswith("CycleError")


def test_deep_spills_chain() -> None:
    bench = Bench()
    bench.put(A1="=[1, 2]", B1="=[A1 + 1, A2 + 1]", C1="=[B1 + 1, B2 + 1]")
    assert (bench["C1"], bench["C2"]) == ("3", "4")


def test_budget_leaves_the_rest_and_goes_on() -> None:
    calls = []
    bench = Bench({"note": calls.append})
    bench.enter("S", {f"A{row}": f"=note({row})" for row in range(1, 6)})
    changes = bench.book.recalculate(budget=-1)
    assert changes.computed == 0
    assert changes.unfinished == [("S", Rect(1, 1, 1, 5))]
    assert bench.kind("A1") == "stale"
    changes = bench.book.recalculate(budget=10)
    assert (changes.computed, changes.unfinished) == (5, [])
    assert calls == [1, 2, 3, 4, 5]


def test_what_is_out_of_date_shows_as_stale() -> None:
    bench = Bench()
    bench.put(A1="2", B1="=A1*2")
    bench.enter("S", {"A1": "3"})
    assert (bench["B1"], bench.kind("B1")) == ("4", "stale")
    bench.book.recalculate()
    assert (bench["B1"], bench.kind("B1")) == ("6", "number")


def interrupted() -> None:
    raise KeyboardInterrupt


def test_interrupt_ends_one_formula_and_leaves_the_rest() -> None:
    bench = Bench({"endless": interrupted, "tick": 1})
    bench.enter("S", {"A1": "=endless()", "A2": "=A1", "A3": "=1+1"})
    changes = bench.book.recalculate()
    assert changes.interrupted
    assert bench["A1"].startswith("KeyboardInterrupt: interrupted after 0.0 s")
    assert changes.unfinished == [("S", Rect(1, 2, 1, 3))]
    changes = bench.book.recalculate()
    assert not changes.interrupted
    assert changes.unfinished == []
    assert bench["A3"] == "2"
    assert "interrupted after" in bench["A2"]


def test_an_interrupted_formula_waits_for_an_edit() -> None:
    calls = []

    def slow(value: object) -> int:
        calls.append(value)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return 7

    class Stream(list[int]):
        """The same object, growing."""

    bench = Bench({"slow": slow, "accel": Stream(), "gain": 1})
    bench.put(A1="=slow(accel)", A2="=len(accel)")
    bench.book.recalculate()
    bench.workspace["accel"].append(1)
    bench.book.recalculate(["accel"])  # a stream goes on
    assert len(calls) == 1
    assert bench["A2"] == "1"
    bench.put(A1="=slow( accel )")
    assert bench["A1"] == "7"


@pytest.mark.parametrize("how", ["redefine", "input", "f9"])
def test_what_starts_an_interrupted_formula_again(how: str) -> None:
    calls = []

    def slow(*values: object) -> int:
        calls.append(values)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return 7

    bench = Bench({"slow": slow, "gain": 1000})
    bench.put(A1="=slow(B1, gain)", B1="2")
    if how == "redefine":
        bench.workspace["gain"] = 2000
        bench.book.recalculate(["gain"])
    elif how == "input":
        bench.put(B1="3")
    else:
        bench.book.mark_all()
        bench.book.recalculate()
    assert bench["A1"] == "7"


def test_a_real_signal_ends_a_formula() -> None:
    """As the app does it: SIGINT while ``while True`` runs."""
    workspace: dict[str, Any] = {}
    exec("def forever():\n    while True:\n        pass\n", workspace)
    bench = Bench(workspace)
    old = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        changes = bench.put(A1="=forever()", B1="=A1", C1="=1+1")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert changes.interrupted
    assert bench["A1"].startswith("KeyboardInterrupt: interrupted after 0.")
    bench.book.recalculate()
    assert bench["C1"] == "2"


def test_volatile_functions_compute_again_with_every_edit() -> None:
    bench = Bench()
    bench.put(A1="=NOW()", B1="=1")
    assert bench.put(C1="5").computed == 1


def test_a_formula_cannot_change_cells() -> None:
    bench = Bench()
    bench.workspace["poke"] = lambda: bench.book.set_cells("S", {(9, 9): "x"})
    bench.put(A1="=poke()")
    assert bench["A1"].startswith("RuntimeError: a formula cannot change cells")


def test_values_for_export() -> None:
    bench = Bench()
    bench.put(
        A1="=[1.5, 2]", B1="2026-11-22", C1="=1/0", A4="text", B4="=10**30", C4="=float('nan')", D4="=A99"
    )
    assert views.values(bench.book, "S") == [
        [1, 1, 1.5, "number"],
        [1, 2, "2026-11-22", "date"],
        [1, 3, "ZeroDivisionError: division by zero", "error"],
        [2, 1, 2, "number"],
        [4, 1, "text", "text"],
        [4, 2, str(10**30), "number"],
        [4, 3, "nan", "number"],
    ]


def test_load_replaces_the_whole_sheet() -> None:
    bench = Bench()
    bench.put(A1="1", B1="=A1", Z9="old")
    bench.book.load("S", {(1, 1): "2", (2, 1): "=A1*5"})
    bench.book.recalculate()
    assert (bench["B1"], bench["Z9"]) == ("10", "")
    assert bench.book.texts("S") == {(1, 1): "2", (2, 1): "=A1*5"}
