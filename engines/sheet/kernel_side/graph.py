"""Which formulas read which cells, ranges and names. Nothing is evaluated here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engines.sheet.references import Cell, Rect

Node = tuple[str, int, int]
"""(sheet key, column, row) of a formula."""
KeyedRead = tuple[str, Rect]
"""Cells read: (sheet key, rectangle). A single cell is a rectangle of one."""

_BUCKET_COLUMNS = 8
_BUCKET_ROWS = 128
_MOST_BUCKETS = 64


class RangeIndex:
    """Finds the rectangles that hold a cell. Small ones lie in buckets of the grid, large ones in a list."""

    def __init__(self) -> None:
        self._readers: dict[Rect, set[Node]] = {}
        self._buckets: dict[Cell, set[Rect]] = {}
        self._large: set[Rect] = set()

    def add(self, rect: Rect, node: Node) -> None:
        readers = self._readers.get(rect)
        if readers is not None:
            readers.add(node)
            return
        self._readers[rect] = {node}
        if _bucket_count(rect) > _MOST_BUCKETS:
            self._large.add(rect)
            return
        for bucket in _buckets(rect):
            self._buckets.setdefault(bucket, set()).add(rect)

    def remove(self, rect: Rect, node: Node) -> None:
        readers = self._readers.get(rect)
        if readers is None:
            return
        readers.discard(node)
        if readers:
            return
        del self._readers[rect]
        self._large.discard(rect)
        if _bucket_count(rect) <= _MOST_BUCKETS:
            for bucket in _buckets(rect):
                self._buckets[bucket].discard(rect)

    def readers_of(self, column: int, row: int) -> Iterator[Node]:
        for rect in self._large:
            if rect.holds(column, row):
                yield from self._readers[rect]
        for rect in self._buckets.get((column // _BUCKET_COLUMNS, row // _BUCKET_ROWS), ()):
            if rect.holds(column, row):
                yield from self._readers[rect]

    def readers_in(self, rect: Rect) -> Iterator[Node]:
        for read, readers in self._readers.items():
            if read.overlap(rect):
                yield from readers


class DependencyGraph:
    """Edges from what is read to the formulas that read it.

    A formula's *static* reads come from its text; its *dynamic* ones (through ``sheets[...]``, or the cells
    that block its spill) are replaced at each evaluation.
    """

    def __init__(self) -> None:
        self._cells: dict[str, dict[Cell, set[Node]]] = {}
        self._ranges: dict[str, RangeIndex] = {}
        self._names: dict[str, set[Node]] = {}
        self._static: dict[Node, tuple[tuple[KeyedRead, ...], frozenset[str]]] = {}
        self._dynamic: dict[Node, tuple[KeyedRead, ...]] = {}

    def enter(self, node: Node, reads: Iterable[KeyedRead], names: frozenset[str]) -> None:
        """A formula was entered."""
        self.forget(node)
        kept = tuple(reads)
        self._static[node] = (kept, names)
        for read in kept:
            self._link(read, node)
        for name in names:
            self._names.setdefault(name, set()).add(node)

    def set_dynamic(self, node: Node, reads: Iterable[KeyedRead]) -> None:
        """What the last evaluation read besides the references in the formula's text."""
        new = tuple(dict.fromkeys(reads))
        old = self._dynamic.get(node, ())
        if new == old:
            return
        static = self._static[node][0] if node in self._static else ()
        for read in old:
            if read not in static:
                self._unlink(read, node)
        for read in new:
            self._link(read, node)
        if new:
            self._dynamic[node] = new
        else:
            self._dynamic.pop(node, None)

    def forget(self, node: Node) -> None:
        """The formula is gone."""
        reads, names = self._static.pop(node, ((), frozenset()))
        for read in (*reads, *self._dynamic.pop(node, ())):
            self._unlink(read, node)
        for name in names:
            readers = self._names[name]
            readers.discard(node)
            if not readers:
                del self._names[name]

    def reads(self, node: Node) -> tuple[KeyedRead, ...]:
        static = self._static.get(node)
        return (*(static[0] if static else ()), *self._dynamic.get(node, ()))

    def names(self) -> set[str]:
        """Every workspace name that some formula reads."""
        return set(self._names)

    def readers_of_name(self, name: str) -> list[Node]:
        return list(self._names.get(name, ()))

    def readers_of_cell(self, sheet: str, column: int, row: int) -> list[Node]:
        found: list[Node] = []
        if cells := self._cells.get(sheet):
            found.extend(cells.get((column, row), ()))
        if ranges := self._ranges.get(sheet):
            found.extend(ranges.readers_of(column, row))
        return found

    def readers_in(self, sheet: str, rect: Rect) -> list[Node]:
        found: list[Node] = []
        cells = self._cells.get(sheet, {})
        if rect.area < len(cells):
            for cell in rect.cells():
                found.extend(cells.get(cell, ()))
        else:
            for cell, readers in cells.items():
                if rect.holds(*cell):
                    found.extend(readers)
        if ranges := self._ranges.get(sheet):
            found.extend(ranges.readers_in(rect))
        return found

    def _link(self, read: KeyedRead, node: Node) -> None:
        sheet, rect = read
        if rect.area == 1:
            self._cells.setdefault(sheet, {}).setdefault(rect[:2], set()).add(node)
        else:
            self._ranges.setdefault(sheet, RangeIndex()).add(rect, node)

    def _unlink(self, read: KeyedRead, node: Node) -> None:
        sheet, rect = read
        if rect.area > 1:
            self._ranges[sheet].remove(rect, node)
            return
        readers = self._cells[sheet].get(rect[:2])
        if readers is not None:
            readers.discard(node)
            if not readers:
                del self._cells[sheet][rect[:2]]


def _bucket_count(rect: Rect) -> int:
    columns = rect.right // _BUCKET_COLUMNS - rect.left // _BUCKET_COLUMNS + 1
    return columns * (rect.bottom // _BUCKET_ROWS - rect.top // _BUCKET_ROWS + 1)


def _buckets(rect: Rect) -> Iterator[Cell]:
    for column in range(rect.left // _BUCKET_COLUMNS, rect.right // _BUCKET_COLUMNS + 1):
        for row in range(rect.top // _BUCKET_ROWS, rect.bottom // _BUCKET_ROWS + 1):
            yield column, row
