"""The DfuSe protocol on one open USB interface.

Sources: USB DFU 1.1 (requests, states), ST AN3156 (commands within DNLOAD, reading by UPLOAD). The address is
set anew for every block and block number 2 is used, so that repeating a block is simple.
"""

from __future__ import annotations

import errno
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

_OUT, _IN = 0x21, 0xA1
_DNLOAD, _UPLOAD, _GETSTATUS, _CLRSTATUS, _ABORT = 1, 2, 3, 4, 6
_SET_ADDRESS, _ERASE = 0x21, 0x41
_BLOCK = 2
"""The first block number that means data; it lies at the address that was set."""
_TIMEOUT = 5_000
_LONG_TIMEOUT = 60_000  # mboot answers the status of an erasure only when it is done
_ERASE_LIMIT = 60.0
_MASS_ERASE_LIMIT = 240.0
_SHORTEST_POLL = 0.002
_GONE = (errno.ENODEV, errno.ENXIO, errno.EIO, errno.ESHUTDOWN, errno.ENOENT, errno.ECONNRESET)
_LIBUSB_GONE = (-1, -4)  # LIBUSB_ERROR_IO, LIBUSB_ERROR_NO_DEVICE: where errno says nothing

READ_PROTECTED = 0x0B
_STATUS = {
    0x01: "the file is not for this board",
    0x02: "the file fails the board's own check",
    0x03: "it could not write to its memory",
    0x04: "it could not erase its memory",
    0x05: "its memory is not empty after erasing",
    0x06: "it could not program its memory",
    0x07: "what it wrote differs from what it was sent",
    0x08: "the address is outside of its memory",
    0x09: "it expected more data",
    0x0A: "its firmware is damaged",
    READ_PROTECTED: "its memory is read-protected",  # what ST's ROM means by errVENDOR
    0x0C: "a USB reset came in between",
    0x0D: "a power-on reset came in between",
    0x0E: "something went wrong that it does not name",
    0x0F: "it did not understand a request",
}


class DfuState(IntEnum):
    APP_IDLE = 0
    APP_DETACH = 1
    IDLE = 2
    DNLOAD_SYNC = 3
    DNBUSY = 4
    DNLOAD_IDLE = 5
    MANIFEST_SYNC = 6
    MANIFEST = 7
    MANIFEST_WAIT_RESET = 8
    UPLOAD_IDLE = 9
    ERROR = 10


class DfuLost(Exception):  # noqa: N818 - a thing that happened
    """The device is no longer on the bus."""


class DfuTrouble(Exception):  # noqa: N818
    """The device refused something or did not answer in time; it may be tried again after ``to_idle``.

    ``code`` is the status it gave, 0 where it gave none.
    """

    def __init__(self, problem: str, code: int = 0) -> None:
        super().__init__(problem)
        self.code = code


@dataclass(frozen=True)
class DfuStatus:
    code: int
    poll: float
    """Seconds to wait before asking again (bwPollTimeout)."""
    state: int


class Dfuse:
    """An open DfuSe interface.

    Args:
        device: a ``usb.core.Device`` whose interface is claimed and set to its alternate setting.
        interface: its number.
        transfer_size: bytes in a block at most (wTransferSize).
        sleep: waits some seconds.
    """

    def __init__(
        self,
        device: Any,
        interface: int,
        transfer_size: int,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._device = device
        self._interface = interface
        self._sleep = sleep
        self.transfer_size = transfer_size

    def status(self, timeout: int = _TIMEOUT) -> DfuStatus:
        """GETSTATUS: what the last request came to; it also starts what DNLOAD asked for."""
        data = bytes(self._transfer(_IN, _GETSTATUS, 0, 6, timeout))
        if len(data) != 6:
            raise DfuTrouble(f"its status has {len(data)} bytes instead of 6")
        return DfuStatus(data[0], int.from_bytes(data[1:4], "little") / 1000, data[4])

    def to_idle(self) -> None:
        """Leave whatever state it is in, an error included."""
        for _ in range(4):
            status = self.status()
            if status.state == DfuState.IDLE and not status.code:
                return
            if status.state == DfuState.ERROR or status.code:
                self._transfer(_OUT, _CLRSTATUS, 0, b"")
            elif status.state == DfuState.DNBUSY:
                self._sleep(max(status.poll, _SHORTEST_POLL))
            else:
                self._transfer(_OUT, _ABORT, 0, b"")
        raise DfuTrouble("it does not become idle")

    def set_address(self, address: int) -> None:
        self._command(struct.pack("<BI", _SET_ADDRESS, address))

    def erase_sector(self, address: int) -> None:
        self._command(struct.pack("<BI", _ERASE, address), _ERASE_LIMIT, _LONG_TIMEOUT)

    def mass_erase(self) -> None:
        self._command(bytes([_ERASE]), _MASS_ERASE_LIMIT, int(_MASS_ERASE_LIMIT * 1000))

    def write(self, address: int, data: bytes) -> None:
        """Program one block, of at most ``transfer_size`` bytes. The memory there is erased."""
        self.set_address(address)
        self._download(_BLOCK, data, _ERASE_LIMIT, _TIMEOUT)

    def read(self, address: int, size: int) -> bytes:
        """Read one block, of at most ``transfer_size`` bytes."""
        self.set_address(address)
        self.to_idle()  # reading begins from there
        data = bytes(self._transfer(_IN, _UPLOAD, _BLOCK, size, _TIMEOUT))
        if len(data) != size:
            raise DfuTrouble(f"it gave {len(data)} of {size} bytes at 0x{address:08x}")
        self.to_idle()
        return data

    def leave(self, address: int) -> None:
        """Start the program at ``address``. The device goes away, perhaps before it confirms."""
        self.set_address(address)
        self._transfer(_OUT, _DNLOAD, 0, b"")
        try:
            self.status()
        except (DfuLost, DfuTrouble):
            return

    def _command(self, data: bytes, limit: float = _ERASE_LIMIT, timeout: int = _TIMEOUT) -> None:
        self._download(0, data, limit, timeout)

    def _download(self, block: int, data: bytes, limit: float, timeout: int) -> None:
        """DNLOAD, and waiting until it is done, as long as the device asks for but not beyond ``limit``."""
        self._transfer(_OUT, _DNLOAD, block, data)
        waited = 0.0
        while True:
            status = self.status(timeout)
            if status.code or status.state == DfuState.ERROR:
                problem = _STATUS.get(status.code, f"it reports the error {status.code}")
                raise DfuTrouble(problem, status.code)
            if status.state not in (DfuState.DNBUSY, DfuState.DNLOAD_SYNC):
                break
            if waited >= limit:
                raise DfuTrouble(f"it is still busy after {limit:g} s")
            pause = min(max(status.poll, _SHORTEST_POLL), limit)
            self._sleep(pause)
            waited += pause
        if status.state != DfuState.DNLOAD_IDLE:
            raise DfuTrouble(f"it is in the unexpected state {status.state}")

    def _transfer(
        self, kind: int, request: int, value: int, payload: bytes | int, timeout: int = _TIMEOUT
    ) -> Any:
        import usb.core

        try:
            return self._device.ctrl_transfer(kind, request, value, self._interface, payload, timeout)
        except usb.core.USBTimeoutError as error:
            raise DfuTrouble("it does not answer") from error
        except usb.core.USBError as error:
            if error.errno in _GONE or error.backend_error_code in _LIBUSB_GONE:
                raise DfuLost from error
            if error.errno == errno.EPIPE:
                raise DfuTrouble("it refused a request") from error
            raise DfuTrouble(f"USB reports: {error.strerror}") from error
