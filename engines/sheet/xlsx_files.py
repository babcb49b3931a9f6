"""Office Open XML workbooks (.xlsx), in and out, through openpyxl."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.sheet.csv_files import ExportedCell
from engines.sheet.document import SheetDocument
from engines.sheet.formula import is_formula
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, cell_name, column_name, column_number
from engines.sheet.values import typed_text
from engines.workspace.files import DocumentError, write_atomically

_PIXELS_PER_CHARACTER = 7.0  # Calibri 11, the width unit of the format
_FORBIDDEN_IN_TITLE = re.compile(r"[\\/*?:\[\]]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # what XML cannot hold


@dataclass(frozen=True)
class SheetExport:
    """A sheet with its computed values (the reply of ``sheet.values``), as it is at one moment."""

    name: str
    texts: Mapping[Cell, str]
    widths: Mapping[int, int]
    values: Sequence[ExportedCell]

    @classmethod
    def of(cls, document: SheetDocument, values: Sequence[ExportedCell] = ()) -> SheetExport:
        """A copy, to be written on any thread."""
        return cls(document.name, dict(document.texts), dict(document.widths), values)


def read_xlsx(path: Path) -> list[SheetDocument]:
    """One document a sheet. Formulas come as formulas in our words, all else as values.

    Raises:
        DocumentError: not an .xlsx file, damaged, or unreadable.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}") from None
    except Exception as error:  # openpyxl lets zipfile, XML and its own errors through
        raise DocumentError(path, f"is not a readable .xlsx file ({error})") from None
    documents = []
    for page in book.worksheets:
        texts: dict[Cell, str] = {}
        for cells in page.iter_rows():
            for cell in cells:
                if cell.value is not None and cell.column <= MAX_COLUMN and cell.row <= MAX_ROW:
                    texts[cell.column, cell.row] = _text(cell)
        document = SheetDocument(page.title, texts)
        for letters, dimension in page.column_dimensions.items():
            if dimension.customWidth and dimension.width and letters.isalpha():
                document.set_width(column_number(letters), round(dimension.width * _PIXELS_PER_CHARACTER) + 5)
        document.history.clear()
        documents.append(document)
    return documents


def _text(cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        formula = str(getattr(value, "text", value))
        return translated(formula if formula.startswith("=") else f"={formula}")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, str):
        return "'" + value if is_formula(value) else typed_text(value)
    return typed_text(value)


def translated(formula: str) -> str:
    """A formula of Excel in our words: doubled quotes in texts, and prefixes of newer functions dropped.

    The rest of what differs (``&``, array constants, functions we lack) stays, and shows as the cell's error.
    """
    parts = re.split(r'("(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'!)', formula)
    joined = [_python_string(part) if part.startswith('"') else _plain(part) for part in parts]
    return "".join(joined)


def _python_string(quoted: str) -> str:
    return '"' + quoted[1:-1].replace("\\", "\\\\").replace('""', '\\"').replace("\n", "\\n") + '"'


def _plain(part: str) -> str:
    if part.endswith("!"):
        return part
    return re.sub(r"_xlfn\.(?:_xlws\.)?", "", part)


def write_xlsx(path: Path, sheets: Sequence[SheetExport]) -> None:
    """Constants and computed values as values; a formula's own text goes into a comment of its cell.

    Raises:
        ValueError: no sheets.
        OSError: the file cannot be written; an old one is untouched then.
    """
    import openpyxl

    if not sheets:
        raise ValueError("there is no sheet to write")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for export in sheets:
        _write_page(book.create_sheet(_title(export.name, book.sheetnames)), export)
    out = io.BytesIO()
    book.save(out)
    write_atomically(path, out.getvalue())


def _write_page(page: Any, export: SheetExport) -> None:
    from openpyxl.comments import Comment

    for row, column, value, kind in export.values:
        cell = page.cell(row=row, column=column)
        cell.value = _cell_value(value, str(kind))
        if isinstance(cell.value, str):
            cell.data_type = "s"  # a text beginning with = stays text
    for (column, row), text in export.texts.items():
        if is_formula(text):
            comment = Comment(_CONTROL.sub("", text)[:32_000], "Dirigent", height=60, width=240)
            page[cell_name(column, row)].comment = comment
    for column, width in export.widths.items():
        page.column_dimensions[column_name(column)].width = max(width - 5, 5) / _PIXELS_PER_CHARACTER


def _cell_value(value: object, kind: str) -> Any:
    if kind == "date" and isinstance(value, str):
        try:
            moment = datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment.date() if len(value) == 10 else moment.replace(tzinfo=None)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)  # the format has doubles only
    return _CONTROL.sub("", value)[:32_767] if isinstance(value, str) else value


def _title(name: str, taken: Sequence[str]) -> str:
    """A title that the format allows: at most 31 characters, some forbidden, none twice."""
    plain = _FORBIDDEN_IN_TITLE.sub("_", _CONTROL.sub("", name)).strip("'")[:31] or "Sheet"
    title, number = plain, 2
    while title.casefold() in {other.casefold() for other in taken}:
        title = f"{plain[: 30 - len(str(number))]} {number}"
        number += 1
    return title
