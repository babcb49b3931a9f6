"""Formula tokens as Python source: ``^``, ``<>``, ``=``, ``10%`` and references in Python's words."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from engines.sheet.functions import FUNCTION_NAMES
from engines.sheet.tokens import OPENING, Token

CELL_ARGUMENT = "__cell__"
_OPERATORS = {"^": "**", "<>": "!="}
_FUNCTION_WORDS = {"if", "and", "or"}
"""Python keywords that are also spreadsheet functions: ``if(A1, 1, 2)``, ``and(A1, B1)``."""


class FormulaError(Exception):
    """A formula that cannot be read. ``position`` counts characters from 1, the ``=`` included."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"Error in formula at position {position}: {problem}")


@dataclass(frozen=True)
class Translation:
    """Python source, and for each piece of it where it came from in the formula."""

    source: str
    starts: tuple[int, ...]
    tokens: tuple[Token, ...]

    def explain(self, error: SyntaxError) -> FormulaError:
        """Python's syntax error at its place in the formula."""
        lines = self.source.split("\n")
        offset = sum(len(line) + 1 for line in lines[: (error.lineno or 1) - 1]) + (error.offset or 1) - 1
        if offset >= len(self.source) - 2:
            end = self.tokens[-1].start + len(self.tokens[-1].text) if self.tokens else 0
            return FormulaError(end + 2, "unexpected end of formula")
        index = max((i for i, start in enumerate(self.starts) if start <= offset), default=0)
        token = self.tokens[index]
        if error.msg.startswith("invalid syntax"):
            return unexpected(token)
        return FormulaError(token.start + 2, error.msg)


def unexpected(token: Token) -> FormulaError:
    if token.text in ("'", '"'):
        return FormulaError(token.start + 2, f"the text beginning here has no closing {token.text}")
    return FormulaError(token.start + 2, f"unexpected {token.text!r}")


@dataclass
class _Bracket:
    opening: Token
    callee: str | None
    """What is called: a name, or '' for another operand; None where the bracket is no call."""
    lambdas: int = 0


class _Translator:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.pieces: list[str] = []
        self.brackets = [_Bracket(Token("op", "", -1), None)]
        self.significant: list[int] = []  # indices of the tokens so far that are not blank
        self.references = 0
        self.percents: set[int] = set()

    def run(self) -> list[str]:
        for index, token in enumerate(self.tokens):
            self.pieces.append(self._piece(index, token))
            if not token.blank:
                self.significant.append(index)
        if len(self.brackets) > 1:
            opening = self.brackets[-1].opening
            raise FormulaError(opening.start + 2, f"{opening.text!r} is never closed")
        return self.pieces

    def _piece(self, index: int, token: Token) -> str:
        if token.blank:
            return token.text
        before = self._before()
        if before is not None and self._ends_operand(self.significant[-1]) and token.starts_operand:
            self._check_neighbours(before, token)
        if token.kind == "reference":
            self.references += 1
            return f"{CELL_ARGUMENT}[{self.references - 1}]"
        if token.kind == "lost":
            return f"{CELL_ARGUMENT}.lost()"
        if token.kind == "name":
            return self._name(index, token)
        if token.kind == "op":
            return self._operator(index, token)
        if token.kind == "other":
            raise unexpected(token)
        return token.text

    def _check_neighbours(self, before: Token, token: Token) -> None:
        """Two operands side by side; a call, a subscript and two strings may be."""
        both_strings = before.kind == token.kind == "string"
        if token.text not in ("(", "[") and not both_strings:
            raise unexpected(token)

    def _name(self, index: int, token: Token) -> str:
        if token.text == "lambda":
            self.brackets[-1].lambdas += 1
        at_operand = not self.significant or not self._ends_operand(self.significant[-1])
        if token.text.lower() in _FUNCTION_WORDS and at_operand and self._next_text(index) == "(":
            return token.text.upper()
        return token.text

    def _operator(self, index: int, token: Token) -> str:
        if token.text in OPENING:
            self.brackets.append(_Bracket(token, self._callee(token)))
        elif token.text in (")", "]", "}"):
            self._close(token)
        elif token.text == ":" and self.brackets[-1].lambdas:
            self.brackets[-1].lambdas -= 1
        elif token.text == "=":
            return "=" if self._names_argument() else "=="
        elif token.text == "%" and self._is_percent(index):
            return self._percent(index)
        return _OPERATORS.get(token.text, token.text)

    def _callee(self, opening: Token) -> str | None:
        before = self._before()
        if opening.text != "(" or before is None or not self._ends_operand(self.significant[-1]):
            return None
        return before.text if before.kind == "name" else ""

    def _close(self, token: Token) -> None:
        if OPENING.get(self.brackets[-1].opening.text) != token.text:
            raise unexpected(token)
        self.brackets.pop()

    def _names_argument(self) -> bool:
        """Whether ``=`` belongs to a keyword argument or a lambda's default; else it compares."""
        bracket = self.brackets[-1]
        if bracket.lambdas:
            return True
        if len(self.significant) < 2:
            return False
        name, start = self.tokens[self.significant[-1]], self.tokens[self.significant[-2]]
        if name.kind != "name" or not name.ends_operand or start.text not in ("(", ","):
            return False
        return bracket.callee is not None and not _takes_no_keywords(bracket.callee)

    def _is_percent(self, index: int) -> bool:
        """``10%`` unless an operand follows; ``10 %-3`` and ``10%-3`` differ as a reader would say."""
        if not self.significant or not self._ends_operand(self.significant[-1]):
            return False
        following = self._next(index)
        if following is None:
            return True
        if following.text in ("+", "-"):
            return self.significant[-1] == index - 1
        return not (following.starts_operand or following.text in ("not", "lambda"))

    def _percent(self, index: int) -> str:
        self.percents.add(index)
        start = self._operand_start(len(self.significant) - 1)
        self.pieces[start] = "(" + self.pieces[start]
        return "/100)"

    def _operand_start(self, position: int) -> int:
        """Index of the token that the operand ending at ``significant[position]`` begins with."""
        while True:
            index = self.significant[position]
            if index in self.percents:
                position -= 1
                continue
            token = self.tokens[index]
            if token.text in (")", "]", "}"):
                position = self._opening(position)
            before = self.significant[position - 1] if position else None
            if before is None:
                return self.significant[position]
            if self.tokens[before].text == ".":
                position -= 2
            elif token.text in (")", "]") and self._ends_operand(before):
                position -= 1
            else:
                return self.significant[position]

    def _opening(self, position: int) -> int:
        depth = 0
        while True:
            text = self.tokens[self.significant[position]].text
            depth += (text in (")", "]", "}")) - (text in OPENING)
            if depth == 0:
                return position
            position -= 1

    def _ends_operand(self, index: int) -> bool:
        return index in self.percents or self.tokens[index].ends_operand

    def _before(self) -> Token | None:
        return self.tokens[self.significant[-1]] if self.significant else None

    def _next(self, index: int) -> Token | None:
        return next((token for token in self.tokens[index + 1 :] if not token.blank), None)

    def _next_text(self, index: int) -> str | None:
        following = self._next(index)
        return following.text if following else None


def translate(tokens: Sequence[Token]) -> Translation:
    """Python source for an expression in brackets, so that it may run over several lines.

    Raises:
        FormulaError: brackets, quotes or operands that no reading makes sense of.
    """
    if all(token.blank for token in tokens):
        raise FormulaError(2, "unexpected end of formula")
    pieces = _Translator(tokens).run()
    starts, offset = [], 1
    for piece in pieces:
        starts.append(offset)
        offset += len(piece)
    return Translation("(" + "".join(pieces) + "\n)", tuple(starts), tuple(tokens))


def _takes_no_keywords(callee: str) -> bool:
    """Sheet functions take none, so ``IF(gain=2, ...)`` compares; Python's ``max(..., key=f)`` stays."""
    return callee.upper() in FUNCTION_NAMES and (callee in FUNCTION_NAMES or not hasattr(builtins, callee))
