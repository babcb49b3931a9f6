"""A DfuSe bootloader (STM32 ROM) as a pyusb backend: descriptors, state machine, flash that must be erased."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable
from types import SimpleNamespace

import usb.core
from usb.backend import IBackend

PYBOARD = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"
OPTION_BYTES = "@Option Bytes  /0x1FFFC000/01*016 e"
OTP = "@OTP Memory /0x1FFF7800/01*512 e,01*016 e"
IDLE, DNBUSY, DNLOAD_IDLE, MANIFEST, UPLOAD_IDLE, ERROR = 2, 4, 5, 7, 9, 10
DNLOAD_SYNC = 3


def stall() -> usb.core.USBError:
    return usb.core.USBError("Pipe error", -9, errno.EPIPE)


def gone() -> usb.core.USBError:
    return usb.core.USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)


class FakeDfu(IBackend):
    """One device (or none, once it is unplugged).

    Args:
        layouts: the interface strings, one for each alternate setting.
        poll: milliseconds it asks the host to wait for an erasure or a block (bwPollTimeout).

    What goes wrong is set by ``before``: it is called with the name of each step ("erase", "write", "set
    address", "read", "mass erase", "leave", "status") and its address, and may raise, unplug, or return a
    status code to fail with.
    """

    def __init__(
        self, layouts=(PYBOARD, OPTION_BYTES, OTP), *, ids=(0x0483, 0xDF11), poll: int = 100, size: int = 2048
    ):
        self.layouts, self.ids, self.poll, self.size = layouts, ids, poll, size
        self.memory: dict[int, int] = {}
        """Every byte that is not erased. Erased flash reads 0xff; programming can only clear bits."""
        self.plugged = True
        self.open = 0
        self.started_at: int | None = None
        self.before: Callable[[str, int], int | None] = lambda step, address: None
        self.log: list[str] = []
        self.erased: list[int] = []
        self.state, self.code = IDLE, 0
        self.address = 0
        self.alternate = 0
        self._pending: tuple[int, bytes] | None = None
        self._ready_at = 0.0
        self.now = 0.0
        self.refuse_open: Exception | None = None
        self.stuck = False
        """It is busy for ever with what it begins."""

    # The host's clock

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    # Descriptors

    def enumerate_devices(self):
        return iter([self] if self.plugged else [])

    def get_parent(self, dev):
        return None

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=self.ids[0], idProduct=self.ids[1], bcdDevice=0x2200, iManufacturer=1,
            iProduct=2, iSerialNumber=3, bNumConfigurations=1, address=7, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        if config:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=9 + 9 * len(self.layouts) + 9, bNumInterfaces=1,
            bConfigurationValue=1, iConfiguration=0, bmAttributes=0xC0, bMaxPower=50, extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf or alt >= len(self.layouts):
            raise IndexError
        # The functional descriptor stands behind the last alternate setting, as in ST's ROM.
        last = alt == len(self.layouts) - 1
        functional = struct.pack("<BBBHHH", 9, 0x21, 0x0B, 255, self.size, 0x011A) if last else b""
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=alt, bNumEndpoints=0,
            bInterfaceClass=0xFE, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=4 + alt,
            extra_descriptors=functional,
        )  # fmt: skip

    # Access

    def open_device(self, dev):
        self._check_plugged()
        if self.refuse_open:
            raise self.refuse_open
        self.open += 1
        return self

    def close_device(self, handle):
        self.open -= 1

    def get_configuration(self, handle):
        self._check_plugged()
        return 1

    def set_configuration(self, handle, value):
        self._check_plugged()

    def set_interface_altsetting(self, handle, intf, alt):
        self._check_plugged()
        self.alternate = alt

    def claim_interface(self, handle, intf):
        self._check_plugged()

    def release_interface(self, handle, intf):
        self._check_plugged()

    def is_kernel_driver_active(self, handle, intf):
        return False

    def unplug(self) -> None:
        self.plugged = False
        self._pending = None

    def plug(self) -> None:
        """In its bootloader, with the flash as it was left."""
        self.plugged = True
        self.state, self.code, self.address = IDLE, 0, 0

    def _check_plugged(self) -> None:
        if not self.plugged:
            raise gone()

    # Requests

    def ctrl_transfer(self, handle, kind, request, value, index, data, timeout):
        self._check_plugged()
        assert timeout > 0
        if (kind, request) == (0x80, 6) and value >> 8 == 3:
            return self._string(value & 0xFF, data)
        answer = {
            (0x21, 1): self._download, (0xA1, 2): self._upload, (0xA1, 3): self._get_status,
            (0x21, 4): self._clear_status, (0x21, 6): self._abort,
        }[kind, request](value, data)  # fmt: skip
        self._check_plugged()
        return answer

    def _string(self, index: int, data) -> int:
        if index == 0:
            body = struct.pack("<H", 0x0409)
        elif index >= 4:
            body = self.layouts[index - 4].encode("utf-16-le")
        else:
            body = "x".encode("utf-16-le")
        return _into(data, bytes([len(body) + 2, 3]) + body)

    def _download(self, value: int, data) -> int:
        if self.state not in (IDLE, DNLOAD_IDLE):
            self.state, self.code = ERROR, 0x0F
            raise stall()
        assert len(data) <= self.size
        self._pending = (value, bytes(data))
        self.state = DNLOAD_SYNC
        return len(data)

    def _upload(self, value: int, data) -> int:
        if self.state not in (IDLE, UPLOAD_IDLE) or value < 2:
            self.state, self.code = ERROR, 0x0F
            raise stall()
        address = self.address + (value - 2) * self.size
        self._step("read", address)
        self.state = UPLOAD_IDLE
        return _into(data, self.read(address, len(data)))

    def _get_status(self, value: int, data) -> int:
        self._step("status", 0)
        poll = 0
        if self.state == DNLOAD_SYNC and self._pending is not None:
            pending, self._pending = self._pending, None
            if pending == (pending[0], b""):
                self.state = MANIFEST
                self._step("leave", self.address)
                self.started_at = self.address
            else:
                poll = self._begin(*pending)
        elif self.state == DNBUSY:
            if self.stuck:
                poll = self.poll
            elif self.now < self._ready_at:
                # Asked too early: ST's ROM is deaf while it works. A host that ignores bwPollTimeout fails.
                self.state, self.code = ERROR, 0x0E
            else:
                self.state = DNLOAD_IDLE
        answer = bytes([self.code]) + poll.to_bytes(3, "little") + bytes([self.state, 0])
        if self.state == MANIFEST:
            self.plugged = False
            return _into(data, answer)
        return _into(data, answer)

    def _begin(self, block: int, data: bytes) -> int:
        """Carry out a download; how long the host must wait."""
        code = self._carry_out(block, data) or 0
        if code:
            self.state, self.code = ERROR, code
            return 0
        self.state = DNBUSY
        self._ready_at = self.now + self.poll / 1000
        return self.poll

    def _carry_out(self, block: int, data: bytes) -> int | None:
        if block >= 2:
            address = self.address + (block - 2) * self.size
            return self._step("write", address) or self._program(address, data)
        command, argument = data[0], data[1:]
        address = int.from_bytes(argument, "little")
        if command == 0x21 and len(argument) == 4:
            self.address = address
            return self._step("set address", address)
        if command == 0x41 and not argument:
            return self._step("mass erase", 0) or self.memory.clear()
        if command == 0x41:
            return self._step("erase", address) or self._erase(address)
        return 0x0F

    def _step(self, name: str, address: int) -> int | None:
        self.log.append(name)
        code = self.before(name, address)
        self._check_plugged()
        return code

    def _clear_status(self, value: int, data) -> int:
        self.state, self.code = IDLE, 0
        return 0

    def _abort(self, value: int, data) -> int:
        self.state = IDLE
        return 0

    # Flash

    def sectors(self):
        address = 0x08000000
        for size, count in ((16, 4), (64, 1), (128, 7)):
            for _ in range(count):
                yield address, size << 10
                address += size << 10

    def _erase(self, address: int) -> int | None:
        for start, size in self.sectors():
            if start == address:
                self.erased.append(start)
                for each in range(start, start + size):
                    self.memory.pop(each, None)
                return None
        return 0x08

    def _program(self, address: int, data: bytes) -> int | None:
        for at, byte in enumerate(data, address):
            self.memory[at] = self.memory.get(at, 0xFF) & byte
        return None

    def fill(self, address: int, data: bytes) -> None:
        self.memory.update(enumerate(data, address))

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.memory.get(at, 0xFF) for at in range(address, address + size))


def _into(buffer, answer: bytes) -> int:
    answer = answer[: len(buffer)]
    buffer[: len(answer)] = type(buffer)("B", answer)
    return len(answer)
