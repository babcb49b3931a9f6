"""The ROM loader of an ESP32 on a pseudo-terminal, the stub that is loaded through it, and a flash behind both.

Protocol: Espressif, esptool documentation, "Serial protocol": SLIP packets, the ROM's commands, and what the
stub does otherwise: two bytes of status, a binary MD5, an erase of the whole flash, sectors that are erased as
they are written.
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
MEM_BEGIN, MEM_END, MEM_DATA, ERASE_FLASH = 0x05, 0x06, 0x07, 0xD0
SPI_SET_PARAMS, SPI_ATTACH, BAUD, MD5, SECURITY = 0x0B, 0x0D, 0x0F, 0x13, 0x14
MAGIC_REGISTER = 0x40001000
SPI_W0 = 0x3FF42080
SECTOR = 0x1000
ESP32, ESP8266 = 0x00F01D83, 0xFFF0C101


class EspRom:
    """An ESP board in its ROM loader.

    Args:
        magic: which chip it says it is.
        size_code: the third byte of the flash chip's id: its size as a power of two.
        resets: it has lines for that, so that esptool finds the ROM at every start, and no stub.
    """

    def __init__(self, magic: int = ESP32, size_code: int = 0x16, resets: bool = True) -> None:
        self.flash = bytearray(b"\xff" * (1 << size_code))
        self.magic = magic
        self.silent = False
        """It runs its program instead of its loader."""
        self.vanish_after: int | None = None
        """So many blocks are written before it is unplugged."""
        self.spoil = False
        """What is written is not what is in the flash afterwards."""
        self.erases = True
        """It carries an erase of the whole flash out."""
        self.greets = True
        """A stub that is loaded comes to life."""
        self.blocks = 0
        self.stubs = 0
        """How often a stub was loaded and started."""
        self.erased = 0
        """How often the whole flash was erased."""
        self.stub = False
        """The stub answers, not the ROM."""
        self._resets = resets
        self._ram = Ram()
        self._erased_to = 0
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
            self.stub = self.stub and not self._resets
            for _ in range(8):
                self._reply(operation, 0 if self.stub else 0x20120707)
            return
        if operation == READ_REG:
            self._reply(operation, self._registers.get(struct.unpack("<I", data[:4])[0], 0))
            return
        if operation == MD5:
            address, size = struct.unpack("<2I", data[:8])
            digest = hashlib.md5(bytes(self.flash[address : address + size]))
            self._reply(operation, 0, digest.digest() if self.stub else digest.hexdigest().encode())
            return
        good = self._carry_out(operation, data, checksum)
        if self._master >= 0:
            self._reply(operation, 0, good=good)
        if operation == MEM_END and good and self.greets:
            self.stub = True
            self.stubs += 1
            self._send(b"OHAI")

    def _carry_out(self, operation: int, data: bytes, checksum: int) -> bool:
        if operation in (FLASH_BEGIN, DEFL_BEGIN):
            return self._begin(*struct.unpack("<4I", data[:16]))
        if operation in (FLASH_DATA, DEFL_DATA):
            return self._write(operation, data, checksum)
        if operation == MEM_BEGIN:
            return self._ram.begin(*struct.unpack("<4I", data))
        if operation == MEM_DATA:
            return self._ram.write(struct.unpack("<2I", data[:8]), data[16:], checksum)
        if operation == MEM_END:
            return self._ram.holds(struct.unpack("<2I", data)[1])
        if operation == ERASE_FLASH:
            return self.stub and self._erase_all()
        return operation in (WRITE_REG, SPI_SET_PARAMS, SPI_ATTACH, BAUD, FLASH_END, DEFL_END)

    def _begin(self, size: int, blocks: int, block: int, address: int) -> bool:
        """The ROM erases at once what it will write."""
        self._written, self._end, self._erased_to = address, address + size, address
        self._inflate = zlib.decompressobj()
        if not self.stub:
            self.flash[address : address + size] = b"\xff" * size
        return True

    def _erase_all(self) -> bool:
        if self.erases:
            self.flash[:] = b"\xff" * len(self.flash)
            self.erased += 1
        return self.erases

    def _write(self, operation: int, data: bytes, checksum: int) -> bool:
        size = struct.unpack("<I", data[:4])[0]
        body = data[16 : 16 + size]
        if check_sum(body) != checksum:
            return False
        if self.vanish_after is not None and self.blocks >= self.vanish_after:
            self.unplug()
            return False
        self.blocks += 1
        plain = self._inflate.decompress(body) if operation == DEFL_DATA else body
        if self.spoil:
            plain = bytes(len(plain))
        plain = plain[: self._end - self._written]  # a last block is filled up
        end = self._written + len(plain)
        while self.stub and self._erased_to < end:
            self.flash[self._erased_to : self._erased_to + SECTOR] = b"\xff" * SECTOR
            self._erased_to += SECTOR
        before = self.flash[self._written : end]
        self.flash[self._written : end] = bytes(old & new for old, new in zip(before, plain, strict=True))
        self._written = end
        return True

    def _reply(self, operation: int, value: int, data: bytes = b"", *, good: bool = True) -> None:
        status = (b"\0\0" if good else b"\1\5") + (b"" if self.stub else b"\0\0")
        self._send(struct.pack("<BBHI", 1, operation, len(data) + len(status), value) + data + status)

    def _send(self, packet: bytes) -> None:
        body = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        whole = b"\xc0" + body + b"\xc0"
        while whole:
            whole = whole[os.write(self._master, whole) :]


class Ram:
    """What is loaded before it is started: pieces of numbered blocks."""

    def __init__(self) -> None:
        self._pieces: dict[int, int] = {}
        """Where each complete piece begins, and its size."""
        self._size = self._blocks = self._block = self._address = 0
        self._number = self._arrived = 0

    def begin(self, size: int, blocks: int, block: int, address: int) -> bool:
        self._size, self._blocks, self._block, self._address = size, blocks, block, address
        self._number = self._arrived = 0
        return blocks == -(-size // block)

    def write(self, head: tuple[int, int], body: bytes, checksum: int) -> bool:
        if head != (len(body), self._number) or check_sum(body) != checksum or len(body) > self._block:
            return False
        self._number += 1
        self._arrived += len(body)
        if (self._number, self._arrived) == (self._blocks, self._size):
            self._pieces[self._address] = self._size
        return True

    def holds(self, entry: int) -> bool:
        """There is something to be started."""
        return any(start <= entry < start + size for start, size in self._pieces.items())


def check_sum(data: bytes) -> int:
    found = 0xEF
    for byte in data:
        found ^= byte
    return found
