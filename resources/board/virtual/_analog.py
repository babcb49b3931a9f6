# What the virtual pyboard converts between volts and numbers: ADC, DAC, PWM and servos.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import host
import utime
from _irq import firmware
from _pins import Pin, adc_channel, name_of

_SUPPLY = 3.3
_SERVOS = ("X1", "X2", "X3", "X4")


def _share(name):
    return min(max(float(host.call("volts", name)) / _SUPPLY, 0.0), 1.0)


class ADC:
    """Reads the voltage that is applied to a pin: 0 to 3.3 V as 0 to 4095."""

    CORE_VREF, CORE_VBAT, CORE_TEMP = 17, 18, 16

    def __init__(self, pin):
        if isinstance(pin, int):  # a channel, as it can be given on a pyboard
            from _pins import _ADC

            if pin in (16, 17, 18):
                self._name, self._channel = None, pin
                return
            pin = _ADC[pin]
        pin = Pin(pin)
        self._channel = adc_channel(pin._name)
        self._name = pin._name
        pin.init(Pin.ANALOG)

    def __repr__(self):
        return "<ADC on %s channel=%d>" % (self._name, self._channel)

    @firmware
    def read(self):
        return round(self._ratio() * 4095)

    @firmware
    def read_u16(self):
        return round(self._ratio() * 65535)

    @firmware
    def read_uv(self):
        return round(self._ratio() * 3300000)

    def _ratio(self):
        return _share(self._name) if self._name else _core(self._channel)

    def read_timed(self, buffer, rate):
        """Fill a buffer at so many samples a second (or at a timer's frequency); bytes get 8 bits."""
        freq = rate.freq() if hasattr(rate, "freq") else rate
        shift = 4 if isinstance(buffer, (bytes, bytearray)) else 0
        due = utime.ticks_us()
        for i in range(len(buffer)):
            buffer[i] = self.read() >> shift
            due = utime.ticks_add(due, round(1000000 / freq))
            left = utime.ticks_diff(due, utime.ticks_us())
            if left > 0:
                utime.sleep_us(left)
        return len(buffer)


def _core(channel):
    # 25 degrees C: 0.76 V; the reference: 1.21 V; a battery of 3 V behind a divider by 2.
    return {16: 0.76, 17: 1.21, 18: 1.5}[channel] / _SUPPLY


class ADCAll:
    """All channels at once, with the chip's own temperature, battery and reference."""

    def __init__(self, resolution, mask=0xFFFF):
        if resolution not in (6, 8, 10, 12):
            raise ValueError("resolution %d not supported" % resolution)
        self._top = (1 << resolution) - 1

    def read_channel(self, channel):
        return round(ADC(channel)._ratio() * self._top)

    def read_core_temp(self):
        return 25.0

    def read_core_vbat(self):
        return 3.0

    def read_core_vref(self):
        return 1.21

    def read_vref(self):
        return _SUPPLY


class DAC:
    """Gives a voltage on X5 (1) or X6 (2), which an ADC on the same pin reads."""

    NORMAL, CIRCULAR = 0, 256
    _pins = {1: "X5", 2: "X6"}

    def __init__(self, port, bits=8, *, buffering=None):
        name = DAC._pins.get(port) if isinstance(port, int) else name_of(port)
        if name not in DAC._pins.values():
            raise ValueError("DAC(" + repr(port) + ") doesn't exist")
        self._name = name
        self.init(bits)

    def init(self, bits=8, *, buffering=None):
        if bits not in (8, 12):
            raise ValueError("unsupported bits")
        self._bits = bits
        Pin(self._name).init(Pin.ANALOG)

    def deinit(self):
        host.call("signal", self._name)

    @firmware
    def write(self, value):
        volts = _SUPPLY * (value & (1 << self._bits) - 1) / ((1 << self._bits) - 1)
        host.call("signal", "%s =%.4f DAC %.2f V" % (self._name, volts, volts))

    def noise(self, freq):
        host.call("signal", "%s DAC noise at %d Hz" % (self._name, freq))

    def triangle(self, freq):
        host.call("signal", "%s DAC triangle at %d Hz" % (self._name, freq))

    def write_timed(self, data, freq, *, mode=0):
        rate = freq.freq() if hasattr(freq, "freq") else freq
        host.call("signal", "%s DAC wave of %d values at %d Hz" % (self._name, len(data), rate))


class Servo:
    """A hobby servo on X1 to X4."""

    def __init__(self, id):
        if not 1 <= id <= 4:
            raise ValueError("Servo(" + str(id) + ") doesn't exist")
        self._name = _SERVOS[id - 1]
        self._calibration = [
            640,
            2420,
            1500,
            2470,
            2200,
        ]  # us: shortest, longest, centre, at 90 deg, at 100 %
        self.pulse_width(self._calibration[2])

    @firmware
    def pulse_width(self, us=None):
        if us is None:
            return self._us
        self._us = min(max(us, self._calibration[0]), self._calibration[1])
        host.call("signal", "%s servo %d°, %d us" % (self._name, round(self.angle()), self._us))

    def calibration(self, *values):
        if not values:
            return tuple(self._calibration)
        self._calibration[: len(values)] = values

    @firmware
    def angle(self, value=None, time=0):
        return self._scaled(90, self._calibration[3], value)

    @firmware
    def speed(self, value=None, time=0):
        return self._scaled(100, self._calibration[4], value)

    def _scaled(self, full, us_at_full, value):
        centre = self._calibration[2]
        if value is None:
            return round((self._us - centre) * full / (us_at_full - centre))
        # A given duration is not waited for: a program on a pyboard goes on, too, while the servo moves.
        self.pulse_width(round(centre + value * (us_at_full - centre) / full))


class PWM:
    """machine.PWM: recorded for the picture of the board."""

    def __init__(self, pin, *, freq=1000, duty_u16=0, duty_ns=None, invert=False):
        self._name = name_of(pin)
        Pin(self._name).init(Pin.ALT)
        self._freq = freq
        self._duty = duty_u16
        self.init(freq=freq, duty_ns=duty_ns)

    def init(self, *, freq=None, duty_u16=None, duty_ns=None):
        self._freq = freq or self._freq
        if duty_u16 is not None:
            self._duty = duty_u16
        if duty_ns is not None:
            self._duty = round(duty_ns * self._freq * 65535 / 1000000000)
        show_pwm(self._name, self._freq, self._duty / 655.35)

    @firmware
    def freq(self, value=None):
        return self.init(freq=value) if value else self._freq

    @firmware
    def duty_u16(self, value=None):
        return self._duty if value is None else self.init(duty_u16=value)

    @firmware
    def duty_ns(self, value=None):
        return self.init(duty_ns=value) if value is not None else round(self._duty * 1000000000 / 65535 / self._freq)

    def deinit(self):
        host.call("signal", self._name)


def show_pwm(name, freq, percent):
    host.call("signal", "%s =%.4f PWM %d %% at %d Hz" % (name, _SUPPLY * percent / 100, round(percent), freq))
