"""Kernel-side: ``board``, ``boards["name"]`` and ``%%board`` in the workspace.

Nothing of the board is here: every call asks the app, which owns the connection.
"""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from engines.board.magics import Magics

DEFAULT = "board"
_FOR_EVER = 1e6


class Server(Protocol):
    """How the kernel asks the app. ``call`` waits for the answer and raises what went wrong there."""

    def call(
        self,
        verb: str,
        arguments: dict[str, Any],
        buffers: Sequence[bytes | memoryview] = (),
        *,
        timeout: float = 60.0,
    ) -> tuple[Any, Sequence[bytes | memoryview]]: ...


class BoardEntry(NamedTuple):
    """A file or folder on the board; ``size`` is in bytes, -1 where the board does not tell."""

    name: str
    is_dir: bool
    size: int


class PackageEntry(NamedTuple):
    """A package that was installed; ``files`` are below the board's lib folder."""

    name: str
    version: str
    files: list[str]


class Board:
    """A connected board.

    While a program runs on it calls raise, unless they are made with ``interrupt=True``; a sampler on a timer
    leaves the board free.
    """

    def __init__(self, name: str, server: Server) -> None:
        self._name = name
        self._server = server

    def exec(self, code: str, *, timeout: float | None = None, interrupt: bool = False) -> str:
        """Run code on the board; what it printed. Its exceptions are raised here."""
        arguments = self._arguments(code=code, timeout=timeout, interrupt=interrupt)
        try:
            # The app keeps the time: it also ends the program.
            value, _ = self._server.call("board.exec", arguments, timeout=_FOR_EVER)
        except KeyboardInterrupt:
            self.interrupt()
            raise
        return value

    def run(
        self, code: str, *, timeout: float | None = None, interrupt: bool = False
    ) -> Generator[str, None, None]:
        """Run code on the board; what it prints, piece by piece as it comes. Raises its exceptions.

        Whoever stops reading (``close`` of the iterator) ends the program.
        """
        try:
            number = self._ask("start", code=code, timeout=timeout, interrupt=interrupt)
            arguments = self._arguments(number=number)
            while True:
                text, _ = self._server.call("board.read_output", arguments, timeout=_FOR_EVER)
                if text is None:
                    return
                yield text
        except (KeyboardInterrupt, GeneratorExit):
            self.interrupt()
            raise

    def interrupt(self) -> None:
        """Ctrl-C for the program that runs on the board; its state stays."""
        self._ask("interrupt")

    def eval(self, expression: str, *, timeout: float = 30.0, interrupt: bool = False) -> Any:
        """The value of an expression on the board: a Python object where its ``repr`` is one, else text."""
        text = self._ask("eval", expression=expression, timeout=timeout, interrupt=interrupt)
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text

    def put(self, source: str | Path | bytes, path: str | None = None, *, interrupt: bool = False) -> None:
        """Copy a file (or bytes) to ``path`` on the board; by default under its own name."""
        if isinstance(source, bytes | bytearray | memoryview):
            if path is None:
                raise TypeError("board.put(data, path): bytes need a path on the board")
            data, target = bytes(source), path
        else:
            data, target = Path(source).read_bytes(), path or Path(source).name
        # The app keeps the time: it sees whether the transfer gets on.
        arguments = self._arguments(path=target, interrupt=interrupt)
        self._server.call("board.put", arguments, [data], timeout=_FOR_EVER)

    def get(self, path: str, target: str | Path | None = None, *, interrupt: bool = False) -> bytes:
        """The content of a file on the board; with ``target`` it is also written there."""
        arguments = self._arguments(path=path, interrupt=interrupt)
        _, buffers = self._server.call("board.get", arguments, timeout=_FOR_EVER)
        data = bytes(buffers[0]) if buffers else b""
        if target is not None:
            Path(target).write_bytes(data)
        return data

    def ls(self, path: str = "/", *, interrupt: bool = False) -> list[BoardEntry]:
        """The entries of a folder: (name, is_dir, size)."""
        return [BoardEntry(*entry) for entry in self._ask("ls", path=path, interrupt=interrupt)]

    def rm(self, path: str, *, tree: bool = False, interrupt: bool = False) -> None:
        """Delete a file or an empty folder; with ``tree=True`` also what is in the folder."""
        self._ask("rm", path=path, tree=tree, interrupt=interrupt)

    def mkdir(self, path: str, *, interrupt: bool = False) -> None:
        """Make a folder."""
        self._ask("mkdir", path=path, interrupt=interrupt)

    def mount(self, folder: str | Path = ".", *, writable: bool = False, interrupt: bool = False) -> None:
        """Let the board use a folder of this computer as ``/remote``; its modules can be imported there."""
        self._ask("mount", folder=str(Path(folder).resolve()), writable=writable, interrupt=interrupt)

    def unmount(self, *, interrupt: bool = False) -> None:
        """Take ``/remote`` off the board."""
        self._ask("unmount", interrupt=interrupt)

    def sync(
        self,
        folder: str | Path,
        path: str = "",
        *,
        direction: str = "to_board",
        delete: bool = False,
        compiled: bool = False,
        dry_run: bool = False,
        interrupt: bool = False,
    ) -> dict[str, Any]:
        """Make a folder of this computer and one of the board the same; what was done, as plain data.

        Args:
            path: folder of the board; empty: the one that its programs start in.
            direction: ``to_board``, ``from_board`` or ``both``. What has changed on both sides is left alone.
            delete: what is missing on one side is deleted on the other.
            compiled: put .py files as .mpy, but for main.py and boot.py.
            dry_run: only tell what would be done.
        """
        return self._ask_long(
            "sync",
            folder=str(Path(folder).resolve()),
            path=path,
            direction=direction,
            delete=delete,
            compiled=compiled,
            dry_run=dry_run,
            interrupt=interrupt,
        )

    def undo_sync(self) -> list[str]:
        """Take the last sync back, on both sides; the files that were changed since and stay."""
        return self._ask_long("undo_sync")

    def put_compiled(self, source: str | Path, path: str = "") -> str:
        """Put a Python file as .mpy, made for this board; its path there."""
        return self._ask_long("put_compiled", file=str(Path(source).resolve()), path=path)

    def install(
        self, spec: str, *, index: str = "", version: str = "", compiled: bool = True, interrupt: bool = False
    ) -> list[PackageEntry]:
        """Install a package into the board's lib folder, with what it needs.

        Args:
            spec: a folder, a wheel, a .py, .mpy or package.json file, a URL, ``github:user/repository``, or
                a name in an index.
            index: URL or folder of the index, or ``"micropython.org"``.
            compiled: as .mpy files, where the board loads them.
        """
        from engines.board.packages.source import meant_in  # it brings the network's modules along

        found = self._ask_long(
            "install",
            spec=meant_in(Path.cwd(), spec),
            index=meant_in(Path.cwd(), index),
            version=version,
            compiled=compiled,
            interrupt=interrupt,
        )
        return [PackageEntry(*each) for each in found]

    def write_anyway(self) -> None:
        """Write although this computer has mounted the board's disk, until the connection ends."""
        self._ask("write_anyway")

    def reset(self, *, hard: bool = False, interrupt: bool = False) -> None:
        """Soft reset (main.py runs again), or with ``hard=True`` a reset of the whole board."""
        self._ask("reset", hard=hard, interrupt=interrupt)

    def start_embedded(self, *, fresh: bool = False) -> None:
        """Make sure that the MicroPython inside Dirigent runs; with ``fresh=True`` from the beginning."""
        self._ask("start_embedded", fresh=fresh)

    @property
    def is_connected(self) -> bool:
        """Whether there is a board at all; does not disturb it."""
        try:
            return bool(self.info["connected"])
        except Exception:  # there is no board of this name
            return False

    @property
    def info(self) -> dict[str, Any]:
        """Port, state, streams and losses; does not disturb the board."""
        return self._ask("info")

    def __repr__(self) -> str:
        try:
            return f"<board {self._name}: {self.info['status']}>"
        except Exception as error:
            return f"<board {self._name}: {error}>"

    def _arguments(self, **arguments: Any) -> dict[str, Any]:
        return {"board": self._name, **arguments}

    def _ask(self, verb: str, **arguments: Any) -> Any:
        value, _ = self._server.call(f"board.{verb}", self._arguments(**arguments))
        return value

    def _ask_long(self, verb: str, **arguments: Any) -> Any:
        """As ``_ask``, for what takes its time and can be interrupted."""
        try:
            value, _ = self._server.call(f"board.{verb}", self._arguments(**arguments), timeout=_FOR_EVER)
        except KeyboardInterrupt:
            self._ask("cancel")
            raise
        return value


class Boards:
    """``boards["name"]``: any board by its name."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __getitem__(self, name: str) -> Board:
        return Board(name, self._server)

    def __iter__(self) -> Iterator[str]:
        """The names of the project's boards."""
        value, _ = self._server.call("workspace.boards", {})
        return iter(value)

    def __repr__(self) -> str:
        return 'boards["name"] is the board of that name; board is the first one'


def install(server: Server, user_ns: MutableMapping[str, Any], shell: Any = None) -> None:
    """Put ``board`` and ``boards`` into the workspace, and the cell magics into its shell.

    Args:
        shell: IPython's InteractiveShell; the running one by default, if there is one.
    """
    boards = Boards(server)
    user_ns["boards"] = boards
    user_ns["board"] = boards[DEFAULT]
    shell = shell or _running_shell()
    if shell is not None:
        Magics(boards, DEFAULT).register(shell)


def _running_shell() -> Any:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
