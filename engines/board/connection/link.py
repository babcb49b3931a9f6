"""A transport with the frames taken out: text for whoever talks to the board, samples for the streams."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.board.connection.transport import Transport
from engines.board.streams.frames import SAMPLES, TRANSFER, Frame, FrameDecoder
from engines.board.streams.samples import SampleReader

HOLD = 0.25
"""An incomplete frame is given up when nothing came for so long."""
_RETRY_WRITE = 0.005


@dataclass(frozen=True)
class Traffic:
    """Everything that arrived by one connection, accounted for."""

    received: int = 0
    """Bytes."""
    text: int = 0
    """Bytes that were not in frames."""
    frames: int = 0
    damaged: int = 0
    samples: int = 0
    lost: int = 0
    malformed: int = 0
    """Frames that arrived whole and could not be understood ..."""
    problem: str = ""
    """... and what was wrong with the last one."""


class Link:
    """One connection. All methods but ``wake`` belong to the session's thread."""

    def __init__(
        self, transport: Transport, samples: SampleReader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._samples = samples
        self._clock = clock
        self._decoder = FrameDecoder()
        self._before = (samples.samples, samples.lost, samples.malformed)
        self._outgoing = bytearray()
        self._received = 0
        self._text = 0
        self.heard = clock()
        """When something arrived last."""
        self.heard_text = self.heard
        self.guard: Callable[[], object] = lambda: None
        """Called at every read; what it raises ends what is being done."""
        self.on_transfer: Callable[[bytes], object] = lambda payload: None
        """Takes the payloads of file transfers' frames; see ``conversation``."""
        self.services: Mapping[int, Callable[[bytes], bytes]] = {}
        """By a frame's kind: what answers its payload at once (a mounted folder)."""
        self.owed = 0
        """So many bytes complete whatever the board is reading from us just now."""

    @property
    def name(self) -> str:
        return self._transport.name

    @property
    def paced(self) -> bool:
        return self._transport.paced

    @property
    def has_reset_line(self) -> bool:
        return self._transport.has_reset_line

    def pulse_reset(self) -> None:
        """Reset the board by its line, and forget what it was to be told."""
        self._outgoing.clear()
        self._transport.pulse_reset()

    @property
    def world(self) -> Any:
        """What acts on a virtual board (``engines.board.virtual.World``); None for a real one."""
        return getattr(self._transport, "world", None)

    @property
    def traffic(self) -> Traffic:
        samples, decoder, before = self._samples, self._decoder, self._before
        return Traffic(
            self._received,
            self._text,
            decoder.frames,
            decoder.damaged,
            samples.samples - before[0],
            samples.lost - before[1],
            samples.malformed - before[2],
            samples.problem,
        )

    def read(self, timeout: float) -> bytes:
        """Text that arrived, waiting up to ``timeout`` seconds; b"" when there was none.

        Raises:
            PortError: the connection is lost.
        """
        self.guard()
        self._send()
        if self._outgoing:
            timeout = min(timeout, _RETRY_WRITE)
        if self._decoder.holding:
            timeout = min(timeout, HOLD)
        data = self._transport.read(timeout)
        now = self._clock()
        pieces: list[bytes | Frame] = []
        if data:
            self.heard = now
            self._received += len(data)
            pieces = self._decoder.feed(data)
        elif self._decoder.holding and now - self.heard >= HOLD:
            pieces = self._decoder.flush()
        return self._sort(pieces, now)

    def _sort(self, pieces: list[bytes | Frame], now: float) -> bytes:
        texts = []
        for piece in pieces:
            if isinstance(piece, bytes):
                texts.append(piece)
            elif piece.kind == SAMPLES:
                self._samples.take(piece.payload, now)
            elif piece.kind == TRANSFER:
                self.on_transfer(piece.payload)
            elif piece.kind in self.services:
                self.write(self.services[piece.kind](piece.payload))
        self._samples.flush()
        text = b"".join(texts)
        if text:
            self._text += len(text)
            self.heard_text = now
        return text

    def write(self, data: bytes) -> None:
        """Send, after what waits already; what the other side cannot take now goes with the next reads."""
        self._outgoing += data
        self._send()

    @property
    def sending(self) -> int:
        """Bytes that wait to be taken."""
        return len(self._outgoing)

    def forget_outgoing(self) -> None:
        self._outgoing.clear()

    def wake(self) -> None:
        self._transport.wake()

    def stale(self) -> bool:
        """See ``Transport.stale``."""
        return self._transport.stale()

    def renew(self, transport: Transport) -> None:
        """Go on over another connection to the same board; the old one is closed already."""
        self._samples.interrupted(self._clock())
        self._transport = transport
        self._decoder = FrameDecoder()
        self._outgoing.clear()

    def close(self) -> None:
        self._transport.close()

    def _send(self) -> None:
        if self._outgoing:
            taken = self._transport.write(bytes(self._outgoing[:4096]))
            del self._outgoing[:taken]
