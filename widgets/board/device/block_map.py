"""The heap as a picture: a small square for each of its blocks, coloured by what lies in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engines.board.device.memory_map import FREE, KINDS, MemInfo

_COLOURS = {
    "h": "#56b4e9", "m": "#56b4e9", "T": "#009e73", "L": "#009e73", "D": "#cc79a7", "S": "#e69f00",
    "A": "#d55e00", "F": "#f0e442", "B": "#0072b2", "M": "#8a6fdf",
}  # fmt: skip
"""Okabe-Ito's, a colour-blind-safe palette."""
_LEGEND = (
    ("h", "objects"), ("T", "tuples, lists"), ("D", "dicts"), ("S", "text, bytes"), ("A", "arrays"),
    ("B", "functions"), ("M", "modules"), (FREE, "free"),
)  # fmt: skip
_LEGEND_ROW = 18
_LEAST = 3
_MOST_CELLS = 12_500
"""A pyboard's blocks have a square each."""


class BlockMap(QWidget):
    """What ``micropython.mem_info(1)`` tells, drawn. Hovering tells what a block is.

    Of a large heap several blocks share a square, which shows the first of them that is in use.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: MemInfo | None = None
        self._cells = ""
        self._group = 1
        self._drawn: tuple[object, QPixmap] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(160)

    def show_memory(self, info: MemInfo) -> None:
        self._info = info
        self._group = max(-(-len(info.blocks) // _MOST_CELLS), 1)
        self._cells = _cells(info.blocks, self._group)
        self._drawn = None
        self.setAccessibleName(f"Memory map: {info.used} bytes used, {info.free} free")
        self.updateGeometry()
        self.update()

    @property
    def info(self) -> MemInfo | None:
        return self._info

    def _step(self) -> int:
        """The side of a square: as large as the map stays low."""
        width = max(self.width(), 160)
        return next(
            (side for side in (7, 6, 5, 4) if len(self._cells) / (width // side) * side < 150), _LEAST
        )

    def _columns(self) -> int:
        return max(self.width() // self._step(), 1)

    def _map_height(self) -> int:
        return -(-len(self._cells) // self._columns()) * self._step()

    def _legend_columns(self) -> int:
        return max(self.width() // 110, 1)

    def sizeHint(self) -> QSize:
        rows = -(-len(_LEGEND) // self._legend_columns())
        return QSize(260, self._map_height() + 6 + rows * _LEGEND_ROW if self._info else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.updateGeometry()

    def block_at(self, x: int, y: int) -> int | None:
        """The (first) block that is drawn there."""
        column, row = x // self._step(), y // self._step()
        index = row * self._columns() + column
        inside = 0 <= column < self._columns() and 0 <= index < len(self._cells)
        return index * self._group if inside else None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            index = self.block_at(event.pos().x(), event.pos().y())
            if index is None or self._info is None:
                QToolTip.hideText()
            else:
                kind = KINDS.get(self._cells[index // self._group], "object")
                QToolTip.showText(event.globalPos(), f"byte {index * self._info.block_size:,}: {kind}", self)
            return True
        return super().event(event)

    def _colours(self) -> dict[str, QColor]:
        colours = {letter: QColor(name) for letter, name in _COLOURS.items()}
        if not self.isEnabled():
            colours = {letter: QColor.fromHsv(0, 0, c.value() * 2 // 3) for letter, c in colours.items()}
        colours[FREE] = self.palette().color(QPalette.ColorRole.Mid)
        return colours

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._info is None:
            return
        painter = QPainter(self)
        colours = self._colours()
        painter.drawPixmap(0, 0, self._picture(colours))
        top = self._map_height() + 6
        across = self._legend_columns()
        for place, (letter, text) in enumerate(_LEGEND):
            x = place % across * (self.width() // across)
            y = top + place // across * _LEGEND_ROW
            painter.fillRect(x, y + 4, 9, 9, colours[letter])
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(x + 14, y, 110, _LEGEND_ROW, Qt.AlignmentFlag.AlignVCenter, text)

    def _picture(self, colours: dict[str, QColor]) -> QPixmap:
        """The squares, drawn once for every size and theme: there are thousands."""
        ratio = self.devicePixelRatioF()
        key = (self.width(), self.isEnabled(), colours[FREE].name(), ratio)
        if self._drawn is None or self._drawn[0] != key:
            pixmap = QPixmap(QSize(self.width(), max(self._map_height(), 1)) * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self._draw_blocks(painter, colours)
            painter.end()
            self._drawn = (key, pixmap)
        return self._drawn[1]

    def _draw_blocks(self, painter: QPainter, colours: dict[str, QColor]) -> None:
        step, columns = self._step(), self._columns()
        kind = other = colours["h"]
        for index, letter in enumerate(self._cells):
            if letter != "=":  # the rest of an object has the colour of its beginning, a little lighter
                kind = colours.get(letter, other)
            row, column = divmod(index, columns)
            colour = kind if letter != "=" else _lighter(kind)
            painter.fillRect(column * step, row * step, step - 1, step - 1, colour)


def _cells(blocks: str, group: int) -> str:
    """A letter for every ``group`` blocks: the first that begins an object, or the rest of one, or free."""
    if group == 1:
        return blocks
    parts = (blocks[start : start + group] for start in range(0, len(blocks), group))
    return "".join(
        next(iter(part.replace(FREE, "").replace("=", "")), "=" if "=" in part else FREE) for part in parts
    )


def _lighter(colour: QColor) -> QColor:
    lighter = QColor(colour)
    lighter.setAlphaF(0.75)
    return lighter
