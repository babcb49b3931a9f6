"""The serial port on the host's side: the process's own pipes, a pseudo-terminal or a TCP port."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from engines.board.virtual.console import Console

BLOCK = 65536
PATIENCE = 0.5
"""Seconds that a pyboard waits for a host that takes nothing before it drops what it prints."""


class Link(Protocol):
    """A byte stream to the other side."""

    name: str
    """How another program opens it; empty when nobody can."""
    patience: float | None
    """How long to wait for a reader (see ``Console``)."""

    def read(self) -> bytes:
        """Wait for bytes; empty at the end."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class PipeLink(Link):
    """This process's standard input and output; the end of the input ends the board."""

    name = ""
    patience = None

    def __init__(self) -> None:
        _binary_standard_streams()

    def read(self) -> bytes:
        return os.read(0, BLOCK)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]

    def close(self) -> None:
        pass


class PtyLink(Link):
    """A raw pseudo-terminal. The board keeps its own side open, so programs may come and go."""

    patience = PATIENCE

    def __init__(self) -> None:
        import tty

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)

    def read(self) -> bytes:
        try:
            return os.read(self._master, BLOCK)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        import select

        view = memoryview(data)
        while view:
            # The buffer of a terminal that nobody reads fills up; waiting for it would stop the board.
            _, writable, _ = select.select([], [self._master], [], PATIENCE)
            if not writable:
                return
            view = view[os.write(self._master, view[:512]) :]

    def close(self) -> None:
        for descriptor in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)


class TcpLink(Link):
    """A loopback TCP port for one program at a time (pyserial: ``socket://127.0.0.1:PORT``)."""

    patience = PATIENCE

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.name = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._peer: socket.socket | None = None
        self._closed = False

    def read(self) -> bytes:
        while not self._closed:
            try:
                if self._peer is None:
                    self._peer, _ = self._server.accept()
                    self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                data = self._peer.recv(BLOCK)
            except OSError:
                data = b""
            if data:
                return data
            self._hang_up()
        return b""

    def write(self, data: bytes) -> None:
        peer = self._peer
        if peer is None:
            return
        try:
            peer.sendall(data)
        except OSError:
            self._hang_up()

    def close(self) -> None:
        self._closed = True
        self._hang_up()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()


def open_link(kind: str) -> Link:
    """``pipe``, ``pty`` or ``tcp``.

    Raises:
        OSError: the system gives no such port.
    """
    if kind == "pipe":
        return PipeLink()
    return PtyLink() if kind == "pty" else TcpLink()


def connect(link: Link, console: Console, ended: Callable[[], None]) -> list[threading.Thread]:
    """Carry bytes both ways in threads; ``ended`` is called when the other side is gone for good."""

    def read() -> None:
        while data := link.read():
            console.feed(data)
        ended()

    def write() -> None:
        try:
            while data := console.next_output():
                link.write(data)
        except OSError:
            ended()

    threads = [
        threading.Thread(target=read, name="board-link-read", daemon=True),
        threading.Thread(target=write, name="board-link-write", daemon=True),
    ]
    for thread in threads:
        thread.start()
    return threads


def _binary_standard_streams() -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
