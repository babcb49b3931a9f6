"""Formula text as tokens, with its references found.

The language is Python's expressions plus A1 references, so a colon has two meanings. Directly inside a
subscript, before a dict's value and after ``lambda`` it is Python's; elsewhere ``A1:B3``, ``B:B`` and ``3:3``
written without spaces are references.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from engines.sheet.references import Reference, match_area, match_cell, sheet_of_prefix

LOST_REFERENCE = "#REF!"
"""What a reference becomes when copying takes it off the grid."""

OPENING = {"(": ")", "[": "]", "{": "}"}
_CONSTANTS = {"True", "False", "None"}
KEYWORDS = frozenset(keyword.kwlist) - _CONSTANTS

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<lost>\#REF!)
    | (?P<comment>\#[^\n]*)
    | (?P<sheet>(?:'(?:[^'\n]|'')+'|[^\W\d]\w*)!(?!=))
    | (?P<string>(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?
        (?:'{3}(?:\\.|[^\\])*?'{3}|"{3}(?:\\.|[^\\])*?"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9][0-9_]*)?[jJ]?)
    | (?P<name>[^\W\d]\w*)
    | (?P<op>\*\*|//|<<|>>|<>|<=|>=|==|!=|:=|\.\.\.|[-+*/%@&|^~<>()\[\]{},:.=])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """``kind``: space, comment, string, number, name, op, other, lost or reference. ``start`` is from 0."""

    kind: str
    text: str
    start: int
    reference: Reference | None = None

    @property
    def blank(self) -> bool:
        return self.kind in ("space", "comment")

    @property
    def ends_operand(self) -> bool:
        if self.kind in ("number", "string", "reference", "lost"):
            return True
        return self.text not in KEYWORDS if self.kind == "name" else self.text in (")", "]", "}", "...")

    @property
    def starts_operand(self) -> bool:
        if self.kind in ("number", "string", "reference", "lost"):
            return True
        return self.text not in KEYWORDS if self.kind == "name" else self.text in ("(", "[", "{", "~", "...")


@lru_cache(maxsize=4096)
def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a formula (without its ``=``); joined, their texts are the formula again."""
    raw = [_token(match) for match in _TOKEN.finditer(text)]
    return tuple(_with_references(text, raw, _bound_names(raw)))


def _token(match: re.Match[str]) -> Token:
    return Token(match.lastgroup or "other", match[0], match.start())


@dataclass
class _Level:
    """What a colon means between two brackets, so far."""

    kind: str  # "group", "subscript" or "brace"
    lambdas: int = 0
    value_follows: bool = False

    @property
    def colon_is_pythons(self) -> bool:
        return (
            self.lambdas > 0 or self.kind == "subscript" or (self.kind == "brace" and not self.value_follows)
        )

    def pass_by(self, token: Token) -> None:
        if token.text == "lambda":
            self.lambdas += 1
        elif token.text == ",":
            self.value_follows = False
        elif token.text == ":" and self.lambdas:
            self.lambdas -= 1
        elif token.text == ":":
            self.value_follows = True


def _with_references(text: str, raw: Sequence[Token], bound: frozenset[str]) -> Iterator[Token]:
    levels = [_Level("group")]
    before: Token | None = None
    done = 0
    for raw_token in raw:
        if raw_token.start < done:
            continue
        token = _reference_at(text, raw_token, before, levels[-1], bound) or raw_token
        if token.kind == "sheet":
            token = token._replace(kind="other")  # a sheet's name with no reference after it
        done = token.start + len(token.text)
        yield token
        if token.kind in ("op", "name"):
            _follow_brackets(levels, token, before)
        if not token.blank:
            before = token


def _follow_brackets(levels: list[_Level], token: Token, before: Token | None) -> None:
    if token.text == "[" and before is not None and before.ends_operand:
        levels.append(_Level("subscript"))
    elif token.text in OPENING:
        levels.append(_Level("brace" if token.text == "{" else "group"))
    elif token.text in (")", "]", "}"):
        if len(levels) > 1:
            levels.pop()
    else:
        levels[-1].pass_by(token)


def _reference_at(
    text: str, token: Token, before: Token | None, level: _Level, bound: frozenset[str]
) -> Token | None:
    start, sheet = token.start, None
    if token.kind == "sheet":
        sheet = sheet_of_prefix(token.text)
        start += len(token.text)
    elif token.kind not in ("name", "number") and token.text != "$":
        return None
    if (before is not None and before.text == ".") or token.text in bound or token.text in KEYWORDS:
        return None
    free = sheet is not None or token.text == "$" or not level.colon_is_pythons
    found = (match_area(text, start) if free else None) or match_cell(text, start)
    if found is None:
        return None
    reference, end = found
    if sheet is None and reference.single and text[end : end + 1] == "(":
        return None  # LOG10(2): a function, as in every spreadsheet
    return Token("reference", text[token.start : end], token.start, replace(reference, sheet=sheet))


def _bound_names(raw: Sequence[Token]) -> frozenset[str]:
    """Names that the formula itself binds (lambda, comprehension, walrus): never references."""
    tokens = [token for token in raw if not token.blank]
    bound: set[str] = set()
    for index, token in enumerate(tokens):
        if token.text == "lambda" and token.kind == "name":
            bound.update(_parameters(tokens, index + 1))
        elif token.text == "for" and token.kind == "name":
            bound.update(_targets(tokens, index + 1))
        elif token.text == ":=" and index:
            bound.add(tokens[index - 1].text)
    return frozenset(bound)


def _parameters(tokens: Sequence[Token], start: int) -> Iterator[str]:
    depth = 0
    for index in range(start, len(tokens)):
        token, before = tokens[index], tokens[index - 1]
        if token.text == ":" and depth == 0:
            return
        depth += (token.text in OPENING) - (token.text in (")", "]", "}"))
        if token.kind == "name" and depth == 0 and before.text in ("lambda", ",", "*", "**"):
            yield token.text


def _targets(tokens: Sequence[Token], start: int) -> Iterator[str]:
    for token in tokens[start:]:
        if token.text == "in":
            return
        if token.kind == "name":
            yield token.text
