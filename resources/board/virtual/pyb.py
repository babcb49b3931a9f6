# The module "pyb" of the virtual pyboard.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import gc
import host
import machine
import os
import utime
from _analog import ADC, DAC, ADCAll, Servo, show_pwm
from _buses import I2C, SPI, UART, accelerometer
from _irq import disable_irq, enable_irq, firmware, hard_callback
from _pins import ExtInt, Pin, name_of
from machine import RTC, bootloader, freq, rng, unique_id
from time import sleep_ms as delay
from time import sleep_us as udelay
from utime import ticks_ms as millis
from utime import ticks_us as micros

__name__ = "pyb"
_ABSENT = ("CAN", "LCD", "USB_HID", "Flash", "SDCard")


def __getattr__(name):
    if name in _ABSENT:
        raise AttributeError("the virtual pyboard has no " + name)
    raise AttributeError(name)


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

    @firmware
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

    @firmware
    def read(self, register):
        """A register of the accelerometer's chip (MMA7660)."""
        return accelerometer.read(register, 1)[0]

    @firmware
    def write(self, register, value):
        accelerometer.write(register, bytes([value]))


class LED:
    """One of four: 1 red, 2 green, 3 yellow, 4 blue."""

    def __init__(self, id):
        if not 1 <= id <= 4:
            raise ValueError("LED(" + str(id) + ") doesn't exist")
        self._id = id

    def __repr__(self):
        return "LED(" + str(self._id) + ")"

    @firmware
    def intensity(self, value=None):
        if value is not None:
            host.call("led", "%d %d" % (self._id, value))
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

    @firmware
    def __call__(self):
        return host.call("switch", "") == "1"

    value = __call__

    def __repr__(self):
        return "Switch()"

    def callback(self, function):
        Switch._function = function
        if function is None:
            host.call("detach", "switch")
        else:
            host.call("attach", "switch %d 0" % id(Switch._fire))

    def _call(_):
        Switch._function()

    @firmware
    def _pressed(_):
        # The switch's callback takes no argument.
        hard_callback(
            "ExtInt interrupt handler line 3", Switch._call, None, lambda: Switch().callback(None)
        )

    _fire = _pressed  # a plain function: the host calls it with one argument


class Timer:
    """Hardware timers 1 to 14 (3 is taken on a pyboard, too)."""

    UP, DOWN, CENTER = 0, 16, 32
    PWM, PWM_INVERTED, OC_TIMING, OC_ACTIVE, OC_INACTIVE, OC_TOGGLE, OC_FORCED_ACTIVE, OC_FORCED_INACTIVE = (
        range(8)
    )
    IC, ENC_A, ENC_B, ENC_AB = range(8, 12)
    HIGH, LOW, RISING, FALLING, BOTH = 0, 2, 0, 2, 10
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
        self._title = "Timer(%d) interrupt handler" % id
        self._fire = self._tick
        self._function = None
        self._prescaler = 0
        self._period = 0xFFFF
        self._zero = 0
        self._on = False
        self._channels = {}
        if settings:
            self.init(**settings)

    def __repr__(self):
        if not self._on:
            return "Timer(" + str(self._id) + ")"
        settings = (self._id, self.freq(), self._prescaler, self._period)
        return "Timer(%d, freq=%g, prescaler=%d, period=%d, mode=UP, div=1)" % settings

    def init(
        self, *, freq=None, prescaler=None, period=None, mode=0, div=1, callback=None, deadtime=0, brk=0
    ):
        if freq is not None:
            self._set_freq(freq)
        elif prescaler is None or period is None:
            raise TypeError("must specify either freq, or prescaler and period")
        else:
            self._prescaler = prescaler
            self._period = period
        self._on = True
        self.callback(callback)
        self._show()

    @firmware
    def deinit(self):
        self._on = False
        self.callback(None)
        for channel in self._channels.values():
            channel._stop()

    def channel(self, number, mode=None, **settings):
        """A channel of the timer: PWM and output compare are shown on the pin, a callback comes every period."""
        if not 1 <= number <= 4:
            raise ValueError("invalid channel (%d)" % number)
        if mode is None:
            if number in self._channels:
                self._channels[number]._stop()
            return self._channels.get(number)
        previous = self._channels.get(number)
        if previous:
            previous._stop()
        self._channels[number] = TimerChannel(self, number, mode, **settings)
        return self._channels[number]

    def _show(self):
        for channel in self._channels.values():
            channel._show()

    def source_freq(self):
        _, hclk, slow, fast = machine._clocks
        clock = fast if self._id in (1, 8, 9, 10, 11) else slow
        return clock if clock == hclk else 2 * clock

    @firmware
    def freq(self, value=None):
        if value is not None:
            self._set_freq(value)
            self._start()
            self._show()
            return None
        freq = self.source_freq() / (self._prescaler + 1) / (self._period + 1)
        return int(freq) if freq == int(freq) else freq

    @firmware
    def period(self, value=None):
        if value is None:
            return self._period
        self._period = value
        self._start()
        self._show()

    @firmware
    def prescaler(self, value=None):
        if value is None:
            return self._prescaler
        self._prescaler = value
        self._start()
        self._show()

    @firmware
    def counter(self, value=None):
        ticks = micros() * self.source_freq() // 1000000 // (self._prescaler + 1)
        if value is None:
            return (ticks - self._zero) % (self._period + 1)
        self._zero = ticks - value

    @firmware
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

    @firmware
    def _tick(self, _):
        hard_callback(self._title, self._function, self, self._give_up)

    def _give_up(self):
        self.callback(None)


class TimerChannel:
    """One of a timer's four outputs."""

    def __init__(
        self,
        timer,
        number,
        mode,
        *,
        callback=None,
        pin=None,
        pulse_width=None,
        pulse_width_percent=None,
        compare=0,
        polarity=0,
    ):
        if mode in (Timer.IC, Timer.ENC_A, Timer.ENC_B, Timer.ENC_AB):
            raise ValueError("the virtual pyboard's timers capture nothing: use ExtInt and micros()")
        self._timer = timer
        self._line = "%s-%d" % (timer._line, number)
        self._title = "Timer(%d) channel %d interrupt handler" % (timer._id, number)
        self._name = name_of(pin) if pin is not None else None
        self._inverted = mode == Timer.PWM_INVERTED
        self._mode = mode
        self._width = compare
        self._fire = self._tick
        if pin is not None:
            Pin(pin).init(Pin.ALT)
        if pulse_width is not None:
            self._width = pulse_width
        if pulse_width_percent is not None:
            self._width = round((timer._period + 1) * pulse_width_percent / 100)
        self._show()
        self.callback(callback)

    @firmware
    def pulse_width(self, value=None):
        if value is None:
            return self._width
        self._width = value
        self._show()

    compare = pulse_width

    @firmware
    def pulse_width_percent(self, value=None):
        if value is None:
            return self._width * 100 / (self._timer._period + 1)
        self._width = round((self._timer._period + 1) * value / 100)
        self._show()

    def capture(self):
        return 0

    @firmware
    def callback(self, function):
        self._function = function
        timer = self._timer
        if function is None:
            return host.call("detach", self._line)
        us = round(1000000 * (timer._prescaler + 1) * (timer._period + 1) / timer.source_freq())
        host.call("attach", "%s %d 0 %d" % (self._line, id(self._fire), us))

    @firmware
    def _tick(self, _):
        hard_callback(self._title, self._function, self._timer, self._give_up)

    def _give_up(self):
        self.callback(None)

    def _show(self):
        if self._name and self._mode <= Timer.PWM_INVERTED:
            percent = min(max(self.pulse_width_percent(), 0), 100)
            show_pwm(self._name, self._timer.freq(), 100 - percent if self._inverted else percent)
        elif self._name:
            host.call("signal", "%s output compare at %d Hz" % (self._name, self._timer.freq()))

    def _stop(self):
        self.callback(None)
        if self._name:
            host.call("signal", self._name)


class USB_VCP:
    """The port to the computer, as a program sees it: the one the prompt is on."""

    RTS, CTS = 1, 2

    def __init__(self, id=0):
        import select
        import sys

        self._in, self._out = sys.stdin.buffer, sys.stdout.buffer
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def isconnected(self):
        return True

    def setinterrupt(self, char):
        import micropython

        micropython.kbd_intr(char)

    def any(self):
        return bool(self._poll.poll(0))

    def write(self, data):
        return self._out.write(data)

    def send(self, data, *, timeout=5000):
        return self._out.write(bytes([data]) if isinstance(data, int) else data)

    def read(self, count=-1):
        data = b""
        while (count < 0 or len(data) < count) and self.any():
            data += self._in.read(1)
        return data or None

    def readline(self):
        return self._in.readline() if self.any() else None

    def readinto(self, buffer, count=-1):
        data = self.read(len(buffer) if count < 0 else min(count, len(buffer)))
        if data is None:
            return None
        memoryview(buffer)[: len(data)] = data
        return len(data)

    def recv(self, data, *, timeout=5000):
        buffer = bytearray(data) if isinstance(data, int) else data
        got = 0
        while got < len(buffer) and self._poll.poll(timeout):
            buffer[got] = self._in.read(1)[0]
            got += 1
        return bytes(buffer[:got]) if isinstance(data, int) else got


def hard_reset():
    machine.reset()


def stop():
    machine.idle()


def standby():
    """Sleep until something wakes it, which is a reset."""
    machine.deepsleep()


def info(dump=None):
    print("ID=" + ":".join("%02x" % byte for byte in unique_id()))
    print("DEVID=0x0413")
    print("REVID=0x1007")
    print("S=%d\nH=%d\nP1=%d\nP2=%d" % freq())
    gc.collect()
    print("GC:")
    print("  %d total" % (gc.mem_alloc() + gc.mem_free()))
    print("  %d : %d" % (gc.mem_alloc(), gc.mem_free()))


def main(filename):
    host.call("main", filename)


def sync():
    pass


def usb_mode(*mode, **_):
    """The virtual board is a serial port only. Another mode can be asked for, as in boot.py; it stays one."""
    return None if mode else "VCP"


def have_cdc():
    return True


def wfi():
    machine.idle()


def repl_uart(*_):
    return None


def fault_debug(*_):
    pass
