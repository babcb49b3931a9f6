"""Ranges as values: what ``A1:B3`` is to a formula or a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Rect, cell_name
from engines.sheet.values import is_number, undefined


class CellSource(Protocol):
    """Where a range gets its values from."""

    def value(self, sheet: str, column: int, row: int) -> Any: ...

    def column_values(self, sheet: str, column: int, top: int, bottom: int) -> list[Any]:
        """The values of part of a column, ``undefined`` where it is empty."""

    def used(self, sheet: str, rect: Rect) -> Rect | None:
        """The part of ``rect`` that holds anything; None if nothing."""


class CellRange:
    """The values of a rectangle of cells, read when asked for.

    Whole columns and rows end where the sheet's contents end. Iterating gives values in raster order;
    ``range[column, row]`` counts from 1, or from the end with negative numbers.
    """

    def __init__(self, source: CellSource, sheet: str, rect: Rect) -> None:
        self._source = source
        self._sheet = sheet
        self._named = rect

    @property
    def rect(self) -> Rect:
        """The cells meant; open-ended references are cut at the last cell in use."""
        rect = self._named
        if rect.bottom < MAX_ROW and rect.right < MAX_COLUMN:
            return rect
        used = self._source.used(self._sheet, rect)
        right = rect.right if rect.right < MAX_COLUMN else (used.right if used else rect.left - 1)
        bottom = rect.bottom if rect.bottom < MAX_ROW else (used.bottom if used else rect.top - 1)
        return Rect(rect.left, rect.top, right, bottom)

    @property
    def locations(self) -> list[Cell]:
        """(column, row) of every cell, in raster order."""
        return list(self.rect.cells())

    @property
    def cells(self) -> list[tuple[Cell, Any]]:
        """Every location with its value."""
        return list(zip(self.locations, self, strict=True))

    @property
    def bounds(self) -> Rect | None:
        """The part of the range that holds anything, or None."""
        return self._source.used(self._sheet, self._named)

    def columns(self) -> list[list[Any]]:
        rect = self.rect
        read = self._source.column_values
        return [
            read(self._sheet, column, rect.top, rect.bottom) for column in range(rect.left, rect.right + 1)
        ]

    def rows(self) -> list[list[Any]]:
        return [list(row) for row in zip(*self.columns(), strict=True)]

    def __iter__(self) -> Iterator[Any]:
        columns = self.columns()
        if len(columns) == 1:
            return iter(columns[0])
        return (value for row in zip(*columns, strict=True) for value in row)

    def __len__(self) -> int:
        rect = self.rect
        return max(0, rect.width) * max(0, rect.height)

    def __contains__(self, value: object) -> bool:
        return any(value == own for own in self)

    def __getitem__(self, place: tuple[int, int]) -> Any:
        return self._source.value(self._sheet, *self._location(place))

    def _location(self, place: tuple[int, int]) -> Cell:
        rect = self.rect
        if not (isinstance(place, tuple) and len(place) == 2):
            raise IndexError("a cell of a range is range[column, row]")
        column = _index(place[0], rect.width, "column")
        return rect.left + column, rect.top + _index(place[1], rect.height, "row")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellRange):
            return NotImplemented
        return (self._source, self._sheet, self._named) == (other._source, other._sheet, other._named)

    def __hash__(self) -> int:
        return hash((self._sheet, self._named))

    def __repr__(self) -> str:
        rect = self._named
        first, last = cell_name(rect.left, rect.top), cell_name(rect.right, rect.bottom)
        return f"<cells {self._sheet}!{first}:{last}>"

    def to_numpy(self) -> Any:
        """One column or row as a 1-D array, else 2-D (rows, columns).

        float64 with NaN for empty cells where all is numbers, else dtype object.
        """
        import numpy

        rows = self.rows()
        flat = [value for row in rows for value in row]
        numeric = all(value is undefined or is_number(value) or isinstance(value, bool) for value in flat)
        if numeric:
            flat = [float("nan") if value is undefined else value for value in flat]
            array = numpy.array(flat, dtype=float)
        else:
            array = numpy.empty(len(flat), dtype=object)
            array[:] = flat
        if self.rect.width == 1 or self.rect.height == 1:
            return array
        return array.reshape(len(rows), self.rect.width)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.to_numpy()
        return array if dtype is None else array.astype(dtype)

    def to_frame(self) -> Any:
        """A pandas DataFrame; a first row of texts names its columns.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_frame needs pandas: pip install pandas, or use to_numpy()") from None
        rows = self.rows()
        if len(rows) > 1 and all(isinstance(value, str) for value in rows[0]):
            return pandas.DataFrame(rows[1:], columns=rows[0])
        return pandas.DataFrame(rows)


def _index(number: int, count: int, what: str) -> int:
    """0-based from the 1-based or negative number."""
    if number == 0:
        raise IndexError("cell ranges are 1-indexed: the first cell is [1, 1]")
    if not -count <= number <= count:
        raise IndexError(f"cell range only has {count} {what}{'' if count == 1 else 's'}")
    return number - 1 if number > 0 else count + number
