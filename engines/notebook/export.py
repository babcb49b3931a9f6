"""A notebook as a file for other people: HTML that needs no network, a Python script, markdown."""

from __future__ import annotations

import base64
import html
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import NotebookDocument
from engines.notebook.markdown import math_source, render_markdown

if TYPE_CHECKING:
    from nbformat import NotebookNode

PLOTLY = "application/vnd.plotly.v1+json"
Render = Callable[[Mapping[str, Any]], bytes | None]
"""A mime bundle with a Plotly figure to the bytes of an SVG or PNG picture; None when it cannot be drawn."""


@dataclass(frozen=True)
class Exported:
    """The text of the main file, and the files that must lie beside it (name to content)."""

    text: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def export_html(document: NotebookDocument, render: Render | None = None) -> Exported:
    """One HTML file with everything inside: pictures as data, math as MathML, no scripts from elsewhere."""
    from nbconvert import HTMLExporter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exporter = HTMLExporter(
            require_js_url="",
            jquery_url="",
            mathjax_url="",
            mermaid_js_url="",
            mermaid_layout_elk_js_url="",
            jupyter_widgets_base_url="",
            embed_images=True,
        )
        exporter.register_filter("markdown2html", _markdown_filter())
        node = _static_node(document, render)
        _latex_to_html(node)
        text, _ = exporter.from_notebook_node(node, resources={"metadata": {"name": document.name}})
    return Exported(_without_external(text))


def export_markdown(document: NotebookDocument, render: Render | None = None) -> Exported:
    """Markdown as GitHub shows it; pictures become files beside it."""
    from nbconvert import MarkdownExporter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text, resources = MarkdownExporter().from_notebook_node(_static_node(document, render))
    return Exported(text.strip() + "\n", resources.get("outputs", {}))


def export_script(document: NotebookDocument) -> Exported:
    """A Python script in percent format (``# %%``); magics become calls of ``get_ipython()``."""
    blocks = [_script_block(cell) for cell in document.cells]
    return Exported("\n\n".join(block for block in blocks if block) + "\n")


def _script_block(cell: Cell) -> str:
    source = cell.source.strip("\n")
    if not source:
        return ""
    if cell.kind is CellKind.CODE:
        return f"# %%\n{_plain_python(source)}"
    commented = "\n".join(f"# {line}".rstrip() for line in source.split("\n"))
    return f"# %% [{cell.kind.value}]\n{commented}"


def _plain_python(source: str) -> str:
    if re.search(r"^\s*[%!?]|[!?]\s*\w|\?\s*$|=\s*%", source, re.MULTILINE) is None:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return TransformerManager().transform_cell(source).rstrip("\n")
    except SyntaxError:
        return source


def _static_node(document: NotebookDocument, render: Render | None) -> NotebookNode:
    """The notebook as nbconvert takes it, with pictures in place of live figures."""
    import nbformat

    node = nbformat.reads(document.to_text(), as_version=4)
    for cell in node.cells:
        for output in cell.get("outputs", ()):
            if PLOTLY in output.get("data", {}):
                _make_static(output.data, render)
    return node


def _latex_to_html(node: NotebookNode) -> None:
    """Without MathJax, formulas in outputs need to be MathML too."""
    for cell in node.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/latex" in data and "text/html" not in data:
                data["text/html"] = render_markdown(data["text/latex"], _mathml)


def _make_static(bundle: dict[str, Any], render: Render | None) -> None:
    picture = render(bundle) if render is not None else None
    bundle.pop(PLOTLY)
    if picture is None:
        return
    bundle.pop("text/html", None)  # plotly.py's own, with its library from the network
    if picture.startswith(b"\x89PNG"):
        bundle["image/png"] = base64.b64encode(picture).decode()
    else:
        bundle["image/svg+xml"] = picture.decode()


def _markdown_filter() -> Callable[[Any, str], str]:
    from jinja2 import pass_context

    @pass_context
    def to_html(context: Any, source: str) -> str:
        text = render_markdown(source, _mathml, _pygments_html)
        attachments = context.get("cell", {}).get("attachments", {})
        return re.sub(r'src="attachment:([^"]+)"', lambda match: _embedded(match, attachments), text)

    return to_html


def _embedded(match: re.Match[str], attachments: Mapping[str, Mapping[str, Any]]) -> str:
    for mime, data in attachments.get(match.group(1), {}).items():
        if isinstance(data, str):
            return f'src="data:{mime};base64,{"".join(data.split())}"'
    return match.group()


def _mathml(tex: str, display: bool) -> str:
    from latex2mathml.converter import convert

    try:
        return convert(tex, display="block" if display else "inline")
    except Exception:  # the converter raises many kinds for TeX that it does not know
        return math_source(tex, display)


def _pygments_html(source: str, language: str, _attributes: object) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return highlight(source, get_lexer_by_name(language or "text"), HtmlFormatter(nowrap=True))
    except ClassNotFound:
        return html.escape(source)


_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)
_ELSEWHERE = re.compile(r"""\bsrc=["']?(?:https?:)?//|\bsrc=""|x-mathjax-config""", re.IGNORECASE)
_IMPORTS = re.compile(r"""\bimport\(\s*["'](?:["']|(?:https?:)?//)|\bfrom\s+["'](?:https?:)?//""")
_LINK = re.compile(r"""<link\b[^>]*\bhref=["']?(?:https?:)?//[^>]*>""", re.IGNORECASE)


def _without_external(text: str) -> str:
    """Drop the scripts and style sheets that would be loaded from elsewhere, and what only serves them."""

    def kept(script: re.Match[str]) -> str:
        elsewhere = _ELSEWHERE.search(script["attributes"]) or _IMPORTS.search(script["body"])
        return "" if elsewhere else script.group()

    return _LINK.sub("", _SCRIPT.sub(kept, text))
