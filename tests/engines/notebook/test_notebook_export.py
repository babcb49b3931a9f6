"""Exports that need no network."""

from __future__ import annotations

import ast
import re

import pytest

from engines.notebook.cells import CellKind
from engines.notebook.document import NotebookDocument
from engines.notebook.export import PLOTLY, export_html, export_markdown, export_script
from engines.notebook.markdown import render_markdown

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>figure</title></svg>'


@pytest.fixture
def document() -> NotebookDocument:
    document = NotebookDocument("Story")
    document.insert(
        0,
        CellKind.MARKDOWN,
        "# Energy\n\n$E = mc^2$ and $\\oddcommand{x}$\n\n- [x] done\n\n```python\nx = 1\n```",
    )
    code = document.insert(1, CellKind.CODE, "%time\nx = !ls\nprint('hi')")
    plotly = {PLOTLY: {"data": []}, "text/html": '<script src="https://cdn.plot.ly/plotly.js"></script>'}
    document.set_outputs(
        code,
        [
            {"output_type": "stream", "name": "stdout", "text": "\x1b[31mhi\x1b[0m\n"},
            {"output_type": "display_data", "data": plotly, "metadata": {}},
            {"output_type": "display_data", "data": {"text/latex": "$x^2$"}, "metadata": {}},
        ],
        1,
    )
    document.insert(2, CellKind.RAW, "raw text")
    return document


def test_html_loads_nothing_from_elsewhere(document):
    text = export_html(document, lambda bundle: SVG).text
    loading = re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']([^\"']*)", text)
    assert [address for address in loading if not address.startswith("data:")] == []
    assert "import(" not in text
    assert not re.search(r"url\(\s*[\"']?https?:", text)


def test_html_shows_text_math_and_the_figure_as_a_picture(document):
    text = export_html(document, lambda bundle: SVG).text
    assert "Energy" in text and "hi" in text
    assert text.count("<math") >= 2
    assert "image/svg+xml" in text or "<title>figure" in text
    assert "ansi-red" in text


def test_html_without_a_renderer_still_works(document):
    assert "Energy" in export_html(document).text


def test_the_script_is_python_in_percent_format(document):
    text = export_script(document).text
    ast.parse(text)
    assert text.startswith("# %% [markdown]\n# # Energy\n#\n# $E = mc^2$")
    assert "get_ipython().getoutput('ls')" in text
    assert "# %% [raw]\n# raw text" in text


def test_markdown_brings_its_pictures_as_files(document):
    exported = export_markdown(document, lambda bundle: SVG)
    assert "# Energy" in exported.text
    assert list(exported.files.values()) == [SVG]
    assert next(iter(exported.files)) in exported.text


def test_markdown_hands_formulas_to_the_renderer():
    seen = []

    def math(tex: str, display: bool) -> str:
        seen.append((tex, display))
        return "MATH"

    source = "a $x$ b\n\n$$y$$\n\n\\begin{align}\nz\n\\end{align}\n\nnot \\$5 and \\$6, `$c$`"
    html = render_markdown(source, math)
    assert seen == [("x", False), ("y", True), ("\\begin{align}\nz\n\\end{align}", True)]
    assert html.count("MATH") == 3


def test_markdown_knows_tables_tasks_and_footnotes():
    html = render_markdown("|a|b|\n|-|-|\n|1|2|\n\n- [ ] todo\n\nnote[^1]\n\n[^1]: here", lambda *_: "")
    assert "<table>" in html and 'type="checkbox"' in html and "footnote" in html
