"""Firmware files as the builds make them."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib

FLASH = 0x08000000
RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def stm32_program(size: int, seed: int = 1) -> bytes:
    """Begins with stack and reset vector, as a Cortex-M program does."""
    return struct.pack("<2I", 0x20020000, FLASH + 0x201) + noise(size - 8, seed)


def dfu_file(
    *elements: tuple[int, bytes], ids=(0x0483, 0xDF11), alternate: int = 0, version: int = 1
) -> bytes:
    body = b"".join(struct.pack("<2I", address, len(data)) + data for address, data in elements)
    body += bytes(-len(body) % 8)
    target = struct.pack("<6sBI255s2I", b"Target", alternate, 1, b"ST...", len(body), len(elements)) + body
    whole = struct.pack("<5sBIB", b"DfuSe", version, 11 + len(target), 1) + target
    whole += struct.pack("<4H3sB", 0x2200, ids[1], ids[0], 0x011A, b"UFD", 16)
    return whole + struct.pack("<I", ~zlib.crc32(whole) & 0xFFFFFFFF)


def uf2_block(address, number, total, data, family=RP2040, flags=0x2000, tail=b"") -> bytes:
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), number, total, family or 0)
    return header + (data + tail).ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2_file(data: bytes, address: int = 0x10000000, family: int | None = RP2040) -> bytes:
    data += bytes(-len(data) % 256)
    total = len(data) // 256
    flags = 0 if family is None else 0x2000
    return b"".join(
        uf2_block(address + 256 * n, n, total, data[256 * n : 256 * n + 256], family, flags)
        for n in range(total)
    )


def rp2350_file(data: bytes) -> bytes:
    """With the block in front that erratum E10 makes necessary: it announces two and is one."""
    e10 = uf2_block(
        0x10FFFF00, 0, 2, b"\xef" * 256, 0xE48BFF57, 0x2000 | 0x8000, struct.pack("<I", 0x9957E304)
    )
    return e10 + uf2_file(data, family=RP2350)


def esp_image(chip: int, segments: list[tuple[int, bytes]], hashed: bool = True, megabytes: int = 4) -> bytes:
    size = (megabytes.bit_length() - 1) << 4
    image = struct.pack("<BBBBI", 0xE9, len(segments), 2, size, 0x40080000)
    image += struct.pack("<B3sHBHH4sB", 0xEE, b"\0\0\0", chip, 0, 0, 0xFFFF, b"\0\0\0\0", int(hashed))
    return _with_segments(image, segments, hashed)


def _with_segments(image: bytes, segments, hashed: bool) -> bytes:
    checksum = 0xEF
    for address, data in segments:
        image += struct.pack("<II", address, len(data)) + data
        for byte in data:
            checksum ^= byte
    image += bytes(15 - len(image) % 16) + bytes([checksum])
    return image + hashlib.sha256(image).digest() if hashed else image


def application(chip: int, size: int = 2000) -> bytes:
    descriptor = struct.pack("<I", 0xABCD5432) + noise(size, 5)
    return esp_image(chip, [(0x3F400020, descriptor), (0x400D0020, noise(800, 6))])


def partition_table(disk: int = 0x200000) -> bytes:
    rows = [
        (1, 2, 0x9000, 0x6000, b"nvs"),
        (0, 0, 0x10000, 0x1F0000, b"factory"),
        (1, 0x81, 0x200000, disk, b"vfs"),
    ]
    table = b"".join(struct.pack("<HBBII16sI", 0x50AA, *row, 0) for row in rows)
    return table + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(table).digest()


def esp_file(chip: int = 0, boot: int = 0x1000, megabytes: int = 4, disk: int = 0x200000) -> bytes:
    """Boot loader, partition table and application in one, as MicroPython's makeimg.py joins them.

    ``megabytes``: of the flash that it is made for; ``disk``: bytes of its last partition, from 2 MB on.
    """
    loader = [(0x3FFF0018, noise(400, 3)), (0x40078000, noise(1000, 4))]
    image = esp_image(chip, loader, megabytes=megabytes)
    image = image.ljust(0x8000 - boot, b"\xff") + partition_table(disk)
    return image.ljust(0x10000 - boot, b"\xff") + application(chip)


def esp8266_file() -> bytes:
    header = struct.pack("<BBBBI", 0xE9, 1, 0, 0x40, 0x40100000)
    flash = _with_segments(header, [(0x40100000, noise(400, 3))], False)
    rom = noise(3000, 8)
    body = flash.ljust(0x9000 - 4, b"\xff") + struct.pack("<I", 0x9000 + len(rom)) + rom
    return body + hashlib.md5(body[4:]).digest()
