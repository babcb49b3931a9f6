"""The content of a file in base64, by ordinary programs: for boards that have no binary ``sys.stdin``."""

from __future__ import annotations

import contextlib
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import Any, BinaryIO

from engines.board.board_program import call
from engines.board.errors import ProtocolError

_CHUNK = 3072
_ATTEMPTS = 3

_WRITE = """
def _dirigent(path, mode, text):
    from binascii import a2b_base64
    with open(path, mode) as f:
        f.write(a2b_base64(text))
"""
_READ = """
def _dirigent(path, at, size):
    from binascii import b2a_base64
    with open(path, "rb") as f:
        f.seek(at)
        tell(b2a_base64(f.read(size)))
"""

Ask = Callable[[str], list[Any]]
"""``RawBench.ask``."""
Progress = Callable[[int], object]


def send(ask: Ask, path: str, source: BinaryIO, at: int, size: int, largest: int, progress: Progress) -> None:
    """As ``transfer.send``."""
    source.seek(at)
    if not at:
        ask(call(_WRITE, path, "wb", ""))
    chunk = max(min(_CHUNK, largest), 192)
    while at < size:
        data = source.read(min(chunk, size - at))
        if not data:
            raise OSError("the file became shorter while it was sent")
        ask(call(_WRITE, path, "ab", b2a_base64(data, newline=False).decode()))
        at += len(data)
        progress(at)


def receive(
    ask: Ask, path: str, target: BinaryIO, at: int, size: int, largest: int, progress: Progress
) -> None:
    """As ``transfer.receive``. Raises ProtocolError when the answers make no sense."""
    chunk = max(min(_CHUNK, largest), 192)
    while at < size:
        data = _read(ask, path, at, min(chunk, size - at))
        target.write(data)
        at += len(data)
        progress(at)


def _read(ask: Ask, path: str, at: int, size: int) -> bytes:
    told: list[Any] = []
    for _ in range(_ATTEMPTS):
        told = ask(call(_READ, path, at, size))
        with contextlib.suppress(Base64Error):
            data = a2b_base64(b"".join(told))
            if len(data) == size:
                return data
    raise ProtocolError(f"{path}: it arrives damaged; check the cable and try again.", repr(told).encode())
