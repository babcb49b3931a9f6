"""The selected rectangle: where the cursor is, and the corner opposite to it."""

from __future__ import annotations

from dataclasses import dataclass

from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Rect


@dataclass(frozen=True)
class Selection:
    """``cursor`` is the cell that typing goes to; ``end`` is the corner that Shift moves.

    Qt's own selection asks its model about each selected cell: 17 s for a whole sheet. A rectangle costs
    nothing.
    """

    cursor: Cell = (1, 1)
    end: Cell = (1, 1)

    @classmethod
    def of(cls, rect: Rect) -> Selection:
        return cls((rect.left, rect.top), (rect.right, rect.bottom))

    @property
    def rect(self) -> Rect:
        (left, top), (right, bottom) = self.cursor, self.end
        return Rect(min(left, right), min(top, bottom), max(left, right), max(top, bottom))

    @property
    def single(self) -> bool:
        return self.cursor == self.end

    @property
    def name(self) -> str:
        """As the name box shows it: A1, A1:B3, B:B or 3:3."""
        rect = self.rect
        if rect.width == MAX_COLUMN and rect.height < MAX_ROW:
            return f"{rect.top}:{rect.bottom}"
        if rect.height == MAX_ROW:
            first, last = str(Rect(rect.left, 1, rect.right, 2)).split(":")
            return f"{first[:-1]}:{last[:-1]}"
        return str(rect)
