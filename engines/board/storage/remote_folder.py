"""A folder of this computer that a board uses as its disk: the computer's side.

The board's side is ``resources/board/remote_fs.py``. A request is the payload of a frame (kind 5)::

    u8 number, u8 operation, arguments      strings: u16 length, UTF-8

and its answer, sent to the board's input::

    FE D1, then escaped: u8 number, i32 result (negative: an errno), data, u32 CRC-32; then a line feed

Escaped are 0x03 (1B 43), so that no answer looks like Ctrl-C, line feed (1B 4A) and 0x1B (1B 5B).
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import stat
import struct
from binascii import crc32
from collections.abc import Callable
from pathlib import Path

_MARKER = b"\xfe\xd1"
_ANSWER = 960
"""Most bytes of data in one answer."""
_FILE, _FOLDER = 0x8000, 0x4000
_MODES = {"r": "rb", "w": "wb", "a": "ab", "r+": "rb+", "w+": "wb", "a+": "ab", "x": "xb", "x+": "xb"}


class RemoteFolder:
    """Answers a board's requests for files in ``root``; nothing outside of it can be reached.

    Args:
        writable: whether the board may change anything. Refusals are EROFS on the board.
    """

    def __init__(self, root: Path, *, writable: bool = False) -> None:
        self.root = root.resolve()
        self.writable = writable
        self._last: tuple[bytes | None, bytes] = (None, b"")
        self._operations: dict[int, Callable[[_Arguments], tuple[int, bytes]]] = {
            1: self._stat,
            2: self._space,
            3: self._list,
            4: self._open_file,
            5: self._read,
            6: self._write,
            7: self._remove,
            8: self._rename,
            9: self._mkdir,
            10: self._rmdir,
        }

    def answer(self, request: bytes) -> bytes:
        """The answer to a request's payload, as it goes to the board.

        A request that comes again, because its answer was lost, is answered again but not done again.
        """
        if request == self._last[0]:
            return self._last[1]
        number = request[0] if request else 0
        try:
            arguments = _Arguments(request[2:])
            result, data = self._operations[request[1]](arguments)
        except OSError as error:
            result, data = -(error.errno or errno.EIO), b""
        except RuntimeError:  # Python before 3.13: a symbolic link that leads to itself
            result, data = -errno.ELOOP, b""
        except (KeyError, IndexError, ValueError, struct.error):
            result, data = -errno.EINVAL, b""
        answer = encode_answer(number, result, data)
        self._last = (request, answer)
        return answer

    # Operations

    def _stat(self, arguments: _Arguments) -> tuple[int, bytes]:
        return 0, _described(self._path(arguments.text()))

    def _space(self, arguments: _Arguments) -> tuple[int, bytes]:
        usage = shutil.disk_usage(self._path(arguments.text()))
        return 0, struct.pack("<II", *(min(each >> 10, 0x7FFFFFFF) for each in (usage.free, usage.total)))

    def _list(self, arguments: _Arguments) -> tuple[int, bytes]:
        """As many entries, from the given one on, as fit into an answer; none at the end."""
        (start,) = arguments.numbers("<H")
        folder = self._path(arguments.text())
        data = b""
        for path in sorted(folder.iterdir())[start:]:
            entry = _listed(path)
            if len(data) + len(entry) > _ANSWER:
                break
            data += entry
        return 0, data

    def _open_file(self, arguments: _Arguments) -> tuple[int, bytes]:
        """Look whether it can be opened, make or empty it; its size. Nothing stays open here."""
        mode = arguments.text().replace("b", "").replace("t", "")
        path = self._path(arguments.text(), write=mode != "r")
        with path.open(_MODES[mode]):
            return 0, struct.pack("<I", path.stat().st_size)

    def _read(self, arguments: _Arguments) -> tuple[int, bytes]:
        at, size = arguments.numbers("<IH")
        with self._path(arguments.text()).open("rb") as file:
            file.seek(at)
            return 0, file.read(min(size, _ANSWER))

    def _write(self, arguments: _Arguments) -> tuple[int, bytes]:
        (at,) = arguments.numbers("<I")
        with self._path(arguments.text(), write=True).open("rb+") as file:
            file.seek(at)
            file.write(arguments.rest())
        return 0, b""

    def _remove(self, arguments: _Arguments) -> tuple[int, bytes]:
        self._path(arguments.text(), write=True).unlink()
        return 0, b""

    def _rename(self, arguments: _Arguments) -> tuple[int, bytes]:
        old = self._path(arguments.text(), write=True)
        old.replace(self._path(arguments.text(), write=True))
        return 0, b""

    def _mkdir(self, arguments: _Arguments) -> tuple[int, bytes]:
        self._path(arguments.text(), write=True).mkdir()
        return 0, b""

    def _rmdir(self, arguments: _Arguments) -> tuple[int, bytes]:
        self._path(arguments.text(), write=True).rmdir()
        return 0, b""

    # Parts

    def _path(self, text: str, *, write: bool = False) -> Path:
        """The place of a board's path. A symbolic link that leads out of the folder is not followed."""
        if write and not self.writable:
            raise OSError(errno.EROFS, "read-only")
        if "\0" in text:
            raise OSError(errno.EINVAL, "not a name")
        path = (self.root / text.lstrip("/")).resolve()
        if path == self.root and write:
            raise PermissionError(errno.EPERM, "the folder itself stays")
        if path != self.root and self.root not in path.parents:
            raise PermissionError(errno.EACCES, "outside of the folder")
        return path


class _Arguments:
    """A request's arguments, taken one after the other. Raises struct.error when they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def text(self) -> str:
        (size,) = self.numbers("<H")
        data = self._data[self._at : self._at + size]
        if len(data) != size:
            raise struct.error("a text ends too early")
        self._at += size
        return data.decode("utf-8")

    def rest(self) -> bytes:
        return self._data[self._at :]


def encode_answer(number: int, result: int, data: bytes) -> bytes:
    body = struct.pack("<Bi", number, result) + data
    body += struct.pack("<I", crc32(body))
    escaped = body.replace(b"\x1b", b"\x1b[").replace(b"\x03", b"\x1bC").replace(b"\n", b"\x1bJ")
    return _MARKER + escaped + b"\n"


def _described(path: Path) -> bytes:
    status = path.stat()
    kind = _FOLDER if stat.S_ISDIR(status.st_mode) else _FILE
    return struct.pack("<HII", kind, min(status.st_size, 0x7FFFFFFF), int(status.st_mtime) & 0x7FFFFFFF)


def _listed(path: Path) -> bytes:
    name = path.name.encode("utf-8", "replace")[:255]
    kind, size = _FILE, 0
    with contextlib.suppress(OSError):  # a link into nothing is listed, too
        kind, size, _ = struct.unpack("<HII", _described(path))
    return struct.pack("<HIB", kind, size, len(name)) + name
