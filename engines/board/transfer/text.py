"""The content of a file in base64, by ordinary programs: for boards that have no binary ``sys.stdin``."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import BinaryIO

from engines.board.board_program import ask
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
        print(str(b2a_base64(f.read(size)), "ascii"), end="")
"""

Execute = Callable[[str], str]
Progress = Callable[[int], object]


def send(
    execute: Execute, path: str, source: BinaryIO, at: int, size: int, largest: int, progress: Progress
) -> None:
    """As ``transfer.send``."""
    source.seek(at)
    if not at:
        ask(execute, _WRITE, path, "wb", "")
    chunk = max(min(_CHUNK, largest), 192)
    while at < size:
        data = source.read(min(chunk, size - at))
        if not data:
            raise OSError("the file became shorter while it was sent")
        ask(execute, _WRITE, path, "ab", b2a_base64(data, newline=False).decode())
        at += len(data)
        progress(at)


def receive(
    execute: Execute, path: str, target: BinaryIO, at: int, size: int, largest: int, progress: Progress
) -> None:
    """As ``transfer.receive``. Raises ProtocolError when the answers make no sense."""
    chunk = max(min(_CHUNK, largest), 192)
    while at < size:
        data = _read(execute, path, at, min(chunk, size - at))
        target.write(data)
        at += len(data)
        progress(at)


def _read(execute: Execute, path: str, at: int, size: int) -> bytes:
    answer = ""
    for _ in range(_ATTEMPTS):
        answer = ask(execute, _READ, path, at, size)
        try:
            data = a2b_base64(answer)
        except Base64Error:
            continue
        if len(data) == size:
            return data
    raise ProtocolError(f"{path}: it arrives damaged; check the cable and try again.", answer.encode())
