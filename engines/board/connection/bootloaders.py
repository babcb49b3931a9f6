"""Boards that wait in their bootloaders, seen on the USB bus: they have vanished as serial ports."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engines.board.connection.ports import Behind, identify

SYSFS = Path("/sys/bus/usb/devices")


class Found(NamedTuple):
    place: str
    """Where on the bus."""
    description: str


Look = Callable[[], frozenset[Found]]


def look() -> frozenset[Found]:
    """Every board in a bootloader. Takes milliseconds: not for the GUI thread."""
    devices = _from_sysfs(SYSFS) if sys.platform == "linux" else _from_libusb()
    found = set()
    for place, vendor, product in devices:
        behind, description = identify(vendor, product)
        if behind is Behind.BOOTLOADER:
            found.add(Found(place, description))
    return frozenset(found)


class Newcomers:
    """A board that went away may have come back as a bootloader, which was not there before."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._known: frozenset[Found] = frozenset()

    def remember(self) -> None:
        """What is there now is no newcomer."""
        self._known = self._look()

    def description(self) -> str:
        """Of one that has come since; '' when there is none."""
        return min((each.description for each in self._look() - self._known), default="")


def _from_sysfs(folder: Path) -> list[tuple[str, int, int]]:
    devices = []
    for device in folder.glob("*/idVendor"):
        with contextlib.suppress(OSError, ValueError):
            product = (device.parent / "idProduct").read_text()
            # The number tells a device that was plugged in again from the one before at this place.
            number = (device.parent / "devnum").read_text().strip()
            devices.append((f"{device.parent.name}#{number}", int(device.read_text(), 16), int(product, 16)))
    return devices


def _from_libusb() -> list[tuple[str, int, int]]:
    try:
        import libusb_package

        found = libusb_package.find(find_all=True) or ()
        return [(f"{each.bus}-{each.address}", each.idVendor, each.idProduct) for each in found]
    except Exception:  # without libusb nothing is told; ports are told all the same
        return []
