"""The running window's end of the door: one line in, a command called, one line out."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.commands.registry import CommandError, sentence
from app.local_socket import VERSION, address, answers

LONGEST_REQUEST = 1 << 20

Call = Callable[[str, list[str]], Any]


class InstanceServer(QObject):
    """Listens for this user's commands. ``call(command, arguments)`` returns a value or a ``Future``."""

    def __init__(self, call: Call, instance: str, deliver: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__()
        self._call = call
        self._deliver = deliver
        self._connections: set[QLocalSocket] = set()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        self.problem = self._listen(instance)
        """Why nobody can be heard; '' when all is well."""

    @property
    def listening(self) -> bool:
        return self._server.isListening()

    def _listen(self, instance: str) -> str:
        try:
            name = address(instance)
        except OSError as error:
            return str(error)
        if answers(name):
            return "another window has the same name"
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left by a window that was killed: nobody answers there
            self._server.listen(name)
        return "" if self.listening else self._server.errorString()

    def close(self) -> None:
        self._server.close()
        for connection in tuple(self._connections):
            connection.blockSignals(True)
            self._forget(connection)

    def _accept(self) -> None:
        connection = self._server.nextPendingConnection()
        connection.setParent(None)  # PySide leaves a child of a deleted server with a parent that is gone
        self._connections.add(connection)
        connection.readyRead.connect(lambda: self._read(connection))
        connection.disconnected.connect(lambda: self._forget(connection))
        self._read(connection)

    def _forget(self, connection: QLocalSocket) -> None:
        self._connections.discard(connection)
        connection.deleteLater()

    def _read(self, connection: QLocalSocket) -> None:
        while connection.canReadLine():
            self._serve(connection, bytes(connection.readLine().data()))
        if connection.bytesAvailable() > LONGEST_REQUEST:
            connection.abort()

    def _serve(self, connection: QLocalSocket, line: bytes) -> None:
        try:
            value = self._perform(line)
        except CommandError as error:
            self._answer(connection, {"ok": False, "error": str(error)})
            return
        except Exception as error:  # a fault of ours: whoever asked must not wait for ever
            self._answer(connection, {"ok": False, "error": f"{type(error).__name__}: {error}"})
            raise
        if isinstance(value, Future):
            value.add_done_callback(lambda done: self._deliver(lambda: self._answer_future(connection, done)))
            return
        self._answer(connection, {"ok": True, "value": value})

    def _perform(self, line: bytes) -> Any:
        try:
            request = json.loads(line)
            version, name = request["version"], request["command"]
            arguments = [str(each) for each in request.get("arguments", [])]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"not a request: {error}") from error
        if version != VERSION:
            raise CommandError(f"this window speaks version {VERSION}, not {version}")
        return self._call(name, arguments)

    def _answer_future(self, connection: QLocalSocket, done: Future[Any]) -> None:
        error = done.exception()
        self._answer(
            connection,
            {"ok": False, "error": sentence(error)} if error else {"ok": True, "value": done.result()},
        )

    def _answer(self, connection: QLocalSocket, reply: dict[str, Any]) -> None:
        try:
            if connection.state() is QLocalSocket.LocalSocketState.ConnectedState:
                connection.write(json.dumps(reply, default=str).encode() + b"\n")
                connection.flush()
        except RuntimeError:  # the other side went and Qt has deleted the socket
            return
