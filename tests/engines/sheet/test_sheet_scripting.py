"""``sheets`` and ``sheet`` as notebooks use them."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from engines.sheet.document import SheetDocument
from engines.sheet.references import Rect
from engines.sheet.values import undefined


@pytest.fixture
def sheet(queued_kernel: Any, open_sheets: Any) -> Any:
    open_sheets.activate(open_sheets.open(SheetDocument("Data")))
    queued_kernel.settle()
    return queued_kernel.workspace["sheet"]


def test_values_are_up_to_date_at_once(sheet: Any) -> None:
    sheet["B1"] = 21
    sheet["A1"] = "=B1*2"
    assert sheet["A1"].value == 42
    assert sheet.A1.value == sheet[1, 1].value == sheet["A", 1].value == 42
    assert (sheet["A1"].formula, sheet["A1"].text, sheet["A1"].error) == ("=B1*2", "=B1*2", None)
    assert (sheet.b1.formula, sheet.b1.text, sheet["Z9"].value, sheet["Z9"].text) == (
        None,
        "21",
        undefined,
        "",
    )
    sheet.B1 = 5
    assert sheet.A1.value == 10
    sheet["A1"] = "=1/0"
    assert str(sheet["A1"].error) == "ZeroDivisionError: division by zero"
    assert sheet["A1"].value is undefined


def test_collections_fill_from_the_cell(sheet: Any) -> None:
    sheet["A1"] = [1, 2.5, "x", None, True]
    assert list(sheet["A1:A5"]) == [1, 2.5, "x", undefined, True]
    sheet["B1"] = [[1, 2], [3]]
    assert sheet["B1:C2"].rows() == [[1, 2], [3, undefined]]
    sheet["E1"] = np.arange(4.0).reshape(2, 2)
    assert sheet["E1:F2"].to_numpy().tolist() == [[0, 1], [2, 3]]
    assert sheet.bounds == Rect(1, 1, 6, 5)


def test_assigning_a_list_to_a_range_is_one_edit(sheet: Any, queued_kernel: Any, open_sheets: Any) -> None:
    sheet["A1:A3"] = ["=B1", 2, "three"]
    queued_kernel.settle()
    document = open_sheets.session("Data").document
    assert document.texts == {(1, 1): "=B1", (1, 2): "2", (1, 3): "three"}
    assert document.history.undo_label == "Script"
    document.history.undo()
    assert document.texts == {}
    with pytest.raises(ValueError, match="do not fit"):
        sheet["A1:A3"] = [1, 2]
    sheet["A1:B2"] = 7
    assert list(sheet["A1:B2"]) == [7, 7, 7, 7]
    sheet["A1:C1"] = [1, 2, 3]
    assert list(sheet["A1:C1"]) == [1, 2, 3]


def test_ranges(sheet: Any) -> None:
    sheet["A1"] = [[1, 2], [3, 4], [5, ""]]
    whole = sheet["A:B"]
    assert list(whole) == [1, 2, 3, 4, 5, undefined]
    assert (len(whole), whole[1, 3], whole[-1, 1], 4 in whole) == (6, 5, 2, True)
    assert whole.locations[:3] == [(1, 1), (2, 1), (1, 2)]
    assert whole.cells[1] == ((2, 1), 2)
    assert np.asarray(sheet["A:A"]).tolist() == [1, 3, 5]
    assert np.isnan(whole.to_numpy()[2, 1])
    assert list(sheet["C:C"]) == []
    assert list(sheet["2:2"]) == [3, 4]


@pytest.mark.skipif(importlib.util.find_spec("pandas") is not None, reason="pandas is installed")
def test_a_frame_without_pandas_says_so(sheet: Any) -> None:
    sheet["A1"] = 1
    with pytest.raises(ImportError, match="needs pandas"):
        sheet["A1:A1"].to_frame()


@pytest.mark.parametrize("place", ["", "hello", "A0", "Data!A1", (0, 1), (1, 2, 3), 5, None])
def test_what_names_no_cell(sheet: Any, place: Any) -> None:
    with pytest.raises(KeyError, match="is not a valid cell location"):
        sheet[place]


def test_what_a_cell_cannot_hold(sheet: Any) -> None:
    with pytest.raises(TypeError, match="give it a name and enter a formula"):
        sheet["A1"] = object()
    with pytest.raises(AttributeError):
        sheet.nonsense = 3
    with pytest.raises(AttributeError):
        _ = sheet.nonsense


def test_sheets_come_and_go(sheet: Any, queued_kernel: Any, open_sheets: Any) -> None:
    sheets = queued_kernel.workspace["sheets"]
    opened: list[Any] = []
    open_sheets.opened.connect(opened.append)
    more = sheets.new("More")
    more["A1"] = [1, 2]
    queued_kernel.settle()
    assert [session.name for session in opened] == ["More"]
    assert opened[0].document.texts == {(1, 1): "1", (1, 2): "2"}
    assert [each.name for each in sheets] == sheets.names() == ["Data", "More"]
    assert "MORE" in sheets
    assert len(sheets) == 2
    assert sheets["more"] == more
    with pytest.raises(ValueError, match="already"):
        sheets.new("data")
    with pytest.raises(ValueError, match="file's name"):
        sheets.new("a/b")
    sheets.remove("More")
    queued_kernel.settle()
    assert [session.name for session in open_sheets.sessions] == ["Data"]
    with pytest.raises(KeyError, match="no sheet named 'More'"):
        sheets["More"]


def test_undo_and_redo_reach_the_document_and_come_back(
    sheet: Any, queued_kernel: Any, open_sheets: Any
) -> None:
    sheet["A1"] = 1
    sheet["A1"] = 2
    sheet["B1"] = "=A1*10"
    assert sheet.undo() == "Script"
    assert sheet["B1"].text == ""
    assert sheet.undo() == "Script"
    assert sheet["A1"].value == 1
    assert sheet.redo() == "Script"
    assert sheet["A1"].value == 2
    queued_kernel.settle()
    assert open_sheets.session("Data").document.texts == {(1, 1): "2"}
    assert queued_kernel.texts("Data") == {"(1, 1)": "2"}


def test_formulas_read_through_sheets(sheet: Any, queued_kernel: Any) -> None:
    sheet["A1"] = [1, 2, 3]
    sheet["B1"] = "=sum(sheets['Data']['A:A'])"
    sheet["B2"] = "=sheets['data']['A2'].value * 10"
    sheet["B3"] = "=helper()"
    queued_kernel.workspace["helper"] = lambda: sheet["A3"].value + 1
    assert (sheet.B1.value, sheet.B2.value, sheet.B3.value) == (6, 20, 4)
    sheet["A1:A3"] = [4, 5, 6]
    assert (sheet.B1.value, sheet.B2.value, sheet.B3.value) == (15, 50, 7)
    sheet["C1"] = "=sheets['Data']['C2'].value"
    sheet["C2"] = "=sheets['Data']['C1'].value"
    assert str(sheet["C1"].error) == "CycleError: C1 -> C2 -> C1"


def test_delete_and_recalculate(sheet: Any, queued_kernel: Any) -> None:
    queued_kernel.workspace["count"] = iter(range(100)).__next__
    sheet["A1"] = "=count()"
    assert sheet.A1.value == 0
    sheet.recalculate()
    assert sheet.A1.value == 1
    del sheet["A1:B2"]
    assert sheet.A1.text == ""


def test_reprs(sheet: Any, queued_kernel: Any) -> None:
    sheet["A1"] = [1, "=1/0"]
    assert repr(sheet) == "<sheet Data: A1:A2>"
    assert repr(sheet["A1"]) == "<Data!A1: 1>"
    assert repr(sheet["A2"]) == "<Data!A2: ZeroDivisionError: division by zero>"
    assert repr(sheet["A1:A2"]) == "<cells Data!A1:A2>"
    assert repr(queued_kernel.workspace["sheets"]) == "<sheets: Data>"
