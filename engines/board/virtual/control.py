"""The world around a virtual board that runs in another process: press, tilt, apply volts, look at the LEDs.

Beside the board's byte stream goes a second one, a loopback socket with one JSON object a line. The program
that plays the world listens (``World``), the board's process connects (``answer_to``) and first says the key
it was given in its environment, so that no other user of the computer can take its place.

To the board, any of these keys in an object::

    {"press": true}  {"tilt": [x, y, z]}  {"apply": {"X19": 1.5, "X20": null}}  {"replay": "/a/file.csv"}
    {"replay": null}  {"reset": true}

From the board: ``{"state": {...}}`` (see ``DeviceState.snapshot``) when something changed, at most 25 times a
second, and ``{"problem": "..."}`` when a command could not be followed.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.board.virtual.recordings import Recording
from engines.workspace.events import Event

if TYPE_CHECKING:
    from engines.board.virtual.board import Board

KEY_VARIABLE = "DIRIGENT_BOARD_KEY"
PERIOD = 0.04
"""Seconds between two states."""
_REPLAY_PERIOD = 0.1
"""While a recording is replayed its acceleration is told this often."""
_LONGEST_LINE = 1 << 16
_PATIENCE = 30.0


class World:
    """What acts on one virtual board. Its methods may be called from any thread and return at once.

    Start the board's process with ``command(..., control=world.address)`` and ``world.environment``.
    Events are emitted on a thread of the world's own.
    """

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        """What the board told last: see ``DeviceState.snapshot``."""
        self.changed: Event[dict[str, Any]] = Event()
        self.problem: Event[str] = Event()
        self._key = secrets.token_hex(16)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(_PATIENCE)
        self._peer: socket.socket | None = None
        self._waiting: list[bytes] = []
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="board-world", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        host, port = self._server.getsockname()
        return f"{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the board's process."""
        return {**os.environ, KEY_VARIABLE: self._key}

    def press(self, pressed: bool = True) -> None:
        """Press the USR switch, or let it go."""
        self._send({"press": pressed})

    def tilt(self, x: float, y: float, z: float) -> None:
        """Hold the board so that it feels this acceleration in g; flat on a table is (0, 0, 1)."""
        self._send({"tilt": [x, y, z]})

    def apply(self, pin: str, volts: float | None) -> None:
        """Connect a voltage to a pin (``X19``); None takes it off."""
        self._send({"apply": {pin: volts}})

    def replay(self, path: Path | None) -> None:
        """Let the accelerometer replay a recording (CSV or ``.stream``); None ends it."""
        self._send({"replay": None if path is None else str(path.resolve())})

    def reset(self) -> None:
        """Press the RST button."""
        self._send({"reset": True})

    def close(self) -> None:
        """End the conversation."""
        with self._lock:
            self._closed = True
            ends = [self._server] + ([self._peer] if self._peer else [])
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        if self._thread is not threading.current_thread():
            self._thread.join(5)

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            if self._peer is None:
                self._waiting.append(line)
                return
            with contextlib.suppress(OSError):  # the board has ended, which its byte stream tells
                self._peer.sendall(line)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            peer, lines = self._accept()
            with peer:
                for message in lines:
                    self._take(message)

    def _accept(self) -> tuple[socket.socket, Iterator[dict[str, Any]]]:
        """The first that connects and knows the key."""
        while True:
            peer, _ = self._server.accept()
            lines = _messages(peer)
            try:
                peer.settimeout(_PATIENCE)
                known = hmac.compare_digest(str(next(lines, {}).get("key", "")).encode(), self._key.encode())
            except (OSError, ValueError):
                known = False
            if not known:
                peer.close()
                continue
            peer.settimeout(None)
            with self._lock:
                if self._closed:
                    peer.close()
                    raise OSError("closed")
                self._peer = peer
                for line in self._waiting:
                    peer.sendall(line)
            self._server.close()
            return peer, lines

    def _take(self, message: dict[str, Any]) -> None:
        if "state" in message:
            self.state = message["state"]
            self.changed.emit(self.state)
        if "problem" in message:
            self.problem.emit(str(message["problem"]))


def answer_to(address: str, board: Board) -> None:
    """The board's side: connect to the world, in threads of its own.

    Raises:
        ValueError: the address is none.
        OSError: nobody listens there.
    """
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise ValueError(f"--control {address} is not HOST:PORT")
    peer = socket.create_connection((host, int(port)), timeout=_PATIENCE)
    peer.settimeout(None)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _tell(peer, {"key": os.environ.get(KEY_VARIABLE, "")})
    tell_lock = threading.Lock()

    def tell(message: dict[str, Any]) -> None:
        with tell_lock:
            _tell(peer, message)

    def follow() -> None:
        with contextlib.suppress(OSError, ValueError):
            for message in _messages(peer):
                try:
                    obey(board, message)
                except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                    tell({"problem": str(error)})

    def report() -> None:
        with contextlib.suppress(OSError):
            _report_changes(board, tell)

    for work in (follow, report):
        threading.Thread(target=work, name=f"board-control-{work.__name__}", daemon=True).start()


def obey(board: Board, message: dict[str, Any]) -> None:
    """Do what a message asks.

    Raises:
        ValueError, TypeError: it makes no sense.
        OSError: a recording cannot be read.
    """
    if "press" in message:
        board.press_switch(bool(message["press"]))
    if "tilt" in message:
        board.state.tilt(*message["tilt"])
    for pin, volts in message.get("apply", {}).items():
        board.apply(str(pin), None if volts is None else float(volts))
    if "replay" in message:
        path = message["replay"]
        board.state.play(Recording.load(Path(path)) if path else None)
    if message.get("reset"):
        board.stop("hard")


def _report_changes(board: Board, tell: Any) -> None:
    state = board.state
    told = -1
    while True:
        with state.changed:
            while state.revision == told:
                if not state.changed.wait(_REPLAY_PERIOD if state.recording else None) and state.recording:
                    break
            told = state.revision
            snapshot = state.snapshot()
        tell({"state": snapshot})
        time.sleep(PERIOD)


def _tell(peer: socket.socket, message: dict[str, Any]) -> None:
    peer.sendall(json.dumps(message).encode() + b"\n")


def _messages(peer: socket.socket) -> Iterator[dict[str, Any]]:
    """The objects that arrive, to the end. Raises ValueError for a line that is none, or too long."""
    waiting = b""
    while data := peer.recv(_LONGEST_LINE):
        *lines, waiting = (waiting + data).split(b"\n")
        if len(waiting) > _LONGEST_LINE:
            raise ValueError("a line is too long")
        for line in lines:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError("a message is a JSON object")
            yield message
