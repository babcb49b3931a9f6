"""CSV and xlsx; openpyxl is the referee."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.csv_files import read_csv, write_csv
from engines.sheet.document import SheetDocument
from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.references import cell_name
from engines.sheet.xlsx_files import SheetExport, read_xlsx, translated, write_xlsx
from engines.workspace.files import DocumentError


def computed(document: SheetDocument) -> SheetExport:
    book = Workbook({})
    book.set_cells(document.name, document.texts)
    book.recalculate()
    return SheetExport.of(document, views.values(book, document.name))


def named(document: SheetDocument) -> dict[str, str]:
    return {cell_name(*cell): text for cell, text in document.texts.items()}


def test_csv_in(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('\ufeffname;value\n"a;b";1.5\n=SUM(A1);\'x\n', encoding="utf-8")
    document = read_csv(path)
    assert document.name == "data"
    assert named(document) == {
        "A1": "name",
        "B1": "value",
        "A2": "a;b",
        "B2": "1.5",
        "A3": "'=SUM(A1)",
        "B3": "''x",
    }


def test_csv_in_an_old_encoding(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("Größe,5\n".encode("cp1252"))
    assert named(read_csv(path)) == {"A1": "Größe", "B1": "5"}


@pytest.mark.parametrize(
    ("content", "problem"), [(b"a,\0b", "not a text file"), (b"," * 16384, "16384 columns")]
)
def test_csv_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=problem):
        read_csv(path)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_csv(tmp_path / "missing.csv")


@given(
    rows=st.dictionaries(
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
        st.integers() | st.text("ab,;\"'\n= ", min_size=1).map(lambda text: "'" + text),
        min_size=1,
    )
)
def test_csv_out_reads_back(tmp_path_factory: pytest.TempPathFactory, rows: dict[Any, Any]) -> None:
    document = SheetDocument("S", {cell: str(value) for cell, value in rows.items()})
    path = tmp_path_factory.mktemp("csv") / "S.csv"
    export = computed(document)
    write_csv(path, export.values)
    assert [cell[:3] for cell in computed(read_csv(path)).values] == [cell[:3] for cell in export.values]


def test_xlsx_out(tmp_path: Path) -> None:
    texts = {
        (1, 1): "name",
        (2, 1): "5",
        (2, 2): "=B1*2",
        (2, 3): "=[1.5, 2]",
        (3, 1): "2026-11-22",
        (3, 2): "true",
        (3, 3): "'=not a formula",
        (3, 4): "=1/0",
        (3, 5): "bell \a",
        (3, 6): "=10**20",
    }
    document = SheetDocument("Motion: a/b", texts)
    document.set_width(2, 145)
    path = tmp_path / "out.xlsx"
    write_xlsx(path, [computed(document), computed(SheetDocument("motion_ a_b"))])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Motion_ a_b", "motion_ a_b 2"]
    page = book.worksheets[0]
    assert [page[name].value for name in ("A1", "B1", "B2", "B3", "B4")] == ["name", 5, 10, 1.5, 2]
    assert page["C1"].value == datetime.datetime(2026, 11, 22)
    assert page["C2"].value is True
    assert (page["C3"].value, page["C3"].data_type) == ("=not a formula", "s")
    assert page["C4"].value == "ZeroDivisionError: division by zero"
    assert page["C5"].value == "bell "
    assert page["C6"].value == str(10**20)
    assert page["B2"].comment.text == "=B1*2"
    assert page["B1"].comment is None
    assert page.column_dimensions["B"].width == 20


def test_xlsx_in(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "My data"
    page["A1"] = 5
    page["A2"] = 2.5
    page["A3"] = "007"
    page["A4"] = datetime.datetime(2026, 11, 22)
    page["A5"] = datetime.datetime(2026, 11, 22, 7, 30)
    page["A6"] = True
    page["B1"] = "=SUM(A1:A2)^2"
    page["B2"] = '=IF(A1<>5,"say ""hi""",\'My data\'!$A$1)'
    page.column_dimensions["B"].width = 20
    book.create_sheet("Empty")
    path = tmp_path / "in.xlsx"
    book.save(path)
    first, second = read_xlsx(path)
    assert (first.name, second.name, second.texts) == ("My data", "Empty", {})
    assert named(first) == {
        "A1": "5",
        "A2": "2.5",
        "A3": "'007",
        "A4": "2026-11-22",
        "A5": "2026-11-22 07:30:00",
        "A6": "True",
        "B1": "=SUM(A1:A2)^2",
        "B2": '=IF(A1<>5,"say \\"hi\\"",\'My data\'!$A$1)',
    }
    assert first.widths == {2: 145}
    assert first.history.undo_label is None
    values = {(row, column): value for row, column, value, _ in computed(first).values}
    assert values[1, 2] == 56.25
    assert values[2, 2] == 5


@pytest.mark.parametrize("content", [b"", b"PK\3\4 not a zip", b"<html>"])
def test_xlsx_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=r"bad\.xlsx: is not a readable \.xlsx file"):
        read_xlsx(path)


def test_excel_formulas_in_our_words() -> None:
    assert translated('=_xlfn.STDEV.S(A1)&"a""b\\n"') == '=STDEV.S(A1)&"a\\"b\\\\n"'
