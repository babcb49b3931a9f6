"""Finding text in the sources of a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engines.notebook.cells import Cell


@dataclass(frozen=True)
class Match:
    """Where a text was found: characters ``start`` to ``end`` of a cell's source."""

    cell_id: str
    start: int
    end: int


def find_all(cells: Iterable[Cell], wanted: str) -> tuple[Match, ...]:
    """Every place of ``wanted``; in any case, unless it has a capital letter itself."""
    if not wanted:
        return ()
    exact = wanted != wanted.lower()
    matches = []
    for cell in cells:
        text = cell.source if exact else _lowered(cell.source)
        start = text.find(wanted)
        while start >= 0:
            matches.append(Match(cell.id, start, start + len(wanted)))
            start = text.find(wanted, start + len(wanted))
    return tuple(matches)


def _lowered(text: str) -> str:
    """Lower case of the same length: positions must stay (lower() makes two characters of "İ")."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
