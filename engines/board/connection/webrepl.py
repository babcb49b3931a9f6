"""WebREPL: a board's terminal over a websocket, behind a password.

Source: MicroPython ``extmod/modwebrepl.c``. After the websocket's handshake the board asks ``Password: `` and
answers the line with ``WebREPL connected`` or ``Access denied``. Text frames are the terminal, both ways, and
carry any bytes; binary frames are WebREPL's own file transfer (PUT, GET). That one is left alone: it
acknowledges every kilobyte with a round trip, knows no checksum and no folders, and writes over the old file
in place. Our transfers run through the raw REPL, here as everywhere.
"""

from __future__ import annotations

import socket
import time

from websocket import ABNF, WebSocketException, create_connection

from engines.board.connection.port_errors import PASSWORD, WRONG_PASSWORD, PortError
from engines.board.connection.socket_transport import CONNECT_SECONDS, Attempt, SocketTransport

DEFAULT_PORT = 8266
_ASKS = b"Password: "
_GRANTED = b"WebREPL connected"
_DENIED = b"Access denied"
_LARGEST = 1024
"""Bytes of one frame; the board takes them out of a small buffer."""


class WebReplTransport(SocketTransport):
    """A terminal over a websocket whose handshake is done; use ``connect_webrepl``."""

    paced = False

    def __init__(self, name: str, connected: socket.socket, web: object) -> None:
        super().__init__(name, connected)
        self._web = web
        self._early = b""
        """What came behind the login."""

    def read(self, timeout: float) -> bytes:
        if self._early:
            early, self._early = self._early, b""
            return early
        return super().read(timeout)

    def unread(self, data: bytes) -> None:
        """Let the next ``read`` return this."""
        self._early = data

    def write(self, data: bytes) -> int:
        return super().write(data[:_LARGEST])

    def _pack(self, data: bytes) -> bytes:
        return _frame(data, ABNF.OPCODE_TEXT)

    def _receive(self) -> bytes:
        try:
            frame = self._web.recv_frame()  # type: ignore[attr-defined]
        except BlockingIOError:
            return b""  # a part of a frame: it is kept there until the rest arrives
        except (OSError, WebSocketException) as error:
            raise self._gone("the board closed the connection") from error
        if frame.opcode == ABNF.OPCODE_CLOSE:
            raise self._gone("the board closed the connection")
        if frame.opcode == ABNF.OPCODE_PING:
            self._unsent += _frame(frame.data, ABNF.OPCODE_PONG)
            self._flush()
        if frame.opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_CONT):
            return bytes(frame.data)
        return b""


def connect_webrepl(
    name: str, host: str, port: int, password: str, attempt: Attempt, seconds: float = CONNECT_SECONDS
) -> WebReplTransport:
    """Connect and log in.

    Raises:
        PortError: not reachable, no WebREPL, or the password is wrong or not given (``cause`` tells which).
    """
    if not password:
        raise PortError(name, "it asks for a password", "Enter WebREPL's password.", cause=PASSWORD)
    deadline = time.monotonic() + seconds
    connected = attempt.connect(name, host, port, seconds)
    try:
        transport = WebReplTransport(name, connected, _shake_hands(name, host, port, connected, deadline))
    except BaseException:
        connected.close()
        raise
    try:
        _log_in(transport, password, attempt, deadline)
    except BaseException:
        transport.close()
        raise
    return transport


def _shake_hands(name: str, host: str, port: int, connected: socket.socket, deadline: float) -> object:
    connected.settimeout(max(0.1, deadline - time.monotonic()))
    shown = f"[{host}]" if ":" in host else host
    try:
        web = create_connection(
            f"ws://{shown}:{port}/", socket=connected, skip_utf8_validation=True, suppress_origin=True
        )
    except (OSError, WebSocketException, ValueError) as error:
        raise PortError(
            name,
            f"it does not answer as a WebREPL does ({error})",
            "See that WebREPL runs on the board (`import webrepl; webrepl.start()`), for nobody else.",
        ) from error
    connected.setblocking(False)
    return web


def _log_in(transport: WebReplTransport, password: str, attempt: Attempt, deadline: float) -> None:
    _await(transport, (_ASKS,), attempt, deadline)
    line = password.encode() + b"\r"
    while line:
        line = line[transport.write(line) :]
    answer = _await(transport, (_GRANTED, _DENIED), attempt, deadline)
    if _DENIED in answer:
        raise _denied(transport.name)
    transport.unread(answer.partition(_GRANTED)[2])


def _await(transport: WebReplTransport, texts: tuple[bytes, ...], attempt: Attempt, deadline: float) -> bytes:
    seen = b""
    while not any(text in seen for text in texts):
        if attempt.called_off or time.monotonic() > deadline:
            raise PortError(
                transport.name,
                f"no login of WebREPL came in time (it said {seen[-60:]!r})",
                "See that nobody else is connected to it, then connect again.",
            )
        try:
            seen += transport.read(0.05)
        except PortError:
            if _GRANTED in texts and not seen.strip(b"*\r\n "):
                raise _denied(transport.name) from None  # the board hangs up on a wrong password
            raise
    return seen


def _denied(name: str) -> PortError:
    return PortError(name, "the password is wrong", "Enter it again.", cause=WRONG_PASSWORD)


def _frame(data: bytes, kind: int) -> bytes:
    return ABNF.create_frame(data, kind).format()
