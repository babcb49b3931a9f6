"""The pyboard as a picture: its pins with what they are doing, LEDs to click, the switch to press."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engines.board.device.pinout import LEDS, PYBOARD, BoardPin, PinState, describe

_PITCH = 21.0
_BODY = QRectF(0, 12, 190, 440)
_MARGIN = 64.0
"""Room beside the board for what the pins are doing."""
_SIZE = QSize(int(_BODY.width() + 2 * _MARGIN), int(_BODY.bottom() + 8))
_PAD = 5.5
_FIRST_PIN = 62.0
_BOARD, _EDGE, _INK, _GOLD = QColor("#1f6f5c"), QColor("#174f42"), QColor("#eef4f2"), QColor("#d9b44a")
_CHIP, _METAL = QColor("#15191a"), QColor("#c9ced1")
_HIGH, _SIGNAL, _POWER = QColor("#f5a623"), QColor("#7fd1f5"), QColor("#e5484d")
_LED_PLACES = tuple(QPointF(60 + 22 * number, 372) for number in range(4))
_USR = QRectF(118, 92, 30, 24)
_RST = QRectF(42, 92, 30, 24)


class BoardPicture(QWidget):
    """A drawing of a pyboard, the USB socket at the top. Hovering a pin tells its names and functions.

    Keyboard: the arrow keys choose a pin, 1 to 4 switch LEDs, Space presses the switch where that works.
    """

    pin_chosen = Signal(str)
    led_clicked = Signal(int)
    """1 to 4"""
    switch_pressed = Signal(bool)
    reset_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pins: Mapping[str, PinState] = {}
        self.leds: Sequence[int] = (0, 0, 0, 0)
        self.switch = False
        self.pressable = False
        """The switch and the reset button can be pressed with the mouse: it is the virtual board."""
        self.chosen = ""
        self._pressing = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The board's pins, LEDs and switch")

    def sizeHint(self) -> QSize:
        return _SIZE

    def show_state(self, pins: Mapping[str, PinState], leds: Sequence[int], switch: bool) -> None:
        """What is known now."""
        self.pins, self.leds, self.switch = pins, tuple(leds), switch
        self.update()

    # Where things are, in the widget's coordinates

    def pin_place(self, pin: BoardPin) -> QPointF:
        """The middle of a pin's pad."""
        if pin.side == "bottom":
            return QPointF(_MARGIN + 21.5 + _PITCH * pin.place, _BODY.bottom() - 10)
        x = _MARGIN + (10 if pin.side == "left" else _BODY.width() - 10)
        return QPointF(x, _FIRST_PIN + _PITCH * pin.place)

    def led_place(self, led: int) -> QPointF:
        """The middle of LED 1 to 4."""
        return _LED_PLACES[led - 1] + QPointF(_MARGIN, 0)

    def switch_place(self) -> QPointF:
        return _USR.translated(_MARGIN, 0).center()

    def _pin_at(self, point: QPointF) -> BoardPin | None:
        for pin in PYBOARD:
            away = point - self.pin_place(pin)
            beside = 44 if pin.side != "bottom" else 9
            if abs(away.x()) <= beside and abs(away.y()) <= (_PITCH / 2 if pin.side != "bottom" else 26):
                return pin
        return None

    def _led_at(self, point: QPointF) -> int | None:
        return next((n for n in range(1, 5) if (point - self.led_place(n)).manhattanLength() <= 12), None)

    def _on_button(self, point: QPointF, button: QRectF) -> bool:
        return self.pressable and button.translated(_MARGIN, 0).contains(point)

    # Mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._on_button(point, _USR):
            self._press(True)
        elif self._on_button(point, _RST):
            self.reset_pressed.emit()
        elif led := self._led_at(point):
            self.led_clicked.emit(led)
        elif (pin := self._pin_at(point)) and pin.is_io:
            self.choose(pin.name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._press(False)

    def _press(self, pressed: bool) -> None:
        """Hold the switch down, or let it go."""
        if pressed != self._pressing:
            self._pressing = pressed
            self.switch_pressed.emit(pressed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        pin = self._pin_at(point)
        hand = self._led_at(point) or self._on_button(point, _USR) or self._on_button(point, _RST)
        pointing = Qt.CursorShape.PointingHandCursor
        self.setCursor(pointing if hand or (pin and pin.is_io) else Qt.CursorShape.ArrowCursor)

    def choose(self, name: str) -> None:
        self.chosen = name
        self.pin_chosen.emit(name)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if Qt.Key.Key_1 <= key <= Qt.Key.Key_4:
            self.led_clicked.emit(key - Qt.Key.Key_0)
        elif key == Qt.Key.Key_Space and self.pressable:
            self._press(True)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self._choose_next(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self._choose_next(-1)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self._pressing:
            if not event.isAutoRepeat():
                self._press(False)
        else:
            super().keyReleaseEvent(event)

    def _choose_next(self, step: int) -> None:
        names = [pin.name for pin in PYBOARD if pin.is_io]
        here = names.index(self.chosen) if self.chosen in names else -1 if step > 0 else 0
        self.choose(names[(here + step) % len(names)])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self.tip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def tip_at(self, point: QPointF) -> str:
        """What hovering there tells."""
        if led := self._led_at(point):
            return (
                f"LED {led} ({LEDS[led - 1][0]}): brightness {self.leds[led - 1]} of 255. Click to switch it."
            )
        if _USR.translated(_MARGIN, 0).contains(point):
            how = " Press it with the mouse, or with the space bar." if self.pressable else ""
            return f"USR switch: {'pressed' if self.switch else 'not pressed'}.{how}"
        if _RST.translated(_MARGIN, 0).contains(point):
            return "RST: resets the board." if self.pressable else "RST: the reset button."
        pin = self._pin_at(point)
        if pin is None:
            return ""
        state = self.pins.get(pin.name)
        return describe(pin) + (f"\nNow: {state.text()}" if state else "")

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.55)
        painter.save()
        painter.translate(_MARGIN, 0)
        self._draw_board(painter)
        painter.restore()
        for number in range(1, 5):
            self._draw_led(painter, number)
        for pin in PYBOARD:
            self._draw_pin(painter, pin)

    def _draw_board(self, painter: QPainter) -> None:
        painter.setPen(QPen(_EDGE, 1))
        painter.setBrush(_BOARD)
        painter.drawRoundedRect(_BODY, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_METAL)
        painter.drawRoundedRect(QRectF(74, 2, 42, 34), 2, 2)
        painter.setBrush(_CHIP)
        painter.drawRoundedRect(QRectF(59, 190, 72, 72), 2, 2)
        for button, down, name in ((_RST, False, "RST"), (_USR, self.switch, "USR")):
            painter.setBrush(_METAL)
            painter.drawRoundedRect(button, 3, 3)
            painter.setBrush(_HIGH if down else _CHIP)
            painter.drawEllipse(button.center(), 7, 7)
            self._text(painter, QRectF(button.x() - 10, button.bottom() + 1, 50, 14), name)
        self._text(painter, QRectF(59, 218, 72, 16), "STM32F405", QColor("#9aa5a8"))
        self._text(painter, QRectF(40, 320, 110, 16), "pyboard", size=12)

    def _draw_led(self, painter: QPainter, number: int) -> None:
        brightness = self.leds[number - 1] if number <= len(self.leds) else 0
        colour = QColor(LEDS[number - 1][1])
        place = self.led_place(number)
        painter.setPen(QPen(_EDGE, 1))
        if brightness:
            glow = QColor(colour)
            glow.setAlphaF(0.25 + 0.35 * brightness / 255)
            painter.setBrush(glow)
            painter.drawEllipse(place, 11, 11)
        painter.setBrush(colour if brightness else colour.darker(330))
        painter.drawRoundedRect(QRectF(place.x() - 5, place.y() - 6, 10, 12), 2, 2)
        self._text(painter, QRectF(place.x() - 10, place.y() + 9, 20, 13), str(number))

    def _draw_pin(self, painter: QPainter, pin: BoardPin) -> None:
        place = self.pin_place(pin)
        state = self.pins.get(pin.name)
        painter.setPen(QPen(_GOLD, 2))
        painter.setBrush(_fill(pin, state))
        pad = QRectF(place.x() - _PAD, place.y() - _PAD, 2 * _PAD, 2 * _PAD)
        if state and state.mode in ("output", "open drain"):
            painter.drawRect(pad)
        else:
            painter.drawEllipse(pad)
        if pin.name == self.chosen:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(place, 10, 10)
        self._label_pin(painter, pin, place, state)

    def _label_pin(self, painter: QPainter, pin: BoardPin, place: QPointF, state: PinState | None) -> None:
        if pin.side == "bottom":
            painter.save()
            painter.translate(place.x(), place.y() - 10)
            painter.rotate(-90)
            self._text(painter, QRectF(0, -8, 34, 16), pin.name, align=Qt.AlignmentFlag.AlignLeft)
            painter.restore()
            return
        left = pin.side == "left"
        inside = QRectF(place.x() + (12 if left else -46), place.y() - 8, 34, 16)
        outside = QRectF(0 if left else place.x() + 14, place.y() - 8, _MARGIN - 4, 16)
        near, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        self._text(painter, inside, pin.name, align=near if left else far)
        quiet = self.palette().color(QPalette.ColorRole.PlaceholderText)
        self._text(painter, outside, _short(state), quiet, align=far if left else near)

    def _text(
        self,
        painter: QPainter,
        place: QRectF,
        text: str,
        colour: QColor = _INK,
        *,
        size: int = 9,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
    ) -> None:
        font = QFont(self.font())
        font.setPixelSize(size + 1)
        painter.setFont(font)
        painter.setPen(colour)
        text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width() + 1)
        painter.drawText(place, align | Qt.AlignmentFlag.AlignVCenter, text)


def _fill(pin: BoardPin, state: PinState | None) -> QColor:
    if not pin.is_io:
        return _POWER if pin.name in ("3V3", "VIN", "A3V3") else _CHIP
    if state is None:
        return _EDGE
    if state.signal:
        return _SIGNAL
    return _HIGH if state.level else _EDGE


def _short(state: PinState | None) -> str:
    """What stands beside a pin; nothing beside an idle input."""
    if state is None:
        return ""
    if state.signal:
        return re.split(" at | of |, ", state.signal)[0]
    if state.volts is not None:
        return f"{state.volts:.2f} V"
    if state.mode == "input":
        return {"pull-up": "in ↑", "pull-down": "in ↓"}.get(state.pull, "")
    if state.level is None:
        return {"alternate function": "alt"}.get(state.mode, state.mode)
    short = {"output": "out", "alternate function": "alt"}.get(state.mode, state.mode)
    return short if short == "alt" else f"{short} {'high' if state.level else 'low'}"
