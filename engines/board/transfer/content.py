"""The content of a file on the wire, binary: the host's half of resources/board/transfer.py.

The board answers in frames (``frames``, kind 4), so that samples and prints may come in between::

    u8  letter: W "I want the block at place", A "I have all before place", D data for place, E the end
    u16 tag of this transfer
    u32 place in the file
    ..  data (D only)

To the board go blocks: ``B``, the length of the rest in two bytes of 7 bits (the top bit set), and the rest:
place (u32), data, CRC-32 of both, in which the bytes 01 02 03 04 0D 10 are written as 10 and the byte + 64.
So Ctrl-C always means Ctrl-C, the board is never deaf, and nothing that is under way when its program ends
is executed by its prompt. When the board reads, ``A place`` and ``R place`` (begin again there) are lines,
``E`` ends; ``QQQ`` calls a write off.

Both ways go back to the first missing byte when something is lost. While the board is stuck in a block that
will never be complete, it is filled up with zeros; the board then throws away what comes until it is quiet.
"""

from __future__ import annotations

import contextlib
import random
import struct
import time
from binascii import crc32
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from engines.board.board_program import checked, literals, resource
from engines.board.errors import ProtocolError, RemoteError
from engines.board.transfer.conversation import Conversation
from engines.board.transfer.pace import Pace, Watch

_WINDOW = 8192
"""Bytes that the board may send ahead of our acknowledgement."""
_HEADER = struct.Struct("<BHI")
_WANT, _HAVE, _DATA, _END = b"WADE"
_ESCAPE = 0x10
_ESCAPED = (_ESCAPE, 0x01, 0x02, 0x03, 0x04, 0x0D)
_QUIT = b"QQQ"
_STEP = 0.1
GONE = "the computer went away"
"""What the board's program ends with when we have said nothing for long."""
_BOARD_PATIENCE = 5000
"""Milliseconds until the board takes us for gone and goes back to its prompt."""

Progress = Callable[[int], object]
"""Called with the bytes that are across."""


def is_waiting(payload: bytes) -> bool:
    """A frame of a transfer, of whatever tag, whose program goes on: it wants, has or brings something."""
    return len(payload) >= _HEADER.size and payload[0] in (_WANT, _HAVE, _DATA)


def farewell(payload: bytes) -> bytes:
    """What ends the program of such a frame."""
    return b"\nE\n" if payload[0] == _DATA else _QUIT


@dataclass(frozen=True)
class Message:
    letter: int
    place: int
    data: bytes

    @classmethod
    def parse(cls, payload: bytes, tag: int) -> Message | None:
        """None for what belongs to another transfer."""
        if len(payload) < _HEADER.size:
            return None
        letter, found, place = _HEADER.unpack_from(payload)
        return cls(letter, place, payload[_HEADER.size :]) if found == tag else None


def put_program(path: str, tag: int, at: int, size: int, largest: int) -> str:
    """The board's side of ``send``."""
    arguments = literals(path, tag, _BOARD_PATIENCE, at, size, wire_size(largest))
    return checked(f"{resource('transfer.py', without='get')}\nput({arguments})")


def get_program(path: str, tag: int, at: int, size: int) -> str:
    """The board's side of ``receive``."""
    arguments = literals(path, tag, _BOARD_PATIENCE, at, size, _WINDOW)
    return checked(f"{resource('transfer.py', without='put')}\nget({arguments})")


def new_tag() -> int:
    return random.randrange(1 << 16)


def wire_size(block: int) -> int:
    """The longest that a block of so many bytes can become, without its head."""
    return 2 * (block + 8)


def _filling(block: int) -> int:
    """So many zeros complete any block, with its head."""
    return wire_size(block) + 3


def encode_block(place: int, data: bytes) -> bytes:
    body = struct.pack("<I", place) + data
    body += struct.pack("<I", crc32(body))
    for byte in _ESCAPED:
        body = body.replace(bytes((byte,)), bytes((_ESCAPE, byte | 64)))
    return bytes((66, 0x80 | len(body) & 0x7F, 0x80 | len(body) >> 7)) + body


def send(
    talk: Conversation,
    tag: int,
    source: BinaryIO,
    at: int,
    size: int,
    largest: int,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Send the bytes from ``at`` to ``size`` of a file to ``put_program``, to the end of that program.

    Raises:
        RemoteError: the board could not write.
        ProtocolError: it does not get on.
    """
    pace, watch = Pace(largest), Watch(clock)
    talk.owes(_filling(largest))
    have = sent = at
    ready = False
    while have < size and not talk.ended:
        while ready and sent < size and sent - have < pace.ahead * pace.block:
            source.seek(sent)
            data = source.read(min(pace.block, size - sent))
            if not data:
                raise OSError("the file became shorter while it was sent")
            talk.say(encode_block(sent, data))
            sent += len(data)
        message = _hear(talk, tag)
        if message is None:
            if watch.silent(sent - have) and not talk.sending:
                talk.say(bytes(_filling(pace.largest_yet)))
                pace.largest_yet = largest
                watch.asked()
            continue
        if message.letter == _END:
            break
        if not at <= message.place <= size:
            continue
        if message.place > have:
            watch.moved(message.place - have)
            have = message.place
            progress(have)
        if message.letter == _HAVE:
            pace.well()
        elif message.letter == _WANT:
            if sent > message.place:
                pace.lost()
            sent, ready = message.place, True
    talk.finish()


def call_off(talk: Conversation, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
    """End a ``put_program`` that is not complete; gives up after some seconds, as Ctrl-C is left."""
    deadline = clock() + 3
    while talk.sending and not talk.ended and clock() < deadline:
        talk.hear(_STEP)
    for _ in range(2):
        talk.say(_QUIT)
        if _ends(talk, clock() + 0.5, clock):
            return _forget(talk)
        talk.say(bytes(_filling(largest)))
        if _ends(talk, clock() + 0.5, clock):
            return _forget(talk)
    return None


def stop_reading(talk: Conversation) -> None:
    """End a ``get_program`` that is not complete; gives up after some seconds, as Ctrl-C is left."""
    if _end_reading(talk, time.monotonic):
        _forget(talk)


def _forget(talk: Conversation) -> None:
    with contextlib.suppress(RemoteError):
        talk.finish()


def _ends(talk: Conversation, deadline: float, clock: Callable[[], float]) -> bool:
    while clock() < deadline:
        payload = talk.hear(_STEP)
        if talk.ended or (payload is not None and payload[:1] == b"E"):
            return True
    return False


def receive(
    talk: Conversation,
    tag: int,
    target: BinaryIO,
    at: int,
    size: int,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Append the bytes from ``at`` to ``size`` of ``get_program``'s file, to the end of that program.

    Raises:
        RemoteError: the board could not read.
        ProtocolError: it does not get on.
    """
    watch = Watch(clock)
    have = told = at
    lost_at = -1
    while have < size and not talk.ended:
        message = _hear(talk, tag)
        if message is not None and message.letter == _DATA and message.place == have:
            target.write(message.data)
            have += len(message.data)
            watch.moved(len(message.data))
            progress(have)
            if have - told >= _WINDOW // 4:
                talk.say(b"A%d\n" % have)
                told = have
        elif message is not None and message.letter == _DATA and message.place > have and lost_at != have:
            lost_at = told = have
            talk.say(b"\nR%d\n" % have)
        elif message is not None and message.letter == _END:
            return talk.finish()
        elif watch.silent(0):
            talk.say(b"\nR%d\n" % have)
            told = have
            watch.asked()
    if not _end_reading(talk, clock):
        raise ProtocolError("The board did not end the transfer.")
    return talk.finish()


def _end_reading(talk: Conversation, clock: Callable[[], float]) -> bool:
    """Whether it ended."""
    for _ in range(5):
        if talk.ended:
            return True
        talk.say(b"\nE\n")
        if _ends(talk, clock() + 0.5, clock):
            return True
    return False


def _hear(talk: Conversation, tag: int) -> Message | None:
    payload = talk.hear(_STEP)
    return None if payload is None else Message.parse(payload, tag)
