"""A folder of the computer as a disk of the board; Dirigent mounts it at /remote.

Requests are frames (kind 5) in the board's output; answers come through its input. In an answer 0x03 is escaped,
so Ctrl-C keeps its meaning at every moment. A lost or damaged answer is asked for again.
"""

import io
import os
import sys
from binascii import crc32
from select import POLLIN, poll
from struct import pack, unpack

_BLOCK = 960
_TRIES = 3
_SECONDS = 3

_stdin = sys.stdin.buffer
_poll = poll()
_poll.register(sys.stdin, POLLIN)
_number = bytearray(1)


def _byte(ms):
    if not _poll.poll(ms):
        return -1
    data = _stdin.read(1)
    return data[0] if data else -1


def _drain():
    # The rest of an answer must not be taken for something typed at the prompt.
    while _byte(50) >= 0:
        pass


def _receive(number):
    """(result, data) of the answer with this number; None when it does not come whole."""
    last = 0
    while True:
        byte = _byte(_SECONDS * 1000)
        if byte < 0:
            return None
        if last == 0xFE and byte == 0xD1:
            break
        last = byte
    escaped = bytearray()
    while True:
        byte = _byte(500)
        if byte < 0:
            return None
        if byte == 0x0A:
            break
        escaped.append(byte)
    data = bytes(escaped).replace(b"\x1bC", b"\x03").replace(b"\x1bJ", b"\n").replace(b"\x1b[", b"\x1b")
    if len(data) < 9 or crc32(data[:-4]) != unpack("<I", data[-4:])[0] or data[0] != number:
        return None
    return unpack("<i", data[1:5])[0], data[5:-4]


def _ask(op, body=b""):
    _number[0] = (_number[0] + 1) & 255
    body = pack("<BHBB", 5, len(body) + 2, _number[0], op) + body
    frame = b"\xfe\xd1" + body + pack("<I", crc32(body))
    for _ in range(_TRIES):
        try:
            sys.stdout.buffer.write(frame)
            answer = _receive(_number[0])
        except KeyboardInterrupt:
            _drain()
            raise
        if answer:
            if answer[0] < 0:
                raise OSError(-answer[0])
            return answer
    raise OSError(5)


def _text(text):
    text = text.encode()
    return pack("<H", len(text)) + text


def _cut(data):
    # Whether UTF-8 text ends within a character.
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            return back < (1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
    return False


class _File(io.IOBase):
    def __init__(self, path, mode):
        self._text = "b" not in mode
        self._size = unpack("<I", _ask(4, _text(mode) + _text(path))[1])[0]
        self._path = _text(path)
        self._at = self._size if "a" in mode else 0
        self._from = 0
        self._data = b""

    def _more(self):
        # What is there at the current place; fetched a block at a time.
        start = self._at - self._from
        if not 0 <= start < len(self._data):
            self._from = self._at
            self._data = _ask(5, pack("<IH", self._at, _BLOCK) + self._path)[1]
            start = 0
        return memoryview(self._data)[start:]

    def readinto(self, buf):
        done = 0
        buf = memoryview(buf)
        while done < len(buf):
            data = self._more()
            if not data:
                break
            n = min(len(data), len(buf) - done)
            buf[done : done + n] = data[:n]
            self._at += n
            done += n
        return done

    def _out(self, data):
        return str(data, "utf-8") if self._text else bytes(data)

    def read(self, n=-1):
        data = b""
        while n:
            piece = bytes(self._more()[:n] if n > 0 else self._more())
            if not piece:
                break
            self._at += len(piece)
            n -= len(piece) if n > 0 else 0
            data += piece
        while self._text and data and _cut(data):  # the rest of a character belongs to its beginning
            data += bytes(self._more()[:1])
            self._at += 1
        return self._out(data)

    def readline(self, n=-1):
        line = b""
        while n:
            data = bytes(self._more())
            if not data:
                break
            end = data.find(b"\n") + 1
            data = data[: end or len(data)]
            self._at += len(data)
            line += data
            if end:
                break
        return self._out(line)

    def readlines(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def write(self, data):
        raw = memoryview(data.encode() if isinstance(data, str) else data)
        block = _BLOCK - len(self._path)
        for start in range(0, len(raw), block):
            part = bytes(raw[start : start + block])
            _ask(6, pack("<I", self._at) + self._path + part)
            self._at += len(part)
        self._data = b""
        self._size = max(self._size, self._at)
        return len(data)

    def seek(self, offset, whence=0):
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self):
        return self._at

    def flush(self):
        pass

    def close(self):
        pass

    def ioctl(self, request, argument):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class RemoteFS:
    def __init__(self):
        self._folder = "/"

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def _path(self, path):
        return path if path.startswith("/") else self._folder.rstrip("/") + "/" + path

    def chdir(self, path):
        path = self._path(path)
        if not self.stat(path)[0] & 0x4000:
            raise OSError(20)
        self._folder = path

    def getcwd(self):
        return self._folder

    def stat(self, path):
        kind, size, seconds = unpack("<HII", _ask(1, _text(self._path(path)))[1])
        return (kind, 0, 0, 0, 0, 0, size, seconds, seconds, seconds)

    def statvfs(self, path):
        free, total = unpack("<II", _ask(2, _text(self._path(path)))[1])
        return (1024, 1024, total, free, free, 0, 0, 0, 0, 255)

    def ilistdir(self, path):
        path = _text(self._path(path))
        start = 0
        while True:
            data = _ask(3, pack("<H", start) + path)[1]
            if not data:
                return
            at = 0
            while at < len(data):
                kind, size, n = unpack("<HIB", data[at : at + 7])
                at += 7 + n
                start += 1
                yield (str(data[at - n : at], "utf-8"), kind, 0, size)

    def open(self, path, mode):
        return _File(self._path(path), mode)

    def remove(self, path):
        _ask(7, _text(self._path(path)))

    def rename(self, old, new):
        _ask(8, _text(self._path(old)) + _text(self._path(new)))

    def mkdir(self, path):
        _ask(9, _text(self._path(path)))

    def rmdir(self, path):
        _ask(10, _text(self._path(path)))


def attach(place):
    detach(place)
    _vfs().mount(RemoteFS(), place)
    sys.path.insert(0, place)
    os.stat(place)


def detach(place):
    if os.getcwd().startswith(place):
        os.chdir("/")
    while place in sys.path:
        sys.path.remove(place)
    try:
        _vfs().umount(place)
    except OSError:
        pass


def _vfs():
    try:
        import vfs
    except ImportError:  # before 1.23 it was a part of os
        return os
    return vfs
