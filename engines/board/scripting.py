"""Kernel-side: ``board``, ``boards["name"]`` and ``%%board`` in the workspace.

Nothing of the board is here: every call asks the app, which owns the connection.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

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
        self._server.call("board.put", self._arguments(path=target, interrupt=interrupt), [data])

    def get(self, path: str, target: str | Path | None = None, *, interrupt: bool = False) -> bytes:
        """The content of a file on the board; with ``target`` it is also written there."""
        _, buffers = self._server.call("board.get", self._arguments(path=path, interrupt=interrupt))
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

    def reset(self, *, hard: bool = False, interrupt: bool = False) -> None:
        """Soft reset (main.py runs again), or with ``hard=True`` a reset of the whole board."""
        self._ask("reset", hard=hard, interrupt=interrupt)

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


class Boards:
    """``boards["name"]``: any board by its name."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __getitem__(self, name: str) -> Board:
        return Board(name, self._server)

    def __repr__(self) -> str:
        return 'boards["name"] is the board of that name; board is the first one'


def install(server: Server, user_ns: MutableMapping[str, Any], shell: Any = None) -> None:
    """Put ``board`` and ``boards`` into the workspace, and ``%%board`` into its shell.

    Args:
        shell: IPython's InteractiveShell; the running one by default, if there is one.
    """
    boards = Boards(server)
    user_ns["boards"] = boards
    user_ns["board"] = boards[DEFAULT]
    shell = shell or _running_shell()
    if shell is not None:
        shell.register_magic_function(_cell_magic(boards), "cell", "board")


def _cell_magic(boards: Boards) -> Callable[[str, str], None]:
    def board(line: str, cell: str) -> None:
        """%%board [name]: run the cell on the board."""
        print(boards[line.strip() or DEFAULT].exec(cell), end="")  # noqa: T201

    return board


def _running_shell() -> Any:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
