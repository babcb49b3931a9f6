"""The byte stream to a board: a serial port, or a child process on pipes. Networks: ``socket_transport``."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engines.board.connection.port_errors import MISSING, PortError, explain

BAUD_RATE = 115200
_CHUNK = 1 << 16
_FULL = 2048
"""A terminal device that gives less than this had no more; it gives 4095 bytes at the most."""
_RESET_PULSE = 0.1
_QUEUED_CHUNKS = 256  # what a flooding child may be ahead of us: 16 MB, then the pipe holds it back


class Transport(Protocol):
    """One open byte stream. ``read`` and ``write`` belong to one thread; ``wake`` may come from any."""

    name: str
    starts_board: bool
    """The board was started with the stream, so its banner and prompt will come by themselves."""
    paced: bool
    """On the way is a UART without flow control: what is typed must not come faster than it is taken."""
    has_reset_line: bool

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to ``timeout`` seconds for the first byte; b"" when nothing came
        or ``wake`` was called. Raises PortError when the other side is gone."""

    def write(self, data: bytes) -> int:
        """Give as much as can be taken at once; how many bytes that were. Raises PortError."""

    def wake(self) -> None:
        """Let a waiting ``read`` return."""

    def stale(self) -> bool:
        """Asked after a sleep of this computer: the connection has to be made anew."""

    def pulse_reset(self) -> None:
        """Reset the board by its line. Raises PortError."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Target:
    """Something to connect to."""

    name: str
    description: str
    open: Callable[[], Transport]
    returns: bool = True
    """The port may come back by itself (unplugged, reset); a process that ended does not."""
    address: str = ""
    """How a project writes it down; '' when it cannot."""
    serial_number: str = ""
    interface: str = ""
    bootloader: str = ""
    """What it is, when it is known to be a board in its bootloader."""
    cancel: Callable[[threading.Thread], object] = lambda thread: None
    """Call off the ``open`` that is under way, or about to be, on a thread; from any thread."""


class SerialTransport:
    """A serial port, or anything else ``serial.serial_for_url`` opens.

    Args:
        url: ``/dev/ttyACM0``, ``COM3``, ``socket://host:port``, ``rfc2217://...``
        bridge: a UART bridge chip (CP210x, CH340, FTDI). On ESP boards its DTR and RTS lines are wired to
            reset and boot mode, so they are kept released; USB-native boards on the contrary send nothing
            before DTR is set. None: look it up.

    Raises:
        PortError: with the cause and the remedy.
    """

    starts_board = False

    def __init__(self, url: str, *, baud_rate: int = BAUD_RATE, bridge: bool | None = None) -> None:
        import serial

        self.name = url
        self._is_url = "://" in url
        try:
            # What reads a network waits for its whole timeout, so that one is kept short.
            port = serial.serial_for_url(url, do_not_open=True, timeout=0.01, write_timeout=0)
            port.baudrate = baud_rate
            if not self._is_url:
                port.exclusive = True if os.name == "posix" else None
            self.paced = _is_bridge(url) if bridge is None else bridge
            self.has_reset_line = self.paced
            if self.paced:
                port.dtr = port.rts = False
            port.open()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise explain(url, error) from error
        self._port = port

    def read(self, timeout: float) -> bytes:
        try:
            if self._is_url:
                return self._port.read(_CHUNK)
            if arrived := self._arrived():
                return arrived
            if self._port.timeout != timeout:  # each change asks the system to set up the port again
                self._port.timeout = timeout
            first = self._port.read(1)
            return first + self._arrived() if first else b""
        except (OSError, TypeError) as error:  # pyserial: TypeError when closed beneath a read
            raise _gone(self.name) from error

    def _arrived(self) -> bytes:
        """What is there already, as much as fits: the system gives 4 kB at a time, and one round of the
        session for each of those would cost more than all else."""
        if os.name != "posix":
            return self._port.read(min(self._port.in_waiting, _CHUNK))
        pieces, size = [], 0
        while size < _CHUNK:
            try:
                piece = os.read(self._port.fileno(), _CHUNK)
            except BlockingIOError:
                break
            pieces.append(piece)
            size += len(piece)
            if len(piece) < _FULL:  # there is no more now, or the port is gone: pyserial's own read finds out
                break
        return b"".join(pieces)

    def write(self, data: bytes) -> int:
        try:
            if self._is_url or os.name != "posix":
                return self._port.write(data) or 0
            return os.write(self._port.fileno(), data)  # pyserial's own write waits for a full port for ever
        except BlockingIOError:
            return 0
        except (OSError, TypeError) as error:
            raise _gone(self.name) from error

    def wake(self) -> None:
        with contextlib.suppress(OSError, AttributeError, TypeError):
            self._port.cancel_read()

    def stale(self) -> bool:
        if self._is_url:
            return True
        try:
            if os.name == "posix":  # a port that was enumerated anew is another file
                opened = os.fstat(self._port.fileno())
                return not os.path.samestat(opened, Path(self.name).stat())
            return self._port.in_waiting < 0
        except (OSError, TypeError):
            return True

    def pulse_reset(self) -> None:
        """RTS pulls the reset line of most boards behind a bridge, as long as DTR is released."""
        try:
            self._port.dtr = False
            self._port.rts = True
            time.sleep(_RESET_PULSE)
            self._port.rts = False
        except (OSError, ValueError) as error:
            raise _gone(self.name) from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._port.close()


class ProcessTransport:
    """A child process that speaks a board's bytes on its stdin and stdout, as the virtual pyboard does.

    Args:
        name: how messages call it.
        command: program and arguments; killing the process is pulling the plug.
        world: what acts on the board (``engines.board.virtual.World``); it ends with the process.

    Raises:
        PortError: the program cannot be started.
    """

    starts_board = True
    paced = has_reset_line = False

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: dict[str, str] | None = None,
        world: Any = None,
    ) -> None:
        self.name = name
        self.world = world
        # Its complaints go to a file: a pipe that nobody reads would stop it.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NO_WINDOW
        else:
            options["start_new_session"] = True  # a Ctrl-C in the terminal that started the app is not its
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                bufsize=0,
                env=environment,
                **options,
            )
        except OSError as error:
            self._complaints.close()
            if world:
                world.close()
            raise PortError(
                name, f"{command[0]} cannot be started: {error.strerror}", "Reinstall it."
            ) from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        if sys.platform != "win32":
            os.set_blocking(self._stdin.fileno(), False)
        self._arrived: queue.Queue[bytes | None] = queue.Queue(_QUEUED_CHUNKS)
        self._closing = False
        self._reader = threading.Thread(target=self._pump, name=f"pipe-{name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _pump(self) -> None:
        while not self._closing:
            try:
                chunk = os.read(self._stdout.fileno(), _CHUNK)
            except OSError:
                chunk = b""
            if not chunk:
                break
            self._arrived.put(chunk)
        self._arrived.put(None)

    def read(self, timeout: float) -> bytes:
        try:
            chunk = self._arrived.get(timeout=max(timeout, 0)) if timeout > 0 else self._arrived.get_nowait()
        except queue.Empty:
            return b""
        if chunk is None:
            self._arrived.put(None)
            raise self._ended()
        return chunk

    def _ended(self) -> PortError:
        try:
            code: int | str = self._process.wait(2)
        except subprocess.TimeoutExpired:
            code = "closed its output"
        self._complaints.seek(0)
        said = self._complaints.read()[-500:].decode(errors="replace").strip()
        return PortError(
            self.name,
            f"ended (exit code {code})" + (f": {said.splitlines()[-1]}" if said else ""),
            "Restart it.",
            gone=True,
        )

    def write(self, data: bytes) -> int:
        try:
            return self._stdin.write(data[:4096]) or 0
        except BlockingIOError:
            return 0
        except (OSError, ValueError):
            # `read` tells how it ended, after what it said last.
            return len(data)

    def wake(self) -> None:
        with contextlib.suppress(queue.Full):
            self._arrived.put_nowait(b"")

    def stale(self) -> bool:
        return False

    def pulse_reset(self) -> None:
        """There is no line: the process is started again."""

    def close(self) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._process.terminate()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        deadline = time.monotonic() + 2
        while self._reader.is_alive() and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                self._arrived.get_nowait()  # the reader may be waiting for room
            self._reader.join(0.01)
        self._stdout.close()
        self._complaints.close()
        if self.world:
            self.world.close()


def _gone(port: str) -> PortError:
    return PortError(port, "the port went away", "Plug the board in again.", gone=True)


def _is_bridge(url: str) -> bool:
    from engines.board.connection.ports import list_ports

    return any(port.device == url and port.bridge for port in list_ports())


def serial_target(
    url: str,
    description: str = "",
    *,
    bridge: bool | None = None,
    baud_rate: int = BAUD_RATE,
    serial_number: str = "",
    interface: str = "",
    bootloader: str = "",
) -> Target:
    """A serial port or pyserial URL.

    Args:
        serial_number: of the USB device that is meant: it is found again under another name, and another
            device that has got its name is left alone.
    """

    def open_port() -> SerialTransport:
        device, behind = url, bridge
        if serial_number:
            device, behind = _find(url, serial_number, interface, bridge)
        return SerialTransport(device, baud_rate=baud_rate, bridge=behind)

    address = url if baud_rate == BAUD_RATE else f"{url}@{baud_rate}"
    return Target(
        url,
        description,
        open_port,
        address=address,
        serial_number=serial_number,
        interface=interface,
        bootloader=bootloader,
    )


def _find(url: str, serial_number: str, interface: str, bridge: bool | None) -> tuple[str, bool | None]:
    """Where the device is now, and whether it is a bridge. Raises PortError."""
    from engines.board.connection.ports import find_again, list_ports

    ports = list_ports()
    if found := find_again(url, serial_number, interface, ports):
        return found.device, found.bridge
    if any(port.device == url and port.serial_number for port in ports):
        raise PortError(
            url,
            f"another board has this name now; the one with the serial number {serial_number} is not there",
            "Plug it in, or pick the other one.",
            cause=MISSING,
        )
    return url, bridge


def process_target(name: str, command: Sequence[str], description: str = "") -> Target:
    return Target(name, description, lambda: ProcessTransport(name, command), returns=False)
