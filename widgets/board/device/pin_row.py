"""The pin that was chosen on the picture: what it is, what it does, its voltage measured or applied."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engines.board.device.pinout import PYBOARD, BoardPin, PinState, describe

_PINS = {pin.name: pin for pin in PYBOARD if pin.is_io}
_MOST_VOLTS = 5.0


class PinRow(QWidget):
    """``measure_wanted`` asks for a pin's voltage; on a virtual board one is applied at once."""

    measure_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pin: BoardPin | None = None
        self._world: Any = None
        self._measured: dict[str, float] = {}
        self.text = QLabel("Click a pin to see what it is.")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("Read its voltage with the ADC; the pin becomes an analog input")
        self.measure.clicked.connect(lambda: self._pin and self.measure_wanted.emit(self._pin.name))
        self.volts = QDoubleSpinBox()
        self.volts.setRange(0.0, _MOST_VOLTS)
        self.volts.setSingleStep(0.1)
        self.volts.setSuffix(" V")
        self.volts.setMaximumWidth(72)
        self.volts.setValue(3.3)
        self.volts.setAccessibleName("Volts to apply to the pin")
        self.volts.valueChanged.connect(lambda value: self._is_applied and self._apply(value))
        self.apply = QPushButton("Apply")
        self.apply.setToolTip("Connect this voltage to the pin")
        self.apply.clicked.connect(lambda: self._apply(self.volts.value()))
        self.take_off = QPushButton("Take off")
        self.take_off.setToolTip("Connect nothing to the pin")
        self.take_off.clicked.connect(lambda: self._apply(None))
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.measure, self.volts, self.apply, self.take_off):
            row.addWidget(widget)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.text)
        layout.addLayout(row)
        self.show_pin("", None, None)

    @property
    def _is_applied(self) -> bool:
        applied = self._world.state.get("volts", {}) if self._world else {}
        return self._pin is not None and self._pin.name in applied

    def show_pin(self, name: str, state: PinState | None, world: Any) -> None:
        """Which pin it is about (``''``: none), and the virtual board's world if there is one."""
        self._pin, self._world = _PINS.get(name), world
        pin = self._pin
        if pin is not None:
            now = state.text() if state else "not used"
            self.text.setText(f"{describe(pin)}\nNow: {now}{self._measured_text(pin.name, state)}")
        self.measure.setVisible(pin is not None and pin.adc)
        for widget in (self.volts, self.apply, self.take_off):
            widget.setVisible(pin is not None and world is not None)
        self.apply.setEnabled(not self._is_applied)
        self.take_off.setEnabled(self._is_applied)
        if self._is_applied and not self.volts.hasFocus():
            self.volts.blockSignals(True)
            self.volts.setValue(world.state["volts"][name])
            self.volts.blockSignals(False)

    def show_measured(self, pin: str, volts: float) -> None:
        self._measured[pin] = volts

    def _measured_text(self, name: str, state: PinState | None) -> str:
        volts = self._measured.get(name)
        if volts is None or state is None or state.mode != "analog":
            return ""
        return f"; last measured {volts:.3f} V"

    def _apply(self, volts: float | None) -> None:
        if self._pin is not None and self._world is not None:
            self._world.apply(self._pin.name, volts)
