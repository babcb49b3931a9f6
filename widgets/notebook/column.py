"""Cells one under the other, placed by hand so that nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from widgets.notebook.cell_widget import CellWidget

TOP = 8
GAP = 4


@dataclass(frozen=True)
class Anchor:
    """A place in a cell (``offset`` pixels below its top, or its outputs' top) that stays where it is."""

    cell_id: str
    offset: int
    in_outputs: bool = False


class CellColumn(QWidget):
    """Holds the cell widgets in the document's order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[CellWidget] = []

    @property
    def cells(self) -> Sequence[CellWidget]:
        return self._cells

    def set_cells(self, cells: Sequence[CellWidget]) -> None:
        """Take these cells in this order; ``place`` comes next."""
        self._cells = list(cells)

    def place(self, width: int, room_below: int) -> None:
        """Give every cell its geometry, and the column its size."""
        y = TOP
        for cell in self._cells:
            height = cell.height_for(width)
            if (cell.y(), cell.height(), cell.width()) != (y, height, width):
                cell.setGeometry(0, y, width, height)
            y += height + GAP
        self.resize(width, y + room_below)

    def within(self, top: int, bottom: int) -> Iterator[CellWidget]:
        """The cells that touch the pixels from ``top`` to ``bottom``."""
        for cell in self._cells:
            if cell.y() > bottom:
                return
            if cell.y() + cell.height() >= top:
                yield cell

    def anchor_at(self, y: int) -> Anchor | None:
        """What stands at this height."""
        for cell in self.within(y, y):
            if y > cell.y() + cell.outputs_top:
                return Anchor(cell.cell_id, y - cell.y() - cell.outputs_top, in_outputs=True)
            return Anchor(cell.cell_id, y - cell.y())
        return None

    def height_of(self, anchor: Anchor) -> int | None:
        """Where the anchor stands now; None when its cell is gone."""
        for cell in self._cells:
            if cell.cell_id == anchor.cell_id:
                return cell.y() + anchor.offset + (cell.outputs_top if anchor.in_outputs else 0)
        return None
