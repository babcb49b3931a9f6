"""Blocks of cells on their way through the clipboard."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engines.sheet.references import Cell, Rect

MIME_TYPE = "application/x-dirigent-cells+json"


@dataclass(frozen=True)
class Clip:
    """Cells cut or copied: their texts, and where they were."""

    sheet: str
    rect: Rect
    texts: Mapping[Cell, str]
    cut: bool = False

    def to_bytes(self) -> bytes:
        cells = [[*cell, text] for cell, text in self.texts.items()]
        return json.dumps({"sheet": self.sheet, "rect": self.rect, "cells": cells, "cut": self.cut}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Clip | None:
        """None for bytes that are no clip (another program may offer anything)."""
        try:
            read = json.loads(data)
            texts = {(int(column), int(row)): str(text) for column, row, text in read["cells"]}
            return cls(str(read["sheet"]), Rect(*map(int, read["rect"])), texts, bool(read["cut"]))
        except (ValueError, KeyError, TypeError):
            return None


def to_tsv(rows: Iterable[Iterable[str]]) -> str:
    """Rows as other spreadsheets put them on the clipboard."""
    out = io.StringIO()
    csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(rows)
    return out.getvalue()


def from_tsv(text: str) -> list[list[str]]:
    text = text.removesuffix("\n").removesuffix("\r")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")) or [[""]]
    except csv.Error:
        return [line.split("\t") for line in text.splitlines()]
