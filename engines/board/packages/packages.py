"""Packages into the board's lib folder, and out of it again."""

from __future__ import annotations

import errno
import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.errors import BoardError, CancelledError
from engines.board.files.board_files import BoardFileError
from engines.board.files.kept_copies import KeptCopies, KeptCopy
from engines.board.operations import Operation, Progress
from engines.board.packages.installed import Installed, lib_folder, listing, read_record, write_record
from engines.board.packages.mpy import MpyFormat, board_format, check, compile_source
from engines.board.packages.source import Package, PackageError, fetch, resolve
from engines.board.session import BoardSession
from engines.board.sync.apply import make_parents
from engines.board.sync.sides import digests_there, identity
from engines.workspace.events import Event

_TIMEOUT = 600.0


# Installing


class Installation:
    """Fetching on a thread of its own, then writing as an operation of the session.

    ``result`` is a future of what was installed; ``progress`` counts bytes written to the board; ``said``
    carries what it does now. Both events come on other threads.

    Args:
        spec, index, version: see ``source.resolve``.
        compiled: take or make .mpy files, where the board loads them.
        target: folder on the board; empty: its lib folder.
    """

    def __init__(
        self,
        session: BoardSession,
        spec: str,
        *,
        index: str = "",
        version: str = "",
        compiled: bool = True,
        target: str = "",
        interrupt: bool = False,
        fetch: Callable[[str], bytes] = fetch,
    ) -> None:
        self.title = f"Installing {spec}"
        self.result: Future[tuple[Installed, ...]] = Future()
        self.progress: Event[Progress] = Event()
        self.said: Event[str] = Event()
        self._session = session
        self._spec, self._index, self._version = spec, index, version
        self._compiled, self._target, self._interrupt = compiled, target, interrupt
        self._fetch = fetch
        self._cancelled = threading.Event()
        self._operation: Operation[tuple[Installed, ...]] | None = None
        threading.Thread(target=self._run, name="board-install", daemon=True).start()

    def cancel(self) -> None:
        """End it; the board's files are then as they were, but for files that were complete already."""
        self._cancelled.set()
        if operation := self._operation:
            operation.cancel()

    def _run(self) -> None:
        try:
            self.result.set_result(self._install())
        except BaseException as error:
            self.result.set_exception(error)

    def _install(self) -> tuple[Installed, ...]:
        format_, lib = self._session.submit(
            "Asking the board",
            lambda bench: (board_format(bench), lib_folder(bench)),
            interrupt=self._interrupt,
        ).result()
        format_ = format_ if self._compiled else MpyFormat(0)
        packages = resolve(
            self._spec,
            index=self._index,
            version=self._version,
            mpy_version=format_.version,
            fetch=self._fetch_or_stop,
        )
        made = [_compiled_package(each, format_) if format_.version else each for each in packages]
        self._check()
        self.said.emit("Writing to the board …")
        target = self._target.rstrip("/") or lib
        size = sum(len(data) for each in made for data in each.files.values())
        self._operation = self._session.submit(
            self.title,
            lambda bench: write_packages(bench, target, made),
            timeout=_TIMEOUT + size / 1000,
            interrupt=self._interrupt,
        )
        self._operation.progress.connect(self.progress.emit)
        if self._cancelled.is_set():
            self._operation.cancel()
        return self._operation.result()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError(f"{self.title}: cancelled.")

    def _fetch_or_stop(self, place: str) -> bytes:
        self._check()
        self.said.emit(f"Fetching {place} …")
        return self._fetch(place)


def install(session: BoardSession, spec: str, **options: object) -> Installation:
    """Install a package; see ``Installation`` for the options."""
    return Installation(session, spec, **options)  # type: ignore[arg-type]


def _compiled_package(package: Package, format_: MpyFormat) -> Package:
    """Python files as .mpy; .mpy files are checked against the board."""
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="dirigent-mpy-") as folder:
        for path, data in package.files.items():
            if path.endswith(".mpy"):
                check(data, format_, path)
            if not path.endswith(".py"):
                files[path] = data
                continue
            source = Path(folder) / "source.py"
            source.write_bytes(data)
            try:
                made = compile_source(source, format_, shown_as=path)
            except SyntaxError as error:
                raise PackageError(
                    f"{package.name}: {path}, line {error.lineno}: {error.msg}. MicroPython cannot run it."
                ) from error
            files[f"{path.removesuffix('.py')}.mpy"] = made
    return replace(package, files=files)


def write_packages(bench: RawBench, lib: str, packages: list[Package]) -> tuple[Installed, ...]:
    """Write packages and note them. Files that are there already are left; those of an older version go.

    Raises:
        BoardFileError: no space (known before anything is written), a read-only disk.
    """
    record = read_record(bench, lib)
    files = {path: data for each in packages for path, data in each.files.items()}
    same = _already_there(bench, lib, files)
    total = sum(len(data) for path, data in files.items() if path not in same)
    _need_space(bench, lib, total)
    make_parents(bench, f"{lib}/x")
    done = 0
    folders: set[str] = set()
    for path, data in files.items():
        if path in same:
            continue
        if (parent := path.rpartition("/")[0]) not in folders:
            make_parents(bench, f"{lib}/{path}")
            folders.add(parent)
        bench.files.write(f"{lib}/{path}", data, _part_of(bench, done, total))
        done += len(data)
    installed = [
        Installed(each.name, each.version, tuple(sorted(each.files)), each.source, each.needs)
        for each in packages
    ]
    old = {path for each in installed if each.name in record for path in record[each.name].files}
    _delete(bench, lib, sorted((old | _shadowing(files)) - files.keys() - _others(record, installed)))
    write_record(bench, lib, record | {each.name: each for each in installed})
    return tuple(installed)


def _part_of(bench: RawBench, before: int, total: int) -> Callable[[int, int], object]:
    return lambda done, _: bench.progress(before + done, total)


def _already_there(bench: RawBench, lib: str, files: Mapping[str, bytes]) -> set[str]:
    digests = digests_there(bench, lib, files)
    return {path for path, data in files.items() if digests.get(path) == hashlib.sha256(data).hexdigest()}


def _shadowing(files: Mapping[str, bytes]) -> set[str]:
    """``x.py`` would be imported in place of the ``x.mpy`` beside it."""
    return {f"{path.removesuffix('.mpy')}.py" for path in files if path.endswith(".mpy")}


def _others(record: Mapping[str, Installed], installed: list[Installed]) -> set[str]:
    """Files of packages that are not being installed."""
    names = {each.name for each in installed}
    return {path for name, each in record.items() if name not in names for path in each.files}


def _need_space(bench: RawBench, lib: str, size: int) -> None:
    disk = lib
    while disk:
        try:
            free, _ = bench.files.space(disk)
        except BoardError:
            disk = disk.rpartition("/")[0]  # the folder is still to be made
            continue
        if size > free:
            raise BoardFileError(
                lib, f"{size} bytes are needed, {free} are free. Delete something on the board", errno.ENOSPC
            )
        return


def _delete(bench: RawBench, lib: str, paths: list[str]) -> None:
    """Files, then the folders that this leaves empty."""
    for path in paths:
        try:
            bench.files.remove(f"{lib}/{path.rstrip('/')}", tree=path.endswith("/"))
        except BoardFileError as error:
            if error.number != errno.ENOENT:
                raise
    _delete_empty(bench, lib, paths)


def _delete_empty(bench: RawBench, lib: str, paths: Iterable[str]) -> None:
    """The folders that these files leave empty."""
    parents = {path.rstrip("/").rpartition("/")[0] for path in paths}
    parents |= {parent[:at] for parent in parents for at, letter in enumerate(parent) if letter == "/"}
    for folder in sorted(parents - {""}, reverse=True):
        try:
            bench.files.remove(f"{lib}/{folder}")
        except BoardFileError:
            continue  # something else is in it


# Removing


@dataclass(frozen=True)
class Removal:
    """What was removed and can be put back, onto the same board."""

    lib: str
    package: Installed
    copy: KeptCopy
    board: str
    """The board's unique number; empty where it has none."""


def remove(
    session: BoardSession,
    name: str,
    kept: KeptCopies,
    *,
    stopped: Callable[[Removal], object] = lambda removal: None,
    interrupt: bool = False,
) -> Operation[Removal]:
    """Remove a package; copies of its files are kept, for ``put_back``.

    Args:
        stopped: told, on the session's thread, what to put back when it was broken off (cancelled, the link
            lost) with some of it deleted.

    Raises:
        PackageError: there is none of this name.
        TooLargeToKeepError: too large to keep a copy of; nothing was deleted.
    """

    def work(bench: RawBench) -> Removal:
        now = listing(bench)
        package = next((each for each in now.packages if each.name == name), None)
        if package is None:
            names = ", ".join(each.name for each in now.packages) or "nothing"
            raise PackageError(f"{name}: is not in {now.lib}; there is {names}.")
        copy = kept.new()
        there = digests_there(bench, now.lib, [path for path in package.files if not path.endswith("/")])
        paths = [path for path in package.files if path in there or path.endswith("/")]
        found = tuple(f"{now.lib}/{path.rstrip('/')}" for path in paths)
        record = read_record(bench, now.lib)
        removal = Removal(now.lib, package, copy, identity(bench))
        copy.fetch(bench, found)
        try:
            copy.delete(bench, found)
            _delete_empty(bench, now.lib, package.files)
            if record.pop(name, None):
                write_record(bench, now.lib, record)
        except Exception:
            if copy.gone:
                stopped(removal)
            raise
        return removal

    return session.submit(f"Removing {name}", work, timeout=_TIMEOUT, interrupt=interrupt)


def put_back(session: BoardSession, removal: Removal) -> Operation[None]:
    """Undo ``remove``. Raises PackageError for another board, BoardFileError: something is in its place."""
    package = removal.package

    def work(bench: RawBench) -> None:
        if identity(bench) != removal.board:
            raise PackageError(f"{package.name}: was removed from another board. Connect that one first.")
        if package.source:  # first, as it can be done again; the files cannot
            record = read_record(bench, removal.lib)
            write_record(bench, removal.lib, record | {package.name: package})
        for path in package.files:
            make_parents(bench, f"{removal.lib}/{path.rstrip('/')}")
        removal.copy.put_back(bench)

    return session.submit(f"Putting {package.name} back", work, timeout=_TIMEOUT)
