# Pins of the virtual pyboard: names, modes, levels and edge interrupts. What is connected to them lives in the host.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import host
from _irq import firmware, hard_callback, soft_callback
from umachine import PinBase

_PULL_NONE, _PULL_UP, _PULL_DOWN = 0, 1, 2
_MODES = {0: "IN", 1: "OUT", 2: "ALT", 3: "ANALOG", 17: "OPEN_DRAIN", 18: "ALT_OPEN_DRAIN"}
_PULLS = {1: "PULL_UP", 2: "PULL_DOWN"}

# Board name and chip name of each pin; the first name of a chip's pin is the one the host knows it by.
_TABLE = (
    "X1 A0 X2 A1 X3 A2 X4 A3 X5 A4 X6 A5 X7 A6 X8 A7 X9 B6 X10 B7 X11 C4 X12 C5 X17 B3 X18 C13 X19 C0 X20 C1 "
    "X21 C2 X22 C3 Y1 C6 Y2 C7 Y3 B8 Y4 B9 Y5 B12 Y6 B13 Y7 B14 Y8 B15 Y9 B10 Y10 B11 Y11 B0 Y12 B1 SW B3 "
    "LED_RED A13 LED_GREEN A14 LED_YELLOW A15 LED_BLUE B4 MMA_INT B2 MMA_AVDD B5"
).split()
_ALTERNATES = (
    "AF1_TIM1 AF1_TIM2 AF2_TIM3 AF2_TIM4 AF2_TIM5 AF3_TIM8 AF3_TIM9 AF3_TIM10 AF3_TIM11 AF4_I2C1 AF4_I2C2 AF5_I2S2 "
    "AF5_SPI1 AF5_SPI2 AF6_I2S3 AF7_USART1 AF7_USART2 AF7_USART3 AF8_UART4 AF8_USART6 AF9_CAN1 AF9_CAN2 AF9_TIM12 "
    "AF9_TIM13 AF9_TIM14"
).split()
_ADC = "A0 A1 A2 A3 A4 A5 A6 A7 B0 B1 C0 C1 C2 C3 C4 C5".split()  # channel n of the converter


def name_of(pin):
    """The host's name for a pin given by board name, chip name or Pin."""
    if isinstance(pin, Pin):
        return pin._name
    text = str(pin)
    for i in range(0, len(_TABLE), 2):
        if text in (_TABLE[i], _TABLE[i + 1]):
            return _TABLE[_TABLE.index(_TABLE[i + 1]) - 1]
    raise ValueError("Pin(" + repr(pin) + ") doesn't exist")


def adc_channel(name):
    chip = _TABLE[_TABLE.index(name) + 1]
    if chip not in _ADC:
        raise ValueError("pin " + chip + " doesn't have ADC capabilities")
    return _ADC.index(chip)


class Pin(PinBase):
    """A pin by its board name (X1 ... Y12, LED_RED ..., SW), its chip name (A0 ...) or another Pin; one object a pin."""

    IN, OUT, OPEN_DRAIN, ANALOG, ALT, ALT_OPEN_DRAIN = 0, 1, 17, 3, 2, 18
    OUT_PP, OUT_OD, AF_PP, AF_OD = 1, 17, 2, 18
    PULL_NONE, PULL_UP, PULL_DOWN = _PULL_NONE, _PULL_UP, _PULL_DOWN
    IRQ_RISING, IRQ_FALLING = 1, 2
    _all = {}

    def __new__(cls, name, *settings, **named):
        name = name_of(name)
        pin = Pin._all.get(name)
        if pin is None:
            pin = Pin._all[name] = object.__new__(cls)
            pin._name = name
            pin._mode, pin._pull, pin._level, pin._af = Pin.IN, _PULL_NONE, 0, 0
        return pin

    def __init__(self, name, mode=-1, pull=-1, *, value=None, alt=-1, af=-1):
        if mode != -1:
            self.init(mode, pull, value=value, alt=alt, af=af)

    def __repr__(self):
        text = "Pin(Pin.cpu." + self.name() + ", mode=Pin." + _MODES[self._mode]
        text += ", pull=Pin." + _PULLS[self._pull] if self._pull in _PULLS else ""
        return text + (", alt=%d)" % self._af if self._mode in (Pin.ALT, Pin.ALT_OPEN_DRAIN) else ")")

    def init(self, mode=-1, pull=-1, *, value=None, alt=-1, af=-1):
        if mode != -1 and mode not in _MODES:
            raise ValueError("invalid pin mode: " + str(mode))
        if mode != -1:
            self._mode = mode
        self._pull = _PULL_NONE if pull in (-1, None) else pull
        self._af = max(alt, af, 0)
        host.call("pin_use", "%s %s %s" % (self._name, _MODES[self._mode], _PULLS.get(self._pull, "")))
        if value is not None:
            self.value(value)
        elif self._mode in (Pin.OUT, Pin.OPEN_DRAIN):
            host.call("pin", "%s %d" % (self._name, self._level))

    def name(self):
        return _TABLE[_TABLE.index(self._name) + 1]

    def names(self):
        chip = self.name()
        return [chip] + [_TABLE[i] for i in range(0, len(_TABLE), 2) if _TABLE[i + 1] == chip]

    def port(self):
        return ord(self.name()[0]) - 65

    def pin(self):
        return int(self.name()[1:])

    def gpio(self):
        """The address of the registers of its port."""
        return 0x40020000 + 0x400 * self.port()

    def af_list(self):
        """What else it can be."""
        with open("/firmware/alternate_functions.txt") as file:
            for line in file:
                chip, *functions = line.split()
                if chip == self.name():
                    return [PinAF(self, function) for function in functions]
        return []

    def af(self):
        return self._af

    def mode(self, *mode):
        if mode:
            return self.init(mode[0])
        return self._mode

    def pull(self, *pull):
        if pull:
            return self.init(-1, pull[0])
        return self._pull

    @firmware
    def value(self, level=None):
        if level is not None:
            self._level = 1 if level else 0
            if self._mode in (Pin.OUT, Pin.OPEN_DRAIN):
                host.call("pin", "%s %d" % (self._name, self._level))
        elif self._mode == Pin.OUT or (self._mode == Pin.OPEN_DRAIN and not self._level):
            return self._level
        else:
            applied = host.call("pin", self._name)
            return int(applied) if applied else int(self._pull == _PULL_UP)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high = on
    low = off

    def toggle(self):
        self.value(1 - self._level)

    def irq(self, handler=None, trigger=3, priority=1, wake=None, hard=False):
        return _Edges(self, trigger, handler, self, hard)


class _Edges:
    """The interrupt of one pin."""

    _all = {}

    def __init__(self, pin, trigger, handler, argument, hard):
        self._pin = pin
        self._trigger = trigger
        self._handler = handler
        self._argument = argument
        self._title = "ExtInt interrupt handler line %d" % pin.pin()
        self._hard = hard
        self._fire = self._tick
        _Edges._all[pin._name] = self  # it lives on when the program keeps nothing of it
        self.enable()

    @firmware
    def enable(self):
        for bit, edge in ((1, "rise-"), (2, "fall-")):
            line = edge + self._pin._name
            if self._handler and self._trigger & bit:
                host.call("attach", "%s %d %d" % (line, id(self._fire), bit))
            else:
                host.call("detach", line)

    @firmware
    def disable(self):
        for edge in ("rise-", "fall-"):
            host.call("detach", edge + self._pin._name)

    def trigger(self):
        return self._trigger

    def flags(self):
        return self._flags

    _flags = 0

    def __call__(self):
        self._tick(0)

    @firmware
    def _tick(self, flags):
        self._flags = flags
        if self._hard:
            hard_callback(self._title, self._handler, self._argument, self.disable)
        else:
            soft_callback(self._handler, self._argument)


class ExtInt:
    """An interrupt at the edges of a pin; the callback gets the line's number."""

    IRQ_RISING, IRQ_FALLING, IRQ_RISING_FALLING = 1, 2, 3
    EVT_RISING, EVT_FALLING, EVT_RISING_FALLING = 5, 6, 7

    def __init__(self, pin, mode, pull, callback):
        if not 1 <= mode <= 3:
            raise ValueError("invalid ExtInt Mode: " + str(mode))
        self._pin = Pin(pin)
        if callback is not None and self._pin._name in _Edges._all and _Edges._all[self._pin._name]._handler:
            raise ValueError("ExtInt vector %d is already in use" % self._pin.pin())
        self._pin.init(Pin.IN, pull)
        self._edges = _Edges(self._pin, mode, callback, self._pin.pin(), True)

    def __repr__(self):
        return "<ExtInt line=%d>" % self.line()

    def line(self):
        return self._pin.pin()

    def enable(self):
        self._edges.enable()

    def disable(self):
        self._edges.disable()

    def swint(self):
        self._edges()


class PinAF:
    """One of the alternate functions of a pin."""

    def __init__(self, pin, name):
        self._pin = pin
        self._name = name

    def __repr__(self):
        return "Pin." + self._name

    def index(self):
        return int(self._name[2 : self._name.index("_")])

    def name(self):
        return self._name


class _Names:
    pass


class _Chip:
    pass


for _name in _ALTERNATES:
    setattr(Pin, _name, int(_name[2 : _name.index("_")]))
Pin.board = _Names
Pin.cpu = _Chip
for _i in range(0, len(_TABLE), 2):
    _pin = Pin(_TABLE[_i])
    setattr(_Names, _TABLE[_i], _pin)
    setattr(_Chip, _TABLE[_i + 1], _pin)
