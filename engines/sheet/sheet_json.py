"""The text of a ``.sheet.json`` file: JSON with one cell a line, in raster order, so that diffs read well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.sheet.operations import Contents
from engines.sheet.references import (
    Cell,
    cell_name,
    column_name,
    column_number,
    named_cell,
    parse_reference,
)
from engines.workspace.files import DocumentError, escaped

VERSION = 1
_dump = json.JSONEncoder(ensure_ascii=False).encode
_KNOWN = {"sheet", "widths", "cells"}


def write_sheet(contents: Contents, extras: Mapping[str, object]) -> str:
    """``extras`` are top-level entries of a later version, kept as they were."""
    widths = {column_name(column): width for column, width in sorted(contents.widths.items())}
    places = sorted(contents.texts, key=lambda cell: (cell[1], cell[0]))
    cells = {cell_name(*cell): contents.texts[cell] for cell in places}
    parts = [f'"sheet": {VERSION}', f'"widths": {_lines(widths)}', f'"cells": {_lines(cells)}']
    parts += [f"{_dump(key)}: {_dump(value)}" for key, value in extras.items()]
    return escaped("{\n" + ",\n".join(parts) + "\n}\n")


def _lines(entries: Mapping[str, object]) -> str:
    if not entries:
        return "{}"
    return "{\n" + ",\n".join(f"{_dump(key)}: {_dump(value)}" for key, value in entries.items()) + "\n}"


def read_sheet(text: str, path: Path | str) -> tuple[Contents, dict[str, object]]:
    """Raises DocumentError with the file and the line."""
    try:
        read = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, text, path))
    except json.JSONDecodeError as error:
        raise DocumentError(
            path, f"this is not JSON ({error.msg}, column {error.colno})", error.lineno
        ) from None
    except RecursionError:
        raise DocumentError(path, "this is not a sheet: it is nested too deeply") from None
    if not isinstance(read, dict) or "cells" not in read:
        raise DocumentError(path, 'this is not a sheet: it has no "cells"', 1)
    version = read.get("sheet", VERSION)
    if not isinstance(version, int) or version > VERSION:
        problem = f"it was written by a newer Dirigent (format {version}, known is {VERSION})"
        raise DocumentError(path, problem, _line_of(text, "sheet"))
    contents = Contents(_cells(read["cells"], text, path), _widths(read.get("widths", {}), text, path))
    return contents, {key: value for key, value in read.items() if key not in _KNOWN}


def _cells(entries: Any, text: str, path: Path | str) -> dict[Cell, str]:
    if not isinstance(entries, dict):
        raise DocumentError(path, '"cells" must be an object of texts', _line_of(text, "cells"))
    cells: dict[Cell, str] = {}
    for key, value in entries.items():
        cell = named_cell(key)
        if cell is None:
            raise DocumentError(path, f"{key!r} is not a cell", _line_of(text, key))
        if not isinstance(value, str):
            raise DocumentError(path, f"the cell {key} must hold a text in quotes", _line_of(text, key))
        if value:
            cells[cell] = value
    return cells


def _widths(entries: Any, text: str, path: Path | str) -> dict[int, int]:
    if not isinstance(entries, dict):
        raise DocumentError(path, '"widths" must be an object of numbers', _line_of(text, "widths"))
    widths: dict[int, int] = {}
    for key, width in entries.items():
        whole = parse_reference(f"{key}:{key}")
        if whole is None or whole.first.column is None or not isinstance(width, int) or width < 1:
            raise DocumentError(
                path, f"{key!r}: {width!r} is not a column and its width", _line_of(text, key)
            )
        widths[column_number(key)] = width
    return widths


def _unique(pairs: list[tuple[str, Any]], text: str, path: Path | str) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DocumentError(path, f"{twice!r} is there twice", _line_of(text, twice, last=True))
    return entries


def _line_of(text: str, key: str, *, last: bool = False) -> int | None:
    wanted = escaped(_dump(key)) + ":"
    start = text.rfind(wanted) if last else text.find(wanted)
    return None if start < 0 else text.count("\n", 0, start) + 1
