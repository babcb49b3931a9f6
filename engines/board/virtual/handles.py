"""What a guest's file descriptor stands for: a host file, an open folder, or a device of the board."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Protocol


class Handle(Protocol):
    """A file descriptor's behaviour. Failures are ``OSError`` with an errno."""

    kind: int
    """WASI file type: 2 character device, 3 folder, 4 file."""

    def read(self, count: int) -> bytes: ...

    def write(self, data: bytes) -> int: ...

    def seek(self, offset: int, whence: int) -> int: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...

    def ready(self, writing: bool) -> bool:
        """Whether a read (or write) would return at once."""


class HostFile:
    """An open file in a mounted folder."""

    kind = 4

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, count: int) -> bytes:
        return os.read(self._descriptor, count)

    def write(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def seek(self, offset: int, whence: int) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def ready(self, writing: bool) -> bool:
        return True


class Folder:
    """An open folder; its entries are those of the moment it was opened."""

    kind = 3

    def __init__(self, entries: list[tuple[str, int, bool]]) -> None:
        self.entries = entries

    def read(self, count: int) -> bytes:
        raise OSError(errno.EISDIR, "is a folder")

    def write(self, data: bytes) -> int:
        raise OSError(errno.EISDIR, "is a folder")

    def seek(self, offset: int, whence: int) -> int:
        raise OSError(errno.EISDIR, "is a folder")

    def sync(self) -> None:
        pass

    def close(self) -> None:
        pass

    def ready(self, writing: bool) -> bool:
        return True


class Device:
    """A character device made of functions; a device without a reader (writer) cannot be read (written).

    ``read(count)`` may return fewer bytes than asked for; none means the end.
    """

    kind = 2

    def __init__(
        self,
        read: Callable[[int], bytes] | None = None,
        write: Callable[[bytes], object] | None = None,
        readable: Callable[[], bool] = lambda: True,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._read = read
        self._write = write
        self._readable = readable
        self._close = close

    def read(self, count: int) -> bytes:
        if self._read is None:
            raise OSError(errno.EBADF, "not readable")
        return self._read(count)

    def write(self, data: bytes) -> int:
        if self._write is None:
            raise OSError(errno.EBADF, "not writable")
        self._write(data)
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        raise OSError(errno.ESPIPE, "a device cannot seek")

    def sync(self) -> None:
        pass

    def close(self) -> None:
        self._close()

    def ready(self, writing: bool) -> bool:
        return writing or self._readable()
