"""The serial ports of this computer and what is behind each of them."""

from __future__ import annotations

from dataclasses import dataclass

# USB vendor and product ids (product None: any). Sources: MicroPython ports/stm32/mpconfigboard_common.h and
# the boards' own definitions; the chips' vendors for the bridges.
_BOARDS: dict[tuple[int, int | None], str] = {
    (0xF055, None): "MicroPython pyboard",
    (0x2E8A, 0x0005): "Raspberry Pi Pico (MicroPython)",
    (0x303A, 0x1001): "ESP32 (built-in USB)",
    (0x303A, 0x4001): "ESP32 (MicroPython)",
    (0x0D28, 0x0204): "micro:bit",
}
_BRIDGES: dict[tuple[int, int | None], str] = {
    (0x10C4, 0xEA60): "CP210x serial bridge",
    (0x1A86, 0x7523): "CH340 serial bridge",
    (0x1A86, 0x5523): "CH341 serial bridge",
    (0x1A86, 0x55D4): "CH9102 serial bridge",
    (0x0403, 0x6001): "FTDI serial bridge",
    (0x0403, 0x6010): "FTDI serial bridge",
    (0x0403, 0x6011): "FTDI serial bridge",
    (0x0403, 0x6014): "FTDI serial bridge",
    (0x0403, 0x6015): "FTDI serial bridge",
    (0x0403, 0x601C): "FTDI serial bridge",
}


@dataclass(frozen=True, order=True)
class Port:
    """One serial port. Sorts the likeliest boards first."""

    rank: int
    """0: a MicroPython board, 1: a bridge that may have one behind it, 2: another USB port, 3: the rest."""
    device: str
    description: str
    serial_number: str = ""

    @property
    def bridge(self) -> bool:
        return self.rank == 1


def identify(vendor: int | None, product: int | None, fallback: str = "") -> tuple[int, str]:
    """Rank and description of a port from its USB ids."""
    if vendor is None:
        return 3, fallback or "serial port"
    for rank, table in ((0, _BOARDS), (1, _BRIDGES)):
        name = table.get((vendor, product)) or table.get((vendor, None))
        if name:
            return rank, name
    return 2, fallback or f"USB device {vendor:04x}:{product or 0:04x}"


def list_ports() -> list[Port]:
    """All serial ports, boards first. Takes some milliseconds: not for the GUI thread."""
    from serial.tools import list_ports as pyserial

    found = []
    for port in pyserial.comports():
        text = port.product or (port.description if port.description != "n/a" else "")
        rank, description = identify(port.vid, port.pid, text or "")
        if rank == 3 and port.device.startswith("/dev/ttyS"):
            continue  # PC serial lines exist by the dozen, with nothing behind them
        found.append(Port(rank, port.device, description, port.serial_number or ""))
    return sorted(found)
