"""The serial ports of this computer and what is behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Behind(IntEnum):
    """What is behind a port, the likeliest board first."""

    BOARD = 0
    BRIDGE = 1
    """A UART bridge chip that may have a board behind it."""
    BOOTLOADER = 2
    """A board in its bootloader: it takes firmware and runs no Python."""
    USB = 3
    OTHER = 4


# USB vendor and product ids (product None: any). Sources: MicroPython ports/*/boards and
# ports/stm32/mpconfigboard_common.h; the chips' vendors for the bridges; for the bootloaders the boards'
# definitions in Microsoft's uf2-samdx1 and in Adafruit's, whose products lack the bit 0x8000 there.
_BOARDS: dict[tuple[int, int | None], str] = {
    (0xF055, 0x9800): "MicroPython pyboard (serial, disk)",
    (0xF055, 0x9801): "MicroPython pyboard (serial, HID)",
    (0xF055, 0x9802): "MicroPython board",
    (0xF055, 0x9803): "MicroPython pyboard (disk only)",
    (0xF055, 0x9804): "MicroPython pyboard (2 serial, disk)",
    (0xF055, 0x9805): "MicroPython pyboard (2 serial)",
    (0xF055, 0x9806): "MicroPython pyboard (3 serial)",
    (0xF055, 0x9807): "MicroPython pyboard (3 serial, disk)",
    (0xF055, 0x9808): "MicroPython pyboard (serial, disk, HID)",
    (0xF055, 0x9809): "MicroPython pyboard (2 serial, disk, HID)",
    (0xF055, 0x980A): "MicroPython pyboard (3 serial, disk, HID)",
    (0xF055, None): "MicroPython board",
    (0x2E8A, 0x0005): "Raspberry Pi Pico (MicroPython)",
    (0x2E8A, 0x000C): "Raspberry Pi debug probe",
    (0x2E8A, None): "RP2 board",
    (0x303A, 0x1001): "ESP32 (built-in USB)",
    (0x303A, 0x4001): "ESP32 (MicroPython)",
    (0x0D28, 0x0204): "micro:bit",
}
_BRIDGES: dict[tuple[int, int | None], str] = {
    (0x10C4, 0xEA60): "CP210x serial bridge",
    (0x10C4, 0xEA70): "CP2105 serial bridge",
    (0x10C4, 0xEA71): "CP2108 serial bridge",
    (0x067B, 0x2303): "PL2303 serial bridge",
    (0x067B, 0x23A3): "PL2303 serial bridge",
    (0x067B, 0x23C3): "PL2303 serial bridge",
    (0x0483, 0x374B): "ST-LINK serial bridge",
    (0x0483, 0x374E): "ST-LINK serial bridge",
    (0x0483, 0x3752): "ST-LINK serial bridge",
    (0x0483, 0x3753): "ST-LINK serial bridge",
    (0x1A86, 0x55D2): "CH342 serial bridge",
    (0x1A86, 0x55D3): "CH343 serial bridge",
    (0x1A86, 0x7523): "CH340 serial bridge",
    (0x1A86, 0x5523): "CH341 serial bridge",
    (0x1A86, 0x55D4): "CH9102 serial bridge",
    (0x0403, 0x6001): "FTDI FT232 serial bridge",
    (0x0403, 0x6010): "FTDI FT2232 serial bridge",
    (0x0403, 0x6011): "FTDI FT4232 serial bridge",
    (0x0403, 0x6014): "FTDI FT232H serial bridge",
    (0x0403, 0x6015): "FTDI FT230X serial bridge",
    (0x0403, 0x601C): "FTDI FT4222 serial bridge",
}
_BOOTLOADERS: dict[tuple[int, int | None], str] = {
    (0x0483, 0xDF11): "STM32 in its DFU bootloader",
    (0x2E8A, 0x0003): "RP2040 in its UF2 bootloader",
    (0x2E8A, 0x000F): "RP2350 in its UF2 bootloader",
    (0x2341, 0x004D): "SAMD21 in its UF2 bootloader",
    (0x2341, 0x004E): "SAMD21 in its UF2 bootloader",
    (0x2886, 0x002F): "SAMD21 in its UF2 bootloader",
    (0x2886, 0x002D): "SAMD51 in its UF2 bootloader",
}


_ADAFRUIT = 0x239A


@dataclass(frozen=True, order=True)
class Port:
    """One serial port. Sorts the likeliest boards first."""

    rank: Behind
    device: str
    description: str
    serial_number: str = ""
    interface: str = ""
    """Which of several ports of one device, where the system tells."""

    @property
    def bridge(self) -> bool:
        return self.rank is Behind.BRIDGE


def identify(vendor: int | None, product: int | None, fallback: str = "") -> tuple[Behind, str]:
    """Rank and description of a port from its USB ids."""
    if vendor is None:
        return Behind.OTHER, fallback or "serial port"
    if vendor == _ADAFRUIT and product is not None and product < 0x8000:
        return Behind.BOOTLOADER, "board in its UF2 bootloader"
    tables = ((Behind.BOOTLOADER, _BOOTLOADERS), (Behind.BOARD, _BOARDS), (Behind.BRIDGE, _BRIDGES))
    for key in ((vendor, product), (vendor, None)):
        for rank, table in tables:
            if name := table.get(key):
                return rank, name
    return Behind.USB, fallback or f"USB device {vendor:04x}:{product or 0:04x}"


def list_ports() -> list[Port]:
    """All serial ports with hardware, boards first. Takes some milliseconds: not for the GUI thread."""
    from serial.tools import list_ports as pyserial

    found = []
    for port in pyserial.comports():
        text = port.product or (port.description if port.description != "n/a" else "")
        rank, description = identify(port.vid, port.pid, text or "")
        interface = (port.location or "").partition(":")[2]
        found.append(Port(rank, port.device, description, port.serial_number or "", interface))
    return sorted(found)


def find_again(device: str, serial_number: str, interface: str, ports: list[Port]) -> Port | None:
    """The port of a device that was picked before, under whatever name it has now.

    Cheap chips share a serial number, and one device may have several ports: among equals the old name wins,
    then the interface.
    """
    same = [port for port in ports if serial_number and port.serial_number == serial_number]
    same.sort(key=lambda port: (port.device != device, port.interface != interface))
    return same[0] if same else None
