"""Files on the board, by small programs in its raw REPL.

Names and data go in as literals made by ``ascii``, never by pasting text into code; results come back by
``tell`` (``board_program``). How the content of files travels is in ``file_copy``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engines.board.board_program import Telling, call
from engines.board.errors import BoardError, RemoteError
from engines.board.files.file_errors import BoardFileError, file_error
from engines.board.transfer import file_copy
from engines.board.transfer.file_copy import OLD, PART, Progress

__all__ = ["PART", "BoardFileError", "BoardFiles", "Entry", "Progress"]


_LIST = """
def _dirigent(path):
    import os
    n = 0
    for e in os.ilistdir(path):
        size = e[3] if len(e) > 3 else -1
        if size < 0 and not e[1] & 0x4000:
            try:
                size = os.stat(path.rstrip("/") + "/" + e[0])[6]
            except OSError:
                pass
        tell((e[0], bool(e[1] & 0x4000), size))
        n += 1
    tell((n,))
"""
_STAT = """
def _dirigent(path):
    import os
    s = os.stat(path)
    tell((path, bool(s[0] & 0x4000), s[6]))
"""
_SPACE = """
def _dirigent(path):
    import os
    s = os.statvfs(path)
    tell((s[1] * s[3], s[1] * s[2]))
"""
_RENAME = """
def _dirigent(old, new, aside):
    import os
    try:
        os.rename(old, new)
        return
    except OSError as e:
        error = e
    # Not every disk replaces a file: the one that is there goes when the other has its place.
    try:
        are_files = not (os.stat(old)[0] | os.stat(new)[0]) & 0x4000
    except OSError:
        are_files = False
    if not are_files:
        raise error
    os.rename(new, aside)
    try:
        os.rename(old, new)
    except OSError:
        os.rename(aside, new)
        raise
    os.remove(aside)
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


@dataclass(frozen=True)
class Entry:
    """A file or folder on the board."""

    name: str
    is_dir: bool
    size: int = -1
    """Bytes; -1 for a folder, and where the board does not tell."""


class Desk(file_copy.Desk, Protocol):
    """What files need of a ``RawBench``."""

    def ask(self, program: str, on_output: Callable[[bytes], object] | None = ...) -> list[Any]: ...


class BoardFiles:
    """File operations at the open raw REPL. They raise BoardFileError when the board refuses them."""

    def __init__(self, desk: Desk, before_write: Callable[[], object] = lambda: None) -> None:
        """``before_write`` may refuse, by an exception, that anything on the board is changed."""
        self._desk = desk
        self._before_write = before_write

    def ls(self, path: str = "/", on_entries: Callable[[list[Entry]], object] | None = None) -> list[Entry]:
        """Entries of a folder, folders first, then by name.

        Args:
            on_entries: given those that have arrived, unsorted, while the rest is still on its way.
        """

        def some(values: list[Any]) -> None:
            if on_entries and (found := [_entry(*each) for each in values if len(each) == 3]):
                on_entries(found)

        found = self.call_counted(_LIST, path, path, on_output=Telling(some) if on_entries else None)
        entries = [_entry(*each) for each in found]
        return sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))

    def stat(self, path: str) -> Entry:
        return _entry(*self.call_one(_STAT, path, path))

    def space(self, path: str = "/") -> tuple[int, int]:
        """Free and total bytes of the disk that holds ``path``."""
        free, total = self.call_one(_SPACE, path, path)
        return free, total

    def read(self, path: str, progress: Progress = lambda done, total: None) -> bytes:
        """The content of a file. Raises BoardFileError, also when it arrived damaged twice."""
        target = io.BytesIO()
        file_copy.get(self._desk, path, target, progress)
        return target.getvalue()

    def read_file(self, path: str, local: Path, progress: Progress = lambda done, total: None) -> None:
        """Copy a file to this computer; ``local`` is the old file or the new one, never half."""
        with file_copy.local_part(local) as target:
            file_copy.get(self._desk, path, target, progress)

    def write(self, path: str, data: bytes, progress: Progress = lambda done, total: None) -> None:
        """Replace a file's content. Raises BoardFileError; the old file is then whole."""
        self._before_write()
        file_copy.put(self._desk, io.BytesIO(data), path, progress)

    def write_file(self, local: Path, path: str, progress: Progress = lambda done, total: None) -> None:
        """Copy a file of this computer to the board. Raises BoardError, also when it cannot be read."""
        self._before_write()
        try:
            with local.open("rb") as source:
                file_copy.put(self._desk, source, path, progress)
        except OSError as error:
            raise BoardError(f"{local}: cannot be read ({error.strerror or error}).") from error

    def remove(self, path: str, *, tree: bool = False) -> None:
        """Delete a file or an empty folder; with ``tree`` a folder and everything in it."""
        self._before_write()
        self.call(_REMOVE, path, path, tree)

    def mkdir(self, path: str) -> None:
        self._before_write()
        self.call(_MKDIR, path, path)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, in place of the file that has it."""
        self._before_write()
        self.call(_RENAME, old, old, new, file_copy.part_of(new) + OLD)

    def call(
        self,
        function: str,
        path: str,
        *arguments: object,
        on_output: Callable[[bytes], object] | None = None,
    ) -> list[Any]:
        """Run a board-side ``_dirigent(*arguments)`` that works on ``path``: what it tells."""
        try:
            return self._desk.ask(call(function, *arguments), on_output)
        except RemoteError as error:
            raise file_error(path, error) from error

    def call_counted(
        self,
        function: str,
        path: str,
        *arguments: object,
        on_output: Callable[[bytes], object] | None = None,
    ) -> list[Any]:
        """As ``call``, for a function that tells last, as ``(n,)``, how many values it has told: those.

        Raises BoardFileError when one was lost or damaged on its way.
        """
        *values, count = self.call(function, path, *arguments, on_output=on_output) or (None,)
        if count != (len(values),):
            raise BoardFileError(path, "the listing arrived damaged; try again")
        return values

    def call_one(self, function: str, path: str, *arguments: object) -> Any:
        """As ``call``: the one value. Raises BoardFileError when it did not arrive."""
        values = self.call(function, path, *arguments)
        if not values:
            raise BoardFileError(path, "the board's answer was lost on its way; try again")
        return values[-1]


def _entry(name: str, is_dir: bool, size: int) -> Entry:
    return Entry(name, is_dir, -1 if is_dir else size)
