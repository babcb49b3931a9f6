# The module "machine" of the virtual pyboard: pins, timers, clock and resets on top of the interpreter's own part.

import host
import utime
from umachine import *

__name__ = "machine"

_PULL_NONE, _PULL_UP, _PULL_DOWN = 0, 1, 2


class Pin(PinBase):
    """A pin by its pyboard name (X1..X12, Y1..Y12, X17..X22, LED_RED..., SW) or number. Levels live in the host."""

    IN, OUT, OPEN_DRAIN, ANALOG = 0, 1, 17, 3
    PULL_NONE, PULL_UP, PULL_DOWN = _PULL_NONE, _PULL_UP, _PULL_DOWN
    IRQ_RISING, IRQ_FALLING = 1, 2
    OUT_PP, OUT_OD, IN_PULL = 1, 17, 0

    def __init__(self, name, mode=-1, pull=-1, *, value=None, alt=None):
        self._name = name._name if isinstance(name, Pin) else str(name)
        if self._name not in _PIN_NAMES:
            raise ValueError("Pin(" + repr(name) + ") doesn't exist")
        self._mode = Pin.IN
        self._pull = _PULL_NONE
        self._level = 0
        if mode != -1:
            self.init(mode, pull, value=value)

    def __repr__(self):
        return "Pin(Pin." + self._name + ", mode=Pin." + ("OUT" if self._mode == Pin.OUT else "IN") + ")"

    def init(self, mode=-1, pull=-1, *, value=None, alt=None):
        if mode != -1:
            self._mode = mode
        if pull not in (-1, None):
            self._pull = pull
        if value is not None:
            self.value(value)

    def name(self):
        return self._name

    def names(self):
        return [self._name]

    def mode(self):
        return self._mode

    def pull(self):
        return self._pull

    def value(self, *level):
        if level:
            self._level = 1 if level[0] else 0
            host.call("pin", self._name + " " + str(self._level))
        elif self._mode in (Pin.OUT, Pin.OPEN_DRAIN):
            return self._level
        else:
            applied = host.call("pin", self._name)
            return int(applied) if applied else int(self._pull == _PULL_UP)

    def __call__(self, *level):
        return self.value(*level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high = on
    low = off

    def toggle(self):
        self.value(not self.value())


class _Names:
    pass


_PIN_NAMES = [side + str(n) for side in "XY" for n in range(1, 13)]
_PIN_NAMES += ["X17", "X18", "X19", "X20", "X21", "X22"]
_PIN_NAMES += ["LED_RED", "LED_GREEN", "LED_YELLOW", "LED_BLUE", "SW"]
_PIN_NAMES = tuple(_PIN_NAMES)

Pin.board = _Names
for _name in _PIN_NAMES:
    setattr(_Names, _name, Pin(_name))


class ADC:
    """Reads the voltage that the host applies to a pin: 0 to 3.3 V."""

    def __init__(self, pin):
        self._name = Pin(pin)._name

    def _share(self):
        volts = float(host.call("volts", self._name))
        return min(max(volts / 3.3, 0.0), 1.0)

    def read(self):
        return round(self._share() * 4095)

    def read_u16(self):
        return round(self._share() * 65535)


class Timer:
    """A software timer. ``period`` is in ms; the callback is called with the timer."""

    ONE_SHOT, PERIODIC = 0, 1
    _last = 0

    def __init__(self, id=-1, **settings):
        if id != -1:
            raise ValueError("Timer doesn't exist")
        Timer._last += 1
        self._line = "soft" + str(Timer._last)
        self._fire = self._tick
        self._callback = None
        if settings:
            self.init(**settings)

    def init(self, *, mode=1, freq=-1, period=-1, callback=None, hard=False):
        self._mode = mode
        self._callback = callback
        us = int(1000000 / freq) if freq != -1 else period * 1000
        if us <= 0:
            raise ValueError("period must be positive")
        _running[self._line] = self
        host.call("attach", "%s %d 0 %d" % (self._line, id(self._fire), us))

    def deinit(self):
        host.call("detach", self._line)
        _running.pop(self._line, None)

    def _tick(self, _):
        if self._mode == Timer.ONE_SHOT:
            self.deinit()
        callback_of("Timer(-1)", self, self._callback, self.deinit)


_running = {}  # timers run on when nothing else holds them


def callback_of(name, source, function, disable):
    """Call a callback; when it fails, say so and switch its source off."""
    if function is None:
        return
    try:
        function(source)
    except Exception as error:
        import sys

        disable()
        print("uncaught exception in " + name + " interrupt handler")
        sys.print_exception(error)


class RTC:
    """The clock: (year, month, day, weekday 1-7, hours, minutes, seconds, subseconds 255-0)."""

    def init(self, date=None):
        if date:
            self.datetime(date)

    def datetime(self, date=None):
        if date is not None:
            year, month, day, _, hour, minute, second = tuple(date)[:7]
            now = int(utime.time())
            wanted = utime.mktime((year, month, day, hour, minute, second, 0, 0))
            host.call("rtc", str(wanted - now))
            return
        moment = utime.time()
        t = utime.gmtime(int(moment))
        return (t[0], t[1], t[2], t[6] + 1, t[3], t[4], t[5], 255 - int((moment % 1) * 256))


def unique_id():
    return b"virtual\0\0\0\0\1"


def freq(*_):
    return (168000000, 168000000, 42000000, 84000000)


def reset():
    host.call("reset", "hard")


def reset_cause():
    return 1


PWRON_RESET = 1


def disable_irq():
    return 0


def enable_irq(state=True):
    pass
