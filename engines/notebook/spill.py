"""The whole text of a long output, on disk."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TextIO

IN_MEMORY = 64_000  # characters before a file is made: most cells never need one
LARGEST = 256_000_000  # characters in a file: a cell that prints for ever must not fill the disk


class SpillFile:
    """Collects text; short ones stay in memory until someone asks for the file.

    A disk that is full or not writable ends the collecting, never the run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[str] = []
        self._waiting_size = 0
        self._written = 0
        self._file: TextIO | None = None
        self._closed = False

    def write(self, text: str) -> None:
        self._waiting.append(text)
        self._waiting_size += len(text)
        if self._waiting_size >= IN_MEMORY:
            self._write_out()

    def truncate(self) -> None:
        """Forget what came so far."""
        self._waiting.clear()
        self._waiting_size = self._written = 0
        if self._file is not None:
            self._opened().seek(0)
            self._opened().truncate()
            self._close_if_done()

    def flushed(self) -> Path | None:
        """The file, with everything in it; None when it could not be written."""
        self._write_out()
        if self._file is None:
            return None
        self._opened().flush()
        self._close_if_done()
        return self.path

    def close(self) -> None:
        """Keep no file open. What is still written, and what was short, is handed out by ``flushed``."""
        self._closed = True
        if self._file is not None:
            self._write_out()
            self._close_if_done()

    def _close_if_done(self) -> None:
        if self._closed and self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    def _write_out(self) -> None:
        if not self._waiting or self._written >= LARGEST:
            self._waiting.clear()
            self._waiting_size = 0
            return
        text = "".join(self._waiting)
        self._waiting.clear()
        self._waiting_size = 0
        self._written += len(text)
        if self._written >= LARGEST:
            text += "\n… the file is full; what was printed after this was not kept …\n"
        try:
            self._opened().write(text)
            self._close_if_done()
        except OSError:
            self._written = LARGEST

    def _opened(self) -> TextIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        elif self._file.closed:
            self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="")
        return self._file
