"""Operations on a board's files, each queued and with a result to wait for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from engines.board.files.board_files import Entry
from engines.board.operations import Operation

TRANSFER_TIMEOUT = 30.0
"""Seconds in which nothing of a file gets across."""


class Submit(Protocol):
    """``BoardSession.submit``."""

    def __call__(
        self, title: str, work: Any, *, timeout: float | None = ..., interrupt: bool = ...
    ) -> Any: ...


class FileOperations:
    """``session.files``: what ``BoardFiles`` does, as operations; each needs the prompt."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    def ls(
        self,
        path: str = "/",
        *,
        interrupt: bool = False,
        on_entries: Callable[[list[Entry]], object] | None = None,
    ) -> Operation[list[Entry]]:
        """A folder's entries. ``on_entries`` is given, on the session's thread, those that came so far."""
        return self._submit(
            f"Listing {path}", lambda bench: bench.files.ls(path, on_entries), interrupt=interrupt
        )

    def stat(self, path: str, *, interrupt: bool = False) -> Operation[Entry]:
        return self._submit(f"Looking at {path}", lambda bench: bench.files.stat(path), interrupt=interrupt)

    def space(self, path: str = "/", *, interrupt: bool = False) -> Operation[tuple[int, int]]:
        """Free and total bytes of the disk."""
        return self._submit(f"Looking at {path}", lambda bench: bench.files.space(path), interrupt=interrupt)

    def get(self, path: str, *, interrupt: bool = False) -> Operation[bytes]:
        return self._submit(
            f"Reading {path}",
            lambda bench: bench.files.read(path, bench.progress),
            timeout=TRANSFER_TIMEOUT,
            interrupt=interrupt,
        )

    def get_file(self, path: str, local: Path, *, interrupt: bool = False) -> Operation[None]:
        """Copy a file to this computer. What a broken attempt left is continued."""
        return self._submit(
            f"Reading {path}",
            lambda bench: bench.files.read_file(path, local, bench.progress),
            timeout=TRANSFER_TIMEOUT,
            interrupt=interrupt,
        )

    def put(self, path: str, data: bytes, *, interrupt: bool = False) -> Operation[None]:
        """Write a file; the one that was there is replaced when all of the new one has arrived."""
        return self._submit(
            f"Writing {path}",
            lambda bench: bench.files.write(path, data, bench.progress),
            timeout=TRANSFER_TIMEOUT,
            interrupt=interrupt,
        )

    def put_file(self, local: Path, path: str, *, interrupt: bool = False) -> Operation[None]:
        """Copy a file of this computer, as ``put``."""
        return self._submit(
            f"Writing {path}",
            lambda bench: bench.files.write_file(local, path, bench.progress),
            timeout=TRANSFER_TIMEOUT,
            interrupt=interrupt,
        )

    def rm(self, path: str, *, tree: bool = False, interrupt: bool = False) -> Operation[None]:
        """Delete a file or an empty folder; with ``tree`` also what is in the folder."""
        return self._submit(
            f"Deleting {path}", lambda bench: bench.files.remove(path, tree=tree), interrupt=interrupt
        )

    def mkdir(self, path: str, *, interrupt: bool = False) -> Operation[None]:
        return self._submit(
            f"Making folder {path}", lambda bench: bench.files.mkdir(path), interrupt=interrupt
        )

    def rename(self, old: str, new: str, *, interrupt: bool = False) -> Operation[None]:
        return self._submit(
            f"Renaming {old}", lambda bench: bench.files.rename(old, new), interrupt=interrupt
        )
