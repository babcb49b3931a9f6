"""Writing raw flash of a board by small programs in its raw REPL: what ROMFS images and partitions share."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable

from engines.board.errors import BoardError


def write_chunks(
    data: bytes,
    write: Callable[[int, str], object],
    progress: Callable[[int, int], object],
    chunk: int = 4096,
) -> None:
    """Call ``write(offset, base64 text)`` for each chunk; the last one is filled up with 0xFF."""
    for offset in range(0, len(data), chunk):
        part = data[offset : offset + chunk].ljust(chunk, b"\xff")
        write(offset, binascii.b2a_base64(part, newline=False).decode())
        progress(min(offset + chunk, len(data)), len(data))


def check_digest(what: str, answer: str, data: bytes) -> None:
    """Compare a SHA-256 that the board printed in hex. Raises BoardError when it is another."""
    if answer.strip() != hashlib.sha256(data).hexdigest():
        raise BoardError(f"{what}: what was written reads back differently. Write it again.")
