"""Faults of our own: written to a log, told in one sentence, and never the end of the window."""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from app.user_folders import user_folder

LONGEST_LOG = 1 << 20
"""Bytes after which the log becomes ``faults.old.log``, in the place of the one before."""

Place = tuple[str, str, int]
"""What makes two faults the same: the kind, the file and the line where it was raised."""


class FaultLog:
    """Catches what nobody caught, on every thread, and Python's own crashes (faulthandler)."""

    def __init__(self, tell: Callable[[str], object], folder: Path | None = None) -> None:
        self._tell = tell
        self._counts: Counter[Place] = Counter()
        self._lock = threading.Lock()
        self.path = (folder or user_folder("log")) / "faults.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
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
        with self._lock:
            count = self._count(kind, where)
            if count == 1:
                text = "".join(traceback.format_exception(kind, error, where))
            elif str(count).strip("0") == "1":  # the 10th, 100th ... time
                text = f"{kind.__name__}: {error}: the same for the {count}th time\n"
            else:
                return
            self._write(text)
        if sys.__stderr__ is not None:  # a windowed program has none
            sys.__stderr__.write(text)
        if count == 1:
            self._tell(
                f"Something went wrong inside Dirigent: {kind.__name__}: {error}. Details: {self.path}"
            )

    def _count(self, kind: type[BaseException], where: TracebackType | None) -> int:
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = (where.tb_frame.f_code.co_filename, where.tb_lineno) if where else ("", 0)
        key = (kind.__name__, *place)
        self._counts[key] += 1
        return self._counts[key]

    def _open(self) -> TextIO:
        if self.path.exists() and self.path.stat().st_size > LONGEST_LOG:
            self.path.replace(self.path.with_suffix(".old.log"))
        return self.path.open("a", encoding="utf-8")

    def _write(self, text: str) -> None:
        if self._file.tell() > LONGEST_LOG:
            self._file.close()
            self._file = self._open()
            faulthandler.enable(self._file)
        self._file.write(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}")
        self._file.flush()
