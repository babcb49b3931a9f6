"""Put every saved file of a folder onto the board at once.

The folder is looked at twice a second (modification time and size): that works on every disk, also on network
drives, and does not care how an editor saves. A file is sent when it has been the same at two looks. One that
could not be sent is tried again, after longer and longer pauses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError as FutureCancelled
from dataclasses import dataclass
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.errors import BoardBusyError, BoardError, CancelledError, DisconnectedError
from engines.board.files.board_files import BoardFileError
from engines.board.operations import Operation
from engines.board.packages.mpy import board_format, compile_source
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.sync.apply import make_parents
from engines.board.sync.plan import IGNORED, File
from engines.board.sync.sides import scan_here, working_folder
from engines.workspace.events import Event

PERIOD = 0.5
_SETTLE = 0.1
"""Seconds to the next look while a file is being written."""
_PUT_TIMEOUT = 300.0
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 60.0
"""Seconds until a file is tried again."""
_FREE = (State.PROMPT, State.BUSY)


@dataclass(frozen=True)
class WatchNotice:
    """A sentence for the user; ``problem``: something has to be done about it."""

    text: str
    problem: bool = False


@dataclass(frozen=True)
class _Failure:
    """This state of a file could not be sent; it rests until ``due`` (monotonic seconds)."""

    file: File
    pause: float
    due: float


class Changes:
    """Which files were saved since they were sent, from one look at a folder to the next."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._sent = dict(files)
        self._last = dict(files)
        self._failures: dict[str, _Failure] = {}
        self.settling = False
        """A file has changed since the last look."""

    def look(self, files: Mapping[str, File], now: float = 0.0) -> list[str]:
        """Paths of files to send: not sent yet, and the same as at the last look (monotonic seconds)."""
        changed = [path for path, file in files.items() if self._sent.get(path) != file]
        settled = [path for path in changed if self._last.get(path) == files[path]]
        self.settling = len(settled) < len(changed)
        self._last = dict(files)
        return sorted(path for path in settled if not self._rests(path, files[path], now))

    def _rests(self, path: str, file: File, now: float) -> bool:
        failure = self._failures.get(path)
        return failure is not None and failure.file == file and now < failure.due

    def failed(self, path: str, file: File, now: float) -> None:
        """It was not sent, and is to be sent again after a pause."""
        before = self._failures.get(path)
        again = before is not None and before.file == file
        pause = min(2 * before.pause, _LONGEST_PAUSE) if before and again else _FIRST_PAUSE
        self._failures[path] = _Failure(file, pause, now + pause)

    def sent(self, path: str, file: File) -> None:
        """This state of the file needs no more sending."""
        self._sent[path] = file
        self._failures.pop(path, None)


class FolderWatch:
    """Watches one folder for one board, on a thread of its own, until ``close``.

    A running program is not interrupted: saved files wait until it ends. With ``restart`` it is, and when the
    files are written the board gets a soft reset, so that main.py runs anew.

    Args:
        root: the folder on the board; empty: the one that its programs start in.
        compiled: Python files are put as .mpy, but for main.py and boot.py.

    ``said`` is emitted on the watch's thread.
    """

    def __init__(
        self,
        session: BoardSession,
        folder: Path,
        root: str = "",
        *,
        restart: bool = False,
        compiled: bool = False,
        ignore: tuple[str, ...] = IGNORED,
        period: float = PERIOD,
    ) -> None:
        self.session = session
        self.folder = folder
        self.root = root
        self.restart = restart
        self.said: Event[WatchNotice] = Event()
        self._compiled = compiled
        self._ignore = ignore
        self._period = period
        self._told = ""
        self._complaints: dict[str, str] = {}
        """What was said of files that are tried again."""
        self._operation: Operation[str] | None = None
        self._closing = threading.Event()
        self._changes = Changes({})
        self._thread = threading.Thread(target=self._run, name=f"watch-{folder.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Let the thread end soon; a file that is being written stays as it was."""
        self._closing.set()
        if operation := self._operation:
            operation.cancel()

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._changes = Changes(scan_here(self.folder, self._ignore).files)  # that counts as sent
        except BoardFileError as error:
            self._tell(str(error), problem=True)
        else:
            self._tell(f"{self.folder} is watched: files that are saved are put onto the board.")
        while not self._closing.wait(min(_SETTLE, self._period) if self._changes.settling else self._period):
            try:
                files = scan_here(self.folder, self._ignore).files
            except BoardFileError as error:
                self._tell_once(str(error), problem=True)
                continue
            self._send(self._changes.look(files, time.monotonic()), files)

    def _send(self, paths: list[str], files: Mapping[str, File]) -> None:
        written = False
        for path in paths:
            if self._closing.is_set() or not self._may_write(path):
                return
            try:
                target = self._put(path)
            except (BoardBusyError, DisconnectedError) as error:
                self._tell_once(f"{path} waits to be put: {error}")
                return  # it is still changed at the next look
            except (CancelledError, FutureCancelled):
                self._tell(f"{path} was not put: cancelled. Save it again.")
            except SyntaxError as error:
                self._tell(f"{path}, line {error.lineno}: {error.msg}; not put.", problem=True)
            except (BoardError, OSError) as error:
                self._changes.failed(path, files[path], time.monotonic())
                self._complain(path, f"{path} was not put and is tried again: {error}")
                continue
            else:
                written = True
                self._tell(f"{path} was put onto the board as {target}.")
            self._changes.sent(path, files[path])
            self._complaints.pop(path, None)
        if written and self.restart:
            self._reset()

    def _may_write(self, path: str) -> bool:
        status = self.session.status
        if status.state in _FREE or (self.restart and status.state.connected):
            return True
        self._tell_once(f"{path} is put as soon as the board is free. {status.text}")
        return False

    def _put(self, path: str) -> str:
        """Write one file; the name it has on the board. Raises what went wrong."""
        session = self.session

        def work(bench: RawBench) -> str:
            root = self.root or working_folder(bench)
            name, data = self._content(bench, path)
            target = f"{root.rstrip('/')}/{name}"
            make_parents(bench, target)
            bench.files.write(target, data, bench.progress)
            return target

        self._operation = session.submit(
            f"Writing {path}", work, timeout=_PUT_TIMEOUT, interrupt=self.restart
        )
        if self._closing.is_set():
            self._operation.cancel()
        try:
            return self._operation.result()
        finally:
            self._operation = None

    def _content(self, bench: RawBench, path: str) -> tuple[str, bytes]:
        source = self.folder / path
        if not self._compiled or not path.endswith(".py") or path in ("main.py", "boot.py"):
            return path, source.read_bytes()
        data = compile_source(source, board_format(bench), shown_as=path)
        return f"{path.removesuffix('.py')}.mpy", data

    def _reset(self) -> None:
        try:
            self.session.reset(interrupt=True).result()
        except BoardError as error:
            self._tell(f"The board was not restarted: {error}", problem=True)

    def _tell(self, text: str, problem: bool = False) -> None:
        self._told = text
        self.said.emit(WatchNotice(text, problem))

    def _complain(self, path: str, text: str) -> None:
        """What stays as it is from try to try is told once."""
        if self._complaints.get(path) != text:
            self._complaints[path] = text
            self._tell(text, problem=True)

    def _tell_once(self, text: str, problem: bool = False) -> None:
        """What stays as it is from look to look is told once."""
        if text != self._told:
            self._tell(text, problem)


class Watches:
    """The watches that are on. ``said`` carries what they say, ``changed`` that one came or went."""

    def __init__(self) -> None:
        self.said: Event[WatchNotice] = Event()
        self.changed: Event[None] = Event()
        self._on: dict[tuple[BoardSession, Path], FolderWatch] = {}
        self._ending: list[FolderWatch] = []

    def __iter__(self) -> Iterator[FolderWatch]:
        return iter(self._on.values())

    def find(self, session: BoardSession, folder: Path) -> FolderWatch | None:
        return self._on.get((session, folder.resolve()))

    def start(
        self,
        session: BoardSession,
        folder: Path,
        root: str = "",
        *,
        restart: bool = False,
        compiled: bool = False,
        period: float = PERIOD,
    ) -> FolderWatch:
        """Watch a folder, in place of a watch that is on for it. Raises BoardFileError: no such folder."""
        folder = folder.resolve()
        if not folder.is_dir():
            raise BoardFileError(str(folder), "there is no such folder on this computer")
        self.stop(session, folder)
        watch = FolderWatch(session, folder, root, restart=restart, compiled=compiled, period=period)
        watch.said.connect(self.said.emit)
        self._on[session, folder] = watch
        watch.start()
        self.changed.emit(None)
        return watch

    def stop(self, session: BoardSession, folder: Path) -> bool:
        """End the watch of a folder; False: there was none."""
        watch = self._on.pop((session, folder.resolve()), None)
        if watch is None:
            return False
        watch.close()
        self._ending.append(watch)
        self.changed.emit(None)
        return True

    def stop_all(self, session: BoardSession) -> None:
        """End the watches of a board."""
        for watch in [each for each in self if each.session is session]:
            self.stop(session, watch.folder)

    def close(self) -> None:
        """End all of them and wait for their threads."""
        for watch in self:
            watch.close()
        for watch in (*self, *self._ending):
            watch.join()
        self._on.clear()
        self._ending.clear()
