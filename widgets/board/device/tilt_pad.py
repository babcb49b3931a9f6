"""A little board in space: drag it to tilt the virtual pyboard."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

Vector = tuple[float, float, float]

FLAT: Vector = (0.0, 0.0, 1.0)
_STEP = math.radians(5)
_VIEW = math.radians(38)
"""How far above the horizon one looks at the board from."""


class TiltPad(QWidget):
    """Shows an acceleration as a tilted board. ``tilted`` tells a new one (x, y, z in g).

    Dragging tilts (to the right edge of the pad: the right edge of the board down), the arrow keys do it by
    5 degrees, Home or a double click lays it flat, F turns it over.
    """

    tilted = Signal(float, float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.acceleration: Vector = FLAT
        self._face = 1.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Tilt of the board")
        self.setToolTip(
            "Drag to tilt the board; the arrow keys do it, too.\nHome: lay it flat. F: turn it over."
        )

    def sizeHint(self) -> QSize:
        return QSize(132, 112)

    def show_acceleration(self, acceleration: Vector) -> None:
        self.acceleration = acceleration
        self.update()

    def tilt_to(self, acceleration: Vector) -> None:
        """Show it and tell."""
        self.show_acceleration(acceleration)
        self.tilted.emit(*acceleration)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._face = 1.0
        self.tilt_to(FLAT)

    def _drag(self, event: QMouseEvent) -> None:
        centre = QRectF(self.rect()).center()
        reach = min(self.width(), self.height()) / 2 - 4
        x = (event.position().x() - centre.x()) / reach
        y = (centre.y() - event.position().y()) / reach
        length = math.hypot(x, y)
        if length > 1:
            x, y = x / length, y / length
        z = self._face * math.sqrt(max(0.0, 1 - x * x - y * y))
        self.tilt_to((round(x, 3), round(y, 3), round(z, 3)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        turns = {
            Qt.Key.Key_Right: (0, _STEP), Qt.Key.Key_Left: (0, -_STEP),
            Qt.Key.Key_Up: (1, _STEP), Qt.Key.Key_Down: (1, -_STEP),
        }  # fmt: skip
        if key in turns:
            self.tilt_to(_turned(self.acceleration, *turns[key]))
        elif key == Qt.Key.Key_Home:
            self._face = 1.0
            self.tilt_to(FLAT)
        elif key == Qt.Key.Key_F:
            self._face = -self._face
            x, y, z = self.acceleration
            self.tilt_to((x, y, -z))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(palette.color(role.Highlight if self.hasFocus() else role.Mid)))
        painter.setBrush(palette.color(role.Base))
        painter.drawRoundedRect(frame, 4, 4)
        right, up, normal = _axes(self.acceleration)
        size = min(self.width(), self.height()) * 0.36
        centre = frame.center()

        def at(u: float, v: float, w: float = 0.0) -> QPointF:
            point = [right[i] * u + up[i] * v + normal[i] * w for i in range(3)]
            return QPointF(
                centre.x() + point[0] * size,
                centre.y() - (point[1] * math.sin(_VIEW) + point[2] * math.cos(_VIEW)) * size,
            )

        shadow = QPolygonF([QPointF(p.x(), centre.y() + size * 0.9) for p in (at(-0.8, 0), at(0.8, 0))])
        painter.setPen(QPen(palette.color(role.Mid), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(shadow)
        face_up = normal[1] * -math.cos(_VIEW) + normal[2] * math.sin(_VIEW) > 0
        board = QPolygonF([at(-0.8, -1), at(0.8, -1), at(0.8, 1), at(-0.8, 1)])
        painter.setPen(QPen(palette.color(role.Text), 1))
        painter.setBrush(QColor("#1f6f5c" if face_up else "#14493d"))
        painter.drawPolygon(board)
        painter.setPen(Qt.PenStyle.NoPen)
        if face_up:
            painter.setBrush(QColor("#c9ced1"))
            painter.drawPolygon(QPolygonF([at(-0.2, 0.75), at(0.2, 0.75), at(0.2, 1.08), at(-0.2, 1.08)]))
            painter.setBrush(QColor("#101516"))
            painter.drawPolygon(QPolygonF([at(-0.28, -0.3), at(0.28, -0.3), at(0.28, 0.26), at(-0.28, 0.26)]))
        painter.setBrush(QBrush(QColor("#d9b44a")))
        for v in range(-8, 9, 2):
            for u in (-0.7, 0.7):
                painter.drawEllipse(at(u, v / 9), 1.3, 1.3)


def _turned(acceleration: Vector, axis: int, angle: float) -> Vector:
    """The gravity felt after a turn to the right (axis 0) or away (axis 1)."""
    along, z = acceleration[axis], acceleration[2]
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = list(acceleration)
    turned[axis], turned[2] = along * cosine + z * sine, z * cosine - along * sine
    return (round(turned[0], 4), round(turned[1], 4), round(turned[2], 4))


def _axes(acceleration: Vector) -> tuple[Vector, Vector, Vector]:
    """The board's right, far and upper directions in the room (x right, y away, z up).

    It is turned about its far axis, then about its right one, so that x and y are felt at the low side.
    """
    length = math.sqrt(sum(value * value for value in acceleration)) or 1.0
    gx, gy, gz = (value / length for value in acceleration)
    face = 1 if gz >= 0 else -1
    roll = math.atan2(gx, face * math.hypot(gy, gz))
    pitch = face * math.atan2(gy, abs(gz))
    right = (math.cos(roll), 0.0, -math.sin(roll))
    upright = (math.sin(roll), 0.0, math.cos(roll))
    cosine, sine = math.cos(pitch), math.sin(pitch)
    up = (-sine * upright[0], cosine, -sine * upright[2])
    normal = (cosine * upright[0], sine, cosine * upright[2])
    return right, up, normal
