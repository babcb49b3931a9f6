"""The undoable operations on a list of cells, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import count

from engines.notebook.cells import Cell, CellKind


@dataclass(frozen=True)
class SetSource:
    """A cell gets another source."""

    cell_id: str
    source: str


@dataclass(frozen=True)
class Splice:
    """From ``index`` on, the cells ``removed`` give way to ``inserted``. Every change of structure is one."""

    index: int
    removed: tuple[Cell, ...]
    inserted: tuple[Cell, ...]

    def reversed(self) -> Splice:
        return Splice(self.index, self.inserted, self.removed)


Operation = SetSource | Splice


def insertion(index: int, cells: Sequence[Cell]) -> Splice:
    return Splice(index, (), tuple(cells))


def deletion(cells: Sequence[Cell], doomed: Collection[str]) -> Splice:
    """Remove the cells with these ids (at least one), in one splice over the range they span."""
    places = [index for index, cell in enumerate(cells) if cell.id in doomed]
    span = tuple(cells[places[0] : places[-1] + 1])
    return Splice(places[0], span, tuple(cell for cell in span if cell.id not in doomed))


def movement(cells: Sequence[Cell], moving: Collection[str], index: int) -> Splice | None:
    """Bring the cells with these ids before position ``index``; None when they stand there already."""
    block = [cell for cell in cells if cell.id in moving]
    before = [cell for cell in cells[:index] if cell.id not in moving]
    after = [cell for cell in cells[index:] if cell.id not in moving]
    arranged = [*before, *block, *after]
    different = [place for place, cell in enumerate(cells) if arranged[place].id != cell.id]
    if not different:
        return None
    first, last = different[0], different[-1] + 1
    return Splice(first, tuple(cells[first:last]), tuple(arranged[first:last]))


def splitting(index: int, cell: Cell, position: int, first_id: str) -> Splice:
    """Cut a cell's source; line breaks at the cut go away with it."""
    head, tail = cell.source[:position], cell.source[position:]
    first = replace(cell, id=first_id, source=head.removesuffix("\n"), outputs=(), execution_count=None)
    return Splice(index, (cell,), (first, replace(cell, source=tail.removeprefix("\n"))))


def merging(index: int, cells: Sequence[Cell]) -> Splice:
    """Join cells: the kind of the first, the id and outputs of the last, the attachments of all."""
    kind = cells[0].kind
    between = "\n" if kind is CellKind.CODE else "\n\n"
    extra = {key: value for cell in cells for key, value in cell.extra.items()}
    attachments = {name: bundle for cell in cells for name, bundle in cell.attachments.items()}
    if attachments:
        extra["attachments"] = attachments
    joined = replace(cells[-1], kind=kind, source=between.join(cell.source for cell in cells), extra=extra)
    return Splice(index, tuple(cells), (joined,))


@dataclass(frozen=True)
class Difference:
    """Two texts differ only here: ``removed`` characters at ``start`` gave way to ``inserted``."""

    start: int
    removed: int
    inserted: str


def difference(before: str, after: str) -> Difference:
    """The smallest single replacement that turns one text into the other."""
    shorter = min(len(before), len(after))
    start = _longest(shorter, lambda n: before[:n] == after[:n])
    end = _longest(shorter - start, lambda n: before[len(before) - n :] == after[len(after) - n :])
    return Difference(start, len(before) - start - end, after[start : len(after) - end])


def _longest(limit: int, same: Callable[[int], bool]) -> int:
    """The greatest n up to ``limit`` for which n characters are the same, by bisection."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if same(middle):
            low = middle
        else:
            high = middle - 1
    return low


class Typing:
    """Decides which edits are one undo step: characters typed, or erased, one after the other in a line."""

    def __init__(self) -> None:
        self._numbers = count()
        self._cell_id = ""
        self._expected = -1
        self._typed = True
        self._key: str | None = None

    def merge_key(self, cell_id: str, before: str, after: str) -> str | None:
        """The key to merge an edit under; an edit that is not typing has none."""
        edit = difference(before, after)
        typed = edit.removed == 0 and len(edit.inserted) == 1
        erased = edit.removed == 1 and not edit.inserted
        if not (typed or erased) or edit.inserted == "\n":
            self._cell_id = ""
            return None
        if cell_id != self._cell_id or typed != self._typed or not self._continues(edit, before, typed):
            self._key = f"typing {next(self._numbers)}"
        self._cell_id, self._typed = cell_id, typed
        self._expected = edit.start + len(edit.inserted)
        return self._key

    def _continues(self, edit: Difference, before: str, typed: bool) -> bool:
        """Where equal characters stand side by side the difference may sit later than the cursor was."""
        if typed:
            run = before[self._expected : edit.start]
            return self._expected <= edit.start and all(sign == edit.inserted for sign in run)
        return abs(self._expected - edit.start) <= 1
