"""Source files as an editor reads and saves them: on the board or on this computer, never on the GUI thread.

Reading gives bytes. Saving gives the SHA-256 of what was written, and refuses to write over what somebody
else has changed since: the editor passes the digest of what it read.
"""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol, TypeVar

from engines.board.bench import RawBench
from engines.board.board_program import call
from engines.board.code.place import Place
from engines.board.errors import BoardError, RemoteError
from engines.board.files.board_files import BoardFileError
from engines.board.session import BoardSession
from engines.workspace.files import write_atomically

T = TypeVar("T")
LARGEST = 1_000_000
"""Bytes; an editor of source is not made for more."""
_TIMEOUT = 120.0

_DIGEST = """
def _dirigent(path):
    from hashlib import sha256
    h = sha256()
    with open(path, "rb") as f:
        while True:
            data = f.read(512)
            if not data:
                break
            h.update(data)
    tell(h.digest())
"""


class ChangedElsewhereError(Exception):
    """The file is not as it was read: somebody else wrote it, or it is new where none was."""


class SourceError(Exception):
    """A file that cannot be edited as source; the message says which and why."""


class CodeFile(Protocol):
    """One file. Both futures fail with OSError, BoardError or ChangedElsewhereError."""

    place: Place

    def read(self) -> Future[bytes]: ...

    def save(self, data: bytes, base: str | None, *, interrupt: bool = False) -> Future[str]:
        """Write ``data``.

        Args:
            base: the digest of what the editor has read or written last; None writes over anything.
            interrupt: a program that runs on the board may be interrupted for it.
        """


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


NEW = ""
"""A ``base`` that says: there was no such file."""


class LocalCodeFile:
    """A file of this computer, written through a temporary file and a rename."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def read(self) -> Future[bytes]:
        return _in_thread(Path(self.place.path).read_bytes)

    def save(self, data: bytes, base: str | None, *, interrupt: bool = False) -> Future[str]:
        def save() -> str:
            path = Path(self.place.path)
            if base is not None and _local_digest(path) != base:
                raise ChangedElsewhereError(f"{path} was changed by another program")
            write_atomically(path, data)
            return digest_of(data)

        return _in_thread(save)


class BoardCodeFile:
    """A file on a board, written through a temporary name and a rename there."""

    def __init__(self, place: Place, session: BoardSession) -> None:
        self.place = place
        self._session = session

    def read(self) -> Future[bytes]:
        return self._session.files.get(self.place.path)

    def save(self, data: bytes, base: str | None, *, interrupt: bool = False) -> Future[str]:
        path = self.place.path

        def save(bench: RawBench) -> str:
            if base is not None and _board_digest(bench, path) != base:
                raise ChangedElsewhereError(f"{path} on the board was changed since it was read")
            bench.files.write(path, data, bench.progress)
            return digest_of(data)

        return self._session.submit(f"Saving {path}", save, timeout=_TIMEOUT, interrupt=interrupt)


def decode(place: Place, data: bytes) -> tuple[str, str]:
    """The text of a source file with ``\\n`` between its lines, and the line end that it uses.

    Raises:
        SourceError: it is too long, binary, or not UTF-8.
    """
    if len(data) > LARGEST:
        raise SourceError(f"{place} has {len(data) // 1000} kB; the editor opens up to {LARGEST // 1000} kB.")
    if b"\0" in data:
        raise SourceError(f"{place} is no text file; copy it with the file list instead.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"{place}, line {line}: this is not UTF-8 text.") from error
    end = "\r\n" if "\r\n" in text else "\n"
    return text.replace("\r\n", "\n").replace("\r", "\n"), end


def encode(text: str, line_end: str) -> bytes:
    """The bytes of a text as ``decode`` gave it."""
    return text.replace("\n", line_end).encode("utf-8", "surrogatepass")


def _local_digest(path: Path) -> str:
    try:
        return digest_of(path.read_bytes())
    except FileNotFoundError:
        return NEW


def _board_digest(bench: RawBench, path: str) -> str:
    """The digest of a file as it is on the board now; read where the board has no ``hashlib``."""
    try:
        bench.files.stat(path)
    except BoardFileError as error:
        if error.number == errno.ENOENT:
            return NEW
        raise
    try:
        return bench.ask_one(call(_DIGEST, path)).hex()
    except RemoteError as error:
        if "ImportError" not in error.summary:
            raise BoardError(f"{path}: {error.summary}") from error
        return digest_of(bench.files.read(path))


def _in_thread(work: Callable[[], T]) -> Future[T]:
    """A disk may be a slow one of the network: not on the GUI thread."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name="code-file", daemon=True).start()
    return future
