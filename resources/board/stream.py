"""Send samples to Dirigent inside the board's ordinary output.

    from stream import scheduled, stream
    accel = stream("accel", "xyz", fmt="3h", unit="g", scale=0.001)     # or columns "x,y,z"
    accel.send(x, y, z)                                                # integers, here in thousandths of a g
    sampler = pyb.Timer(4, freq=100, callback=scheduled(sample))       # sample(timer) reads and sends

One call writes one frame at once, from a buffer made beforehand. With up to six integers it needs no memory, so it
may be called by a hard interrupt, too. Many samples travel lighter together, packed one behind the other in any
buffer (this needs memory):

    accel.send_many(array("h", [x1, y1, z1, x2, y2, z2]), 1000)     # taken 1000 us apart, the last one now
"""

import sys
from array import array
from micropython import schedule
from struct import calcsize, pack_into
from time import ticks_us

try:
    from binascii import crc32
except ImportError:
    crc32 = None


def _tables():
    # CRC-32 by half bytes, in two halves of 16 bits: small integers need no memory.
    high, low = array("H"), array("H")
    for n in range(16):
        for _ in range(4):
            n = (n >> 1) ^ (0xEDB88320 if n & 1 else 0)
        high.append(n >> 16)
        low.append(n & 0xFFFF)
    return high, low


_HIGH, _LOW = _tables()


def _crc_into(buf, start, end):
    high = low = 0xFFFF
    for i in range(start, end):
        byte = buf[i]
        for _ in range(2):
            k = (low ^ byte) & 15
            low = ((low >> 4) | ((high & 15) << 12)) ^ _LOW[k]
            high = (high >> 4) ^ _HIGH[k]
            byte >>= 4
    pack_into("<HH", buf, end, low ^ 0xFFFF, high ^ 0xFFFF)


def _values(fmt):
    count, digits = 0, ""
    for letter in fmt:
        if letter.isdigit():
            digits += letter
        else:
            count += int(digits or 1)
            digits = ""
    return count


def scheduled(function):
    """A callback for a timer or a pin that runs ``function`` outside of the interrupt, where memory, floats and the
    board's buses may be used, and never in the middle of something that is just being written."""

    def tick(source):
        try:
            schedule(function, source)
        except RuntimeError:
            pass  # so many are waiting already: this one is left out

    return tick


class stream:
    def __init__(self, name, columns, fmt=None, unit="", scale=1):
        names = columns.split(",") if "," in columns else list(columns)
        fmt = fmt or str(len(names)) + "f"
        values = _values(fmt)
        if values == 1 and isinstance(columns, str):
            names = [columns]  # a single value has a word for a name
        if values != len(names):
            raise ValueError("%d columns, but fmt has %d values" % (len(names), values))
        head = [name, ",".join(names), fmt]
        if unit or scale != 1:
            head.append(unit)
        if scale != 1:
            head.append(str(scale))
        head = ":".join(head).encode()
        self._fmt = "<" + fmt
        self._at = 6 + len(head)  # of sequence and time
        self._end = self._at + 10 + calcsize(self._fmt)
        self._count = len(names)
        self._sequence = 0
        self._buf = bytearray(self._end + 4)
        pack_into("<BBBHB", self._buf, 0, 0xFE, 0xD1, 1, self._end - 5, len(head))
        self._buf[6 : self._at] = head
        self._body = memoryview(self._buf)[2 : self._end]
        self._write = sys.stdout.buffer.write

    def send(self, a, b=None, c=None, d=None, e=None, f=None, *more):
        buf = self._buf
        at = self._at
        n = self._count
        fmt = self._fmt
        pack_into("<HII", buf, at, self._sequence, ticks_us() & 0x3FFFFFFF, 0)
        at += 10
        if n == 1:
            pack_into(fmt, buf, at, a)
        elif n == 2:
            pack_into(fmt, buf, at, a, b)
        elif n == 3:
            pack_into(fmt, buf, at, a, b, c)
        elif n == 4:
            pack_into(fmt, buf, at, a, b, c, d)
        elif n == 5:
            pack_into(fmt, buf, at, a, b, c, d, e)
        elif n == 6:
            pack_into(fmt, buf, at, a, b, c, d, e, f)
        else:
            pack_into(fmt, buf, at, a, b, c, d, e, f, *more)
        self._seal(buf, self._end, self._body)
        self._write(buf)

    def send_many(self, samples, step=0):
        data = bytes(samples)
        size = calcsize(self._fmt)
        count = len(data) // size
        if len(data) % size:
            raise ValueError("%d bytes are not whole samples of %d" % (len(data), size))
        most = (1019 - self._at) // size
        at = self._at + 10
        buf = bytearray(at + min(most, count) * size + 4)
        buf[: self._at] = self._buf[: self._at]
        view = memoryview(buf)
        begin = ticks_us() - (count - 1) * step
        for first in range(0, count, most):
            end = at + min(most, count - first) * size
            pack_into("<H", buf, 3, end - 5)
            pack_into("<HII", buf, self._at, self._sequence, (begin + first * step) & 0x3FFFFFFF, step)
            buf[at:end] = data[first * size : (first + most) * size]
            self._seal(buf, end, view[2:end])
            self._write(view[: end + 4])

    def _seal(self, buf, end, body):
        try:
            pack_into("<I", buf, end, crc32(body))
        except Exception:  # no memory in an interrupt, or no crc32 at all
            _crc_into(buf, 2, end)
        self._sequence = (self._sequence + 1) & 0xFFFF
