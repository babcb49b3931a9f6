"""The ROM loader of an ESP32 on a pseudo-terminal: SLIP, its commands, and a flash behind them.

Protocol: Espressif, esptool documentation, "Serial protocol". Only what the ROM itself can: no stub.
"""

from __future__ import annotations

import hashlib
import os
import select
import struct
import threading
import tty
import zlib

END, ESC = 0xC0, 0xDB
READ_REG, WRITE_REG, SYNC = 0x0A, 0x09, 0x08
FLASH_BEGIN, FLASH_DATA, FLASH_END = 0x02, 0x03, 0x04
DEFL_BEGIN, DEFL_DATA, DEFL_END = 0x10, 0x11, 0x12
SPI_SET_PARAMS, SPI_ATTACH, BAUD, MD5, SECURITY = 0x0B, 0x0D, 0x0F, 0x13, 0x14
MAGIC_REGISTER = 0x40001000
SPI_W0 = 0x3FF42080
ESP32, ESP8266 = 0x00F01D83, 0xFFF0C101


class EspRom:
    """An ESP board in its ROM loader.

    Args:
        magic: which chip it says it is.
        size_code: the third byte of the flash chip's id: its size as a power of two.
    """

    def __init__(self, magic: int = ESP32, size_code: int = 0x16) -> None:
        self.flash = bytearray(b"\xff" * (1 << size_code))
        self.magic = magic
        self.silent = False
        """It runs its program instead of its loader."""
        self.vanish_after: int | None = None
        """So many blocks are written before it is unplugged."""
        self.spoil = False
        """What is written is not what is in the flash afterwards."""
        self.blocks = 0
        self._registers = {MAGIC_REGISTER: magic, SPI_W0: 0x40EF | size_code << 16}
        self._written = self._end = 0
        self._inflate = zlib.decompressobj()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="esp-rom")
        self._thread.start()

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self.unplug()

    def unplug(self) -> None:
        for end in (self._slave, self._master):
            if end >= 0:
                os.close(end)
        self._slave = self._master = -1

    def _serve(self) -> None:
        packet: bytearray | None = None
        escaped = False
        while not self._ending and self._master >= 0:
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                received = os.read(self._master, 4096)
            except OSError:  # nobody has it open just now
                continue
            for byte in received:
                if byte == END:
                    if packet:
                        self._answer(bytes(packet))
                    packet = bytearray()
                elif packet is None:
                    continue
                elif escaped:
                    packet.append({0xDC: END, 0xDD: ESC}[byte])
                    escaped = False
                elif byte == ESC:
                    escaped = True
                else:
                    packet.append(byte)

    def _answer(self, packet: bytes) -> None:
        if self.silent or len(packet) < 8:
            return
        _, operation, _, checksum = struct.unpack("<BBHI", packet[:8])
        data = packet[8:]
        if operation == SYNC:
            for _ in range(8):
                self._reply(operation, 0x20120707)
            return
        if operation == READ_REG:
            self._reply(operation, self._registers.get(struct.unpack("<I", data[:4])[0], 0))
            return
        if operation == MD5:
            address, size = struct.unpack("<2I", data[:8])
            digest = hashlib.md5(bytes(self.flash[address : address + size])).hexdigest().encode()
            self._reply(operation, 0, digest)
            return
        good = self._carry_out(operation, data, checksum)
        if self._master >= 0:
            self._reply(operation, 0, status=b"\0\0\0\0" if good else b"\1\5\0\0")

    def _carry_out(self, operation: int, data: bytes, checksum: int) -> bool:
        if operation in (FLASH_BEGIN, DEFL_BEGIN):
            size, _, _, address = struct.unpack("<4I", data[:16])
            self._written, self._end = address, address + size
            self._inflate = zlib.decompressobj()
            self.flash[address : address + size] = b"\xff" * size
            return True
        if operation in (FLASH_DATA, DEFL_DATA):
            return self._write(operation, data, checksum)
        return operation in (WRITE_REG, SPI_SET_PARAMS, SPI_ATTACH, BAUD, FLASH_END, DEFL_END)

    def _write(self, operation: int, data: bytes, checksum: int) -> bool:
        size = struct.unpack("<I", data[:4])[0]
        body = data[16 : 16 + size]
        expected = 0xEF
        for byte in body:
            expected ^= byte
        if expected != checksum:
            return False
        if self.vanish_after is not None and self.blocks >= self.vanish_after:
            self.unplug()
            return False
        self.blocks += 1
        plain = self._inflate.decompress(body) if operation == DEFL_DATA else body
        if self.spoil:
            plain = bytes(len(plain))
        self.flash[self._written : self._written + len(plain)] = plain
        self._written += len(plain)
        return True

    def _reply(self, operation: int, value: int, data: bytes = b"", status: bytes = b"\0\0\0\0") -> None:
        packet = struct.pack("<BBHI", 1, operation, len(data) + len(status), value) + data + status
        body = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        whole = b"\xc0" + body + b"\xc0"
        while whole:
            whole = whole[os.write(self._master, whole) :]
