"""What scripts see of the sheets: ``sheets["Data"]``, ``sheet["A1"]``, ``sheet.A1``, ``sheet["A1:B9"]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engines.sheet.kernel_side.reading import ScriptSource
from engines.sheet.kernel_side.scope import SheetAccess
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.ranges import CellRange
from engines.sheet.references import (
    WHOLE,
    Cell,
    Rect,
    Reference,
    cell_name,
    column_number,
    on_grid,
    parse_reference,
)
from engines.sheet.values import ErrorValue, Undefined, is_number, safe_repr, typed_text, undefined
from engines.workspace.names import check_name

Announce = Callable[[str, dict[str, Any]], None]
"""Tells the app what a script did: (event, data)."""
Ask = Callable[[str, dict[str, Any]], Any]
"""Asks the app to do something and waits for its answer: (verb, arguments)."""


class Scripts:
    """How the scripting objects reach the workbook and the app."""

    def __init__(self, book: Workbook, announce: Announce, ask: Ask) -> None:
        self.book = book
        self.source = ScriptSource(book)
        self.announce = announce
        self.ask = ask
        self.seen: dict[str, int] = {}
        """By sheet key, the number of the app's last edit applied here; tells the app what crossed what."""
        self.active: str | None = None

    def edit(self, name: str, texts: Mapping[Cell, str]) -> None:
        """Enter texts in the workbook at once, and tell the app, whose document owns them."""
        self.book.set_cells(name, texts)
        cells = {cell_name(*cell): text for cell, text in texts.items()}
        seen = self.seen.get(name.casefold(), 0)
        self.announce("sheet.edited", {"name": name, "cells": cells, "seen": seen})

    def undo(self, verb: str, name: str) -> str | None:
        """Let the app undo or redo; its answer carries the texts that changed."""
        answer = self.ask(verb, {"name": name}) or {}
        texts = parse_cells(answer.get("cells", {}))
        if texts:
            self.book.set_cells(name, texts)
            self.seen[name.casefold()] = answer.get("number", self.seen.get(name.casefold(), 0))
        return answer.get("label")


def parse_cells(cells: Mapping[str, str]) -> dict[Cell, str]:
    """``{"A1": text}`` as the app sends it, by (column, row)."""
    texts: dict[Cell, str] = {}
    for name, text in cells.items():
        reference = parse_reference(name)
        if reference is None or not reference.single or reference.sheet is not None:
            raise ValueError(f"{name!r} is not a cell")
        texts[reference.rect[:2]] = text
    return texts


class Sheets(SheetAccess):
    """All sheets: ``sheets["Data"]``, ``sheets.new("Data")``, ``sheets.remove("Data")``."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def __getitem__(self, name: str) -> Worksheet:
        return Worksheet(self._scripts, self._scripts.book.grid(name).name)

    def __iter__(self) -> Iterator[Worksheet]:
        return iter([Worksheet(self._scripts, name) for name in self._scripts.book.names])

    def __len__(self) -> int:
        return len(self._scripts.book.names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._scripts.book.grids

    def names(self) -> list[str]:
        return self._scripts.book.names

    def new(self, name: str) -> Worksheet:
        """An empty sheet.

        Raises:
            ValueError: the name cannot be a document's, or is taken.
        """
        if check_name(name) in self:
            raise ValueError(f"there is a sheet named {name!r} already: sheets[{name!r}]")
        self._scripts.book.add(name)
        self._scripts.announce("sheet.created", {"name": name})
        return self[name]

    def remove(self, name: str) -> None:
        sheet = self[name]
        self._scripts.book.remove(sheet.name)
        self._scripts.announce("sheet.removed", {"name": sheet.name})

    def __repr__(self) -> str:
        return f"<sheets: {', '.join(self.names()) or 'none'}>"


class Worksheet(SheetAccess):
    """One sheet. Columns and rows count from 1; cells are named ``"A1"``, ``[column, row]`` or ``.A1``."""

    __slots__ = ("_name", "_scripts")

    def __init__(self, scripts: Scripts, name: str) -> None:
        object.__setattr__(self, "_scripts", scripts)
        object.__setattr__(self, "_name", name)

    @property
    def name(self) -> str:
        return self._name

    def __getitem__(self, place: Any) -> CellHandle | CellRange:
        reference = _place(place)
        rect = reference.rect
        if reference.single:
            return CellHandle(self._scripts, self._name, rect.left, rect.top)
        return CellRange(self._scripts.source, self._name, rect)

    def __setitem__(self, place: Any, value: Any) -> None:
        """Enter a value, a formula, or a list, array or DataFrame from the cell on, as one undo step."""
        reference = _place(place)
        if reference.single:
            texts = _filled(reference.rect[:2], value)
        else:
            texts = _fitted(self._cut(reference.rect), value)
        self._scripts.edit(self._name, texts)

    def __getattr__(self, name: str) -> Any:
        reference = None if name.startswith("_") else parse_reference(name)
        if reference is None or not reference.single:
            raise AttributeError(f"a sheet has no {name!r}")
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if parse_reference(name) is None:
            raise AttributeError(f"{name!r} is no cell, and nothing else of a sheet can be set")
        self[name] = value

    def __delitem__(self, place: Any) -> None:
        rect = self._cut(_place(place).rect)
        self._scripts.edit(self._name, dict.fromkeys(rect.cells(), ""))

    @property
    def bounds(self) -> Rect | None:
        """The rectangle in use (.left .top .right .bottom), None for an empty sheet."""
        return self._scripts.source.used(self._name, WHOLE)

    def recalculate(self) -> None:
        """Compute all formulas now; returns when done."""
        self._scripts.book.refuse_in_formula()
        with self._scripts.book.lock:
            self._scripts.book.mark_all()
            self._scripts.book.calculation.settle_all()
            if self._scripts.book.calculation.interrupted:
                raise KeyboardInterrupt

    def undo(self) -> str | None:
        """Take the last edit of this sheet back; what it was, or None."""
        return self._scripts.undo("sheet.undo", self._name)

    def redo(self) -> str | None:
        return self._scripts.undo("sheet.redo", self._name)

    def __repr__(self) -> str:
        bounds = self.bounds
        return f"<sheet {self._name}: {bounds if bounds else 'empty'}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Worksheet) and other._name.casefold() == self._name.casefold()

    def __hash__(self) -> int:
        return hash(self._name.casefold())

    def _cut(self, rect: Rect) -> Rect:
        """Whole columns and rows end where the sheet ends in use."""
        return CellRange(self._scripts.source, self._name, rect).rect


class CellHandle:
    """One cell, as it is whenever asked."""

    __slots__ = ("_name", "_scripts", "column", "row")

    def __init__(self, scripts: Scripts, name: str, column: int, row: int) -> None:
        self._scripts = scripts
        self._name = name
        self.column = column
        self.row = row

    @property
    def value(self) -> Any:
        """The up-to-date value; ``undefined`` for an empty cell and for one with an error."""
        return (
            undefined
            if self.error is not None
            else self._scripts.source.value(self._name, self.column, self.row)
        )

    @property
    def error(self) -> ErrorValue | None:
        """The error, or None. ``str(error)`` is ``Class: message``; it has .name, .message, .traceback."""
        self._scripts.source.used(self._name, Rect(self.column, self.row, self.column, self.row))
        state = self._scripts.book.grid(self._name).get(self.column, self.row)
        return None if state is None else state.error

    @property
    def text(self) -> str:
        """As typed; '' for an empty cell."""
        state = self._scripts.book.grid(self._name).get(self.column, self.row)
        return "" if state is None else state.text

    @property
    def formula(self) -> str | None:
        """The text if it is a formula, else None."""
        state = self._scripts.book.grid(self._name).get(self.column, self.row)
        return None if state is None or state.template is None else state.text

    def __repr__(self) -> str:
        place = f"{self._name}!{cell_name(self.column, self.row)}"
        error = self.error
        return f"<{place}: {error if error is not None else safe_repr(self.value)}>"


def _place(place: Any) -> Reference:
    """Raises KeyError for what names no cell or range."""
    reference = None
    if isinstance(place, str):
        reference = parse_reference(place)
    elif isinstance(place, tuple) and len(place) == 2:
        column, row = place
        column = column_number(column) if isinstance(column, str) and column.isalpha() else column
        if isinstance(column, int) and isinstance(row, int) and on_grid(column, row):
            reference = parse_reference(cell_name(column, row))
    if reference is None or reference.sheet is not None:
        raise KeyError(f'{place!r} is not a valid cell location: use "A1", "A1:B9", "B:B" or [column, row]')
    return reference


def _filled(cell: Cell, value: Any) -> dict[Cell, str]:
    """Texts for a value entered at a cell: collections fill right and down."""
    rows = _rows(value)
    if rows is None:
        return {cell: _text(value)}
    column, row = cell
    texts = {
        (column + across, row + down): _text(entry)
        for down, entries in enumerate(rows)
        for across, entry in enumerate(entries)
    }
    for place in texts:
        if not on_grid(*place):
            raise ValueError("the values do not fit on the sheet from this cell on")
    return texts


def _fitted(rect: Rect, value: Any) -> dict[Cell, str]:
    """Texts for a value assigned to a range: one value for all cells, or as many as the range has."""
    rows = _rows(value)
    if rows is None:
        return dict.fromkeys(rect.cells(), _text(value))
    flat = [entry for entries in rows for entry in entries]
    regular = len(rows) == rect.height and all(len(entries) == rect.width for entries in rows)
    if not regular and (
        len(flat) != rect.area or 1 not in (rect.width, rect.height, len(rows), len(rows[0]))
    ):
        shape = f"{len(rows)} × {len(rows[0]) if rows else 0}"
        raise ValueError(f"{shape} values do not fit {rect} ({rect.height} × {rect.width} cells)")
    return {cell: _text(entry) for cell, entry in zip(rect.cells(), flat, strict=True)}


def _rows(value: Any) -> list[list[Any]] | None:
    """A collection as rows (a flat one is a column), None for a single value."""
    if isinstance(value, CellRange):
        return value.rows()
    if hasattr(value, "columns") and hasattr(value, "itertuples"):  # a DataFrame
        return [list(value.columns), *(list(row) for row in value.itertuples(index=False))]
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) in (1, 2):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        entries = list(value)
        if entries and all(_rows(entry) is not None for entry in entries):
            return [[cell for row in _rows(entry) or () for cell in row] for entry in entries]
        return [[entry] for entry in entries]
    return None


def _text(value: Any) -> str:
    """What would be typed to get the value.

    Raises:
        TypeError: no text stands for such an object.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, CellHandle):
        value = value.value
    plain = value is None or isinstance(value, Undefined | bool) or is_number(value)
    if plain or hasattr(value, "isoformat") or (getattr(value, "ndim", None) == 0 and hasattr(value, "item")):
        return typed_text(value)
    kind = type(value).__name__
    raise TypeError(
        f"a cell cannot hold a {kind} itself; give it a name and enter a formula: sheet['A1'] = '=name'"
    )
