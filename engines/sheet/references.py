"""Cells, rectangles and A1 references. Columns and rows count from 1, so A1 is ``(1, 1)``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

MAX_COLUMN = 16_384  # XFD, as in the Office Open XML limits
MAX_ROW = 1_048_576

Cell = tuple[int, int]
"""(column, row), both from 1."""


class Rect(NamedTuple):
    """A rectangle of cells, all four sides included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1

    @property
    def area(self) -> int:
        return self.width * self.height

    def holds(self, column: int, row: int) -> bool:
        return self.left <= column <= self.right and self.top <= row <= self.bottom

    def encloses(self, other: Rect) -> bool:
        return self.holds(other.left, other.top) and self.holds(other.right, other.bottom)

    def overlap(self, other: Rect) -> Rect | None:
        common = Rect(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return common if common.left <= common.right and common.top <= common.bottom else None

    def moved(self, columns: int, rows: int) -> Rect:
        return Rect(self.left + columns, self.top + rows, self.right + columns, self.bottom + rows)

    def cells(self) -> Iterator[Cell]:
        """The cells in raster order: along each row, rows downwards."""
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield column, row

    def __str__(self) -> str:
        first, last = cell_name(self.left, self.top), cell_name(self.right, self.bottom)
        return first if first == last else f"{first}:{last}"


_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
WHOLE = Rect(1, 1, MAX_COLUMN, MAX_ROW)


@cache
def column_name(number: int) -> str:
    """1 is A, 26 is Z, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(column: int, row: int) -> str:
    return f"{column_name(column)}{row}"


def named_cell(name: str) -> Cell | None:
    """The cell that `cell_name` calls so; None for any other text, ``a1`` and ``$A$1``, too."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    cell = column_number(match[1]), int(match[2])
    return cell if on_grid(*cell) else None


def on_grid(column: int, row: int) -> bool:
    return 1 <= column <= MAX_COLUMN and 1 <= row <= MAX_ROW


def quoted(sheet: str) -> str:
    """A sheet's name as it stands before the ``!`` of a reference."""
    if re.fullmatch(r"[^\W\d]\w*", sheet):
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def address(sheet: str, column: int, row: int) -> str:
    """``Data!A1``, for messages that may be about another sheet."""
    return f"{quoted(sheet)}!{cell_name(column, row)}"


@dataclass(frozen=True, slots=True)
class Corner:
    """One end of a reference; ``column`` is None in ``3:3``, ``row`` is None in ``B:B``."""

    column: int | None
    row: int | None
    column_fixed: bool = False
    row_fixed: bool = False

    def shifted(self, columns: int, rows: int) -> Corner:
        column = self.column if self.column is None or self.column_fixed else self.column + columns
        row = self.row if self.row is None or self.row_fixed else self.row + rows
        return Corner(column, row, self.column_fixed, self.row_fixed)

    def moved(self, columns: int, rows: int) -> Corner:
        """Shift the fixed parts too, as moving the cells themselves does."""
        column = None if self.column is None else self.column + columns
        row = None if self.row is None else self.row + rows
        return Corner(column, row, self.column_fixed, self.row_fixed)

    @property
    def valid(self) -> bool:
        return on_grid(1 if self.column is None else self.column, 1 if self.row is None else self.row)

    def __str__(self) -> str:
        column = "" if self.column is None else ("$" if self.column_fixed else "") + column_name(self.column)
        row = "" if self.row is None else ("$" if self.row_fixed else "") + str(self.row)
        return column + row


@dataclass(frozen=True, slots=True)
class Reference:
    """``A1``, ``$A$1``, ``A1:B3``, ``B:B``, ``3:3``, each with or without a sheet's name before it."""

    first: Corner
    last: Corner | None = None
    sheet: str | None = None

    @property
    def single(self) -> bool:
        return self.last is None

    @property
    def valid(self) -> bool:
        return self.first.valid and (self.last is None or self.last.valid)

    @property
    def rect(self) -> Rect:
        first, last = self.first, self.last or self.first
        columns = sorted((first.column or 1, last.column or MAX_COLUMN))
        rows = sorted((first.row or 1, last.row or MAX_ROW))
        return Rect(columns[0], rows[0], columns[1], rows[1])

    def shifted(self, columns: int, rows: int) -> Reference:
        """As a copy by that many cells sees it: relative parts shift, ``$`` stays. May leave the grid."""
        last = self.last and self.last.shifted(columns, rows)
        return replace(self, first=self.first.shifted(columns, rows), last=last)

    def moved(self, columns: int, rows: int) -> Reference:
        """As the reference looks when the cells it points at are moved."""
        last = self.last and self.last.moved(columns, rows)
        return replace(self, first=self.first.moved(columns, rows), last=last)

    def __str__(self) -> str:
        prefix = "" if self.sheet is None else quoted(self.sheet) + "!"
        return prefix + (str(self.first) if self.last is None else f"{self.first}:{self.last}")


_COLUMN = r"(\$?)([A-Za-z]{1,3})"
_ROW = r"(\$?)([1-9][0-9]{0,6})"
_END = r"(?!\w)"
CELL_PATTERN = re.compile(_COLUMN + _ROW + _END)
AREA_PATTERN = re.compile(f"{_COLUMN}{_ROW}:{_COLUMN}{_ROW}{_END}")
COLUMNS_PATTERN = re.compile(f"{_COLUMN}:{_COLUMN}{_END}")
ROWS_PATTERN = re.compile(rf"{_ROW}:{_ROW}(?![\w.])")
_PREFIX = re.compile(r"(?:'(?:[^'\n]|'')+'|[^\W\d]\w*)!(?!=)")


def sheet_of_prefix(prefix: str) -> str:
    """``Data!`` is Data, ``'It''s'!`` is It's."""
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def match_cell(text: str, start: int = 0) -> tuple[Reference, int] | None:
    """A single cell at this place of the text, and where it ends."""
    match = CELL_PATTERN.match(text, start)
    if match is None:
        return None
    return _checked(Reference(_corner(*match.groups())), match.end())


def match_area(text: str, start: int = 0) -> tuple[Reference, int] | None:
    """A range, whole columns or whole rows at this place of the text, and where it ends."""
    if match := AREA_PATTERN.match(text, start):
        parts = match.groups()
        return _checked(Reference(_corner(*parts[:4]), _corner(*parts[4:])), match.end())
    if match := COLUMNS_PATTERN.match(text, start):
        one, two = Corner(column_number(match[2]), None, bool(match[1])), match
        return _checked(Reference(one, Corner(column_number(two[4]), None, bool(two[3]))), match.end())
    if match := ROWS_PATTERN.match(text, start):
        first, last = Corner(None, int(match[2]), False, bool(match[1])), int(match[4])
        return _checked(Reference(first, Corner(None, last, False, bool(match[3]))), match.end())
    return None


def parse_reference(text: str) -> Reference | None:
    """The whole text as one reference, or None: ``parse_reference("'My sheet'!A1:B3")``."""
    text = text.strip()
    prefix = _PREFIX.match(text)
    start = prefix.end() if prefix else 0
    found = match_area(text, start) or match_cell(text, start)
    if found is None or found[1] != len(text):
        return None
    return replace(found[0], sheet=sheet_of_prefix(prefix[0])) if prefix else found[0]


def bounding(cells: Iterable[Cell]) -> Rect | None:
    """The smallest rectangle around the cells; None for no cells."""
    places = list(cells)
    if not places:
        return None
    columns, rows = [column for column, _ in places], [row for _, row in places]
    return Rect(min(columns), min(rows), max(columns), max(rows))


def rectangles(cells: Iterable[Cell], limit: int = 64) -> list[Rect]:
    """Cells as few rectangles: runs down each column, equal runs side by side joined.

    Where that makes more than ``limit`` rectangles, one around everything (a superset) is given.
    """
    runs = _column_runs(sorted(set(cells)))
    joined: dict[tuple[int, int], list[Rect]] = {}
    for run in runs:
        rows = joined.setdefault((run.top, run.bottom), [])
        if rows and rows[-1].right == run.left - 1:
            rows[-1] = rows[-1]._replace(right=run.right)
        else:
            rows.append(run)
    found = [rect for rects in joined.values() for rect in rects]
    if len(found) <= limit:
        return found
    around = bounding((column, row) for rect in found for column, row in (rect[:2], rect[2:]))
    return [around] if around else []


def _column_runs(cells: list[Cell]) -> list[Rect]:
    runs: list[Rect] = []
    for column, row in cells:
        if runs and runs[-1].left == column and runs[-1].bottom == row - 1:
            runs[-1] = runs[-1]._replace(bottom=row)
        else:
            runs.append(Rect(column, row, column, row))
    return runs


def _corner(column_sign: str, column: str, row_sign: str, row: str) -> Corner:
    return Corner(column_number(column), int(row), bool(column_sign), bool(row_sign))


def _checked(reference: Reference, end: int) -> tuple[Reference, int] | None:
    return (reference, end) if reference.valid else None
