"""Reading DfuSe files (.dfu), as MicroPython publishes them for pyboards and other STM32 boards.

Format: ST UM0391, "DfuSe file format specification": a prefix, targets (one for each memory) of elements
(address and bytes), and the USB DFU 1.1 suffix with the ids of the device and a CRC-32.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import Firmware, Kind, Segment, merge, ranges_text, size_text

_PREFIX = struct.Struct("<5sBIB")
_TARGET = struct.Struct("<6sBI255s2I")
_ELEMENT = struct.Struct("<2I")
_SUFFIX = struct.Struct("<4H3sBI")
_DFUSE_VERSION = 0x011A
_ANY = 0xFFFF
_STM32 = (0x0483, 0xDF11)
_AGAIN = "Download the file again."


def read_dfu(path: Path, data: bytes) -> Firmware:
    """A .dfu file. Raises FirmwareError: damaged, cut off, or for another device."""
    if len(data) < _PREFIX.size + _SUFFIX.size:
        raise _refused(path, f"it has only {len(data)} bytes; it is cut off or no firmware at all")
    device = _check_suffix(path, data)
    signature, version, size, targets = _PREFIX.unpack_from(data)
    if signature != b"DfuSe" or version != 1:
        raise FirmwareError(
            path.name,
            "this DFU file is not of the DfuSe kind that STM32 boards need",
            "Take the .dfu file that micropython.org offers for your board.",
        )
    end = len(data) - _SUFFIX.size
    if size != end:
        raise _refused(path, f"its header speaks of {size:,} bytes and there are {end:,}")
    alternates, segments = _targets(path, data[:end], targets)
    if len(alternates) != 1:
        raise FirmwareError(
            path.name,
            f"it holds firmware for {len(alternates)} different memories",
            "Take a file for the internal flash only.",
        )
    try:
        merged = merge(segments)
    except ValueError as error:
        raise _refused(path, str(error)) from error
    if not merged:
        raise _refused(path, "there is nothing in it to write")
    checks = (
        f"DfuSe file, {size_text(sum(len(each.data) for each in merged))} for {ranges_text(merged)}",
        "The CRC is right: the file is whole and undamaged",
        "Made for the STM32 bootloader (0483:df11)" if device else "Made for any DFU device",
    )
    return Firmware(path, Kind.DFU, merged, checks, data, device=device, alternate=alternates.pop())


def _check_suffix(path: Path, data: bytes) -> tuple[int, int] | None:
    """The device the file is for; None for any."""
    _, product, vendor, version, signature, length, crc = _SUFFIX.unpack_from(data, len(data) - _SUFFIX.size)
    if signature != b"UFD" or length != _SUFFIX.size:
        raise _refused(path, "the DFU suffix at its end is missing; it is cut off or no DFU file")
    if crc != ~zlib.crc32(data[:-4]) & 0xFFFFFFFF:
        raise _refused(path, "its CRC is wrong; the file is damaged")
    if version != _DFUSE_VERSION:
        raise _refused(path, f"it follows DFU version {version:04x}, not DfuSe (011a)")
    if (vendor, product) == (_ANY, _ANY):
        return None
    if (vendor, product) != _STM32:
        raise FirmwareError(
            path.name,
            f"it is made for the USB device {vendor:04x}:{product:04x}, not for an STM32 (0483:df11)",
            "Take the file for your board.",
        )
    return vendor, product


def _targets(path: Path, data: bytes, count: int) -> tuple[set[int], list[Segment]]:
    """Alternate settings and pieces of all targets; ``data`` ends where the suffix begins."""
    alternates: set[int] = set()
    segments: list[Segment] = []
    at = _PREFIX.size
    for _ in range(count):
        if at + _TARGET.size > len(data):
            raise _refused(path, "a target in it is cut off")
        signature, alternate, _named, _name, size, elements = _TARGET.unpack_from(data, at)
        at += _TARGET.size
        if signature != b"Target" or at + size > len(data):
            raise _refused(path, "a target in it is damaged")
        alternates.add(alternate)
        segments += _elements(path, data[at : at + size], elements)
        at += size
    if at != len(data):
        raise _refused(path, f"{len(data) - at} bytes in it belong to no target")
    return alternates, segments


def _elements(path: Path, data: bytes, count: int) -> list[Segment]:
    found = []
    at = 0
    for _ in range(count):
        if at + _ELEMENT.size > len(data):
            raise _refused(path, "a piece of memory in it is cut off")
        address, size = _ELEMENT.unpack_from(data, at)
        at += _ELEMENT.size
        if at + size > len(data):
            raise _refused(path, f"the piece for 0x{address:08x} is cut off")
        found.append(Segment(address, data[at : at + size]))
        at += size
    if any(data[at:]):  # zeros are the padding to eight bytes
        raise _refused(path, "a target in it is longer than its pieces")
    return found


def _refused(path: Path, problem: str) -> FirmwareError:
    return FirmwareError(path.name, problem, _AGAIN)
