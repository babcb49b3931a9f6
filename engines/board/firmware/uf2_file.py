"""Reading UF2 files.

Format: github.com/microsoft/uf2. Blocks of 512 bytes, each with its own address, number and family. There is
no checksum over the data (only the rare MD5 flag); everything around the data is held against itself here:
magics, numbering, sizes, order and family of the blocks, and the addresses against the family's memory.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import Firmware, Kind, Segment, merge, ranges_text, size_text
from engines.board.firmware.uf2_families import FAMILIES, RP2_ABSOLUTE, family_name

BLOCK = 512
_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END_MAGIC = struct.pack("<I", 0x0AB16F30)
_DATA = 476
_NOT_MAIN_FLASH = 0x0001
_FILE_CONTAINER = 0x1000
_FAMILY = 0x2000
_MD5 = 0x4000
_TAGS = 0x8000
_KNOWN_FLAGS = _NOT_MAIN_FLASH | _FILE_CONTAINER | _FAMILY | _MD5 | _TAGS
# RP2350 erratum E10: such a block, of two announced and one there, precedes every image.
_E10 = (0x10FFFF00, 0, 2)
_AGAIN = "Download the file again."


@dataclass(frozen=True)
class _Block:
    place: int
    """Which block of the file it is, from 0."""
    flags: int
    address: int
    number: int
    total: int
    family: int | None
    data: bytes
    trailer: bytes
    """What stands behind the data: tags, or an MD5 sum."""


def read_uf2(path: Path, data: bytes) -> Firmware:
    """A .uf2 file. Raises FirmwareError: damaged, incomplete, or not firmware."""
    if not data or len(data) % BLOCK:
        raise _refused(path, f"its {len(data):,} bytes are no whole number of UF2 blocks; it is cut off")
    blocks = [_block(path, place, data) for place in range(len(data) // BLOCK)]
    families: dict[int | None, list[_Block]] = {}
    for block in blocks:
        families.setdefault(block.family, []).append(block)
    if None in families and len(families) > 1:
        raise _refused(path, "some of its blocks name a family and some do not")
    segments: list[Segment] = []
    for family, members in families.items():
        if not _is_e10(family, members):
            _check_numbers(path, members)
            segments += _check_places(path, family, members)
    _check_md5(path, blocks)
    try:
        merged = merge(segments)
    except ValueError as error:
        raise _refused(path, str(error)) from error
    if not merged:
        raise _refused(path, "there is nothing in it to write")
    named = frozenset(family for family in families if family is not None)
    checks = (
        f"UF2 file, {size_text(sum(len(each.data) for each in merged))} for {ranges_text(merged)}",
        f"All {len(blocks):,} blocks are there and in order",
        "Made for " + ", ".join(sorted(family_name(each) for each in named if each != RP2_ABSOLUTE))
        if named - {RP2_ABSOLUTE}
        else "The file does not say for which chip it is",
    )
    return Firmware(path, Kind.UF2, merged, checks, data, families=named)


def family_of(block: bytes) -> int | None:
    """The family of one block as it was read from anywhere; None when it is no block or names none."""
    try:
        return _block(Path(), 0, block).family
    except (FirmwareError, struct.error):
        return None


def _block(path: Path, place: int, data: bytes) -> _Block:
    raw = data[place * BLOCK : (place + 1) * BLOCK]
    start, second, flags, address, size, number, total, family = _HEADER.unpack_from(raw)
    if (start, second) != _MAGIC or raw[-4:] != _END_MAGIC:
        raise _refused(path, f"block {place} of it is damaged (its magic numbers are wrong)")
    if flags & ~_KNOWN_FLAGS:
        raise _refused(path, f"block {place} of it has unknown flags ({flags:#x})")
    if flags & _FILE_CONTAINER:
        raise _refused(path, "it holds files, not firmware")
    if flags & _NOT_MAIN_FLASH:
        raise _refused(path, f"block {place} of it is not meant for the flash")
    if not 0 < size <= _DATA or size % 4:
        raise _refused(path, f"block {place} of it claims to hold {size} bytes")
    body = raw[_HEADER.size : _HEADER.size + size]
    trailer = raw[_HEADER.size + size : -4]
    return _Block(place, flags, address, number, total, family if flags & _FAMILY else None, body, trailer)


def _is_e10(family: int | None, members: list[_Block]) -> bool:
    first = members[0]
    return (
        family == RP2_ABSOLUTE
        and len(members) == 1
        and (first.address, first.number, first.total) == _E10
        and first.place == 0
    )


def _check_numbers(path: Path, members: list[_Block]) -> None:
    """Every family counts its own blocks (as the RP2350's files do)."""
    total = members[0].total
    if any(block.total != total for block in members):
        raise _refused(path, "its blocks do not agree on how many they are")
    numbers = [block.number for block in members]
    number, times = Counter(numbers).most_common(1)[0]
    if times > 1:
        raise _refused(path, f"block number {number} is there twice")
    if len(numbers) != total:
        raise _refused(path, f"{len(numbers):,} of its {total:,} blocks are there; it is incomplete")
    if sorted(numbers) != list(range(total)):
        raise _refused(path, "its blocks are numbered wrongly")


def _check_places(path: Path, family: int | None, members: list[_Block]) -> list[Segment]:
    ordered = sorted(members, key=lambda block: block.number)
    size = len(ordered[0].data)
    end = -1
    for block in ordered:
        if len(block.data) != size:
            raise _refused(path, f"block {block.place} of it is of another size than the others")
        if block.address % 4 or (size == 256 and block.address % 256):
            raise _refused(path, f"block {block.place} of it has the odd address 0x{block.address:08x}")
        if block.address < end:
            raise _refused(path, f"block {block.place} of it (0x{block.address:08x}) is out of order")
        end = block.address + size
    segments = [Segment(block.address, block.data) for block in ordered]
    known = FAMILIES.get(family) if family is not None else None
    for segment in segments if known else ():
        assert known is not None
        if not any(start <= segment.address and segment.end <= stop for start, stop in known.windows):
            raise _refused(path, f"0x{segment.address:08x} is no memory of {known.name}")
    return segments


def _check_md5(path: Path, blocks: list[_Block]) -> None:
    """Blocks with this flag carry address, length and MD5 sum of a region in their last 24 bytes."""
    memory = {block.address: block.data for block in blocks}
    for block in blocks:
        if not block.flags & _MD5:
            continue
        if len(block.trailer) < 24:
            raise _refused(path, f"block {block.place} of it has no room for its MD5 sum")
        start, length, digest = struct.unpack("<2I16s", block.trailer[-24:])
        region = bytearray()
        while len(region) < length and start + len(region) in memory:
            region += memory[start + len(region)]
        if len(region) < length or hashlib.md5(bytes(region[:length])).digest() != digest:
            raise _refused(path, f"the MD5 sum for 0x{start:08x} is wrong; the file is damaged")


def _refused(path: Path, problem: str) -> FirmwareError:
    return FirmwareError(path.name, problem, _AGAIN)
