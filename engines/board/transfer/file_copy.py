"""A file's way to the board and back: checked, continued after a broken link, and never half.

What arrives is called ``name.dirigent-part`` until its SHA-256 is right; then it takes the name. A part that
is there from an earlier attempt is continued when it is the beginning of the same content: its SHA-256 tells.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from engines.board.board_program import Telling, call, is_damaged
from engines.board.connection.port_errors import PortError
from engines.board.errors import BoardError, CancelledError, RemoteError
from engines.board.files.file_errors import BoardFileError, file_error
from engines.board.files.file_programs import CHECK, COMMIT, DISCARD, LOOK_GET, LOOK_PUT
from engines.board.transfer import content as transfer
from engines.board.transfer import text as transfer_text
from engines.board.transfer.conversation import Conversation
from engines.board.transfer.pace import LARGEST_BLOCK, SMALLEST_BLOCK

Progress = Callable[[int, int], object]
"""Called with bytes done and bytes in all; first of all with those that were there before.

A large file's hash takes a board a while: meanwhile it is called with the same number again.
"""

PART = ".dirigent-part"
OLD = ".old"
"""Behind that: the file that is replaced, for the moment in which neither has the name."""
_LONGEST_NAME = 255 - len(PART) - len(OLD)
"""Bytes; disks know names of 255."""
_ATTEMPTS = 2
_SENDINGS = 3
_ONE_PIECE = 1 << 16


class Desk(Protocol):
    """What copying needs of a ``RawBench``."""

    def ask(self, program: str, on_output: Callable[[bytes], object] | None = ...) -> list[Any]: ...

    def converse(self, source: str) -> AbstractContextManager[Conversation]: ...

    def tidying(self, seconds: float = ...) -> AbstractContextManager[None]: ...


def put(desk: Desk, source: BinaryIO, path: str, progress: Progress) -> None:
    """Replace the content of a file on the board by that of an open one here.

    Raises:
        BoardFileError: the board refused it; the old file is there, and nothing else.
        CancelledError: likewise.
        ProtocolError, DeadlineError, PortError: the old file is there; the next attempt goes on from here.
    """
    part = part_of(path)
    size = source.seek(0, os.SEEK_END)
    try:
        at, largest = _look_put(desk, source, path, size, progress)
        progress(at, size)
        if at < size or not size:
            _send(desk, part, source, at, size, largest, lambda done: progress(done, size))
        (right,) = _ask(
            desk,
            path,
            COMMIT,
            part,
            path,
            size,
            _digest(source, size),
            alive=lambda done: progress(done, size),
        )
        if not right:
            raise BoardFileError(path, "what arrived on the board differs; check the cable and try again")
    except RemoteError as error:
        _discard(desk, part)
        raise file_error(path, error) from error
    except (BoardFileError, CancelledError):
        _discard(desk, part)
        raise


def part_of(path: str) -> str:
    """Where the content of a file is while it is not complete; a long name is cut, as disks know a limit."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{_short(name)}{PART}"


def _short(name: str) -> str:
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _look_put(desk: Desk, source: BinaryIO, path: str, size: int, progress: Progress) -> tuple[int, int]:
    """Where to begin, and the largest block for the board's memory. Raises BoardFileError: no space."""
    folder = path.rpartition("/")[0] or ("/" if path.startswith("/") else "")
    have, sha, unit, free, memory = _ask(
        desk, path, LOOK_PUT, part_of(path), folder, size, alive=lambda done: progress(done, size)
    )
    at = have if sha and sha == _digest(source, have) else 0
    room = free if at else free + have
    if free >= 0 and -(-(size - at) // unit) * unit > room:
        problem = (
            f"needs {_amount(size - at, 1)}, {_amount(room)} are free on the board; delete something first"
        )
        raise BoardFileError(path, problem, errno.ENOSPC)
    return at, _largest(memory)


def _send(
    desk: Desk,
    part: str,
    source: BinaryIO,
    at: int,
    size: int,
    largest: int,
    progress: Callable[[int], object],
) -> None:
    tag = transfer.new_tag()
    if not _stream(
        desk,
        transfer.put_program(part, tag, at, size, largest),
        lambda talk: transfer.send(talk, tag, source, at, size, largest, progress),
        lambda talk: transfer.call_off(talk, largest),
    ):
        transfer_text.send(desk.ask, part, source, at, size, largest, progress)


def get(desk: Desk, path: str, target: BinaryIO, progress: Progress) -> None:
    """Copy a file of the board into an open one here, which may hold the beginning of it.

    Raises:
        BoardFileError: the board refused it, or it arrived damaged twice.
        ProtocolError, DeadlineError, PortError: what has arrived is in the file.
    """
    try:
        for _ in range(_ATTEMPTS):
            size = _fetch(desk, path, target, progress)
            (sha,) = _ask(desk, path, CHECK, path, size, alive=lambda done: progress(done, done))
            if sha in (_digest(target, size), b""):
                return
            target.truncate(0)
    except RemoteError as error:
        raise file_error(path, error) from error
    raise BoardFileError(path, "it arrived damaged twice; check the cable and try again")


def _fetch(desk: Desk, path: str, target: BinaryIO, progress: Progress) -> int:
    """Bring the file, or the rest of it; its size."""
    have = target.seek(0, os.SEEK_END)
    is_dir, size, sha, memory = _ask(
        desk, path, LOOK_GET, path, have, alive=lambda done: progress(done, done)
    )
    if is_dir:
        raise BoardFileError(path, "this is a folder", errno.EISDIR)
    at = have if sha and sha == _digest(target, have) else 0
    target.truncate(at)
    target.seek(at)
    progress(at, size)
    if at == size:
        return size
    tag = transfer.new_tag()

    def told(done: int) -> None:
        progress(done, size)

    if not _stream(
        desk,
        transfer.get_program(path, tag, at, size),
        lambda talk: transfer.receive(talk, tag, target, at, size, told),
        transfer.stop_reading,
    ):
        transfer_text.receive(desk.ask, path, target, at, size, _largest(memory), told)
    return size


def _ask(desk: Desk, path: str, function: str, *arguments: object, alive: Callable[[int], object]) -> Any:
    """The tuple that a function of ``file_programs`` tells.

    ``alive`` is called now and then while it hashes, with the number of bytes that it does.

    Raises RemoteError, and BoardFileError when the answer did not arrive.
    """

    def some(values: list[Any]) -> None:
        if isinstance(values[0], int):
            alive(values[0])

    values = desk.ask(call(function, *arguments), Telling(some))
    if not values or not isinstance(values[-1], tuple):
        raise BoardFileError(path, "the board's answer was lost on its way; try again")
    return values[-1]


def _stream(
    desk: Desk,
    program: str,
    talk: Callable[[Conversation], object],
    call_off: Callable[[Conversation], object],
) -> bool:
    """Talk with a program of ``transfer``; False where the board has no binary streams.

    Whatever goes wrong on this side ends the program on the board, too.
    """
    for attempt in range(_SENDINGS):
        try:
            with desk.converse(program) as conversation, _calling_off(desk, lambda: call_off(conversation)):
                talk(conversation)
            return True
        except RemoteError as error:
            if error.summary.startswith("NotImplementedError"):
                return False
            if transfer.GONE in error.summary:
                raise BoardError("The board waited in vain. Try again: it goes on from there.") from error
            if not is_damaged(error) or attempt + 1 == _SENDINGS:
                raise
    raise AssertionError


@contextlib.contextmanager
def local_part(local: Path) -> Iterator[BinaryIO]:
    """A file to be filled, which may hold the beginning of its content; it becomes ``local`` in the end.

    Raises:
        BoardError: it cannot be written.
    """
    part = local.with_name(_short(local.name) + PART)
    try:
        with part.open("r+b" if part.exists() else "w+b") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException as error:
                size = file.seek(0, os.SEEK_END)
                file.close()
                if not size or isinstance(error, (BoardFileError, CancelledError)):
                    part.unlink()
                raise
        if local.exists():
            shutil.copymode(local, part)
        part.replace(local)
    except OSError as error:
        raise BoardError(f"{local}: cannot be written ({error.strerror or error}).") from error


@contextlib.contextmanager
def _calling_off(desk: Desk, end: Callable[[], object]) -> Iterator[None]:
    try:
        yield
    except (RemoteError, PortError):
        raise
    except Exception:
        with contextlib.suppress(BoardError), desk.tidying():
            end()
        raise


def _discard(desk: Desk, part: str) -> None:
    """Leave nothing of a failed transfer behind, as far as the board still lets us."""
    with contextlib.suppress(BoardError), desk.tidying():
        desk.ask(call(DISCARD, part))


def _largest(memory: int) -> int:
    """The largest block: the board holds one some times over while it takes it apart."""
    return max(SMALLEST_BLOCK, min(LARGEST_BLOCK, memory // 10))


def _digest(file: BinaryIO, size: int) -> bytes:
    """SHA-256 of the first ``size`` bytes; the file is read bit by bit."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (piece := file.read(min(size, _ONE_PIECE))):
        digest.update(piece)
        size -= len(piece)
    return digest.digest()


def _amount(size: int, up: int = 0) -> str:
    """``12 kB``, rounded down or up."""
    for unit, name, least in ((1_000_000, "MB", 10_000_000), (1000, "kB", 1000)):
        if size >= least:
            return f"{(size + up * (unit - 1)) // unit} {name}"
    return f"{size} bytes"
