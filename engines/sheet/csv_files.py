"""Comma-separated values, in and out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from engines.sheet.document import SheetDocument
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell
from engines.workspace.files import DocumentError, write_atomically

ExportedCell = list[object]
"""[row, column, value, kind], as the verb ``sheet.values`` gives them."""


def read_csv(path: Path) -> SheetDocument:
    """The file's values as cells; the separator (comma, semicolon, tab) is found from its first lines.

    Raises:
        DocumentError: unreadable, not text, or larger than a sheet.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = path.read_bytes().decode("cp1252", errors="replace")
    if "\0" in text:
        raise DocumentError(path, "this is not a text file")
    texts: dict[Cell, str] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for row, entries in enumerate(reader, 1):
            if row > MAX_ROW or len(entries) > MAX_COLUMN:
                raise DocumentError(
                    path, f"a sheet has {MAX_ROW} rows and {MAX_COLUMN} columns", reader.line_num
                )
            texts |= {(column, row): _as_value(entry) for column, entry in enumerate(entries, 1) if entry}
    except csv.Error as error:
        raise DocumentError(path, str(error), reader.line_num) from None
    return SheetDocument(path.stem, texts)


def write_csv(path: Path, values: list[ExportedCell]) -> None:
    """Write computed values, from A1 to the last cell in use; empty cells are empty."""
    width = max((int(str(cell[1])) for cell in values), default=0)
    rows: dict[int, list[object]] = {}
    for row, column, value, _kind in values:
        rows.setdefault(int(str(row)), [""] * width)[int(str(column)) - 1] = value
    lines = (",".join(map(_field, rows.get(row, [""] * width))) for row in range(1, max(rows, default=0) + 1))
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))


def _field(value: object) -> str:
    """Quoted where any reader could take a part of it for a separator."""
    text = str(value)
    if any(sign in text for sign in ',;\t"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _as_value(text: str) -> str:
    """A field that begins like a formula or with ``'`` is text: data must not run as code."""
    if text.startswith("'") or (text.startswith("=") and len(text) > 1):
        return "'" + text
    return text


def _delimiter(text: str) -> str:
    lines = [line for line in re.sub(r'"[^"]*"', "", text[:20_000]).splitlines()[:20] if line]
    counts = {sign: [line.count(sign) for line in lines] for sign in ",;\t"}
    steady = [sign for sign, found in counts.items() if found and min(found) > 0]
    return max(steady, key=lambda sign: min(counts[sign])) if steady else ","
