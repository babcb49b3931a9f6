"""Streams and recordings for other programs: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

import contextlib
import csv
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.readers import Reader, blocks


def export(reader: Reader, path: Path) -> int:
    """Write all rows there are now to a ``.csv`` or ``.parquet`` file, in parts that fit in memory; how many.

    The file appears when it is complete; one that is there already is replaced then.

    Raises:
        StreamError: another ending, pyarrow is missing, or the file cannot be written (a full disk).
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise StreamError(f"{path}: streams are exported as {' or '.join(_WRITERS)}")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = write(reader, part)
        part.replace(path)
    except OSError as error:
        raise StreamError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return rows


def _write_csv(reader: Reader, path: Path) -> int:
    """Numbers are written so that reading them gives the same ones."""
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_titles(reader))
        for block in blocks(reader):
            writer.writerows(zip(*(column.tolist() for column in (block.t, *block.values)), strict=True))
            rows += len(block.t)
    return rows


def _write_parquet(reader: Reader, path: Path) -> int:
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise StreamError("exporting to .parquet needs pyarrow: pip install pyarrow") from error
    titles = _titles(reader)
    schema: Any = arrow.schema([(title, arrow.float64()) for title in titles])
    rows = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for block in blocks(reader):
            writer.write_table(arrow.table(dict(zip(titles, (block.t, *block.values), strict=True)), schema))
            rows += len(block.t)
    return rows


def _titles(reader: Reader) -> list[str]:
    units = zip(reader.columns, reader.units, strict=True)
    return ["t (s)", *(f"{name} ({unit})" if unit else name for name, unit in units)]


_WRITERS: dict[str, Callable[[Reader, Path], int]] = {".csv": _write_csv, ".parquet": _write_parquet}
