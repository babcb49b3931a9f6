"""Servers on loopback with a board behind them: plain TCP, and WebREPL as MicroPython serves it."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


class TcpBoard:
    """Gives the bytes of a serial port to whoever connects, one at a time."""

    def __init__(self, port_path: str) -> None:
        self._line = os.open(port_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._client: socket.socket | None = None
        self._ending = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def hang_up(self) -> None:
        """Close the connection that there is."""
        if client := self._client:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._ending:
            if not select.select([self._listener], [], [], 0.05)[0]:
                continue
            self._client, _ = self._listener.accept()
            self.connections += 1
            with self._client as client:
                self._bridge(client)
            self._client = None

    def _bridge(self, client: socket.socket) -> None:
        while not self._ending:
            ready, _, _ = select.select([client, self._line], [], [], 0.05)
            try:
                if self._line in ready:
                    client.sendall(os.read(self._line, 4096))
                if client in ready:
                    data = client.recv(4096)
                    if not data:
                        return
                    write_all(self._line, data)
            except OSError:
                return

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self._listener.close()
        os.close(self._line)


class WebReplBoard:
    """MicroPython's WebREPL (``extmod/modwebrepl.c``) before a serial port."""

    def __init__(self, port_path: str, password: str) -> None:
        self._line = os.open(port_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._password = password
        self._ending = False
        self._clients: list = []
        self._server = serve(self._client, "127.0.0.1", 0, ping_interval=None)
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _client(self, client) -> None:
        self._clients.append(client)
        with contextlib.suppress(ConnectionClosed, OSError):
            client.send(b"Password: ", text=True)
            typed = b""
            while b"\r" not in typed:
                typed += client.recv(decode=False)
            line, _, rest = typed.partition(b"\r")
            if line.decode() != self._password:
                client.send(b"\r\nAccess denied\r\n", text=True)
                client.close()
                return
            client.send(b"\r\nWebREPL connected\r\n>>> ", text=True)
            write_all(self._line, rest)
            self._bridge(client)

    def _bridge(self, client) -> None:
        while not self._ending:
            if select.select([self._line], [], [], 0.005)[0]:
                client.send(os.read(self._line, 4096), text=True)
            with contextlib.suppress(TimeoutError):
                data = client.recv(timeout=0.005, decode=False)
                assert len(data) <= 1024
                write_all(self._line, data)

    def ping(self) -> None:
        self._clients[-1].ping()

    def hang_up(self) -> None:
        self._clients[-1].close()

    def close(self) -> None:
        self._ending = True
        for client in self._clients:
            client.close()
        self._server.shutdown()
        self._thread.join()
        os.close(self._line)


def write_all(line: int, data: bytes) -> None:
    while data:
        select.select([], [line], [], 1)
        with contextlib.suppress(BlockingIOError):
            data = data[os.write(line, data) :]
