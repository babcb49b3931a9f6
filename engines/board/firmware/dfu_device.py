"""Finding DfuSe bootloaders on USB and opening them."""

from __future__ import annotations

import contextlib
import errno
import re
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engines.board.firmware import udev
from engines.board.firmware.dfuse import Dfuse
from engines.board.firmware.errors import DRIVER, LOST, PERMISSION, FirmwareError
from engines.board.firmware.memory_layout import MemoryLayout

ROM = (0x0483, 0xDF11)
"""The bootloader in the ROM of every STM32; most builds of MicroPython's mboot use its ids, too."""
_MICROPYTHON = 0xF055
_DFU_CLASS = (0xFE, 0x01)
_DFU_MODE = 2
_FUNCTIONAL = 0x21
_DEFAULT_TRANSFER_SIZE = 1024
_LARGEST_TRANSFER_SIZE = 4096
NO_WAY_BACK_NEEDED = "The board's bootloader cannot be lost."


def bundled_backend() -> Any:
    """libusb as the package libusb-package brings it; None when it cannot be loaded."""
    try:
        import libusb_package
        import usb.core
    except ImportError:
        return None
    try:
        return libusb_package.get_libusb1_backend()
    except usb.core.USBError:
        return None  # a computer, or a container, without USB


@dataclass(frozen=True)
class DfuDevice:
    """A DfuSe bootloader on the bus; nothing was asked of it yet."""

    vendor: int
    product: int
    place: str
    """Bus and address: which of several."""
    handle: Any = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        if self.vendor == _MICROPYTHON:
            return "MicroPython bootloader (mboot)"
        return "STM32 bootloader" if (self.vendor, self.product) == ROM else "DFU bootloader"

    @property
    def ids(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


@dataclass(frozen=True)
class Memory:
    """One alternate setting."""

    alternate: int
    layout: MemoryLayout


def find_dfu(backend: Any) -> list[DfuDevice]:
    """All bootloaders on the bus.

    Raises:
        FirmwareError: USB cannot be used at all.
    """
    if backend is None:
        raise FirmwareError("USB", "libusb cannot be loaded", "Reinstall Dirigent.", cause=DRIVER)
    import usb.core

    try:
        devices = list(usb.core.find(find_all=True, backend=backend, custom_match=_is_dfu))
    except usb.core.USBError as error:
        raise FirmwareError(
            "USB", f"it cannot be used ({error.strerror})", "Unplug the board and plug it in again."
        ) from error
    return [
        DfuDevice(each.idVendor, each.idProduct, f"bus {each.bus} address {each.address}", each)
        for each in devices
    ]


def _is_dfu(device: Any) -> bool:
    import usb.core

    if (device.idVendor, device.idProduct) == ROM:
        return True
    with contextlib.suppress(usb.core.USBError, NotImplementedError):
        return any(_is_dfu_interface(each) for configuration in device for each in configuration)
    return False


def _is_dfu_interface(interface: Any) -> bool:
    kind = (interface.bInterfaceClass, interface.bInterfaceSubClass)
    return kind == _DFU_CLASS and interface.bInterfaceProtocol == _DFU_MODE


class OpenDfu:
    """An opened bootloader: its memories, and the protocol on one of them."""

    def __init__(self, device: DfuDevice, sleep: Callable[[float], object]) -> None:
        import usb.util

        self._usb = device.handle
        self._sleep = sleep
        configuration = _configuration(self._usb)
        interfaces = [each for each in configuration if _is_dfu_interface(each)]
        self.transfer_size = _transfer_size([configuration, *interfaces])
        self._interface = interfaces[0].bInterfaceNumber if interfaces else 0
        self.memories: list[Memory] = []
        for each in interfaces:
            text = usb.util.get_string(self._usb, each.iInterface) or ""
            with contextlib.suppress(ValueError):
                self.memories.append(Memory(each.bAlternateSetting, MemoryLayout.parse(text)))
        if not self.memories:
            raise FirmwareError(
                device.name,
                "it does not tell its memory layout, so it is no DfuSe bootloader",
                "Flash it with its maker's own tool.",
            )
        usb.util.claim_interface(self._usb, self._interface)

    def choose(self, memory: Memory) -> Dfuse:
        self._usb.set_interface_altsetting(self._interface, memory.alternate)
        protocol = Dfuse(self._usb, self._interface, self.transfer_size, self._sleep)
        protocol.to_idle()
        return protocol


@contextmanager
def opened(device: DfuDevice, sleep: Callable[[float], object] = time.sleep) -> Iterator[OpenDfu]:
    """Open a bootloader, and let it go in the end.

    Raises:
        FirmwareError: no permission, no driver, gone, or in use; with the remedy.
    """
    import usb.core
    import usb.util

    try:
        try:
            found = OpenDfu(device, sleep)
        except (usb.core.USBError, NotImplementedError, ValueError) as error:
            raise _explain(device, error) from error
        yield found
    finally:
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(device.handle)


def _configuration(device: Any) -> Any:
    import usb.core

    try:
        return device.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno in (errno.EACCES, errno.ENODEV, errno.EBUSY, errno.ENOENT):
            raise
        device.set_configuration()
        return device.get_active_configuration()


def _transfer_size(descriptors: list[Any]) -> int:
    """wTransferSize of the DFU functional descriptor (nine bytes, type 0x21), wherever it stands."""
    for each in descriptors:
        extra = bytes(each.extra_descriptors)
        at = 0
        while at + 2 <= len(extra) and extra[at]:
            if extra[at + 1] == _FUNCTIONAL and extra[at] >= 7 and at + 7 <= len(extra):
                size = struct.unpack_from("<H", extra, at + 5)[0]
                return max(64, min(size, _LARGEST_TRANSFER_SIZE))
            at += extra[at]
    return _DEFAULT_TRANSFER_SIZE


def _explain(device: DfuDevice, error: Exception) -> FirmwareError:
    """Why a bootloader that is there cannot be opened."""
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM) or re.search("langid|permission", str(error), re.IGNORECASE):
        if sys.platform == "win32":
            return _no_driver(device)
        return FirmwareError(
            device.name,
            "you may not use this USB device",
            f"Allow it with this command, then plug the board in again: {udev.command()}",
            cause=PERMISSION,
        )
    if isinstance(error, NotImplementedError):
        return _no_driver(device)
    if number in (errno.ENODEV, errno.ENOENT, errno.EIO):
        return FirmwareError(
            device.name, "it went away", f"Plug the board in again. {NO_WAY_BACK_NEEDED}", cause=LOST
        )
    if number == errno.EBUSY:
        return FirmwareError(device.name, "another program uses it", "Close that program, then try again.")
    return FirmwareError(
        device.name, f"it cannot be opened ({error})", "Plug the board in again, then try again."
    )


def _no_driver(device: DfuDevice) -> FirmwareError:
    return FirmwareError(
        device.name,
        "Windows has no driver for it that Dirigent can use",
        "Install the WinUSB driver for this device, for instance with Zadig (zadig.akeo.ie): choose "
        f"“{device.ids}”, WinUSB, Install Driver. Then try again.",
        cause=DRIVER,
    )
