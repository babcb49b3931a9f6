"""A board at the other end of a network socket: a serial server, an emulator, a board's own TCP REPL."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from engines.board.connection.port_errors import PortError, explain_network

CONNECT_SECONDS = 10.0
_CHUNK = 1 << 16
_STEP = 0.05
_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPALIVE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
"""A peer that went away without a word is noticed after about 25 s."""


class Attempt:
    """One attempt to connect, which any thread may call off."""

    def __init__(self) -> None:
        self.called_off = False
        self._socket: socket.socket | None = None

    def cancel(self) -> None:
        self.called_off = True
        if waiting := self._socket:
            with contextlib.suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)  # ends a read of a handshake, too

    def connect(self, name: str, host: str, port: int, seconds: float = CONNECT_SECONDS) -> socket.socket:
        """A connected socket, non-blocking.

        Raises:
            PortError: with the cause and the remedy; also when it was called off.
        """
        deadline = time.monotonic() + seconds
        error: OSError = TimeoutError()
        try:
            places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as unknown:
            raise explain_network(name, host, port, unknown) from unknown
        for family, kind, protocol, _, place in places:
            try:
                return self._connect(socket.socket(family, kind, protocol), place, deadline)
            except OSError as failed:
                error = failed
            if self.called_off:
                raise PortError(name, "the attempt to connect was called off", "Connect again.")
        raise explain_network(name, host, port, error) from error

    def _connect(self, sock: socket.socket, place: tuple[object, ...], deadline: float) -> socket.socket:
        self._socket = sock
        try:
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sock.connect(place)
            with selectors.DefaultSelector() as selector:
                selector.register(sock, selectors.EVENT_WRITE)
                while not selector.select(_STEP):
                    if self.called_off or time.monotonic() > deadline:
                        raise TimeoutError()
            problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if problem:
                raise OSError(problem, "")
            if self.called_off:
                raise TimeoutError()
            _prepare(sock)
        except BaseException:
            sock.close()
            raise
        return sock


class Connector:
    """What a network ``Target`` opens: each thread has its own attempt, which others may call off, even
    before it is begun."""

    def __init__(self, make: Callable[[Attempt], SocketTransport]) -> None:
        self._make = make
        self._attempts: WeakKeyDictionary[threading.Thread, Attempt] = WeakKeyDictionary()

    def open(self) -> SocketTransport:
        return self._make(self._attempt_of(threading.current_thread()))

    def cancel(self, thread: threading.Thread) -> None:
        self._attempt_of(thread).cancel()

    def _attempt_of(self, thread: threading.Thread) -> Attempt:
        return self._attempts.setdefault(thread, Attempt())


class SocketTransport:
    """The bytes of a connected TCP socket; ``read`` sleeps until something arrives or ``wake`` is called.

    (pyserial's ``socket://`` waits for its whole time-out at every read.)
    """

    starts_board = False
    paced = True
    """A serial server has a UART behind it."""
    has_reset_line = False

    def __init__(self, name: str, connected: socket.socket) -> None:
        self.name = name
        self._socket = connected
        self._unsent = b""
        self._wake_end, self._wakeup = socket.socketpair()
        self._wake_end.setblocking(False)
        self._wakeup.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._wake_end, selectors.EVENT_READ)

    def read(self, timeout: float) -> bytes:
        self._flush()
        ready = [key.fileobj for key, _ in self._selector.select(max(timeout, 0))]
        if self._wake_end in ready:
            with contextlib.suppress(BlockingIOError):
                self._wake_end.recv(_CHUNK)
        return self._receive() if self._socket in ready else b""

    def write(self, data: bytes) -> int:
        """As much as the network takes at once; what is begun is sent to its end by later calls."""
        self._flush()
        if self._unsent:
            return 0
        self._unsent = self._pack(data)
        self._flush()
        return len(data)

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wakeup.send(b"\0")

    def stale(self) -> bool:
        """After a sleep of this computer: the other side has given the connection up, or will soon."""
        return True

    def pulse_reset(self) -> None:
        """There is no line."""

    def close(self) -> None:
        self._selector.close()
        for each in (self._socket, self._wake_end, self._wakeup):
            each.close()

    def _pack(self, data: bytes) -> bytes:
        return data

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone(error.strerror or "the connection broke") from error
        if not data:
            raise self._gone("the other side closed the connection")
        return data

    def _flush(self) -> None:
        if not self._unsent:
            return
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone(error.strerror or "the connection broke") from error

    def _gone(self, problem: str) -> PortError:
        problem = problem[:1].lower() + problem[1:]
        return PortError(self.name, problem, "See that the board is on and within reach.", gone=True)


def connect_tcp(name: str, host: str, port: int, attempt: Attempt) -> SocketTransport:
    """Connect to ``host:port``. Raises PortError."""
    return SocketTransport(name, attempt.connect(name, host, port))


def _prepare(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in _KEEPALIVE:
        if number := getattr(socket, option, None):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, number, seconds)
