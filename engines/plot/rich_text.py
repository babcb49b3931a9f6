"""Plotly's texts hold a little HTML; here it becomes plain lines."""

from __future__ import annotations

import functools
import html
import re

from engines.plot.number_format import superscript

_BREAK = re.compile(r"<br\s*/?>|\n", re.IGNORECASE)
_RAISED = re.compile(r"<sup>\s*([-+\u2212]?\d+)\s*</sup>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@functools.lru_cache(maxsize=2048)
def plain_lines(text: str) -> tuple[str, ...]:
    """The lines of a text without its tags; raised digits stay raised: ``m/s<sup>2</sup>`` is ``m/s²``."""
    text = _RAISED.sub(lambda match: superscript_text(match[1]), text)
    return tuple(html.unescape(_TAG.sub("", line)) for line in _BREAK.split(text))


def superscript_text(digits: str) -> str:
    return superscript(int(digits.replace("\u2212", "-")))
