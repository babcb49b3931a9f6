"""Formulas: Python expressions with A1 references, compiled once per relative form.

``=A1*2`` in B1 and ``=A2*2`` in B2 are one *template*: references are written relative to the cell (R1C1) in
its key, and its code reads them by their number, ``__cell__[0]``, from whatever cell it is called for.
"""

from __future__ import annotations

import ast
import dis
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple

from engines.sheet.functions import FUNCTION_NAMES, VOLATILE
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Corner, Rect, Reference
from engines.sheet.tokens import Token, tokenize
from engines.sheet.translation import CELL_ARGUMENT, FormulaError, Translation, translate

FILENAME = "<formula>"
_LAZY = {"IFERROR", "ISERROR"}
_ADDRESS_ONLY = {"ROW", "COLUMN"}


class RelativeReference(NamedTuple):
    """A reference as its formula's cell sees it: offsets, or absolute numbers where ``fixed`` says so."""

    sheet: str | None
    first: tuple[int, bool, int, bool]
    last: tuple[int, bool, int, bool]
    single: bool

    def rect(self, cell: Cell) -> Rect:
        left, top = _place(self.first, cell)
        if self.single:
            return Rect(left, top, left, top)
        right, bottom = _place(self.last, cell)
        return Rect(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


@dataclass(frozen=True, slots=True)
class Template:
    """One relative formula: its code, a ``lambda __cell__: ...``, and what it reads."""

    key: str
    code: CodeType | None
    references: tuple[RelativeReference, ...]
    read: tuple[int, ...]
    """Which references' values are read; ``ROW(A3)`` reads none."""
    names: frozenset[str]
    """Workspace names read (or builtins: whatever no formula function hides)."""
    error: str | None = None


class Read(NamedTuple):
    """Cells that a formula reads; ``sheet`` is None for the formula's own sheet."""

    sheet: str | None
    rect: Rect


@dataclass(frozen=True, slots=True)
class Formula:
    """A template at a cell."""

    template: Template
    cell: Cell

    @property
    def code(self) -> CodeType | None:
        return self.template.code

    @property
    def names(self) -> frozenset[str]:
        return self.template.names

    @property
    def error(self) -> str | None:
        return self.template.error

    @property
    def reads(self) -> list[Read]:
        found = self.template.references
        return [Read(found[index].sheet, found[index].rect(self.cell)) for index in self.template.read]


def is_formula(text: str) -> bool:
    return len(text) > 1 and text[0] == "="


def analyse(text: str, cell: Cell, templates: dict[str, Template] | None = None) -> Formula:
    """The formula ``text`` (with its ``=``) at ``cell``; never raises, a wrong formula has an ``error``.

    ``templates`` keeps what was compiled, for the next cell with an equal relative formula.
    """
    tokens = tokenize(text[1:])
    key = template_key(tokens, cell)
    known = templates.get(key) if templates is not None else None
    if known is not None:
        return Formula(known, cell)
    template = _compile(key, tokens, cell)
    if templates is not None and template.error is None:
        templates[key] = template
    return Formula(template, cell)


def template_key(tokens: Sequence[Token], cell: Cell) -> str:
    parts = []
    for token in tokens:
        if token.reference is not None:
            parts.append(f"[{_relative_text(token.reference, cell)}]")
        elif token.kind == "space":
            parts.append(" ")
        elif token.kind != "comment":
            parts.append(token.text)
    return "\0".join(parts)


def _relative_text(reference: Reference, cell: Cell) -> str:
    sheet = "" if reference.sheet is None else reference.sheet.casefold()
    last = "" if reference.last is None else _corner_text(reference.last, cell)
    return f"{sheet}!{_corner_text(reference.first, cell)}:{last}"


def _corner_text(corner: Corner, cell: Cell) -> str:
    column, column_fixed, row, row_fixed = _relative(corner, cell, (0, 0))
    return f"{'C' if column_fixed else 'c'}{column}{'R' if row_fixed else 'r'}{row}"


def _relative(corner: Corner, cell: Cell, whole: tuple[int, int]) -> tuple[int, bool, int, bool]:
    """A corner as offsets from the cell; ``whole`` stands for what ``B:B`` and ``3:3`` leave out."""
    column, column_fixed, row, row_fixed = corner.column, corner.column_fixed, corner.row, corner.row_fixed
    if column is None:
        column, column_fixed = whole[0], True
    if row is None:
        row, row_fixed = whole[1], True
    return (
        column if column_fixed else column - cell[0],
        column_fixed,
        row if row_fixed else row - cell[1],
        row_fixed,
    )


def relative_reference(reference: Reference, cell: Cell) -> RelativeReference:
    first = _relative(reference.first, cell, (1, 1))
    last = _relative(reference.last, cell, (MAX_COLUMN, MAX_ROW)) if reference.last else first
    return RelativeReference(reference.sheet, first, last, reference.single)


def _place(corner: tuple[int, bool, int, bool], cell: Cell) -> Cell:
    column, column_fixed, row, row_fixed = corner
    return (column if column_fixed else column + cell[0]), (row if row_fixed else row + cell[1])


def _compile(key: str, tokens: Sequence[Token], cell: Cell) -> Template:
    references = [token.reference for token in tokens if token.reference is not None]
    relative = tuple(relative_reference(reference, cell) for reference in references)
    try:
        translation = translate(tokens)
        tree, unread = _tree(translation)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(tree, FILENAME, "eval")
    except FormulaError as error:
        return Template(key, None, relative, (), frozenset(), str(error))
    function = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    read = tuple(index for index in range(len(relative)) if index not in unread)
    return Template(key, function, relative, read, _names(function))


def _tree(translation: Translation) -> tuple[ast.Expression, set[int]]:
    """The formula as ``lambda __cell__: ...``, and the references whose values it does not read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(translation.source, FILENAME, "eval").body
    except SyntaxError as error:
        raise translation.explain(error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(1, str(error) or "the formula is nested too deeply") from None
    meanings = _Meanings()
    argument = ast.arguments([], [ast.arg(CELL_ARGUMENT)], None, [], [], None, [])
    try:
        tree = ast.Expression(ast.Lambda(argument, meanings.visit(body)))
        return ast.fix_missing_locations(tree), meanings.unread
    except RecursionError:
        raise FormulaError(1, "the formula is nested too deeply") from None


class _Meanings(ast.NodeTransformer):
    """IF and IFERROR compute only what is asked for; ROW and COLUMN want a place, not a value."""

    def __init__(self) -> None:
        self.unread: set[int] = set()

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id.upper() if isinstance(node.func, ast.Name) else ""
        if name == "IF" and len(node.args) in (2, 3) and not node.keywords:
            otherwise = node.args[2] if len(node.args) == 3 else ast.Constant(False)
            return ast.IfExp(node.args[0], node.args[1], otherwise)
        if name in _LAZY:
            node.args = [ast.Lambda(_no_arguments(), argument) for argument in node.args]
        if name in _ADDRESS_ONLY:
            self._address(node)
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        raise FormulaError(1, "a formula cannot yield")

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.AST:
        raise FormulaError(1, "a formula cannot yield")

    def visit_Await(self, node: ast.Await) -> ast.AST:
        raise FormulaError(1, "a formula cannot await")

    def _address(self, node: ast.Call) -> None:
        if not node.args:
            node.args = [ast.Call(_attribute("own"), [], [])]
            return
        first = node.args[0]
        if isinstance(first, ast.Subscript) and isinstance(first.value, ast.Name):
            index = first.slice
            own = first.value.id == CELL_ARGUMENT
            if own and isinstance(index, ast.Constant) and isinstance(index.value, int):
                self.unread.add(index.value)
                node.args[0] = ast.Call(_attribute("place"), [index], [])


def _attribute(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name(CELL_ARGUMENT, ast.Load()), name, ast.Load())


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


def _names(code: CodeType) -> frozenset[str]:
    """Global names that the code and the functions in it read, without the sheet functions.

    NOW and TODAY stay: like workspace names they change without any cell changing.
    """
    names: set[str] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending += [constant for constant in current.co_consts if isinstance(constant, CodeType)]
        for step in dis.get_instructions(current):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                names.add(step.argval)
    return frozenset(names - (FUNCTION_NAMES - VOLATILE))
