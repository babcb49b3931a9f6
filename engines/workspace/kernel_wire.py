"""Jupyter's sockets in one I/O thread: messages out from any thread, messages in to one callback.

Source: the Jupyter messaging protocol 5.4. Signing and packing are jupyter_client's ``Session``.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHANNELS = {"shell": "shell_port", "control": "control_port", "stdin": "stdin_port", "iopub": "iopub_port"}
RECONNECT_MILLISECONDS = 20  # the kernel binds some time after we connect


@dataclass(frozen=True)
class Outgoing:
    """A message to send. ``header`` entries are added to the message's header (``subshell_id``)."""

    channel: str
    message_type: str
    content: dict[str, Any]
    message_id: str
    header: dict[str, Any] = field(default_factory=dict)
    buffers: Sequence[bytes | memoryview] = ()


@dataclass(frozen=True)
class Incoming:
    channel: str
    message_type: str
    content: dict[str, Any]
    parent_id: str
    parent_type: str
    buffers: tuple[memoryview, ...]


class KernelWire:
    """One connection to one life of the kernel; closed and made anew when the kernel restarts.

    ``on_messages(list[Incoming])`` is called on the I/O thread with all that arrived together.
    """

    def __init__(self, connection_file: Path, on_messages: Callable[[list[Incoming]], object]) -> None:
        self._connection_file = connection_file
        self._on_messages = on_messages
        self._outbox: deque[Outgoing] = deque()
        self._wake_lock = threading.Lock()
        self._wake: Any = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="kernel-wire", daemon=True)
        self._thread.start()

    def send(self, message: Outgoing) -> None:
        self._outbox.append(message)
        self._wake_up()

    def close(self) -> None:
        """Close the sockets; what was not sent yet is dropped."""
        self._closing = True
        self._wake_up()
        self._thread.join()

    def _wake_up(self) -> None:
        with self._wake_lock:
            if self._wake is not None:
                self._wake.send(b"")

    def _run(self) -> None:
        import zmq
        from jupyter_client.session import Session

        connection = json.loads(self._connection_file.read_text())
        session = Session(key=connection["key"].encode(), signature_scheme=connection["signature_scheme"])
        context = zmq.Context()
        waker = context.socket(zmq.PULL)
        waker.bind("inproc://wake")
        with self._wake_lock:
            self._wake = context.socket(zmq.PUSH)
            self._wake.connect("inproc://wake")
        sockets = {name: _connect(context, connection, name, session.bsession) for name in CHANNELS}
        poller = zmq.Poller()
        for each in (waker, *sockets.values()):
            poller.register(each, zmq.POLLIN)
        try:
            while not self._closing:
                self._send_all(session, sockets)
                ready = dict(poller.poll())
                if waker in ready:
                    _drain(waker)
                arrived = [
                    message
                    for name, each in sockets.items()
                    if each in ready
                    for message in _receive_all(session, name, each)
                ]
                if arrived:
                    self._on_messages(arrived)
        finally:
            with self._wake_lock:
                self._wake.close(0)
                self._wake = None
            for each in (waker, *sockets.values()):
                each.close(0)
            context.term()

    def _send_all(self, session: Any, sockets: dict[str, Any]) -> None:
        while self._outbox:
            out = self._outbox.popleft()
            message = session.msg(out.message_type, out.content)
            message["header"].update(out.header, msg_id=out.message_id)
            message["msg_id"] = out.message_id
            session.send(sockets[out.channel], message, buffers=list(out.buffers) or None)


def _connect(context: Any, connection: dict[str, Any], channel: str, identity: bytes) -> Any:
    import zmq

    made = context.socket(zmq.SUB if channel == "iopub" else zmq.DEALER)
    made.linger = 0
    made.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
    if channel == "iopub":
        made.setsockopt(zmq.RCVHWM, 0)  # outputs wait rather than get lost
        made.setsockopt(zmq.SUBSCRIBE, b"")
    else:
        made.identity = identity  # the kernel asks for input on the identity of the cell's sender
    separator = "-" if connection["transport"] == "ipc" else ":"
    made.connect(f"{connection['transport']}://{connection['ip']}{separator}{connection[CHANNELS[channel]]}")
    return made


def _drain(waker: Any) -> None:
    import zmq

    try:
        while True:
            waker.recv(zmq.NOBLOCK)
    except zmq.Again:
        return


def _receive_all(session: Any, channel: str, source: Any) -> list[Incoming]:
    import zmq

    received: list[Incoming] = []
    while True:
        try:
            frames = source.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return received
        _, frames = session.feed_identities(frames, copy=False)
        message = session.deserialize(frames, copy=False)
        parent = message["parent_header"]
        received.append(
            Incoming(
                channel,
                message["header"]["msg_type"],
                message["content"],
                parent.get("msg_id", ""),
                parent.get("msg_type", ""),
                tuple(message["buffers"]),
            )
        )
