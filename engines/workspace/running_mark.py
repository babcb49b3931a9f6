"""What the kernel computes at this moment, in memory that both processes see.

A message would not do: code written in C may hold the interpreter, and with it every thread of the kernel,
for as long as it likes, and a crash leaves no time for one.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

RUNNING_VARIABLE = "DIRIGENT_RUNNING"
"""The environment variable by which the app tells its kernel the file of the mark."""
SIZE = 1024
_LENGTH_BYTES = 2


class RunningMark:
    """The kernel's side. Without a file, in a kernel that nobody watches, it is seen by no one."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._memory = mmap.mmap(-1, SIZE) if path is None else _map(Path(path))

    def set(self, what: str) -> None:
        """This begins now."""
        text = what.encode()[: SIZE - _LENGTH_BYTES]
        self.clear()
        self._memory[_LENGTH_BYTES : _LENGTH_BYTES + len(text)] = text
        self._memory[:_LENGTH_BYTES] = len(text).to_bytes(_LENGTH_BYTES, "little")

    def clear(self) -> None:
        """It has ended."""
        self._memory[:_LENGTH_BYTES] = bytes(_LENGTH_BYTES)


def make_mark_file(path: Path) -> None:
    """An empty mark, before a kernel starts."""
    path.write_bytes(bytes(SIZE))


def read_mark(path: Path) -> str:
    """What runs, '' when nothing does. Sure of what has run for a while; a change just now may read torn."""
    data = path.read_bytes() if path.exists() else b""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    return data[_LENGTH_BYTES : _LENGTH_BYTES + length].decode(errors="replace")


def _map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), SIZE)
