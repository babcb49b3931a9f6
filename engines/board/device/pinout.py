"""The pyboard's pins: where they are on the board, what chip pin each is, and what else it can be.

Sources: the pin table of MicroPython's PYBv1.1 port (ports/stm32/boards/PYBV11/pins.csv) and the alternate
functions of the STM32F405 (stm32f405_af.csv there; ST's data sheet DS8626, table 9).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BoardPin:
    """A pad. ``side`` is ``left``, ``right`` or ``bottom``, ``place`` counts from the top or the left."""

    name: str
    side: str
    place: int
    chip: str = ""
    """``PA0``; '' for power and reset."""
    functions: tuple[str, ...] = ()

    @property
    def is_io(self) -> bool:
        return bool(self.chip)

    @property
    def adc(self) -> bool:
        return "ADC" in self.functions


_LEFT = """
X1 PA0 TIM2_CH1 TIM5_CH1 UART4_TX ADC servo_1
X2 PA1 TIM2_CH2 TIM5_CH2 UART4_RX ADC servo_2
X3 PA2 TIM2_CH3 TIM5_CH3 TIM9_CH1 UART2_TX ADC servo_3
X4 PA3 TIM2_CH4 TIM5_CH4 TIM9_CH2 UART2_RX ADC servo_4
X5 PA4 SPI1_NSS DAC_1 ADC
X6 PA5 SPI1_SCK TIM2_CH1 TIM8_CH1N DAC_2 ADC
X7 PA6 SPI1_MISO TIM3_CH1 TIM13_CH1 ADC
X8 PA7 SPI1_MOSI TIM3_CH2 TIM14_CH1 TIM1_CH1N TIM8_CH1N ADC
X9 PB6 I2C1_SCL UART1_TX TIM4_CH1 CAN2_TX
X10 PB7 I2C1_SDA UART1_RX TIM4_CH2
X11 PC4 ADC
X12 PC5 ADC
RST
GND
3V3
VIN
"""
_RIGHT = """
Y1 PC6 UART6_TX TIM3_CH1 TIM8_CH1
Y2 PC7 UART6_RX TIM3_CH2 TIM8_CH2
Y3 PB8 I2C1_SCL CAN1_RX TIM4_CH3 TIM10_CH1
Y4 PB9 I2C1_SDA CAN1_TX TIM4_CH4 TIM11_CH1 SPI2_NSS
Y5 PB12 SPI2_NSS CAN2_RX
Y6 PB13 SPI2_SCK TIM1_CH1N CAN2_TX
Y7 PB14 SPI2_MISO TIM12_CH1 TIM1_CH2N TIM8_CH2N
Y8 PB15 SPI2_MOSI TIM12_CH2 TIM1_CH3N TIM8_CH3N
Y9 PB10 I2C2_SCL UART3_TX TIM2_CH3 SPI2_SCK
Y10 PB11 I2C2_SDA UART3_RX TIM2_CH4
Y11 PB0 TIM3_CH3 TIM1_CH2N TIM8_CH2N ADC
Y12 PB1 TIM3_CH4 TIM1_CH3N TIM8_CH3N ADC
RST
GND
3V3
VIN
"""
_BOTTOM = """
X17 PB3 USR_switch
X18 PC13
X19 PC0 ADC
X20 PC1 ADC
X21 PC2 SPI2_MISO ADC
X22 PC3 SPI2_MOSI ADC
A3V3
AGND
"""
_POWER = {
    "RST": "Reset: connect it to GND to reset the board",
    "GND": "Ground, 0 V",
    "3V3": "3.3 V from the board's regulator, at most 250 mA",
    "VIN": "Supply, 3.6 to 16 V; 5 V from USB when that powers the board",
    "A3V3": "3.3 V for analog parts",
    "AGND": "Ground for analog parts",
}
LEDS = (("red", "#e5484d"), ("green", "#46a758"), ("yellow", "#f5c518"), ("blue", "#3b82f6"))
"""Names and colours of LED 1 to 4."""


def _row(side: str, text: str) -> tuple[BoardPin, ...]:
    pins = []
    for place, line in enumerate(text.split("\n")[1:-1]):
        name, *rest = line.split()
        functions = tuple(word.replace("_", " ") if word[0] not in "TUSIC" else word for word in rest[1:])
        pins.append(BoardPin(name, side, place, rest[0] if rest else "", functions))
    return tuple(pins)


PYBOARD = _row("left", _LEFT) + _row("right", _RIGHT) + _row("bottom", _BOTTOM)
"""All pins of a pyboard v1.0 and v1.1, the USB socket being at the top."""
IO_NAMES = tuple(pin.name for pin in PYBOARD if pin.is_io)


def describe(pin: BoardPin) -> str:
    """What a pin is, in a line or two."""
    if not pin.is_io:
        return f"{pin.name}: {_POWER[pin.name]}"
    also = ", ".join(pin.functions) or "no other function"
    return f"{pin.name} ({pin.chip}): {also}"


_MODES = {
    0: "input", 1: "output", 2: "alternate function", 3: "analog",
    17: "open drain", 18: "alternate, open drain",
}  # fmt: skip
_MODE_NAMES = {
    "IN": 0, "OUT": 1, "ALT": 2, "ANALOG": 3, "OPEN_DRAIN": 17, "ALT_OPEN_DRAIN": 18,
}  # fmt: skip
_PULLS = {1: "pull-up", 2: "pull-down"}
_PULL_NAMES = {"PULL_UP": 1, "PULL_DOWN": 2}


@dataclass(frozen=True)
class PinState:
    """What a pin is doing."""

    mode: str
    """``input``, ``output``, ``analog`` ... in words."""
    pull: str = ""
    level: int | None = None
    signal: str = ""
    """What else comes out of it: ``PWM 25 % at 1000 Hz``."""
    volts: float | None = None
    """What is applied, or was measured."""

    @classmethod
    def read(cls, mode: int, pull: int, level: int) -> PinState:
        """From the numbers of ``pyb.Pin`` (modes: STM32 HAL's GPIO_MODE constants)."""
        analog = mode == _MODE_NAMES["ANALOG"]
        return cls(_MODES.get(mode, f"mode {mode}"), _PULLS.get(pull, ""), None if analog else level)

    @classmethod
    def of_virtual(cls, use: dict, volts: float | None) -> PinState:
        """From what a virtual board tells (``DeviceState.snapshot``)."""
        mode = _MODES[_MODE_NAMES.get(use.get("mode", "IN"), 0)]
        pull = _PULLS.get(_PULL_NAMES.get(use.get("pull", ""), 0), "")
        level = use.get("level")
        if level is None and mode == "input":
            level = int(pull == "pull-up") if volts is None else int(volts >= 1.65)
        return cls(mode, pull, level, use.get("signal", ""), volts)

    def text(self) -> str:
        """In a line."""
        parts = [self.mode + (f" with {self.pull}" if self.pull else "")]
        if self.level is not None:
            parts.append("high" if self.level else "low")
        if self.signal:
            parts.append(self.signal)
        if self.volts is not None:
            parts.append(f"{self.volts:.2f} V")
        return ", ".join(parts)
