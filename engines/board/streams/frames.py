"""Framed packets inside a board's ordinary output.

======  =======================================================================================
bytes   meaning
======  =======================================================================================
2       marker ``FE D1`` (0xFE never occurs in UTF-8)
1       kind: 1 samples, 2 reserved for streams, 3 reserved for events, 4 file transfer,
        5 requests to a mounted folder
2       length of the payload, little endian, at most 1024
n       payload
4       CRC-32 (as zlib's) of kind, length and payload, little endian
======  =======================================================================================
"""

from __future__ import annotations

import struct
from typing import NamedTuple
from zlib import crc32

MARKER = b"\xfe\xd1"
SAMPLES = 1
BLOCK = 2
TRANSFER = 4
MOUNT = 5
LONGEST_PAYLOAD = 1024
_HEAD = 5
_TAIL = 4
_KIND_AND_LENGTH = struct.Struct("<BH").unpack_from
_CRC = struct.Struct("<I").unpack_from
_KINDS = (SAMPLES, BLOCK, 3, TRANSFER, MOUNT)


class Frame(NamedTuple):
    kind: int
    payload: bytes


def encode(kind: int, payload: bytes) -> bytes:
    """One packet as it goes over the wire. Raises ValueError for more than 1024 bytes of payload."""
    if len(payload) > LONGEST_PAYLOAD:
        raise ValueError(f"a frame holds {LONGEST_PAYLOAD} bytes, not {len(payload)}")
    body = struct.pack("<BH", kind, len(payload)) + payload
    return MARKER + body + struct.pack("<I", crc32(body))


class FrameDecoder:
    """Takes frames out of a byte stream before anything else sees it.

    Every byte that is not part of a valid frame comes out as it came in, in order. The start of what may be a
    frame is held until it is complete; ``flush`` gives it up.
    """

    def __init__(self) -> None:
        self._held = b""
        self.frames = 0
        """Valid frames so far."""
        self.damaged = 0
        """Markers that no valid frame followed."""

    @property
    def holding(self) -> int:
        """Bytes of an incomplete frame."""
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes | Frame]:
        """Text and frames in the order they arrived; never an empty text, never two texts in a row."""
        data = self._held + data
        out: list[bytes | Frame] = []
        text_from = at = 0
        size = len(data)
        while True:
            at = data.find(MARKER, at)
            if at < 0:
                break
            if at + _HEAD > size:
                return self._hold(out, data, text_from, at)
            kind, length = _KIND_AND_LENGTH(data, at + 2)
            if length > LONGEST_PAYLOAD or kind not in _KINDS:
                self.damaged += 1
                at += 1
                continue
            end = at + _HEAD + length + _TAIL
            if end > size:
                return self._hold(out, data, text_from, at)
            if not _is_valid(data, at, end):
                self.damaged += 1
                at += 1
                continue
            if at > text_from:
                out.append(data[text_from:at])
            head, stride = data[at : at + _HEAD], end - at
            while True:  # frames of one kind and length often follow one another
                out.append(Frame(kind, data[at + _HEAD : end - _TAIL]))
                self.frames += 1
                at, end = end, end + stride
                if end > size or not data.startswith(head, at) or not _is_valid(data, at, end):
                    break
            text_from = at
        # The last byte may be the first half of a marker.
        return self._hold(out, data, text_from, size - 1 if data.endswith(MARKER[:1]) else size)

    def flush(self) -> list[bytes | Frame]:
        """Give up the incomplete frame: it was text, or the rest of it is lost."""
        held, self._held = self._held, b""
        if not held:
            return []
        self.damaged += held.startswith(MARKER)
        rest = self.feed(held[1:])
        if rest and isinstance(rest[0], bytes):
            return [held[:1] + rest[0], *rest[1:]]
        return [held[:1], *rest]

    def _hold(self, out: list[bytes | Frame], data: bytes, text_from: int, at: int) -> list[bytes | Frame]:
        at = max(at, text_from)
        if at > text_from:
            out.append(data[text_from:at])
        self._held = data[at:]
        return out


def _is_valid(data: bytes, at: int, end: int) -> bool:
    return crc32(data[at + 2 : end - _TAIL]) == _CRC(data, end - _TAIL)[0]
