"""What a board's terminal shows, appended to a file as it comes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

_PATIENCE = 2.0


class TerminalLog:
    """Writes on a thread of its own: a slow or full disk is not felt by the window.

    Args:
        failed: called on that thread, with a sentence, when the file cannot be written; that ends the log.
        stamps: begin every line with the date and time at which it was complete.
    """

    def __init__(self, path: Path, failed: Callable[[str], object], *, stamps: bool = False) -> None:
        self.path = path
        self._failed = failed
        self._stamps = stamps
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="terminal-log", daemon=True)
        self._thread.start()

    def write(self, lines: list[str]) -> None:
        """Append whole lines, without their line ends."""
        stamp = f"{datetime.now().isoformat(sep=' ', timespec='milliseconds')}  " if self._stamps else ""
        for line in lines:
            self._lines.put(f"{stamp}{line}\n")

    def close(self) -> None:
        """Write what waits, and end; a disk that hangs is not waited for."""
        self._lines.put(None)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            with self.path.open("a", encoding="utf-8", errors="surrogateescape") as file:
                while (line := self._lines.get()) is not None:
                    file.write(line)
                    if self._lines.empty():
                        file.flush()
        except OSError as error:
            self._failed(f"{self.path}: the log cannot be written ({error.strerror}); it has ended.")
