"""A model of a board's REPL that answers at once: friendly prompt, raw REPL, raw-paste with its window."""

from __future__ import annotations

import contextlib
import io
import queue
import random
import struct
import traceback

from engines.board.connection.port_errors import PortError
from engines.board.streams.frames import encode

BANNER = b'\r\nMicroPython v1.99 on model\r\nType "help()" for more information.\r\n>>> '
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
WINDOW = 32


class ModelBoard:
    """A transport. ``seed`` decides how output is cut into pieces and where frames fall into it."""

    starts_board = False
    paced = has_reset_line = False
    name = "model"

    def __init__(
        self, *, raw_paste: bool = True, seed: int | None = None, dies_after: int | None = None
    ) -> None:
        self.raw_paste = raw_paste
        self.frames_sent = 0
        self.closed = False
        self._random = None if seed is None else random.Random(seed)
        self._dies_after = dies_after
        self._out: queue.Queue[bytes | PortError] = queue.Queue()
        self._globals: dict[str, object] = {}
        self._mode = self._friendly
        self._line = bytearray()
        self._credit_used = 0

    def read(self, timeout: float) -> bytes:
        try:
            item = self._out.get(timeout=max(timeout, 0.0001))
        except queue.Empty:
            return b""
        if isinstance(item, PortError):
            raise item
        return item

    def write(self, data: bytes) -> int:
        if self._random:
            data = data[: self._random.randint(0, len(data))]
        for byte in data:
            if self._dies_after is not None:
                self._dies_after -= 1
                if self._dies_after < 0:
                    self._out.put(PortError(self.name, "the port went away", "Plug it in.", gone=True))
                    break
            self._mode(byte)
        return len(data)

    def wake(self) -> None:
        self._out.put(b"")

    def close(self) -> None:
        self.closed = True

    def print(self, data: bytes) -> None:
        """Output, perhaps in pieces and with frames in between, as an interrupt's sampler sends them."""
        if self._random is None:
            self._out.put(data)
            return
        while data:
            if self._random.random() < 0.3:
                self._out.put(self._frame())
            size = self._random.randint(1, 8)
            self._out.put(data[:size])
            data = data[size:]

    def _frame(self) -> bytes:
        header = b"s:a:h"
        body = struct.pack(
            "<HIIh", self.frames_sent & 0xFFFF, self.frames_sent * 10, 0, self.frames_sent % 30_000
        )
        self.frames_sent += 1
        return encode(1, bytes([len(header)]) + header + body)

    def _friendly(self, byte: int) -> None:
        if byte == 1 and not self._line:
            self._mode = self._raw
            self.print(b"\r\n" + RAW_BANNER)
        elif byte == 2:
            self.print(BANNER)
        elif byte in (3, 13):
            self._line.clear()
            self.print(b"\r\n>>> ")
        elif byte >= 32:
            self._line.append(byte)
            self.print(bytes([byte]))

    def _raw(self, byte: int) -> None:
        if byte == 2:
            self._line.clear()
            self._mode = self._friendly
            self.print(BANNER)
        elif byte == 3:
            self._line.clear()
        elif byte == 4:
            self.print(b"OK")
            self._execute()
        elif byte == 1 and self._line == b"\x05A" and self.raw_paste:
            self._line.clear()
            self._credit_used = 0
            self._mode = self._paste
            self.print(b"R\x01" + struct.pack("<H", WINDOW) + b"\x01")
        elif byte == 1:
            self._line.clear()
            self.print(RAW_BANNER)
        else:
            self._line.append(byte)

    def _paste(self, byte: int) -> None:
        if byte == 4:
            self.print(b"\x04")
            self._mode = self._raw
            self._execute()
            return
        self._line.append(byte)
        self._credit_used += 1
        assert len(self._line) <= 2 * WINDOW or self._credit_used <= 2 * WINDOW, "the window was overrun"
        if self._credit_used == WINDOW:
            self._credit_used = 0
            self.print(b"\x01")

    def _execute(self) -> None:
        source, output, error = self._line.decode(), io.StringIO(), ""
        self._line.clear()
        with contextlib.redirect_stdout(output):
            try:
                exec(source, self._globals)
            except Exception:
                error = traceback.format_exc()
        self.print(output.getvalue().replace("\n", "\r\n").encode() + b"\x04")
        self.print(error.replace("\n", "\r\n").encode() + b"\x04>")
