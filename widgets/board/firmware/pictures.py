"""How to bring a board into its bootloader by hand: a drawing and a few sentences for each kind."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.board.firmware.image import Kind
from widgets.workspace.text import blend

INSTRUCTIONS = {
    Kind.DFU: (
        "Unplug the pyboard.",
        "Join its pins 3V3 and P1 (DFU), which are neighbours, by a wire. Other STM32 boards: BOOT0 to 3V3.",
        "Plug it in again. It is found by itself; take the wire off when all is done.",
    ),
    Kind.UF2: (
        "Unplug the board.",
        "Hold its button BOOTSEL while you plug it in. On other boards: press RESET twice, quickly.",
        "It appears as a drive and is found by itself.",
    ),
    Kind.ESP: (
        "Choose the board's port. Dirigent brings most boards into their bootloader by itself.",
        "If yours does not answer: hold BOOT, press and release EN (or RST), let BOOT go, and try again.",
    ),
}
ALTERNATIVES = {
    Kind.DFU: "Pyboard D: leave it plugged in, hold USR, press RST, and let USR go while the LED is white.",
}
_SIZE = QSize(224, 168)


class BootPicture(QWidget):
    """The drawing, in the colours of the theme; what to touch is in the accent colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = Kind.DFU
        self.setFixedSize(_SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.setAccessibleName(" ".join(INSTRUCTIONS[kind]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        drawing = _Drawing(painter, self.palette())
        {Kind.DFU: _draw_pyboard, Kind.UF2: _draw_pico, Kind.ESP: _draw_esp}[self._kind](drawing)


class _Drawing:
    """A few shapes in three pens: line, faint, and accent."""

    def __init__(self, painter: QPainter, palette: QPalette) -> None:
        self.painter = painter
        text = palette.color(QPalette.ColorRole.WindowText)
        ground = palette.color(QPalette.ColorRole.Window)
        self._line = blend(ground, text, 0.55)
        self._faint = blend(ground, text, 0.25)
        self._fill = blend(ground, text, 0.06)
        self._text = blend(ground, text, 0.8)
        self._accent = palette.color(QPalette.ColorRole.Accent)

    def board(self, rect: QRectF) -> None:
        self._pen(self._line, 1.5)
        self.painter.setBrush(self._fill)
        self.painter.drawRoundedRect(rect, 8, 8)

    def part(self, rect: QRectF, radius: float = 2) -> None:
        self._pen(self._line, 1)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(rect, radius, radius)

    def faint(self, rect: QRectF) -> None:
        self._pen(self._faint, 1)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(rect, 2, 2)

    def pins(self, x: float, y: float, count: int, step: float = 10, across: bool = False) -> None:
        self._pen(self._faint, 1.2)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        for n in range(count):
            place = QPointF(x + n * step, y) if across else QPointF(x, y + n * step)
            self.painter.drawEllipse(place, 2.5, 2.5)

    def pin(self, x: float, y: float) -> None:
        self._pen(self._accent, 1.5)
        self.painter.setBrush(self._accent)
        self.painter.drawEllipse(QPointF(x, y), 3, 3)

    def button(self, rect: QRectF, accent: bool = True) -> None:
        self._pen(self._accent if accent else self._line, 1.5)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(rect, 3, 3)
        if accent:
            self.painter.setBrush(self._accent)
        self.painter.drawEllipse(rect.center(), 4, 4)

    def wire(self, start: QPointF, end: QPointF, bow: float) -> None:
        self._pen(self._accent, 2)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(bow, 0), end + QPointF(bow, 0), end)
        self.painter.drawPath(path)

    def label(self, x: float, y: float, text: str, *, left: bool = False, accent: bool = True) -> None:
        """Beside a point at its middle height: to its right, or to its left."""
        self.painter.setPen(self._accent if accent else self._text)
        flags = Qt.AlignmentFlag.AlignVCenter
        flags |= Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
        rect = QRectF(x - 120, y - 10, 120, 20) if left else QRectF(x, y - 10, 120, 20)
        self.painter.drawText(rect, int(flags), text)

    def _pen(self, colour: QColor, width: float) -> None:
        self.painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))


def _draw_pyboard(drawing: _Drawing) -> None:
    drawing.board(QRectF(90, 20, 112, 140))
    drawing.part(QRectF(128, 10, 36, 22))  # USB
    drawing.part(QRectF(126, 62, 40, 40))  # the chip
    drawing.faint(QRectF(132, 122, 28, 26))  # SD
    drawing.pins(100, 44, 11)
    drawing.pins(192, 44, 11)
    drawing.pins(110, 124, 3)
    drawing.pin(100, 134)  # at the bottom left, in the second row from the bottom
    drawing.pin(110, 134)
    drawing.wire(QPointF(100, 134), QPointF(110, 134), 0)
    drawing.wire(QPointF(80, 134), QPointF(96, 134), 0)
    drawing.label(76, 126, "3V3 and", left=True)
    drawing.label(76, 142, "P1 (DFU)", left=True)
    drawing.button(QRectF(110, 42, 16, 14), accent=False)
    drawing.label(130, 49, "RST", accent=False)


def _draw_pico(drawing: _Drawing) -> None:
    drawing.board(QRectF(56, 18, 64, 146))
    drawing.part(QRectF(74, 8, 28, 20))
    drawing.pins(62, 30, 14, 9.6)
    drawing.pins(114, 30, 14, 9.6)
    drawing.part(QRectF(74, 84, 28, 28))
    drawing.faint(QRectF(78, 122, 20, 10))
    drawing.button(QRectF(72, 48, 20, 16))
    drawing.wire(QPointF(92, 56), QPointF(136, 56), 0)
    drawing.label(144, 56, "BOOTSEL")


def _draw_esp(drawing: _Drawing) -> None:
    drawing.board(QRectF(48, 8, 80, 152))
    drawing.part(QRectF(60, 14, 56, 62))  # the module
    for n in range(4):
        drawing.faint(QRectF(66 + n * 12, 18, 8, 14))  # its antenna
    drawing.pins(54, 20, 13)
    drawing.pins(122, 20, 13)
    drawing.part(QRectF(76, 142, 24, 22))
    drawing.button(QRectF(60, 120, 18, 16), accent=False)
    drawing.button(QRectF(98, 120, 18, 16))
    drawing.label(40, 128, "EN", left=True, accent=False)
    drawing.label(136, 128, "BOOT")
