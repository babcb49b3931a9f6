# The module "pyb" of the virtual pyboard.

import gc
import host
import machine
import os
import utime
from machine import ADC, Pin, RTC, callback_of, unique_id
from time import sleep_ms as delay
from time import sleep_us as udelay
from utime import ticks_ms as millis
from utime import ticks_us as micros


def elapsed_millis(start):
    return utime.ticks_diff(millis(), start)


def elapsed_micros(start):
    return utime.ticks_diff(micros(), start)


class Accel:
    """The accelerometer: -32 to 31 per axis for -1.5 g to 1.5 g."""

    _registers = open("/dev/accel", "rb")
    _sample = bytearray(4)
    _recent = [bytearray(4) for _ in range(10)]

    def _read(self, axis):
        self._registers.readinto(self._sample)
        value = self._sample[axis]
        return value - 256 if value > 127 else value

    def x(self):
        return self._read(0)

    def y(self):
        return self._read(1)

    def z(self):
        return self._read(2)

    def tilt(self):
        self._registers.readinto(self._sample)
        return self._sample[3]

    def _filtered(self):
        oldest = self._recent.pop(0)
        self._registers.readinto(oldest)
        self._recent.append(oldest)
        total = [0, 0, 0]
        for sample in self._recent:
            for axis in range(3):
                total[axis] += sample[axis] - 256 if sample[axis] > 127 else sample[axis]
        return tuple(total)

    def filtered_x(self):
        return self._filtered()[0]

    def filtered_y(self):
        return self._filtered()[1]

    def filtered_z(self):
        return self._filtered()[2]

    def filtered_xyz(self):
        return self._filtered()


class LED:
    """One of four: 1 red, 2 green, 3 yellow, 4 blue."""

    def __init__(self, id):
        if not 1 <= id <= 4:
            raise ValueError("LED(" + str(id) + ") doesn't exist")
        self._id = id

    def __repr__(self):
        return "LED(" + str(self._id) + ")"

    def intensity(self, *value):
        if value:
            host.call("led", "%d %d" % (self._id, value[0]))
        else:
            return int(host.call("led", str(self._id)))

    def on(self):
        self.intensity(255)

    def off(self):
        self.intensity(0)

    def toggle(self):
        self.intensity(0 if self.intensity() else 255)


class Switch:
    """The USR switch."""

    _function = None

    def __call__(self):
        return host.call("switch", "") == "1"

    value = __call__

    def callback(self, function):
        Switch._function = function
        if function is None:
            host.call("detach", "switch")
        else:
            host.call("attach", "switch %d 0" % id(Switch._fire))

    def _pressed(_):
        # The switch's callback takes no argument.
        callback_of("ExtInt(3)", None, lambda _: Switch._function(), lambda: Switch().callback(None))

    _fire = _pressed  # a plain function: the host calls it with one argument


class Timer:
    """Hardware timers 1 to 14 (3 is taken on a pyboard, too)."""

    UP, DOWN, CENTER = 0, 16, 32
    _all = {}

    def __init__(self, id, **settings):
        if not 1 <= id <= 14 or id == 3:
            raise ValueError("Timer(" + str(id) + ") doesn't exist")
        previous = Timer._all.get(id)
        if previous:  # the same timer under a new name
            previous._stop()
        Timer._all[id] = self
        self._id = id
        self._line = "timer" + str(id)
        self._fire = self._tick
        self._function = None
        self._prescaler = 0
        self._period = 0xFFFF
        self._on = False
        if settings:
            self.init(**settings)

    def __repr__(self):
        if not self._on:
            return "Timer(" + str(self._id) + ")"
        settings = (self._id, self.freq(), self._prescaler, self._period)
        return "Timer(%d, freq=%g, prescaler=%d, period=%d, mode=UP, div=1)" % settings

    def init(self, *, freq=None, prescaler=None, period=None, mode=0, div=1, callback=None, deadtime=0, brk=0):
        if freq is not None:
            self._set_freq(freq)
        elif prescaler is None or period is None:
            raise TypeError("must specify either freq, or prescaler and period")
        else:
            self._prescaler = prescaler
            self._period = period
        self._on = True
        self.callback(callback)

    def deinit(self):
        self._on = False
        self.callback(None)

    def source_freq(self):
        return 168000000 if self._id in (1, 8, 9, 10, 11) else 84000000

    def freq(self, *value):
        if value:
            self._set_freq(value[0])
            self._start()
            return
        freq = self.source_freq() / (self._prescaler + 1) / (self._period + 1)
        return int(freq) if freq == int(freq) else freq

    def period(self, *value):
        if not value:
            return self._period
        self._period = value[0]
        self._start()

    def prescaler(self, *value):
        if not value:
            return self._prescaler
        self._prescaler = value[0]
        self._start()

    def counter(self, *value):
        if not value:
            ticks = micros() * (self.source_freq() // 1000000) // (self._prescaler + 1)
            return ticks % (self._period + 1)

    def callback(self, function):
        self._function = function
        self._start()

    def _set_freq(self, freq):
        # The largest counter period of 16 bits, and a prescaler that divides without rest where there is one.
        if freq <= 0:
            raise ValueError("must have positive freq")
        period = max(round(self.source_freq() / freq), 1)
        prescaler = 1
        while period > 0xFFFF:
            for factor in (5, 3):
                if period % factor == 0:
                    break
            else:
                factor = 2
            prescaler *= factor
            period //= factor
        self._prescaler = prescaler - 1
        self._period = period - 1

    def _start(self):
        if not self._on or self._function is None:
            return self._stop()
        us = round(1000000 * (self._prescaler + 1) * (self._period + 1) / self.source_freq())
        host.call("attach", "%s %d 0 %d" % (self._line, id(self._fire), us))

    def _stop(self):
        host.call("detach", self._line)

    def _tick(self, _):
        callback_of("Timer(%d)" % self._id, self, self._function, lambda: self.callback(None))


def rng():
    return int.from_bytes(os.urandom(4), "little") & 0x3FFFFFFF


def freq(*_):
    return (168000000, 168000000, 42000000, 84000000)


def hard_reset():
    machine.reset()


def info(dump=None):
    print("ID=" + ":".join("%02x" % byte for byte in unique_id()))
    print("DEVID=0x0413")
    print("REVID=0x1007")
    print("S=168000000\nH=168000000\nP1=42000000\nP2=84000000")
    gc.collect()
    print("GC:")
    print("  %d total" % (gc.mem_alloc() + gc.mem_free()))
    print("  %d : %d" % (gc.mem_alloc(), gc.mem_free()))


def main(filename):
    host.call("main", filename)


def sync():
    pass


def usb_mode(*_):
    return "VCP"


def have_cdc():
    return True


def wfi():
    machine.idle()


def disable_irq():
    return machine.disable_irq()


def enable_irq(state=True):
    machine.enable_irq(state)
