"""Faults of our own: written to a log, told in one sentence, and never the end of the window."""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from app.user_folders import user_folder

LONGEST_LOG = 1 << 20


class FaultLog:
    """Catches what nobody caught, on every thread, and Python's own crashes (faulthandler)."""

    def __init__(self, tell: Callable[[str], object], folder: Path | None = None) -> None:
        self._tell = tell
        self.path = (folder or user_folder("log")) / "faults.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > LONGEST_LOG:
            self.path.replace(self.path.with_suffix(".old.log"))
        self._file = self.path.open("a", encoding="utf-8")
        self._before = sys.excepthook, threading.excepthook

    def install(self) -> None:
        faulthandler.enable(self._file)
        sys.excepthook = self._caught
        threading.excepthook = lambda found: self._caught(
            found.exc_type, found.exc_value, found.exc_traceback
        )

    def uninstall(self) -> None:
        sys.excepthook, threading.excepthook = self._before
        faulthandler.disable()
        self._file.close()

    def _caught(
        self, kind: type[BaseException], error: BaseException | None, where: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), where)
            return
        text = "".join(traceback.format_exception(kind, error, where))
        self._file.write(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}")
        self._file.flush()
        if sys.__stderr__ is not None:  # a windowed program has none
            sys.__stderr__.write(text)
        self._tell(f"Something went wrong inside Dirigent: {kind.__name__}: {error}. Details: {self.path}")
