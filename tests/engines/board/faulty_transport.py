"""A transport that loses, doubles, changes and holds back bytes where it is told to, or dies there."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from engines.board.connection.port_errors import PortError


@dataclass(frozen=True)
class Fault:
    """At the ``place``-th byte that is sent ("out") or received ("in") from the moment of ``FaultyTransport.arm``."""

    way: Literal["in", "out"]
    place: int
    kind: Literal["drop", "double", "change", "delay", "die"]
    count: int = 1
    """Bytes; hundredths of a second for a delay."""


class FaultyTransport:
    starts_board = False
    paced = has_reset_line = False

    def __init__(self, inner) -> None:
        self.inner = inner
        self.name = inner.name
        self._guard = threading.Lock()
        self._faults: dict[str, list[Fault]] = {"in": [], "out": []}
        self._counts = {"in": 0, "out": 0}
        self._dead = False
        self._rest = b""
        """What was spoilt and is not sent yet."""
        self.hurt = 0
        """Faults that took place."""

    def arm(self, faults) -> None:
        with self._guard:
            self.hurt = 0
            self._counts = {"in": 0, "out": 0}
            for way in self._faults:
                self._faults[way] = sorted((f for f in faults if f.way == way), key=lambda f: f.place)

    def read(self, timeout: float) -> bytes:
        self._check()
        self._send_rest()
        return self._spoil("in", self.inner.read(timeout))

    def write(self, data: bytes) -> int:
        self._check()
        self._send_rest()
        if self._rest:
            return 0
        with self._guard:
            due = self._faults["out"][:1]
        if due:  # bytes are counted as they are taken, so up to the fault first
            before = due[0].place - self._counts["out"]
            if before > 0:
                taken = self.inner.write(data[:before])
                self._counts["out"] += taken
                return taken
        self._rest = self._spoil("out", data)
        self._send_rest()
        return len(data)

    def _send_rest(self) -> None:
        """Never waits for a board that may itself wait to be read."""
        if self._rest:
            self._rest = self._rest[self.inner.write(self._rest) :]

    def _spoil(self, way: str, data: bytes) -> bytes:
        with self._guard:
            start = self._counts[way]
            self._counts[way] += len(data)
            out = bytearray(data)
            while self._faults[way] and self._faults[way][0].place < start + len(data):
                fault = self._faults[way].pop(0)
                at = min(max(fault.place - start, 0), len(out))
                self.hurt += 1
                if fault.kind == "die":
                    self._dead = True
                    out = out[:at]
                elif fault.kind == "drop":
                    del out[at : at + fault.count]
                elif fault.kind == "double":
                    out[at:at] = out[at : at + fault.count]
                elif fault.kind == "change" and at < len(out):
                    out[at] ^= 1 + fault.count % 255
                elif fault.kind == "delay":
                    time.sleep(fault.count / 100)
            return bytes(out)

    def _check(self) -> None:
        if self._dead:
            raise PortError(self.name, "the port went away", "Plug it in.", gone=True)

    def wake(self) -> None:
        self.inner.wake()

    def close(self) -> None:
        self.inner.close()
