"""Formulas as they read after copying them, or after moving the cells that they point at."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from engines.sheet.formula import is_formula
from engines.sheet.references import Rect, Reference
from engines.sheet.tokens import LOST_REFERENCE, Token, tokenize


def shifted(text: str, columns: int, rows: int) -> str:
    """The text of a cell copied that far: relative references follow, ``$`` ones stay.

    A reference that leaves the grid becomes ``#REF!``. What is no formula is unchanged.
    """
    if not is_formula(text) or not (columns or rows):
        return text
    return "=" + "".join(_shifted(token, columns, rows) for token in tokenize(text[1:]))


def _shifted(token: Token, columns: int, rows: int) -> str:
    if token.reference is None:
        return token.text
    return _rendered(token, token.reference.shifted(columns, rows))


def following_move(text: str, sheet: str, block_sheet: str, block: Rect, columns: int, rows: int) -> str:
    """The text of a formula on ``sheet`` after the cells of ``block`` moved.

    References wholly inside the block follow, ``$`` or not; those partly inside stay.
    """
    if not is_formula(text):
        return text
    parts = []
    for token in tokenize(text[1:]):
        reference = token.reference
        if reference is not None and _points_into(reference, sheet, block_sheet, block):
            parts.append(_rendered(token, reference.moved(columns, rows)))
        else:
            parts.append(token.text)
    return "=" + "".join(parts)


def _points_into(reference: Reference, sheet: str, block_sheet: str, block: Rect) -> bool:
    target = sheet if reference.sheet is None else reference.sheet
    return target.casefold() == block_sheet.casefold() and block.encloses(reference.rect)


def _rendered(token: Token, reference: Reference) -> str:
    """As typed where it is the same, so that ``a1`` stays ``a1``."""
    if reference == token.reference:
        return token.text
    return str(reference) if reference.valid else LOST_REFERENCE


class ReferenceSpan(NamedTuple):
    """A reference in the text being edited: where it stands and which of the different ones it is."""

    start: int
    length: int
    reference: Reference
    number: int


def reference_spans(text: str) -> list[ReferenceSpan]:
    """The references of a formula, numbered so that equal ones share a number (and a colour)."""
    if not is_formula(text):
        return []
    numbers: dict[tuple[str, Rect], int] = {}
    spans = []
    for token in tokenize(text[1:]):
        reference = token.reference
        if reference is not None:
            key = ((reference.sheet or "").casefold(), reference.rect)
            number = numbers.setdefault(key, len(numbers))
            spans.append(ReferenceSpan(token.start + 1, len(token.text), reference, number))
    return spans


def cycled(text: str, position: int) -> tuple[str, int]:
    """F4: the reference at the cursor goes A1, $A$1, A$1, $A1 and round again; text and cursor afterwards.

    ``position`` counts the characters before the cursor, the ``=`` included.
    """
    if not is_formula(text):
        return text, position
    for token in tokenize(text[1:]):
        start, end = token.start + 1, token.start + 1 + len(token.text)
        if token.reference is not None and start <= position <= end:
            new = str(_next_fixing(token.reference))
            return text[:start] + new + text[end:], start + len(new)
    return text, position


_FIXINGS = [(False, False), (True, True), (False, True), (True, False)]


def _next_fixing(reference: Reference) -> Reference:
    first = reference.first
    turn = (_FIXINGS.index((first.column_fixed, first.row_fixed)) + 1) % 4
    if first.column is None or first.row is None:  # whole columns and rows have one sign only
        fixed = not (first.column_fixed or first.row_fixed)
        column_fixed, row_fixed = fixed and first.column is not None, fixed and first.row is not None
    else:
        column_fixed, row_fixed = _FIXINGS[turn]
    first = replace(first, column_fixed=column_fixed, row_fixed=row_fixed)
    last = reference.last and replace(reference.last, column_fixed=column_fixed, row_fixed=row_fixed)
    return replace(reference, first=first, last=last)
