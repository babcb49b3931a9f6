"""Files on the board, by small programs in its raw REPL.

Names and data go in as literals made by ``ascii``, never by pasting text into code; results come back as
literals. A file is written under a temporary name, compared by SHA-256 and then renamed: what has the file's
name is the old content or the new one.
"""

from __future__ import annotations

import ast
import binascii
import errno
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from engines.board.errors import BoardError, RemoteError

Progress = Callable[[int, int], object]
"""Called with bytes done and bytes in all."""

_WRITE_CHUNK = 3072
_READ_CHUNK = 768
_PART = ".part"

_LIST = """
def _dirigent(path):
    import os
    for e in os.ilistdir(path):
        size = e[3] if len(e) > 3 else -1
        if size < 0 and not e[1] & 0x4000:
            try:
                size = os.stat(path.rstrip("/") + "/" + e[0])[6]
            except OSError:
                pass
        print((e[0], bool(e[1] & 0x4000), size))
"""
_STAT = """
def _dirigent(path):
    import os
    s = os.stat(path)
    print((path, bool(s[0] & 0x4000), s[6]))
"""
_SPACE = """
def _dirigent(path):
    import os
    s = os.statvfs(path)
    print((s[0] * s[3], s[1] * s[2]))
"""
_READ = """
def _dirigent(path, chunk):
    from binascii import b2a_base64
    try:
        from hashlib import sha256
        h = sha256()
    except ImportError:
        h = None
    with open(path, "rb") as f:
        while True:
            data = f.read(chunk)
            if not data:
                break
            if h:
                h.update(data)
            print(str(b2a_base64(data), "ascii"), end="")
    print((h.digest() if h else b"",))
"""
_OPEN = """
def _dirigent(path):
    from binascii import a2b_base64
    f = open(path, "wb")
    try:
        from hashlib import sha256
        h = sha256()
    except ImportError:
        h = None
    def put(text):
        data = a2b_base64(text)
        f.write(data)
        if h:
            h.update(data)
    def end():
        f.close()
        print((h.digest() if h else b"",))
    return put, end
_dirigent_file = _dirigent(%s)
"""
_RENAME = """
def _dirigent(old, new):
    import os
    try:
        os.rename(old, new)
    except OSError:
        os.remove(new)
        os.rename(old, new)
"""
_REMOVE = """
def _dirigent(path, tree):
    import os
    found = [path]
    for p in found:
        if os.stat(p)[0] & 0x4000 and tree:
            for e in os.ilistdir(p):
                found.append(p.rstrip("/") + "/" + e[0])
    for p in reversed(found):
        if os.stat(p)[0] & 0x4000:
            os.rmdir(p)
        else:
            os.remove(p)
"""
_MKDIR = """
def _dirigent(path):
    import os
    os.mkdir(path)
"""

_PROBLEMS = {
    errno.EPERM: "not permitted",
    errno.ENOENT: "there is no such file or folder",
    errno.EIO: "the board's disk reports an error",
    errno.EACCES: "no permission",
    errno.EEXIST: "there is one of this name already",
    errno.ENODEV: "there is no disk",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "this is a folder",
    errno.EINVAL: "the name is not valid",
    errno.ENOSPC: "there is no space left on the board; delete something first",
    errno.EROFS: "the board's disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTEMPTY: "the folder is not empty",
}


class BoardFileError(BoardError):
    """A file operation that the board refused. ``number`` is the board's errno, 0 when it gave none."""

    def __init__(self, path: str, problem: str, number: int = 0) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.number = number


@dataclass(frozen=True)
class Entry:
    """A file or folder on the board."""

    name: str
    is_dir: bool
    size: int = -1
    """Bytes; -1 for a folder, and where the board does not tell."""


class BoardFiles:
    """File operations over ``run(source) -> output``, which raises RemoteError for an exception there."""

    def __init__(self, run: Callable[[str], str]) -> None:
        self._run = run

    def ls(self, path: str = "/") -> list[Entry]:
        """Entries of a folder, folders first, then by name."""
        lines = self._call(_LIST, path, path).splitlines()
        entries = [_entry(path, line) for line in lines]
        return sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))

    def stat(self, path: str) -> Entry:
        return _entry(path, self._call(_STAT, path, path))

    def space(self, path: str = "/") -> tuple[int, int]:
        """Free and total bytes of the disk that holds ``path``."""
        free, total = _literal(path, self._call(_SPACE, path, path))
        return free, total

    def read(self, path: str, progress: Progress = lambda done, total: None) -> bytes:
        """The content of a file. Raises BoardFileError, also when it arrived damaged twice."""
        for _ in range(2):
            *lines, last = self._call(_READ, path, path, _READ_CHUNK).splitlines()
            (digest,) = _literal(path, last)
            try:
                data = b"".join(binascii.a2b_base64(line) for line in lines)
            except binascii.Error:
                continue
            if not digest or digest == hashlib.sha256(data).digest():
                progress(len(data), len(data))
                return data
        raise BoardFileError(path, "it arrived damaged twice; check the cable and try again")

    def write(self, path: str, data: bytes, progress: Progress = lambda done, total: None) -> None:
        """Replace a file's content. Raises BoardFileError; the old file is then whole."""
        part = path + _PART
        try:
            self._write_part(part, data, progress)
            self._call(_RENAME, path, part, path)
        except RemoteError as error:
            self._tidy(part)
            raise _file_error(path, error) from error
        except BoardFileError:
            self._tidy(part)
            raise

    def _write_part(self, part: str, data: bytes, progress: Progress) -> None:
        self._run(_OPEN % ascii(part))
        for start in range(0, len(data), _WRITE_CHUNK):
            text = binascii.b2a_base64(data[start : start + _WRITE_CHUNK], newline=False)
            self._run(f"_dirigent_file[0]({text!r})")
            progress(min(start + _WRITE_CHUNK, len(data)), len(data))
        output = self._run("_dirigent_file[1]()\ndel _dirigent, _dirigent_file")
        (digest,) = _literal(part, output.splitlines()[-1] if output.strip() else "")
        if digest and digest != hashlib.sha256(data).digest():
            raise BoardFileError(part, "what arrived on the board differs; check the cable and try again")

    def _tidy(self, part: str) -> None:
        """Leave nothing of a failed transfer behind, as far as the board still lets us."""
        try:
            self._run(
                "try:\n _dirigent_file[1]()\nexcept Exception:\n pass\n"
                f"try:\n import os; os.remove({part!a})\nexcept OSError:\n pass\n"
                "_dirigent = _dirigent_file = None\ndel _dirigent, _dirigent_file"
            )
        except RemoteError:
            return

    def remove(self, path: str, *, tree: bool = False) -> None:
        """Delete a file or an empty folder; with ``tree`` a folder and everything in it."""
        self._call(_REMOVE, path, path, tree)

    def mkdir(self, path: str) -> None:
        self._call(_MKDIR, path, path)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, in place of the file that has it."""
        self._call(_RENAME, old, old, new)

    def _call(self, function: str, path: str, *arguments: object) -> str:
        """Run a board-side ``_dirigent(*arguments)`` and leave no name behind."""
        literals = ", ".join(ascii(argument) for argument in arguments)
        try:
            return self._run(f"{function}\ntry:\n _dirigent({literals})\nfinally:\n del _dirigent")
        except RemoteError as error:
            raise _file_error(path, error) from error


def _entry(path: str, line: str) -> Entry:
    name, is_dir, size = _literal(path, line)
    return Entry(name, is_dir, -1 if is_dir else size)


def _literal(path: str, text: str) -> tuple:
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError) as error:
        raise BoardFileError(path, f"the board answered {text[:60]!r}; try again") from error
    if not isinstance(value, tuple):
        raise BoardFileError(path, f"the board answered {text[:60]!r}; try again")
    return value


def _file_error(path: str, error: RemoteError) -> BoardFileError:
    """The number is the board's own affair (WebAssembly counts otherwise); a name, where given, is not."""
    match = re.search(r"OSError: (?:\[Errno )?(\d+)(?:\] ([A-Z0-9]+))?", error.summary)
    number = int(match[1]) if match else 0
    if match and match[2]:
        number = getattr(errno, match[2], number)
    return BoardFileError(path, _PROBLEMS.get(number, error.summary), number)
