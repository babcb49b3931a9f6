from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.clipboard import Clip, from_tsv, to_tsv
from engines.sheet.document import SheetDocument
from engines.sheet.operations import SheetChange
from engines.sheet.references import Rect, cell_name, named_cell, parse_reference
from engines.workspace.files import DocumentError


def document(**texts: str) -> SheetDocument:
    return SheetDocument("Data", {parse_reference(name).rect[:2]: text for name, text in texts.items()})


def texts(sheet: SheetDocument) -> dict[str, str]:
    return {cell_name(*cell): text for cell, text in sorted(sheet.texts.items())}


def rect(text: str) -> Rect:
    return parse_reference(text).rect


def test_an_edit_is_one_step_and_one_event() -> None:
    sheet, seen = document(A1="1", B1="2"), []
    sheet.changed.connect(seen.append)
    sheet.edit({(1, 1): "1", (2, 1): "", (3, 1): "=A1"}, "Three cells")
    assert texts(sheet) == {"A1": "1", "C1": "=A1"}
    assert seen == [SheetChange(texts={(2, 1): "", (3, 1): "=A1"})]
    assert sheet.history.undo() == "Three cells"
    assert texts(sheet) == {"A1": "1", "B1": "2"}
    assert sheet.history.redo() == "Three cells"
    sheet.edit({(1, 1): "1"})
    assert sheet.history.undo_label == "Three cells"


def test_edits_off_the_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no cell in column 0, row 1"):
        document().edit({(0, 1): "x"})


def test_clear_and_widths() -> None:
    sheet = document(A1="1", B2="2", C3="3")
    sheet.clear(rect("A1:B9"))
    sheet.set_width(2, 120)
    sheet.set_width(2, 140)
    assert texts(sheet) == {"C3": "3"}
    assert sheet.widths == {2: 140}
    sheet.history.undo()
    assert sheet.widths == {}
    sheet.history.undo()
    assert len(texts(sheet)) == 3


def test_copies_follow_and_tile() -> None:
    sheet = document(A1="1", A2="=A1*$A$1")
    assert sheet.paste(sheet.copy(rect("A2")), rect("B2:C3")) == rect("B2:C3")
    assert texts(sheet) == {
        "A1": "1",
        "A2": "=A1*$A$1",
        "B2": "=B1*$A$1",
        "B3": "=B2*$A$1",
        "C2": "=C1*$A$1",
        "C3": "=C2*$A$1",
    }
    assert sheet.paste(sheet.copy(rect("A1:A2")), rect("E1:E3")) == rect("E1:E2")
    sheet.history.undo()
    sheet.history.undo()
    assert texts(sheet) == {"A1": "1", "A2": "=A1*$A$1"}


def test_pasting_empty_cells_empties() -> None:
    sheet = document(A1="1", C1="x", D1="y")
    sheet.paste(sheet.copy(rect("A1:B1")), rect("C1"))
    assert texts(sheet) == {"A1": "1", "C1": "1"}


def test_cut_moves_and_all_follow() -> None:
    sheet = document(A1="5", A2="=A1+B9", B1="=$A$1", B2="=SUM(A1:A2)", B3="=SUM(A1:A3)", C1="old")
    sheet.paste(sheet.copy(rect("A1:A2"), cut=True), rect("C1"))
    assert texts(sheet) == {
        "C1": "5",
        "C2": "=C1+B9",
        "B1": "=$C$1",
        "B2": "=SUM(C1:C2)",
        "B3": "=SUM(A1:A3)",
    }
    sheet.history.undo()
    assert texts(sheet)["B1"] == "=$A$1"


def test_cut_onto_an_overlapping_place() -> None:
    sheet = document(A1="1", A2="=A1", A3="=A2")
    sheet.paste(sheet.copy(rect("A1:A3"), cut=True), rect("A2"))
    assert texts(sheet) == {"A2": "1", "A3": "=A2", "A4": "=A3"}


def test_paste_at_the_edge_keeps_what_fits() -> None:
    sheet = document(A1="1", B1="2")
    sheet.paste(sheet.copy(rect("A1:B1")), rect("XFD5"))
    assert sheet.text(16384, 5) == "1"


def test_fill() -> None:
    sheet = document(A1="=B1", C1="x")
    sheet.fill_down(rect("A1:C3"))
    assert texts(sheet) == {"A1": "=B1", "A2": "=B2", "A3": "=B3", "C1": "x", "C2": "x", "C3": "x"}
    sheet.fill_down(rect("A4"))
    assert sheet.text(1, 4) == "=B4"
    sheet.fill_right(rect("A1:B1"))
    assert sheet.text(2, 1) == "=C1"
    sheet.fill_right(rect("D1:D1"))
    assert sheet.text(4, 1) == "x"


def test_plain_texts_paste_verbatim() -> None:
    sheet = document()
    assert sheet.paste_rows([["1", "=A1"], ["x"]], rect("B2")) == rect("B2:C3")
    assert texts(sheet) == {"B2": "1", "C2": "=A1", "B3": "x"}


@given(st.lists(st.lists(st.text("ab\t\n\"' ,", max_size=6), min_size=2, max_size=3), min_size=1, max_size=4))
def test_tsv_reads_back(rows: list[list[str]]) -> None:
    assert from_tsv(to_tsv(rows)) == rows


def test_clip_survives_the_clipboard_and_garbage_does_not() -> None:
    clip = document(A1="ä", B2="=A1").copy(rect("A1:B2"), cut=True)
    assert Clip.from_bytes(clip.to_bytes()) == clip
    for garbage in (b"", b"\xff", b"[]", b"{}", b'{"sheet": 1, "rect": [1], "cells": [], "cut": 0}'):
        assert Clip.from_bytes(garbage) is None


# The file.

cells = st.dictionaries(
    st.tuples(st.integers(1, 16384), st.integers(1, 1048576)),
    st.text(st.characters(), min_size=1, max_size=20),
    max_size=20,
)


@given(cells, st.dictionaries(st.integers(1, 16384), st.integers(1, 2000), max_size=4))
def test_file_reads_back_exactly(texts: dict[tuple[int, int], str], widths: dict[int, int]) -> None:
    sheet = SheetDocument("Data", texts)
    for column, width in widths.items():
        sheet.set_width(column, width)
    text = sheet.to_text()
    back = SheetDocument.from_text(text, Path("folder/Data.sheet.json"))
    assert back.name == "Data"
    assert back.texts == texts
    assert back.widths == widths
    assert back.to_text() == text
    assert json.loads(text)["sheet"] == 1
    text.encode()


def test_one_cell_a_line_in_raster_order() -> None:
    sheet = document(B1="2", A10="4", A2="3", A1="=B1*2")
    cells = '"A1": "=B1*2",\n"B1": "2",\n"A2": "3",\n"A10": "4"'
    assert sheet.to_text() == '{\n"sheet": 1,\n"widths": {},\n"cells": {\n' + cells + "\n}\n}\n"


def test_what_a_later_version_adds_is_kept() -> None:
    text = '{\n"sheet": 1,\n"widths": {},\n"cells": {},\n"usercode": "x = 1"\n}\n'
    assert SheetDocument.from_text(text, "S.sheet.json").to_text() == text


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{"sheet": 1,\n"cells": {\n"A1": "1"\n"A2": "2"}}', 4, "this is not JSON"),
        ("", 1, "this is not JSON"),
        ("[]", 1, 'it has no "cells"'),
        ('{"cells":\n {"A1": "x",\n"A0": "y"}}', 3, "'A0' is not a cell"),
        ('{"cells":\n {"a1": "x"}}', 2, "'a1' is not a cell"),
        ('{"cells":\n {"A1:B2": "x"}}', 2, "'A1:B2' is not a cell"),
        ('{"cells":\n {"A1": 5}}', 2, "the cell A1 must hold a text in quotes"),
        ('{"cells": {"A1": "x",\n"A1": "y"}}', 2, "'A1' is there twice"),
        ('{"sheet": 9, "cells": {}}', 1, "newer Dirigent"),
        ('{"cells": {},\n"widths": {"A": "wide"}}', 2, "not a column and its width"),
        ('{"cells": 3}', 1, "must be an object"),
        ('{"a":' * 100_000, None, "nested too deeply"),
    ],
)
def test_damaged_file_says_where(text: str, line: int | None, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        SheetDocument.from_text(text, Path("some/Data.sheet.json"))
    assert problem in str(caught.value)
    assert "Data.sheet.json" in str(caught.value)
    assert caught.value.line == line


@given(st.integers(1, 16384), st.integers(1, 1_048_576))
def test_a_cells_own_name_leads_to_it(column: int, row: int) -> None:
    assert named_cell(cell_name(column, row)) == (column, row)


@pytest.mark.parametrize(
    "name", ["a1", "$A$1", "A0", "A01", "A1 ", "XFE1", "A1048577", "A1:B2", "S!A1", "A١", ""]
)
def test_other_names_of_cells_are_none_in_a_file(name: str) -> None:
    assert named_cell(name) is None
