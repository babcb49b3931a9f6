"""What an address means: ``/dev/ttyACM0``, ``COM3@9600``, ``tcp://host:port``, ``ws://host``."""

from __future__ import annotations

from urllib.parse import urlsplit

from engines.board.connection.port_errors import PortError
from engines.board.connection.ports import Behind, Port
from engines.board.connection.transport import BAUD_RATE, Target, serial_target

SPEEDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1000000)
_TCP = ("tcp", "socket")
_WEBREPL = ("ws", "webrepl")


def target_of(
    address: str, description: str = "", *, password: str = "", serial_number: str = "", interface: str = ""
) -> Target:
    """What ``address`` names.

    Args:
        password: of WebREPL; it stays within this target.
        serial_number: of the USB device that is meant, see ``serial_target``.

    Raises:
        PortError: it is no address; the message says what it should look like.
    """
    address = address.strip()
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in _TCP:
        host, port = _place(address, None)
        return _tcp(f"tcp://{_shown(host)}:{port}", host, port, description)
    if scheme in _WEBREPL:
        from engines.board.connection.webrepl import DEFAULT_PORT

        host, port = _place(address, DEFAULT_PORT)
        return _webrepl(f"ws://{_shown(host)}:{port}", host, port, password, description)
    if not address:
        raise PortError("(no port)", "no address was given", "Give a port, or tcp://host:port, or ws://host.")
    device, baud_rate = _speed(address)
    return serial_target(
        device, description, baud_rate=baud_rate, serial_number=serial_number, interface=interface
    )


def port_target(port: Port) -> Target:
    """A port of this computer, as it was listed."""
    return serial_target(
        port.device,
        port.description,
        bridge=port.bridge,
        serial_number=port.serial_number,
        interface=port.interface,
        bootloader=port.description if port.rank is Behind.BOOTLOADER else "",
    )


def at_speed(target: Target, baud_rate: int) -> Target:
    """The same serial port at another speed."""
    device, _ = _speed(target.address)
    return serial_target(
        device,
        target.description,
        baud_rate=baud_rate,
        serial_number=target.serial_number,
        interface=target.interface,
    )


def has_speed(target: Target) -> bool:
    """Whether it is a serial port, whose speed can be chosen."""
    return bool(target.address) and "://" not in target.address and target.returns


def is_network(address: str) -> bool:
    return address.partition("://")[0] in (*_TCP, *_WEBREPL)


def _tcp(name: str, host: str, port: int, description: str) -> Target:
    from engines.board.connection.socket_transport import Connector, connect_tcp

    connector = Connector(lambda attempt: connect_tcp(name, host, port, attempt))
    return Target(name, description, connector.open, address=name, cancel=connector.cancel)


def _webrepl(name: str, host: str, port: int, password: str, description: str) -> Target:
    from engines.board.connection.socket_transport import Connector
    from engines.board.connection.webrepl import connect_webrepl

    connector = Connector(lambda attempt: connect_webrepl(name, host, port, password, attempt))
    return Target(name, description, connector.open, address=name, cancel=connector.cancel)


def _place(address: str, default: int | None) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or default
    except ValueError:
        host, port = None, None
    if not host or not port:
        wanted = "tcp://host:port" if default is None else "ws://host or ws://host:port"
        raise PortError(address, "this is no network address", f"Write it as {wanted}.")
    return host, port


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _speed(address: str) -> tuple[str, int]:
    device, at, speed = address.rpartition("@")
    if not at or "://" in address or not speed.isdigit():
        return address, BAUD_RATE
    return device, int(speed)
