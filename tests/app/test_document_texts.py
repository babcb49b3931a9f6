"""Whatever is typed into a document can be saved, read back and exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conductor import READERS
from app.export import export_notebook
from engines.notebook.document import NotebookDocument
from engines.plot.document import FigureDocument
from engines.sheet.csv_files import write_csv
from engines.sheet.document import SheetDocument
from engines.sheet.xlsx_files import SheetExport, read_xlsx, write_xlsx

ANY_TEXT = st.text(st.characters(), min_size=1)  # halves of surrogate pairs, too


def notebook(text: str) -> NotebookDocument:
    document = NotebookDocument("n")
    document.edit(document.cells[0].id, text)
    document.set_outputs(
        document.cells[0].id, [{"output_type": "stream", "name": "stdout", "text": text}], None
    )
    return document


MAKERS = {
    "notebook": notebook,
    "sheet": lambda text: SheetDocument("s", {(1, 1): text}),
    "figure": lambda text: FigureDocument("f", {"layout": {"title": text, text: [text]}}),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(text=ANY_TEXT)
def test_any_text_is_saved_and_read_back(make, text):
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # halves that meet join
    document = make(whole)
    file = document.to_text().encode()
    again = READERS[document.suffix](file.decode(), Path(f"{document.name}{document.suffix}"))
    assert again.to_text() == document.to_text()
    match again:
        case NotebookDocument():
            assert again.cells[0].source == again.cells[0].outputs[0]["text"] == whole
        case SheetDocument():
            assert again.text(1, 1) == whole
        case FigureDocument():
            assert again.figure == document.figure


@pytest.mark.parametrize("kind", [".html", ".md", ".py", ".ipynb"])
def test_a_notebook_with_half_a_surrogate_pair_is_exported(tmp_path, kind):
    export_notebook(notebook("x = 'a\ud800b é'"), tmp_path / f"out{kind}")
    assert "a\\ud800b é" in (tmp_path / f"out{kind}").read_text("utf-8").replace("&#39;", "'")


def test_a_sheet_with_half_a_surrogate_pair_is_exported(tmp_path):
    values = [[1, 1, "a\ud800b", "text"]]
    write_csv(tmp_path / "out.csv", values)
    assert (tmp_path / "out.csv").read_text("utf-8") == "a\\ud800b\n"
    write_xlsx(tmp_path / "out.xlsx", [SheetExport.of(SheetDocument("s"), values)])
    assert read_xlsx(tmp_path / "out.xlsx")[0].text(1, 1) == "ab"
