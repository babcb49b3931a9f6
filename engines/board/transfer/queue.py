"""A queue of files and folders on their way to or from a board, for a view to show."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from engines.board.errors import BoardBusyError, CancelledError, DisconnectedError
from engines.board.files.file_operations import TRANSFER_TIMEOUT
from engines.board.operations import Operation, Progress
from engines.board.status import State, Status
from engines.board.transfer.folders import Child, Replacing, ReplacingHere, get_work, put_work
from engines.workspace.events import Event

TransferState = Literal["waiting", "running", "done", "failed", "cancelled"]
_FINISHED = ("done", "failed", "cancelled")
_TELL_PERIOD = 0.05


@dataclass(frozen=True)
class Transfer:
    """One file or folder. A folder's files take its place in the queue when its turn comes."""

    id: int
    source: str
    """A path of the computer ("put") or of the board ("get")."""
    target: str
    direction: Literal["put", "get"]
    size: int = -1
    """Bytes; -1 while it is not known."""
    done: int = 0
    rate: float = 0.0
    """Bytes a second."""
    remaining: float | None = None
    """Seconds; None while it cannot be told."""
    state: TransferState = "waiting"
    error: str = ""
    """Why it failed; while it waits, what it waits for."""


class Session(Protocol):
    """What the queue needs of a ``BoardSession``."""

    status: Status
    status_changed: Event[Status]

    def submit(self, title: str, work: Any, *, timeout: float | None = ...) -> Operation[Any]: ...


class TransferQueue:
    """Transfers of one board, one at a time, in the order they were asked for.

    While a program runs on the board, or the connection is lost, the queue waits and goes on by itself; what
    was half there is continued. ``changed`` and ``finished`` are emitted on the thread that caused them
    (mostly the session's).

    Args:
        replacing, replacing_here: around the writing of each file, in its operation, so that what it replaces
            can be kept.
    """

    def __init__(
        self,
        session: Session,
        replacing: Replacing = lambda bench, remote: nullcontext(),
        replacing_here: ReplacingHere = lambda local: nullcontext(),
    ) -> None:
        self.changed: Event[None] = Event()
        """Something about ``items`` is new; at most 20 times a second for progress."""
        self.finished: Event[Transfer] = Event()
        """A file or folder has ended, in whatever way."""
        self._session = session
        self._replacing = replacing
        self._replacing_here = replacing_here
        self._items: list[Transfer] = []
        self._ids = itertools.count(1)
        self._running: int | None = None
        self._operation: Operation[Any] | None = None
        self._paused = False
        self._told = 0.0
        self._guard = threading.RLock()
        self._forget = session.status_changed.connect(self._on_status)

    @property
    def items(self) -> tuple[Transfer, ...]:
        with self._guard:
            return tuple(self._items)

    def put(self, local: Path, remote: str) -> int:
        """Queue a file, or a folder with all that is in it, to become ``remote``; its id."""
        return self._add("put", str(local), remote)

    def get(self, remote: str, local: Path) -> int:
        """Queue a file or folder of the board to become ``local``; its id."""
        return self._add("get", remote, str(local))

    def cancel(self, id: int | None = None) -> None:  # noqa: A002
        """Call one off, or all: what runs ends at once, and the old file stays."""
        with self._guard:
            for item in self._items:
                if item.state == "waiting" and id in (None, item.id):
                    self._change(item.id, state="cancelled", error="")
            operation = self._operation if id in (None, self._running) else None
        if operation is not None:
            operation.cancel()
        self._tell()

    def retry(self, id: int) -> None:  # noqa: A002
        """Queue one again that failed or was called off; one that waits for the board is tried now."""
        with self._guard:
            item = self._find(id)
            if item is None or item.state in ("running", "done"):
                return
            self._paused = False
            self._change(id, state="waiting", error="", done=0, rate=0.0, remaining=None)
        self._go_on()

    def clear_done(self) -> None:
        """Forget those that ended."""
        with self._guard:
            self._items = [item for item in self._items if item.state not in _FINISHED]
        self._tell()

    def close(self) -> None:
        """Call everything off and let the session go."""
        self._forget()
        self.cancel()

    def _add(self, direction: Literal["put", "get"], source: str, target: str) -> int:
        with self._guard:
            item = Transfer(next(self._ids), source, target, direction)
            self._items.append(item)
            self._paused = False
        self._go_on()
        return item.id

    def _go_on(self) -> None:
        """Begin the next one, if there is one and none runs."""
        with self._guard:
            waiting = (item for item in self._items if item.state == "waiting")
            item = None if self._paused or self._running is not None else next(waiting, None)
            if item is not None:
                self._running = item.id
                self._change(item.id, state="running", error="")
                self._operation = self._session.submit(
                    _title(item), self._work(item), timeout=TRANSFER_TIMEOUT
                )
            operation = self._operation
        self._tell()
        if item is None or operation is None:
            return
        operation.progress.connect(lambda progress: self._on_progress(item.id, progress))
        operation.add_done_callback(lambda future: self._on_end(item.id, future))

    def _work(self, item: Transfer) -> Callable[[Any], list[Child]]:
        if item.direction == "put":
            return put_work(Path(item.source), item.target, self._replacing)
        return get_work(item.source, Path(item.target), self._replacing_here)

    def _on_progress(self, id: int, progress: Progress) -> None:  # noqa: A002
        with self._guard:
            self._change(
                id, size=progress.total, done=progress.done, rate=progress.rate, remaining=progress.remaining
            )
        if time.monotonic() - self._told > _TELL_PERIOD:
            self._tell()

    def _on_end(self, id: int, future: Future[list[Child]]) -> None:  # noqa: A002
        ended: Transfer | None = None
        with self._guard:
            self._running = self._operation = None
            try:
                children = future.result()
            except (CancelledError, FutureCancelledError):
                ended = self._change(id, state="cancelled")
            except BoardBusyError as error:
                self._paused = True
                typing = self._session.status.state is State.ENTRY
                why = f"Waits. {error}" if typing else "Waits until the program on the board has ended."
                self._change(id, state="waiting", error=why)
            except DisconnectedError:
                self._paused = True
                self._change(id, state="waiting", error="Waits for the board to come back.")
            except Exception as error:
                ended = self._change(id, state="failed", error=str(error) or type(error).__name__)
            else:
                ended = self._change(id, state="done", remaining=0.0)
                self._insert(id, children)
        if ended is not None:
            self.finished.emit(ended)
        self._go_on()

    def _insert(self, id: int, children: list[Child]) -> None:  # noqa: A002
        """Put a folder's content in the folder's place."""
        at = next((index for index, item in enumerate(self._items) if item.id == id), None)
        if at is None or not children:
            return
        folder = self._items[at]
        self._items[at : at + 1] = [
            Transfer(next(self._ids), child.source, child.target, folder.direction, child.size)
            for child in children
        ]

    def _on_status(self, status: Status) -> None:
        if self._paused and status.state is State.PROMPT:
            self._paused = False
            self._go_on()

    def _find(self, id: int) -> Transfer | None:  # noqa: A002
        return next((item for item in self._items if item.id == id), None)

    def _change(self, id: int, **changes: Any) -> Transfer | None:  # noqa: A002
        for index, item in enumerate(self._items):
            if item.id == id:
                self._items[index] = replace(item, **changes)
                return self._items[index]
        return None

    def _tell(self) -> None:
        self._told = time.monotonic()
        self.changed.emit(None)


def _title(item: Transfer) -> str:
    return f"Writing {item.target}" if item.direction == "put" else f"Reading {item.source}"
