# The virtual pyboard's buses. A UART and an SPI bus are wired to themselves (what is sent comes back); on I2C(1)
# sits the accelerometer, as on a pyboard.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import io

import utime
from _irq import firmware

_ENODEV = 19
_ACCEL = 0x4C
_UARTS = {"XA": 4, "XB": 1, "YA": 6, "YB": 3}
_POLL, _POLL_READ, _POLL_WRITE = 3, 1, 4


class UART(io.IOBase):
    """A serial port whose TX is wired to its RX: an echo. Holds ``read_buf_len`` bytes; more are lost, as there."""

    RTS, CTS, IRQ_RXIDLE, IRQ_RX = 256, 512, 16, 32

    def __init__(self, id, *settings, **named):
        id = _UARTS.get(id, id)
        if id not in (1, 2, 3, 4, 6):
            raise ValueError("UART(" + repr(id) + ") doesn't exist")
        self._id = id
        self._baud = None
        self._waiting = bytearray()
        self._handler = None
        if settings or named:
            self.init(*settings, **named)

    def __repr__(self):
        if self._baud is None:
            return "UART(%d)" % self._id
        return "UART(%d, baudrate=%d, bits=8, parity=None, stop=1, timeout=%d)" % (
            self._id,
            self._baud,
            self._timeout,
        )

    def init(
        self,
        baudrate,
        bits=8,
        parity=None,
        stop=1,
        *,
        timeout=1000,
        flow=0,
        timeout_char=0,
        read_buf_len=64,
        rxbuf=None,
        txbuf=None,
    ):
        self._baud = baudrate
        self._timeout = timeout
        self._room = rxbuf or read_buf_len
        self._waiting = bytearray()

    def deinit(self):
        self._baud = None

    def any(self):
        return len(self._waiting)

    @firmware
    def write(self, data):
        if self._baud is None:
            raise OSError(5)
        if isinstance(data, str):
            data = data.encode()
        self._waiting += bytes(data)[: max(self._room - len(self._waiting), 0)]
        if self._handler:
            import micropython

            micropython.schedule(self._handler, self)
        return len(data)

    @firmware
    def writechar(self, char):
        self.write(bytes([char & 255]))

    def sendbreak(self):
        pass

    def flush(self):
        pass

    def txdone(self):
        return True

    def _await(self):
        # So long a real port waits for the first byte; only a callback can still write it here.
        end = utime.ticks_add(utime.ticks_ms(), self._timeout if self._baud else 0)
        while not self._waiting and utime.ticks_diff(end, utime.ticks_ms()) > 0:
            utime.sleep_us(1000)

    def _take(self, count):
        data = bytes(self._waiting[:count])
        self._waiting = self._waiting[count:]
        return data or None

    def read(self, count=-1):
        self._await()
        return self._take(len(self._waiting) if count < 0 else count)

    def readline(self):
        self._await()
        return self._take(self._waiting.find(b"\n") + 1 or len(self._waiting))

    @firmware
    def readinto(self, buffer, count=-1):
        data = self.read(len(buffer) if count < 0 else min(count, len(buffer)))
        if data is None:
            return None
        memoryview(buffer)[: len(data)] = data
        return len(data)

    @firmware
    def readchar(self):
        data = self.read(1)
        return data[0] if data else -1

    def irq(self, handler=None, trigger=0, hard=False, priority=1):
        self._handler = handler

    def ioctl(self, request, argument):
        if request == _POLL:
            return argument & ((_POLL_READ if self._waiting else 0) | _POLL_WRITE)
        return 0


class _Accelerometer:
    """The registers of the MMA7660: 0 to 2 are x, y, z (6 bits), 3 is the tilt, the others keep what is written."""

    _file = open("/dev/accel", "rb")
    _sample = bytearray(4)
    _kept = bytearray(11)

    @firmware
    def read(self, register, count):
        self._file.readinto(self._sample)
        for i in range(3):
            self._kept[i] = self._sample[i] & 63
        self._kept[3] = self._sample[3]
        return bytes([self._kept[(register + i) % 11] for i in range(count)])

    @firmware
    def write(self, register, data):
        for i, byte in enumerate(data):
            if (register + i) % 11 > 3:
                self._kept[(register + i) % 11] = byte


accelerometer = _Accelerometer()


class _Bus:
    """What pyb.I2C and machine.I2C share: the devices on the bus."""

    def _open(self, id):
        id = {"X": 1, "Y": 2}.get(id, id)
        if id not in (1, 2):
            raise ValueError("I2C(" + repr(id) + ") doesn't exist")
        self._id = id
        self._register = 0

    def scan(self):
        return [_ACCEL] if self._id == 1 else []

    @firmware
    def _device(self, address):
        if address not in self.scan():
            raise OSError(_ENODEV)
        return accelerometer

    @firmware
    def _sent(self, address, data):
        device = self._device(address)
        if data:
            self._register = data[0]
            device.write(data[0], data[1:])

    @firmware
    def _received(self, address, count):
        return self._device(address).read(self._register, count)


@firmware
def _bytes(data):
    return bytes([data]) if isinstance(data, int) else bytes(data)


class I2C(_Bus):
    """pyb.I2C, as a controller."""

    CONTROLLER = MASTER = 0
    PERIPHERAL = SLAVE = 1

    def __init__(self, id, mode=None, **settings):
        self._open(id)
        if mode is not None:
            self.init(mode, **settings)

    def __repr__(self):
        return "I2C(%d, I2C.CONTROLLER, baudrate=400000)" % self._id

    def init(self, mode, *, addr=0x12, baudrate=400000, gencall=False, dma=False):
        if mode != I2C.CONTROLLER:
            raise ValueError("the virtual pyboard's I2C is a controller only: nothing could address it")

    def deinit(self):
        pass

    def is_ready(self, addr):
        return addr in self.scan()

    def send(self, send, addr=0, timeout=5000):
        self._sent(addr, _bytes(send))

    def recv(self, recv, addr=0, timeout=5000):
        if isinstance(recv, int):
            return self._received(addr, recv)
        recv[:] = self._received(addr, len(recv))
        return recv

    def mem_read(self, data, addr, memaddr, *, timeout=5000, addr_size=8):
        if isinstance(data, int):
            return self._device(addr).read(memaddr, data)
        data[:] = self._device(addr).read(memaddr, len(data))
        return data

    def mem_write(self, data, addr, memaddr, *, timeout=5000, addr_size=8):
        self._device(addr).write(memaddr, _bytes(data))


class MachineI2C(_Bus):
    """machine.I2C"""

    def __init__(self, id=1, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._open(1 if id == -1 else id)

    def __repr__(self):
        return "I2C(%d, freq=400000, timeout=50000)" % self._id

    def init(self, *, scl=None, sda=None, freq=400000):
        pass

    def deinit(self):
        pass

    def readfrom(self, addr, nbytes, stop=True):
        return self._received(addr, nbytes)

    def readfrom_into(self, addr, buf, stop=True):
        buf[:] = self._received(addr, len(buf))

    def writeto(self, addr, buf, stop=True):
        self._sent(addr, buf)
        return len(buf) + 1

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join(bytes(part) for part in vector))

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        return self._device(addr).read(memaddr, nbytes)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        buf[:] = self._device(addr).read(memaddr, len(buf))

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self._device(addr).write(memaddr, buf)


class SPI:
    """pyb.SPI and machine.SPI with MOSI wired to MISO: what is sent while reading comes back."""

    CONTROLLER = MASTER = 0
    PERIPHERAL = SLAVE = 1
    MSB, LSB = 0, 128

    def __init__(self, id, *settings, **named):
        id = {"X": 1, "Y": 2}.get(id, id)
        if id not in (1, 2):
            raise ValueError("SPI(" + repr(id) + ") doesn't exist")
        if SPI.PERIPHERAL in settings[:1]:
            raise ValueError("the virtual pyboard's SPI is a controller only: nothing could address it")
        self._id = id

    def __repr__(self):
        return "SPI(%d, SPI.CONTROLLER)" % self._id

    def init(self, *settings, **named):
        pass

    def deinit(self):
        pass

    def send(self, send, *, timeout=5000):
        pass

    def recv(self, recv, *, timeout=5000):
        return bytes(recv) if isinstance(recv, int) else recv

    def send_recv(self, send, recv=None, *, timeout=5000):
        data = _bytes(send)
        if recv is None:
            return data
        recv[:] = data
        return recv

    def write(self, data):
        pass

    def read(self, count, write=0):
        return bytes([write]) * count

    @firmware
    def readinto(self, buffer, write=0):
        buffer[:] = bytes([write]) * len(buffer)

    def write_readinto(self, data, buffer):
        buffer[:] = data
