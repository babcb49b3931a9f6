"""Reading firmware for ESP boards (.bin): boot image, partition table and application in one file.

Format: Espressif, "Firmware image format" (image header, segments, checksum, SHA-256) and ESP-IDF, "Partition
tables"; ESP8266: MicroPython's ports/esp8266/makeimg.py (image, length, MD5). All sums in it are checked.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import Firmware, Kind, Segment, size_text

MAGIC = 0xE9
_HEADER = struct.Struct("<BBBBI")
_EXTENDED = struct.Struct("<B3sHBHH4sB")
_SEGMENT = struct.Struct("<II")
_PARTITION = struct.Struct("<HBBII16sI")
_PARTITION_MAGIC = 0x50AA
_TABLE_MD5 = b"\xeb\xeb" + b"\xff" * 14
_TABLE_ADDRESS = 0x8000
_TABLE_SIZE = 0xC00
_CHECKSUM_START = 0xEF
_ESP8266_ROM = 0x9000
_APPLICATION = struct.pack("<I", 0xABCD5432)
_LARGEST_SIZE_CODE = 7
_AGAIN = "Download the file again."


@dataclass(frozen=True)
class Chip:
    name: str
    """As people write it."""
    argument: str
    """As esptool writes it."""
    boot_address: int
    """Where in flash the ROM looks for the boot image."""


ESP8266 = Chip("ESP8266", "esp8266", 0)
CHIPS: dict[int, Chip] = {
    0: Chip("ESP32", "esp32", 0x1000),
    2: Chip("ESP32-S2", "esp32s2", 0x1000),
    5: Chip("ESP32-C3", "esp32c3", 0),
    9: Chip("ESP32-S3", "esp32s3", 0),
    12: Chip("ESP32-C2", "esp32c2", 0),
    13: Chip("ESP32-C6", "esp32c6", 0),
    16: Chip("ESP32-H2", "esp32h2", 0),
    18: Chip("ESP32-P4", "esp32p4", 0x2000),
    20: Chip("ESP32-C61", "esp32c61", 0),
    23: Chip("ESP32-C5", "esp32c5", 0x2000),
}


def chip_named(argument: str) -> Chip | None:
    """The chip that esptool calls so."""
    return next((each for each in (ESP8266, *CHIPS.values()) if each.argument == argument), None)


@dataclass(frozen=True)
class _Image:
    """One image with its segments: the boot loader or an application."""

    chip: Chip
    end: int
    application: bool
    flash_size: int
    """Of the board that it is made for, in bytes; 0: not told."""


def read_esp(path: Path, data: bytes, address: int | None = None) -> Firmware:
    """A .bin file for an ESP board.

    Args:
        address: where in flash it goes; None: the whole firmware, to where the chip's ROM looks for it.

    Raises:
        FirmwareError: damaged, cut off, or only a part of a firmware and no ``address`` given.
    """
    if _is_esp8266(data):
        return _read_esp8266(path, data, address)
    image = _image(path, data, 0)
    chip = image.chip
    checks = [f"ESP firmware for {chip.name}, {size_text(len(data))}"]
    needed = image.flash_size
    table_at = _TABLE_ADDRESS - chip.boot_address
    if data[table_at : table_at + 2] == struct.pack("<H", _PARTITION_MAGIC):
        needed = max(needed, _check_partitions(path, data, chip, table_at))
        checks.append("Boot loader, partition table and application: all sums are right")
    elif address is None:
        problem = (
            "it holds the application only (for updates over the air), not boot loader and partition table"
            if image.application
            else "it holds no partition table; it is a part of a firmware or cut off"
        )
        raise FirmwareError(
            path.name, problem, "Take the .bin file for the first installation, or give its address."
        )
    else:
        checks.append("Checksum and hash of the image are right")
    place = chip.boot_address if address is None else address
    checks.append(f"Goes to 0x{place:x} in the flash")
    if needed:
        checks.append(f"Made for a flash of {size_text(needed)}")
    segment = Segment(place, data)
    return Firmware(path, Kind.ESP, (segment,), tuple(checks), data, chip=chip.argument, flash_needed=needed)


def _image(path: Path, data: bytes, start: int) -> _Image:
    """Check one image. Raises FirmwareError."""
    if len(data) < start + _HEADER.size + _EXTENDED.size:
        raise _refused(path, "it is cut off")
    magic, count, mode, flash, _entry = _HEADER.unpack_from(data, start)
    fields = _EXTENDED.unpack_from(data, start + _HEADER.size)
    number, hashed = fields[2], fields[-1]
    if magic != MAGIC or not 0 < count <= 16 or mode > 5 or hashed > 1:
        raise _refused(path, f"the image header at 0x{start:x} is damaged")
    chip = CHIPS.get(number)
    if chip is None:
        raise FirmwareError(
            path.name, f"it is for an ESP chip that is not known here (number {number})", "Take another file."
        )
    at = start + _HEADER.size + _EXTENDED.size
    application = data[at + _SEGMENT.size : at + _SEGMENT.size + 4] == _APPLICATION
    end = _check_segments(path, data, at, count)
    if hashed:
        if data[end : end + 32] != hashlib.sha256(data[start:end]).digest():
            raise _refused(
                path, f"the SHA-256 of the image at 0x{start:x} is wrong; it is damaged or cut off"
            )
        end += 32
    return _Image(chip, end, application, _flash_size(flash))


def _flash_size(header: int) -> int:
    """Bytes; 0 for a code that is not known. From 1 MB as a power of two in the upper half of the byte."""
    code = header >> 4
    return 1 << 20 + code if code <= _LARGEST_SIZE_CODE else 0


def _check_segments(path: Path, data: bytes, at: int, count: int) -> int:
    """Where the image ends, behind its checksum. Raises FirmwareError."""
    checksum = _CHECKSUM_START
    for _ in range(count):
        if at + _SEGMENT.size > len(data):
            raise _refused(path, "it is cut off")
        _, size = _SEGMENT.unpack_from(data, at)
        at += _SEGMENT.size
        if at + size > len(data):
            raise _refused(path, "it is cut off within a segment, or a segment's length is damaged")
        checksum ^= _xor(data[at : at + size])
        at += size
    last = at | 15  # the checksum ends a line of 16 bytes
    if last >= len(data) or data[last] != checksum:
        raise _refused(path, "its checksum is wrong; it is damaged or cut off")
    return last + 1


def _xor(data: bytes) -> int:
    """All bytes, exclusive-ored: by halves, since a loop over a megabyte takes long."""
    number, bits = int.from_bytes(data, "little"), 8 * max(1, 1 << (len(data) - 1).bit_length())
    while bits > 8:
        bits //= 2
        number = (number >> bits) ^ (number & ((1 << bits) - 1))
    return number


def _check_partitions(path: Path, data: bytes, chip: Chip, table_at: int) -> int:
    """The table's MD5, and every application in the file. Where the last partition ends."""
    applications, summed, end = 0, False, 0
    for at in range(table_at, table_at + _TABLE_SIZE, _PARTITION.size):
        entry = data[at : at + _PARTITION.size]
        if entry[:16] == _TABLE_MD5:
            if entry[16:] != hashlib.md5(data[table_at:at]).digest():
                raise _refused(path, "the MD5 sum of its partition table is wrong; it is damaged")
            summed = True
            break
        if len(entry) < _PARTITION.size:
            break
        magic, kind, _subtype, address, size, _label, _flags = _PARTITION.unpack(entry)
        if magic != _PARTITION_MAGIC:
            break
        end = max(end, address + size)
        place = address - chip.boot_address
        if kind == 0 and place < len(data):
            applications += _check_application(path, data, chip, place)
    if not summed:
        raise _refused(path, "its partition table has no MD5 sum; it is damaged or cut off")
    if not applications:
        raise _refused(path, "there is no application behind its partition table; it is cut off")
    return end


def _check_application(path: Path, data: bytes, chip: Chip, place: int) -> int:
    """1 for a sound application, 0 for an empty partition."""
    if data[place : place + 1] in (b"", b"\xff"):
        return 0
    if _image(path, data, place).chip is not chip:
        raise _refused(path, "its boot loader and its application are for different chips")
    return 1


def _is_esp8266(data: bytes) -> bool:
    """Its images have no extended header: the first segment follows at once, for RAM at 0x401….."""
    return len(data) > 16 and data[0] == MAGIC and data[10:12] == b"\x10\x40"


def _read_esp8266(path: Path, data: bytes, address: int | None) -> Firmware:
    magic, count, mode, _size, _entry = _HEADER.unpack_from(data)
    if magic != MAGIC or not 0 < count <= 16 or mode > 3:
        raise _refused(path, "its image header is damaged")
    _check_segments(path, data, _HEADER.size, count)
    # MicroPython's own sum; the first four bytes are left out, as esptool may set the flash mode there.
    if len(data) < _ESP8266_ROM + 16 or hashlib.md5(data[4:-16]).digest() != data[-16:]:
        raise _refused(path, "the MD5 sum at its end is wrong; it is damaged, cut off or not MicroPython")
    checks = (f"ESP firmware for ESP8266, {size_text(len(data))}", "Checksum and MD5 sum are right")
    segment = Segment(address or 0, data)
    return Firmware(path, Kind.ESP, (segment,), checks, data, chip=ESP8266.argument)


def _refused(path: Path, problem: str) -> FirmwareError:
    return FirmwareError(path.name, problem, _AGAIN)
