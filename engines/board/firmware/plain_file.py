"""Reading firmware without a format of its own: raw memory (.bin) and Intel HEX (.hex) for STM32 boards."""

from __future__ import annotations

import io
import struct
from pathlib import Path

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import Firmware, Kind, Segment, merge, ranges_text, size_text

FLASH = 0x08000000
_FLASH_END = 0x08400000
# RAM an STM32 may begin its stack in: core-coupled memory, or SRAM.
_STACKS = ((0x10000000, 0x10020000), (0x20000000, 0x20300000), (0x24000000, 0x24200000))


def read_bin(path: Path, data: bytes, address: int | None = None) -> Firmware:
    """Raw memory.

    Args:
        address: of the first byte; None: the beginning of an STM32's flash, and then the file must begin as
            a program does there.

    Raises:
        FirmwareError: empty, or no such program.
    """
    if not data.strip(b"\xff") or not data.strip(b"\0"):
        raise FirmwareError(path.name, "there is nothing in it to write", "Take another file.")
    if address is None:
        _check_vectors(path, data)
    segment = Segment(FLASH if address is None else address, data)
    checks = (
        f"Raw memory, {size_text(len(data))} for {ranges_text([segment])}",
        "Begins as an STM32 program does" if address is None else f"For the address 0x{address:08x}",
        "A .bin file has no checksum: whether it is whole cannot be told",
    )
    return Firmware(path, Kind.DFU, (segment,), checks, data)


def read_hex(path: Path, data: bytes) -> Firmware:
    """Intel HEX. Raises FirmwareError: damaged, cut off, or not for an STM32's memory."""
    from intelhex import IntelHex, IntelHexError

    if b":00000001FF" not in data.upper():
        raise FirmwareError(
            path.name, "its last record is missing; it is cut off", "Download the file again."
        )
    try:
        reader = IntelHex(io.StringIO(data.decode("ascii")))
    except (IntelHexError, UnicodeDecodeError) as error:
        raise FirmwareError(path.name, f"it is damaged ({error})", "Download the file again.") from error
    segments = merge(
        Segment(start, bytes(reader.tobinarray(start=start, end=end - 1))) for start, end in reader.segments()
    )
    if not segments:
        raise FirmwareError(path.name, "there is nothing in it to write", "Take another file.")
    checks = (
        f"Intel HEX file, {size_text(sum(len(each.data) for each in segments))} for {ranges_text(segments)}",
        "The checksum of every line is right",
    )
    return Firmware(path, Kind.DFU, segments, checks, data)


def _check_vectors(path: Path, data: bytes) -> None:
    """A Cortex-M program begins with its first stack address and the (odd) address of its first code."""
    stack, reset = struct.unpack_from("<2I", data) if len(data) >= 8 else (0, 0)
    sound = any(start < stack <= end for start, end in _STACKS) and stack % 4 == 0
    if not sound or not FLASH <= reset < _FLASH_END or not reset & 1:
        raise FirmwareError(
            path.name,
            "it does not begin as a program for an STM32 does",
            "Take the .dfu file, or, if it belongs elsewhere in memory, give its address.",
        )
