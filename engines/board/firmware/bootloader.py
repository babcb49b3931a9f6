"""Getting a board into its bootloader, and finding it there."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.board.connection.port_errors import PortError, explain
from engines.board.connection.ports import Behind, Port, list_ports
from engines.board.errors import RemoteError
from engines.board.firmware.dfu_device import bundled_backend, find_dfu
from engines.board.firmware.dfu_programmer import DfuProgrammer
from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.esp_programmer import EspProgrammer
from engines.board.firmware.esptool_process import esptool_command
from engines.board.firmware.image import Kind
from engines.board.firmware.programmer import Found
from engines.board.firmware.uf2_drive import LABELS, find_drives, mounted_volumes, unmounted
from engines.board.firmware.uf2_programmer import Uf2Programmer
from engines.board.status import State

if TYPE_CHECKING:
    from engines.board.bench import RawBench
    from engines.board.operations import Operation
    from engines.board.session import BoardSession

_MODULE = (
    "try:\n import pyb as m\n m.bootloader\nexcept (ImportError, AttributeError):\n import machine as m\n"
)
_PROBE = f"{_MODULE}m.bootloader\ndel m"
_GO = f"{_MODULE}m.bootloader()"
_MAYBE_ESP = (Behind.BOARD, Behind.BRIDGE, Behind.USB)


@dataclass(frozen=True)
class Host:
    """What the computer has: where bootloaders are looked for. Tests bring their own."""

    usb: Callable[[], Any] = bundled_backend
    """libusb, as pyusb's backend; None when it cannot be used."""
    volumes: Callable[[], Iterable[Path]] = mounted_volumes
    labels: Path = LABELS
    """Where the system lists drives that may not be mounted."""
    ports: Callable[[], Iterable[Port]] = list_ports
    esptool: tuple[str, ...] = ()
    """How esptool is started; empty: ours."""
    sleep: Callable[[float], object] = time.sleep


def enter(session: BoardSession, *, interrupt: bool = True) -> Operation[None]:
    """Restart a connected board into its bootloader.

    The result is a FirmwareError where the board's MicroPython cannot do that. Afterwards the port is gone
    until new firmware runs; the session waits for it.

    Args:
        interrupt: a program that runs is ended for it.
    """
    return session.submit("Starting the bootloader", _enter, interrupt=interrupt)


def _enter(bench: RawBench) -> None:
    try:
        bench.exec(_PROBE)
    except RemoteError as error:
        raise FirmwareError(
            "the board",
            "its MicroPython cannot start the bootloader",
            "Use the board's button, as the picture shows.",
        ) from error
    bench.depart(_GO)


def touch_1200(port: str, open_port: Callable[..., Any] | None = None) -> None:
    """Open a port at 1200 baud and close it, which starts the bootloader of many SAMD, nRF and RP2 boards.

    Raises:
        PortError: the port cannot be opened; it must not be connected.
    """
    import serial

    try:
        touched = (open_port or serial.Serial)(port, 1200)
    except (OSError, ValueError) as error:
        raise explain(port, error) from error
    with contextlib.suppress(OSError):  # it may go away at once
        touched.dtr = False
    with contextlib.suppress(OSError):
        touched.close()


@contextlib.contextmanager
def released(session: BoardSession | None, port: str, timeout: float = 10.0) -> Iterator[None]:
    """Within it the session has let go of the port, if it had that; afterwards it is connected again.

    Not for the session's own thread, nor for the GUI's.
    """
    target = session.target if session else None
    if session is None or target is None or target.name != port:
        yield
        return
    free = threading.Event()
    forget = session.status_changed.connect(
        lambda status: free.set() if status.state is State.DISCONNECTED else None
    )
    session.disconnect()
    try:
        if session.status.state is not State.DISCONNECTED:
            free.wait(timeout)
        yield
    finally:
        forget()
        session.connect(target)


@dataclass(frozen=True)
class Search:
    """What a look around found, and what stood in its way."""

    found: tuple[Found, ...]
    problems: tuple[FirmwareError, ...] = ()


def find_bootloaders(host: Host, kinds: Iterable[Kind] = tuple(Kind)) -> Search:
    """All bootloaders of these kinds. Takes some time: not for the GUI thread."""
    found: list[Found] = []
    problems: list[FirmwareError] = []
    for kind in kinds:
        try:
            found += _FINDERS[kind](host)
        except FirmwareError as error:
            problems.append(error)
    return Search(tuple(found), tuple(problems))


def _find_dfu(host: Host) -> list[Found]:
    return [
        Found(Kind.DFU, device.name, f"{device.ids}, {device.place}", DfuProgrammer(device, host.sleep))
        for device in find_dfu(host.usb())
    ]


def _find_uf2(host: Host) -> list[Found]:
    drives = find_drives(host.volumes())
    device = None if drives else unmounted(host.labels)
    if device is not None:
        raise FirmwareError(
            str(device),
            "the board's drive is plugged in but not mounted",
            f"Open it in your file manager, or run: udisksctl mount -b {device}",
        )
    return [
        Found(Kind.UF2, drive.name, str(drive.folder), Uf2Programmer(drive, host.sleep), can_erase_all=False)
        for drive in drives
    ]


def _find_esp(host: Host) -> list[Found]:
    """Every USB port: which of them has an ESP chip is told only by asking, which resets it."""
    esptool = host.esptool or esptool_command()
    try:
        ports = [port for port in host.ports() if port.rank in _MAYBE_ESP]
    except (OSError, PortError):
        return []
    ports.sort(key=lambda port: "ESP" not in port.description)
    return [
        Found(Kind.ESP, port.device, port.description, EspProgrammer(port.device, esptool), automatic=False)
        for port in ports
    ]


_FINDERS: dict[Kind, Callable[[Host], list[Found]]] = {
    Kind.DFU: _find_dfu,
    Kind.UF2: _find_uf2,
    Kind.ESP: _find_esp,
}
