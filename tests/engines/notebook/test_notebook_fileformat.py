"""Reading and writing files, with nbformat as the referee."""

from __future__ import annotations

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import NotebookDocument
from engines.notebook.fileformat import NotebookContent, cells_from_text, cells_to_text
from engines.workspace.files import DocumentError

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
BUNDLES = st.dictionaries(
    st.sampled_from(["text/plain", "text/html", "image/png", "image/svg+xml"]), TEXTS, max_size=3
)
OUTPUTS = st.one_of(
    st.builds(
        lambda name, text: {"output_type": "stream", "name": name, "text": text},
        st.sampled_from(["stdout", "stderr"]),
        TEXTS,
    ),
    st.builds(
        lambda data, deep: {
            "output_type": "display_data",
            "data": {**data, "application/json": deep},
            "metadata": {},
        },
        BUNDLES,
        st.recursive(
            TEXTS | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner)
        ),
    ),
    st.builds(
        lambda data, count: {
            "output_type": "execute_result",
            "data": data,
            "metadata": {},
            "execution_count": count,
        },
        BUNDLES,
        st.integers(1, 99),
    ),
    st.builds(
        lambda name, lines: {"output_type": "error", "ename": name, "evalue": name, "traceback": lines},
        TEXTS,
        st.lists(TEXTS),
    ),
)
METADATA = st.dictionaries(TEXTS.filter(lambda key: key not in {"trusted", "name", "tags", "jupyter"}), TEXTS)


@st.composite
def contents(draw) -> NotebookContent:
    cells = []
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(CellKind))
        outputs, count, extra = (), None, {}
        if kind is CellKind.CODE:
            outputs, count = tuple(draw(st.lists(OUTPUTS, max_size=3))), draw(st.none() | st.integers(1, 99))
        elif draw(st.booleans()):
            extra = {"attachments": {"picture.png": {"image/png": draw(TEXTS)}}}
        cells.append(Cell(f"id-{number}", kind, draw(TEXTS), outputs, count, draw(METADATA), extra))
    return NotebookContent(tuple(cells), {"custom": draw(METADATA)})


@settings(max_examples=100, deadline=None)
@given(contents())
def test_what_is_written_is_valid_and_byte_for_byte_what_nbformat_writes(content):
    text = NotebookDocument("Test", content).to_text()
    node = nbformat.reads(text, as_version=4)
    nbformat.validate(node)
    assert v4.writes(node) + "\n" == text


@settings(max_examples=100, deadline=None)
@given(contents())
def test_what_was_written_is_read_back(content):
    text = NotebookDocument("Test", content).to_text()
    again = NotebookDocument.from_text(text, "Test")
    assert again.cells == content.cells
    assert again.to_text() == text


def test_a_notebook_of_nbformat_is_read():
    node = v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "our": {"own": 1}},
        cells=[
            v4.new_markdown_cell("# Title\ntext", attachments={"a.png": {"image/png": "AAAA"}}),
            v4.new_code_cell(
                "x = 1\nx",
                execution_count=2,
                outputs=[
                    v4.new_output("stream", text="a\nb\n"),
                    v4.new_output("execute_result", {"text/plain": "1"}, execution_count=2),
                ],
                metadata={"tags": ["keep"]},
            ),
            v4.new_raw_cell("raw"),
        ],
    )
    document = NotebookDocument.from_text(nbformat.writes(node), "n")
    markdown, code, raw = document.cells
    assert markdown.attachments == {"a.png": {"image/png": "AAAA"}}
    assert code.outputs[0] == {"output_type": "stream", "name": "stdout", "text": "a\nb\n"}
    assert code.metadata == {"tags": ["keep"]}
    assert (code.source, code.execution_count, raw.source) == ("x = 1\nx", 2, "raw")
    assert document.to_text() == nbformat.writes(node) + "\n"


def test_format_3_is_upgraded_with_headings_and_prompts():
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": ["Results"], "metadata": {}},
                    {
                        "cell_type": "code",
                        "input": ["6*7"],
                        "language": "python",
                        "prompt_number": 5,
                        "collapsed": False,
                        "metadata": {},
                        "outputs": [
                            {"output_type": "pyout", "prompt_number": 5, "text": ["42"], "metadata": {}}
                        ],
                    },
                ],
            }
        ],
    }
    heading, code = NotebookDocument.from_text(json.dumps(old), "old").cells
    assert (heading.kind, heading.source) == (CellKind.MARKDOWN, "## Results")
    assert (code.source, code.execution_count) == ("6*7", 5)
    assert code.outputs[0]["data"] == {"text/plain": "42"}


def test_cells_without_ids_get_the_same_ids_at_every_reading():
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": [], "execution_count": None}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [cell, cell]})
    first, second = NotebookDocument.from_text(text, "a"), NotebookDocument.from_text(text, "b")
    assert first.cells == second.cells
    assert len({cell.id for cell in first.cells}) == 2
    nbformat.validate(nbformat.reads(first.to_text(), as_version=4))


def test_a_newer_minor_format_keeps_what_it_added():
    cell = {"cell_type": "raw", "source": "", "metadata": {}, "id": "a", "mood": "sunny"}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 99, "metadata": {}, "cells": [cell]})
    written = json.loads(NotebookDocument.from_text(text, "a").to_text())
    assert (written["nbformat_minor"], written["cells"][0]["mood"]) == (99, "sunny")


def test_missing_metadata_is_no_obstacle():
    text = '{"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "code", "source": ["1"]}]}'
    document = NotebookDocument.from_text(text, "a")
    assert document.cells[0].source == "1"
    nbformat.validate(nbformat.reads(document.to_text(), as_version=4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"nbformat": 4,\n "cells": [}', "broken.ipynb, line 2: not valid JSON"),
        ("", "the file is empty"),
        ("[1, 2]", "not a notebook"),
        ('{"nbformat": 9}', "newer than 4"),
        ('{"nbformat": 4}', "no list of 'cells'"),
        ('{"nbformat": 3, "worksheets": 7}', "could not be converted"),
        (
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source": ""}, {"cell_type": "cod"}]}',
            "cell 2: unknown",
        ),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "cell 1: 'source'"),
        (
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source":"","outputs": [{"output_type": 1}]}]}',
            "cell 1: output 1 is of no known type",
        ),
        ("[" * 100_000, "broken.ipynb"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(text, message):
    with pytest.raises(DocumentError, match=r"broken\.ipynb") as caught:
        NotebookDocument.from_text(text, "broken", "broken.ipynb")
    assert message in str(caught.value)


@given(contents())
def test_cells_travel_through_the_clipboard(content):
    assert cells_from_text(cells_to_text(content.cells)) == content.cells


def test_a_clipboard_with_something_else_says_so():
    with pytest.raises(DocumentError, match="clipboard"):
        cells_from_text('{"a": 1}')


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
MIMES = st.sampled_from(["text/plain", "text/html", "image/png", "application/json"])
ODD_OUTPUTS = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "display_data", "execute_result", "error"])},
    optional={
        "text": ODD,
        "name": ODD,
        "data": ODD | st.dictionaries(MIMES, ODD, max_size=2),
        "metadata": ODD,
        "execution_count": ODD,
        "ename": ODD,
        "evalue": ODD,
        "traceback": ODD,
    },
)


def is_well_formed(output) -> bool:
    """What the views rely on."""
    match output["output_type"]:
        case "stream":
            return isinstance(output["text"], str) and isinstance(output["name"], str)
        case "error":
            texts = [output["ename"], output["evalue"], *output["traceback"]]
            return all(isinstance(text, str) for text in texts)
    texts = [value for mime, value in output["data"].items() if mime != "application/json"]
    return isinstance(output["metadata"], dict) and all(isinstance(text, str) for text in texts)


@given(
    st.lists(ODD_OUTPUTS, max_size=3), ODD | st.dictionaries(TEXTS, ODD | st.dictionaries(MIMES, ODD)), ODD
)
def test_odd_outputs_and_attachments_are_made_well_formed_or_named(outputs, attachments, jupyter):
    code = {"cell_type": "code", "source": "", "outputs": outputs, "metadata": {"jupyter": jupyter}}
    markdown = {"cell_type": "markdown", "source": "", "attachments": attachments, "metadata": {}}
    text = json.dumps({"cells": [code, markdown], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    try:
        document = NotebookDocument.from_text(text, "n")
    except DocumentError as error:
        assert "cell 1: output" in str(error)
        return
    assert all(is_well_formed(output) for output in document.cells[0].outputs)
    assert isinstance(document.cells[0].outputs_hidden, bool)
    document.set_outputs_hidden(document.cells[0].id, hidden=True)
    bundles = document.cells[1].attachments.values()
    assert all(
        isinstance(data, str) for bundle in bundles for mime, data in bundle.items() if "json" not in mime
    )
    assert NotebookDocument.from_text(document.to_text(), "n").cells == document.cells


def test_what_should_be_text_becomes_its_json():
    outputs = [
        {"output_type": "display_data", "data": {"text/html": 5}, "metadata": []},
        {"output_type": "error", "ename": "E", "evalue": None, "traceback": [1, None]},
    ]
    cell = {"cell_type": "code", "source": "", "outputs": outputs, "metadata": {}}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    display, error = NotebookDocument.from_text(text, "n").cells[0].outputs
    assert (display["data"], display["metadata"]) == ({"text/html": "5"}, {})
    assert (error["evalue"], error["traceback"]) == ("null", ["1", "null"])
