"""Markdown to HTML: CommonMark with tables, strikethrough, task lists, footnotes and TeX math."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MathRenderer = Callable[[str, bool], str]
"""TeX source and whether it stands on a line of its own, to HTML."""
CodeRenderer = Callable[[str, str, object], str]
"""Source, language and (unused) attributes, to HTML or an empty text."""


def render_markdown(source: str, math: MathRenderer, code: CodeRenderer | None = None) -> str:
    """HTML of a markdown text; ``math`` makes its formulas, ``code`` colours its code blocks."""
    parser = _parser()
    environment = {"math": math, "code": code}
    return parser.render(source, environment)


def math_source(tex: str, display: bool) -> str:
    """The formula as it was typed, for a renderer that cannot draw it."""
    sign = "$$" if display else "$"
    return f"<code>{html.escape(f'{sign}{tex}{sign}')}</code>"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.tasklists import tasklists_plugin

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)
    parser.use(footnote_plugin).use(tasklists_plugin)
    for rule, display in (
        ("math_inline", False),
        ("math_inline_double", True),
        ("math_block", True),
        ("math_block_label", True),
        ("amsmath", True),
    ):
        parser.add_render_rule(rule, _math_rule(display))
    parser.add_render_rule("fence", _fence_rule)
    return parser


def _math_rule(display: bool) -> Callable[..., str]:
    def render(_self: object, tokens: list, index: int, _options: object, env: Mapping) -> str:
        formula = env["math"](tokens[index].content.strip(), display)
        return f'<p align="center">{formula}</p>\n' if display and tokens[index].block else formula

    return render


def _fence_rule(_self: object, tokens: list, index: int, _options: object, env: Mapping) -> str:
    token = tokens[index]
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    coloured = env["code"](token.content, language, None) if env.get("code") is not None else ""
    return f'<div class="highlight"><pre>{coloured or html.escape(token.content)}</pre></div>\n'
