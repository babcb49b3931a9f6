"""What cells show, kept in blocks around what is looked at; the blocks looked at last are kept longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Rect
from engines.sheet.values import EMPTY, Shown

BLOCK_COLUMNS = 16
BLOCK_ROWS = 64
MOST_BLOCKS = 256

Key = tuple[int, int]
ShownCell = list
"""[row, column, text, kind], as the kernel sends it."""


@dataclass
class Block:
    cells: dict[Cell, Shown]
    current: bool = False
    """Whether the kernel's values are in it; else they are to be asked for."""
    asked: bool = False
    touched: list[Rect] = field(default_factory=list)
    """Newer values that came while the block was asked for; the answer is older there."""


def block_key(column: int, row: int) -> Key:
    return (column - 1) // BLOCK_COLUMNS, (row - 1) // BLOCK_ROWS


def block_rect(key: Key) -> Rect:
    left, top = key[0] * BLOCK_COLUMNS + 1, key[1] * BLOCK_ROWS + 1
    return Rect(left, top, min(left + BLOCK_COLUMNS - 1, MAX_COLUMN), min(top + BLOCK_ROWS - 1, MAX_ROW))


class Blocks:
    """The displays of one sheet. ``provisional`` makes the first content of a block."""

    def __init__(self, provisional: Callable[[Rect], dict[Cell, Shown]]) -> None:
        self._provisional = provisional
        self._blocks: OrderedDict[Key, Block] = OrderedDict()

    def shown(self, column: int, row: int) -> Shown:
        return self._block(block_key(column, row)).cells.get((column, row), EMPTY)

    def is_current(self, column: int, row: int) -> bool:
        block = self._blocks.get(block_key(column, row))
        return block is not None and block.current

    def to_ask(self, rect: Rect) -> list[Key]:
        """Blocks of the rectangle whose values are to be asked for; they count as asked from now on."""
        keys = [key for key in _keys(rect) if not (self._block(key).current or self._block(key).asked)]
        for key in keys:
            self._blocks[key].asked = True
            self._blocks[key].touched = []
        return keys

    def answer(self, keys: Iterable[Key], cells: Iterable[ShownCell]) -> list[Rect]:
        """The kernel's values for blocks asked for; the rectangles now different."""
        fresh: dict[Key, dict[Cell, Shown]] = {key: {} for key in keys}
        for row, column, text, kind in cells:
            block = fresh.get(block_key(column, row))
            if block is not None:
                block[column, row] = Shown(text, kind)
        for key, new in fresh.items():
            old = self._blocks.get(key)
            if old is None:  # dropped meanwhile
                continue
            # asked is False where values changed meanwhile: then this answer may be the older one
            self._blocks[key] = Block(_merged(new, old) if old.touched else new, current=old.asked)
        return [block_rect(key) for key in fresh]

    def refused(self, keys: Iterable[Key]) -> None:
        """The question was not answered; it may be asked again."""
        for key in keys:
            if key in self._blocks:
                self._blocks[key].asked = False

    def put(self, rects: Iterable[Rect], cells: Iterable[ShownCell]) -> None:
        """Newer values of whole rectangles; cells not given are empty."""
        for rect in rects:
            for key in _keys(rect):
                block = self._blocks.get(key)
                part = block_rect(key).overlap(rect)
                if block is None or part is None:
                    continue
                for cell in [cell for cell in block.cells if part.holds(*cell)]:
                    del block.cells[cell]
                if block.asked:
                    block.touched.append(part)
        for row, column, text, kind in cells:
            block = self._blocks.get(block_key(column, row))
            if block is not None:
                block.cells[column, row] = Shown(text, kind)

    def outdate(self, rect: Rect, except_for: Rect | None) -> None:
        """Values changed: blocks are asked for again when looked at; ``except_for`` is new already."""
        for key in self._keys_in(rect):
            part = block_rect(key).overlap(rect)
            if part is not None and not (except_for is not None and except_for.encloses(part)):
                self._blocks[key].current = self._blocks[key].asked = False

    def mark_stale(self, rect: Rect) -> None:
        for key in self._keys_in(rect):
            cells = self._blocks[key].cells
            for cell in [cell for cell in cells if rect.holds(*cell)]:
                cells[cell] = Shown(cells[cell].text, "stale")

    def forget_answers(self) -> None:
        """The kernel is another one: what is shown stays, and everything is to be asked for again."""
        for block in self._blocks.values():
            block.current = block.asked = False

    def set(self, cell: Cell, shown: Shown) -> None:
        block = self._blocks.get(block_key(*cell))
        if block is not None:
            block.cells[cell] = shown
            if block.asked:
                block.touched.append(Rect(*cell, *cell))

    def _block(self, key: Key) -> Block:
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = Block(self._provisional(block_rect(key)))
            if len(self._blocks) > MOST_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(key)
        return block

    def _keys_in(self, rect: Rect) -> list[Key]:
        """Known blocks that overlap a rectangle of any size."""
        return [key for key in self._blocks if block_rect(key).overlap(rect)]


def _keys(rect: Rect) -> Iterator[Key]:
    first, last = block_key(rect.left, rect.top), block_key(rect.right, rect.bottom)
    for row in range(first[1], last[1] + 1):
        for column in range(first[0], last[0] + 1):
            yield column, row


def _merged(new: dict[Cell, Shown], old: Block) -> dict[Cell, Shown]:
    def newer(cell: Cell) -> bool:
        return any(rect.holds(*cell) for rect in old.touched)

    kept = {cell: shown for cell, shown in old.cells.items() if newer(cell)}
    return {cell: shown for cell, shown in new.items() if not newer(cell)} | kept
