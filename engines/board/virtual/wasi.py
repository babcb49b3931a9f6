"""The system calls of the guest: WASI preview 1, as far as MicroPython's unix port uses it.

Names, layouts and error numbers follow the specification
(https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md).
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from engines.board.virtual.files import Files
from engines.board.virtual.guest import GuestStopped, Import, Memory
from engines.board.virtual.handles import Folder, Handle, HostFile

EINTR = 27
# The guest's C library takes any number. What a program sees is MicroPython's own (py/mperrno.h), as on every
# board; firmware.py gives the names of the module "errno" the same ones. EINTR is read by C code.
_ERRORS = {
    errno.EPERM: 1, errno.ENOENT: 2, errno.EIO: 5, errno.EBADF: 9, errno.EAGAIN: 11, errno.EACCES: 13,
    errno.EEXIST: 17, errno.EXDEV: 18, errno.ENODEV: 19, errno.ENOTDIR: 20, errno.EISDIR: 21,
    errno.EINVAL: 22, errno.EMFILE: 24, errno.ENOSPC: 28, errno.ESPIPE: 29, errno.EROFS: 30,
    errno.ENAMETOOLONG: 36, errno.ENOTEMPTY: 39, errno.ELOOP: 40, errno.EINTR: EINTR,
}  # fmt: skip
_NO_MORE_FOLDERS = 8
"""WASI's EBADF, by which the C library ends its search for the folders it was given."""
_ROOT_DESCRIPTOR = 3
_FIRST_FREE = 8
_MAX_OPEN = 64
_ALL_RIGHTS = 2**64 - 1
_RIGHT_READ, _RIGHT_WRITE = 1 << 1, 1 << 6
_CREATE, _DIRECTORY, _EXCLUSIVE, _TRUNCATE = 1, 2, 4, 8
_APPEND = 1
_NOT_FOLLOWED = 0
_BINARY = getattr(os, "O_BINARY", 0)


class Interrupted(Exception):  # noqa: N818 (a signal, not an error)
    """A wait was cut short because the guest has something to run; it will ask again (EINTR)."""


class Clock(Protocol):
    """The board's time."""

    def realtime_ns(self) -> int: ...

    def monotonic_ns(self) -> int: ...

    def sleep_until(self, monotonic_ns: int | None, ready: Callable[[], bool]) -> bool:
        """Wait until ``ready`` or the deadline; whether it is ready. Raises ``Interrupted``."""


class Wasi:
    """The imports of one guest: its arguments, files, devices and clock."""

    def __init__(
        self,
        arguments: list[str],
        files: Files,
        clock: Clock,
        standard: Mapping[int, Handle],
        devices: Mapping[str, Callable[[], Handle]],
    ) -> None:
        self._arguments = [text.encode() + b"\0" for text in arguments]
        self._files = files
        self._clock = clock
        self._open: dict[int, Handle] = dict(standard)
        self._standard = set(standard)
        self._devices = devices

    def imports(self) -> dict[str, Import]:
        """By name, ready for ``Machine.run``."""
        table: dict[str, Import] = {
            name: _guarded(getattr(self, name))
            for name in dir(self)
            if name.startswith(("fd_", "path_", "args_", "environ_", "clock_", "poll_", "sched_"))
        }
        table["proc_exit"] = self.proc_exit
        return table

    def close(self) -> None:
        """Close what the guest left open."""
        for descriptor in [number for number in self._open if number not in self._standard]:
            self._open.pop(descriptor).close()

    # the process

    def args_sizes_get(self, memory: Memory, count: int, size: int) -> int:
        memory.write_u32(count, len(self._arguments))
        memory.write_u32(size, sum(len(text) for text in self._arguments))
        return 0

    def args_get(self, memory: Memory, table: int, texts: int) -> int:
        for text in self._arguments:
            memory.write_u32(table, texts)
            memory.write(texts, text)
            table += 4
            texts += len(text)
        return 0

    def environ_sizes_get(self, memory: Memory, count: int, size: int) -> int:
        memory.write_u32(count, 0)
        memory.write_u32(size, 0)
        return 0

    def environ_get(self, memory: Memory, table: int, texts: int) -> int:
        return 0

    def proc_exit(self, memory: Memory, code: int) -> int:
        raise GuestStopped(f"exit {code}")

    def sched_yield(self, memory: Memory) -> int:
        return 0

    def clock_time_get(self, memory: Memory, clock: int, _precision: int, result: int) -> int:
        now = self._clock.realtime_ns() if clock == 0 else self._clock.monotonic_ns()
        memory.write_u64(result, now)
        return 0

    def poll_oneoff(self, memory: Memory, subscriptions: int, events: int, count: int, done: int) -> int:
        """Wait for the first of some clocks and descriptors (this is also what every sleep is)."""
        waits = [memory.read(subscriptions + 48 * i, 48) for i in range(count)]
        clocks = [(wait[:8], self._deadline(wait)) for wait in waits if wait[8] == 0]
        handles = [
            (wait[:8], wait[8], self._handle(int.from_bytes(wait[16:20], "little")))
            for wait in waits
            if wait[8]
        ]

        def ready() -> list[tuple[bytes, int]]:
            return [(user, kind) for user, kind, handle in handles if handle.ready(kind == 2)]

        self._clock.sleep_until(min((due for _, due in clocks), default=None), lambda: bool(ready()))
        found = ready() or [(user, 0) for user, due in clocks if due <= self._clock.monotonic_ns()]
        for i, (user, kind) in enumerate(found):
            memory.write(
                events + 32 * i, user + struct.pack("<HBxxxxxQHxxxxxx", 0, kind, 1 if kind else 0, 0)
            )
        memory.write_u32(done, len(found))
        return 0

    def _deadline(self, wait: bytes) -> int:
        clock, timeout, _precision, flags = struct.unpack_from("<IxxxxQQH", wait, 16)
        if not flags & 1:
            return self._clock.monotonic_ns() + int(timeout)
        return int(timeout) if clock else timeout - self._clock.realtime_ns() + self._clock.monotonic_ns()

    # descriptors

    def fd_prestat_get(self, memory: Memory, descriptor: int, result: int) -> int:
        if descriptor != _ROOT_DESCRIPTOR:
            return _NO_MORE_FOLDERS
        memory.write(result, struct.pack("<II", 0, 1))  # a folder whose name has one byte
        return 0

    def fd_prestat_dir_name(self, memory: Memory, descriptor: int, name: int, length: int) -> int:
        memory.write(name, b"/"[:length])
        return 0

    def fd_fdstat_get(self, memory: Memory, descriptor: int, result: int) -> int:
        kind = 3 if descriptor == _ROOT_DESCRIPTOR else self._handle(descriptor).kind
        memory.write(result, struct.pack("<BxHxxxxQQ", kind, 0, _ALL_RIGHTS, _ALL_RIGHTS))
        return 0

    def fd_read(self, memory: Memory, descriptor: int, vectors: int, count: int, result: int) -> int:
        handle = self._handle(descriptor)
        total = 0
        for i in range(count):
            buffer, size = struct.unpack("<II", memory.read(vectors + 8 * i, 8))
            if not size:
                continue
            data = handle.read(size)
            memory.write(buffer, data)
            total += len(data)
            if len(data) < size:
                break
        memory.write_u32(result, total)
        return 0

    def fd_write(self, memory: Memory, descriptor: int, vectors: int, count: int, result: int) -> int:
        spans = struct.iter_unpack("<II", memory.read(vectors, 8 * count))
        data = b"".join(memory.read(buffer, size) for buffer, size in spans)
        memory.write_u32(result, self._handle(descriptor).write(data))
        return 0

    def fd_seek(self, memory: Memory, descriptor: int, offset: int, whence: int, result: int) -> int:
        signed = offset - 2**64 if offset >= 2**63 else offset
        memory.write_u64(result, self._handle(descriptor).seek(signed, whence))
        return 0

    def fd_sync(self, memory: Memory, descriptor: int) -> int:
        self._handle(descriptor).sync()
        return 0

    def fd_close(self, memory: Memory, descriptor: int) -> int:
        handle = self._handle(descriptor)
        if descriptor in self._standard:
            return 0
        del self._open[descriptor]
        handle.close()
        return 0

    def fd_readdir(
        self, memory: Memory, descriptor: int, buffer: int, size: int, cookie: int, result: int
    ) -> int:
        folder = self._handle(descriptor)
        if not isinstance(folder, Folder):
            return _ERRORS[errno.ENOTDIR]
        data = b""
        for i, (name, inode, is_folder) in enumerate(folder.entries[cookie:], cookie + 1):
            text = name.encode("utf-8", "surrogateescape")
            data += struct.pack("<QQIBxxx", i, inode & _ALL_RIGHTS, len(text), 3 if is_folder else 4) + text
            if len(data) >= size:
                break
        memory.write(buffer, data[:size])
        memory.write_u32(result, min(len(data), size))
        return 0

    def _handle(self, descriptor: int) -> Handle:
        handle = self._open.get(descriptor)
        if handle is None:
            raise OSError(errno.EBADF, f"descriptor {descriptor} is not open")
        return handle

    def _register(self, handle: Handle) -> int:
        for descriptor in range(_FIRST_FREE, _FIRST_FREE + _MAX_OPEN):
            if descriptor not in self._open:
                self._open[descriptor] = handle
                return descriptor
        handle.close()
        raise OSError(errno.EMFILE, "too many open files")

    # paths

    def path_open(
        self,
        memory: Memory,
        _base: int,
        lookup: int,
        path: int,
        length: int,
        creation: int,
        rights: int,
        _inherited: int,
        flags: int,
        result: int,
    ) -> int:
        name = _text(memory, path, length)
        device = self._devices.get(name.lstrip("/")) or self._devices.get(name.rpartition("/")[2])
        handle = device() if device else self._open_path(name, creation, rights, flags)
        memory.write_u32(result, self._register(handle))
        return 0

    def _open_path(self, name: str, creation: int, rights: int, flags: int) -> Handle:
        writing = bool(rights & _RIGHT_WRITE)
        place = self._files.place(name, change=writing or bool(creation & (_CREATE | _TRUNCATE)))
        if place.path is None or place.path.is_dir():
            if writing and not creation & _DIRECTORY:
                raise OSError(errno.EISDIR, "is a folder", name)
            return Folder(self._files.names(place))
        if creation & _DIRECTORY:
            code = errno.ENOTDIR if place.path.exists() else errno.ENOENT
            raise OSError(code, os.strerror(code), name)
        mode = (os.O_RDWR if rights & _RIGHT_READ else os.O_WRONLY) if writing else os.O_RDONLY
        mode |= os.O_CREAT if creation & _CREATE else 0
        mode |= os.O_EXCL if creation & _EXCLUSIVE else 0
        mode |= os.O_TRUNC if creation & _TRUNCATE else 0
        mode |= os.O_APPEND if flags & _APPEND else 0
        return HostFile(os.open(place.path, mode | _BINARY, 0o644))

    def path_filestat_get(
        self, memory: Memory, _base: int, lookup: int, path: int, length: int, result: int
    ) -> int:
        name = _text(memory, path, length)
        if name.lstrip("/") in self._devices:
            memory.write(result, _stat(0, 2, 1, 0, 0, 0, 0))
            return 0
        found = self._files.stat(name, follow=lookup != _NOT_FOLLOWED)
        if found is None:
            memory.write(result, _stat(1, 3, 1, 0, 0, 0, 0))
            return 0
        kind = {0o040000: 3, 0o100000: 4, 0o120000: 7}.get(found.st_mode & 0o170000, 0)
        times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
        memory.write(result, _stat(found.st_ino, kind, found.st_nlink, found.st_size, *times))
        return 0

    def path_readlink(
        self, memory: Memory, _base: int, path: int, length: int, buffer: int, size: int, result: int
    ) -> int:
        return _ERRORS[errno.EINVAL]

    def path_create_directory(self, memory: Memory, _base: int, path: int, length: int) -> int:
        self._changed(memory, path, length).mkdir()
        return 0

    def path_remove_directory(self, memory: Memory, _base: int, path: int, length: int) -> int:
        self._changed(memory, path, length).rmdir()
        return 0

    def path_unlink_file(self, memory: Memory, _base: int, path: int, length: int) -> int:
        target = self._changed(memory, path, length)
        if target.is_dir() and not target.is_symlink():
            return _ERRORS[errno.EISDIR]
        target.unlink()
        return 0

    def path_rename(
        self, memory: Memory, _base: int, old: int, old_length: int, _new_base: int, new: int, new_length: int
    ) -> int:
        self._files.rename(_text(memory, old, old_length), _text(memory, new, new_length))
        return 0

    def _changed(self, memory: Memory, path: int, length: int) -> Path:
        place = self._files.place(_text(memory, path, length), follow=False, change=True)
        assert place.path is not None
        return place.path


def _text(memory: Memory, address: int, length: int) -> str:
    return memory.read(address, length).decode("utf-8", "surrogateescape")


def _stat(inode: int, kind: int, links: int, size: int, *times: int) -> bytes:
    return struct.pack("<QQBxxxxxxxQQQQQ", 0, inode & _ALL_RIGHTS, kind, links, size, *times)


def _guarded(function: Import) -> Import:
    """Turn what a call raises into WASI error numbers."""

    def call(memory: Memory, *arguments: int) -> int | None:
        try:
            return function(memory, *arguments)
        except Interrupted:
            return EINTR
        except OSError as error:
            return _ERRORS.get(error.errno or 0, _ERRORS[errno.EIO])
        except ValueError:
            return _ERRORS[errno.EINVAL]

    return call
