# The module "machine" of the virtual pyboard: pins, timers, clock and resets on top of the interpreter's own part.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import host
import utime
from umachine import *
from _analog import ADC, DAC, PWM
from _buses import SPI, UART
from _buses import MachineI2C as I2C
from _irq import firmware, disable_irq, enable_irq, hard_callback, soft_callback
from _pins import Pin

__name__ = "machine"

SoftI2C = I2C
SoftSPI = SPI


class Timer:
    """A software timer. ``period`` is in ms (in ticks, with ``tick_hz``); the callback is called with the timer."""

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

    def init(self, *, mode=1, freq=-1, period=-1, tick_hz=1000, callback=None, hard=False):
        self._mode = mode
        self._callback = callback
        self._hard = hard
        us = int(1000000 / freq) if freq != -1 else period * 1000000 // tick_hz
        if us <= 0:
            raise ValueError("period must be positive")
        _running[self._line] = self
        host.call("attach", "%s %d 0 %d" % (self._line, id(self._fire), us))

    def deinit(self):
        host.call("detach", self._line)
        _running.pop(self._line, None)

    @firmware
    def _tick(self, _):
        if self._mode == Timer.ONE_SHOT:
            self.deinit()
        if self._hard:
            hard_callback("Timer(-1) interrupt handler", self._callback, self, self.deinit)
        else:
            soft_callback(self._callback, self)


_running = {}  # timers run on when nothing else holds them


class RTC:
    """The clock: (year, month, day, weekday 1-7, hours, minutes, seconds, subseconds 255-0)."""

    _wake = None

    def init(self, date=None):
        if date:
            self.datetime(date)

    def datetime(self, date=None):
        if date is not None:
            year, month, day, _, hour, minute, second, sub = (tuple(date) + (255,))[:8]
            wanted = utime.mktime((year, month, day, hour, minute, second, 0, 0)) * 1000
            wanted += (255 - sub) * 1000 // 256 if 0 <= sub <= 255 else 0
            host.call("rtc", str(wanted - utime.time_ns() // 1000000))
            return None
        seconds, ns = divmod(utime.time_ns(), 1000000000)
        t = utime.gmtime(seconds)
        return (t[0], t[1], t[2], t[6] + 1, t[3], t[4], t[5], 255 - (ns * 256) // 1000000000)

    def wakeup(self, timeout, callback=None):
        """Call ``callback`` every so many ms; None ends it."""
        if timeout is None:
            host.call("detach", "wakeup")
        elif callback is not None:
            RTC._callback = callback
            RTC._wake = self._woken
            host.call("attach", "wakeup %d 0 %d" % (id(RTC._wake), timeout * 1000))

    @firmware
    def _woken(self, _):
        hard_callback("ExtInt interrupt handler line 22", RTC._callback, 22, lambda: self.wakeup(None))

    def info(self):
        return 0

    def calibration(self, *value):
        return 0


class WDT:
    """Resets the board when it is not fed in time."""

    def __init__(self, id=0, timeout=5000):
        self._ms = timeout
        self.feed()

    @firmware
    def feed(self):
        host.call("attach", "watchdog 0 0 %d" % (self._ms * 1000))  # a line without a function resets the chip


PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 0


def unique_id():
    return b"virtual\0\0\0\0\1"


class _Memory:
    """What is at an address: the interpreter's own memory. The chip's registers are not there."""

    _size = int(host.call("memory_size", ""))

    def __init__(self, native):
        self._native = native

    def __getitem__(self, address):
        self._check(address)
        return self._native[address]

    def __setitem__(self, address, value):
        self._check(address)
        self._native[address] = value

    def _check(self, address):
        if not 0 <= address < _Memory._size - 3:
            raise ValueError("the virtual pyboard has nothing at " + hex(address))


mem8, mem16, mem32 = _Memory(mem8), _Memory(mem16), _Memory(mem32)

_MHZ = (8, 16, 24, 30, 32, 36, 40, 42, 48, 54, 56, 60, 64, 72, 84, 96, 108, 120, 144, 168)
_clocks = [168000000, 168000000, 42000000, 84000000]  # of processor, buses, slow and fast peripherals


def freq(sysclk=None, hclk=None, pclk1=None, pclk2=None):
    """What the clocks are, in Hz; what is set counts for the timers, and the program runs as fast as ever."""
    if sysclk is None:
        return tuple(_clocks)
    if sysclk % 1000000 or sysclk // 1000000 not in _MHZ:
        raise ValueError("invalid freq")
    hclk = hclk or sysclk
    _clocks[:] = [sysclk, hclk, pclk1 or hclk // 4, pclk2 or hclk // 2]


def reset():
    host.call("reset", "hard")


def bootloader(*_):
    print("The board goes into its bootloader and waits for new firmware.")
    host.call("reset", "bootloader")


def reset_cause():
    return int(host.call("reset_cause", ""))


def lightsleep(ms=None):
    """Wait for ``ms``, or for the next interrupt; timers and the prompt's port stay awake here."""
    if ms is None:
        return idle()
    import time

    time.sleep_ms(ms)


sleep = lightsleep


def deepsleep(ms=None):
    """Sleep, then begin anew as after a reset; without ``ms`` until Ctrl-C."""
    import time

    time.sleep_ms(1 << 40 if ms is None else ms)
    host.call("reset", "sleep")


def rng():
    import uos

    return int.from_bytes(uos.urandom(4), "little") & 0x3FFFFFFF


def info(dump=None):
    import pyb

    pyb.info(dump)
