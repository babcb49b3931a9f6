"""The ``.ipynb`` file: JSON as nbformat 4.5 defines it, written byte for byte as nbformat writes it.

Format 4 is read directly; nbformat is imported only for the older ones. Schema and layout:
https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.notebook.cells import Cell, CellKind
from engines.notebook.output_json import (
    BadOutputError,
    joined,
    output_to_json,
    read_bundle,
    read_output,
    split_bundle,
    whole,
)
from engines.workspace.files import DocumentError, escaped

MAJOR, MINOR = 4, 5
TRANSIENT_METADATA = ("orig_nbformat", "orig_nbformat_minor", "signature")
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
OWN_CELL_KEYS = ("id", "cell_type", "source", "outputs", "execution_count", "metadata")
NEW_METADATA: Mapping[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class NotebookContent:
    """What a file holds."""

    cells: tuple[Cell, ...]
    metadata: dict[str, Any]
    minor: int = MINOR


def read_notebook(text: str, path: Path | str) -> NotebookContent:
    """Parse the text of a notebook file of any format from 2 to 4.

    Raises:
        DocumentError: not JSON (names the line), or not a notebook (names the cell).
    """
    raw = _load_json(text, path)
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise DocumentError(path, "this is JSON but not a notebook (no 'nbformat' number); open it as text")
    if raw["nbformat"] > MAJOR:
        raise DocumentError(
            path, f"notebook format {raw['nbformat']} is newer than {MAJOR}; save it as format {MAJOR} first"
        )
    if raw["nbformat"] < MAJOR:
        raw = _upgraded(text, raw["nbformat"], path)
    cells = raw.get("cells")
    if not isinstance(cells, list):
        raise DocumentError(path, "the notebook has no list of 'cells'; restore the file from a backup")
    metadata = raw.get("metadata")
    kept = dict(metadata) if isinstance(metadata, dict) else {}
    for key in TRANSIENT_METADATA:
        kept.pop(key, None)
    return NotebookContent(
        _read_cells(cells, path), kept, max(MINOR, whole(raw.get("nbformat_minor"), MINOR))
    )


def write_notebook(content: NotebookContent) -> str:
    """The text of the file: keys sorted, one line of source per line, a newline at the end."""
    return _dump(
        {
            "cells": [cell_to_json(cell) for cell in content.cells],
            "metadata": {k: v for k, v in content.metadata.items() if k not in TRANSIENT_METADATA},
            "nbformat": MAJOR,
            "nbformat_minor": content.minor,
        }
    )


def cells_to_text(cells: Iterable[Cell]) -> str:
    """Cells for the clipboard."""
    return _dump([cell_to_json(cell) for cell in cells])


def cells_from_text(text: str) -> tuple[Cell, ...]:
    """Cells from the clipboard.

    Raises:
        DocumentError: the text does not hold cells.
    """
    raw = _load_json(text, "clipboard")
    if not isinstance(raw, list):
        raise DocumentError("clipboard", "it does not hold notebook cells")
    return _read_cells(raw, "clipboard")


def cell_to_json(cell: Cell) -> dict[str, Any]:
    """One cell as its file holds it."""
    raw: dict[str, Any] = {key: value for key, value in cell.extra.items() if key != "attachments"}
    raw["id"] = cell.id
    raw["cell_type"] = cell.kind.value
    raw["metadata"] = {key: value for key, value in cell.metadata.items() if key != "trusted"}
    raw["source"] = cell.source.splitlines(True)
    if cell.kind is CellKind.CODE:
        raw["execution_count"] = cell.execution_count
        raw["outputs"] = [output_to_json(output) for output in cell.outputs]
    elif "attachments" in cell.extra:
        raw["attachments"] = {name: split_bundle(bundle) for name, bundle in cell.attachments.items()}
    return raw


def _dump(raw: Any) -> str:
    text = json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    return escaped(text) + "\n"


def _load_json(text: str, path: Path | str) -> Any:
    if not text.strip():
        raise DocumentError(
            path, "the file is empty; restore it from a backup, or delete it and start a new one"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = (
            f"not valid JSON ({error.msg}, column {error.colno}); restore it from a backup or mend the line"
        )
        raise DocumentError(path, problem, error.lineno) from error
    except RecursionError as error:
        raise DocumentError(path, "the JSON is nested too deeply to be a notebook") from error


def _upgraded(text: str, version: int, path: Path | str) -> dict[str, Any]:
    """Formats 2 and 3 through nbformat's own converters (worksheets, heading cells, prompt numbers)."""
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return json.loads(nbformat.v4.writes(nbformat.reads(text, as_version=MAJOR)))
    except Exception as error:  # its converters raise KeyError, AttributeError and more on damaged files
        problem = f"notebook format {version} could not be converted ({type(error).__name__}: {error})"
        raise DocumentError(path, problem) from error


def _read_cells(raw_cells: Sequence[Any], path: Path | str) -> tuple[Cell, ...]:
    taken: set[str] = set()
    cells = []
    for number, raw in enumerate(raw_cells, 1):
        try:
            cell = _read_cell(raw, number, taken)
        except _BadCellError as error:
            raise DocumentError(path, f"cell {number}: {error}") from error
        taken.add(cell.id)
        cells.append(cell)
    return tuple(cells)


class _BadCellError(Exception):
    """What is wrong with a cell."""


def _read_cell(raw: Any, number: int, taken: set[str]) -> Cell:
    if not isinstance(raw, dict):
        raise _BadCellError("it is not an object; remove it or restore the file from a backup")
    kind = _kind(raw.get("cell_type"))
    source = joined(raw.get("source"))
    if not isinstance(source, str):
        raise _BadCellError("'source' must be a text or a list of lines")
    metadata = raw.get("metadata", {})
    if not isinstance(metadata, dict):
        raise _BadCellError("'metadata' must be an object")
    extra = {key: value for key, value in raw.items() if key not in OWN_CELL_KEYS}
    if isinstance(extra.get("attachments"), dict):
        extra["attachments"] = {name: read_bundle(bundle) for name, bundle in extra["attachments"].items()}
    else:
        extra.pop("attachments", None)
    return Cell(
        id=_free_id(raw.get("id"), number, source, taken),
        kind=kind,
        source=source,
        outputs=_read_outputs(raw.get("outputs", [])) if kind is CellKind.CODE else (),
        execution_count=whole(raw.get("execution_count"), None) if kind is CellKind.CODE else None,
        metadata={key: value for key, value in metadata.items() if key != "trusted"},
        extra=extra,
    )


def _kind(raw: Any) -> CellKind:
    try:
        return CellKind(raw)
    except ValueError:
        raise _BadCellError(f"unknown cell type {raw!r}; it must be code, markdown or raw") from None


def _free_id(wanted: Any, number: int, source: str, taken: set[str]) -> str:
    """The cell's own id; where it is missing, invalid or taken, one that is the same at every reading."""
    if isinstance(wanted, str) and VALID_ID.fullmatch(wanted) and wanted not in taken:
        return wanted
    attempt = 0
    while True:
        seed = f"{number}.{attempt}:{source}"
        candidate = hashlib.sha256(seed.encode(errors="surrogatepass")).hexdigest()[:8]
        if candidate not in taken:
            return candidate
        attempt += 1


def _read_outputs(raw: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(raw, list):
        raise _BadCellError("'outputs' must be a list")
    try:
        return tuple(read_output(output, number) for number, output in enumerate(raw, 1))
    except BadOutputError as error:
        raise _BadCellError(str(error)) from None
