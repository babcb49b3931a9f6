"""The board: connect, talk, files, reset. ``board`` names one of several; by default the one in use."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command
from engines.board.connection.port_errors import PortError

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.session import BoardSession

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[rntbe\\])")
_ESCAPED = {"r": b"\r", "n": b"\n", "t": b"\t", "b": b"\b", "e": b"\x1b", "\\": b"\\"}


@command("Connect the virtual pyboard", menu="Board")
def connect_virtual(app: Application, board: str = "") -> None:
    """Start the embedded pyboard with the project's files."""
    connect(app, "virtual", board)


@command("Connect a board")
def connect(app: Application, port: str, board: str = "") -> None:
    """Connect to a serial port (PORT@SPEED), tcp://host:port, ws://host (WebREPL) or a pyserial URL, without
    disturbing what runs there."""
    try:
        app.project.connect_board(port, board_of(app, board).name)
    except PortError as error:
        raise CommandError(str(error)) from error


@command("Disconnect", menu="Board")
def disconnect(app: Application, board: str = "") -> None:
    """Let the board go; its program runs on."""
    board_of(app, board).disconnect()


@command("Restart the connection", menu="Board")
def restart(app: Application, board: str = "") -> None:
    """Connect anew; the virtual pyboard is started again."""
    board_of(app, board).restart()


@command("Add another board", menu="Board", separator=True)
def add(app: Application, name: str = "", port: str | None = None) -> str:
    """One more board in the project, with a panel of its own; its name."""
    name = name or app.project.boards.free_name()
    try:
        return app.project.project_boards.add(name, port).name
    except PortError as error:
        raise CommandError(str(error)) from error


@command("Rename a board")
def rename(app: Application, new: str, board: str = "") -> None:
    """Give a board another name, which is ``boards[name]`` in code; its streams keep theirs."""
    app.project.project_boards.rename(board_of(app, board).name, new)


@command("Remove a board")
def remove(app: Application, board: str) -> None:
    """Take a board out of the project; its streams can still be read."""
    app.project.project_boards.remove(board_of(app, board).name)


@command("Interrupt the board's program", menu="Board", separator=True)
def interrupt(app: Application, board: str = "") -> None:
    """Ctrl-C: end the program on the board; its state stays."""
    board_of(app, board).interrupt()


@command("Soft reset", menu="Board")
def soft_reset(app: Application, board: str = "") -> Future[None]:
    """Start MicroPython anew on the board; main.py runs."""
    return board_of(app, board).reset(interrupt=True)


@command("Hard reset", menu="Board")
def hard_reset(app: Application, board: str = "") -> Future[None]:
    """Reset the whole board."""
    return board_of(app, board).reset(hard=True)


@command("Rescue a locked board", menu="Board")
def rescue(app: Application, board: str = "") -> Future[str]:
    """Interrupt a program that locks everyone out, also across unplugging; the path of its main.py."""
    return board_of(app, board).rescue()


@command("Keep main.py from starting")
def disable_main(app: Application, board: str = "") -> Future[tuple[str, str]]:
    """Rename the board's main.py to main.py.off; its old and new path."""
    from engines.board import main_file

    return main_file.disable_main(board_of(app, board))


@command("Put main.py back")
def restore_main(app: Application, board: str = "") -> Future[str]:
    """Rename main.py.off to main.py."""
    from engines.board import main_file

    return main_file.restore_main(board_of(app, board))


@command("Run on the board")
def execute(app: Application, code: str, board: str = "") -> Future[str]:
    """Run code on the board; what it printed."""
    return board_of(app, board).exec(code)


@command("Evaluate on the board")
def evaluate(app: Application, expression: str, board: str = "") -> Future[str]:
    """The repr of an expression on the board."""
    return board_of(app, board).eval(expression)


@command("Run a file on the board")
def run_file(app: Application, path: Path, board: str = "") -> Future[str]:
    """Run a Python file of this computer on the board, its output in the terminal."""
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: this is no Python source, for it is not UTF-8 text") from error
    return board_of(app, board).run(source, path.name, interrupt=True)


@command("List the board's files")
def ls(app: Application, path: str = "/", board: str = "") -> Future[list[dict[str, Any]]]:
    """Name, is_dir and size in bytes (-1: of a folder, or not told) of what is in a folder of the board."""
    listing = board_of(app, board).files.ls(path)
    return then(listing, lambda entries: [asdict(entry) for entry in entries])


@command("Copy a file to the board")
def put(app: Application, local: Path, remote: str, board: str = "") -> Future[None]:
    """Write a file of this computer to the board; the old one is replaced when all has arrived."""
    return board_of(app, board).files.put_file(local, remote)


@command("Copy a file from the board")
def get(app: Application, remote: str, local: Path, board: str = "") -> Future[str]:
    """Read a file of the board into a file of this computer."""
    return then(board_of(app, board).files.get_file(remote, local), lambda nothing: str(local))


@command("Type into the board's terminal")
def type_text(app: Application, text: str, board: str = "") -> None:
    r"""Keystrokes for the board; \r is Enter, \x03 is Ctrl-C, \\ a backslash."""
    board_of(app, board).type(keystrokes(text))


def keystrokes(text: str) -> bytes:
    r"""Text as UTF-8; ``\r \n \t \b \e \\`` and ``\xNN`` stand for the bytes that they name."""
    data, at = b"", 0
    for found in _ESCAPE.finditer(text):
        data += text[at : found.start()].encode()
        code = found[1]
        data += _ESCAPED[code] if code in _ESCAPED else bytes([int(code[1:], 16)])
        at = found.end()
    return data + text[at:].encode()


def board_of(app: Application, name: str = "") -> BoardSession:
    """A board by its name; without one that whose panel has the keyboard, else the first.

    Raises:
        CommandError: there is none of this name.
    """
    boards = app.project.boards
    if name:
        try:
            return boards[name]
        except LookupError as error:
            raise CommandError(str(error)) from error
    focused = app.window.panels.focused_board() if app.window is not None and app.window.is_filled else None
    return focused or boards.first


def show_page(app: Application, board: str, title: str) -> None:
    """Bring a page of a board's panel into sight.

    Raises:
        CommandError: there is no window, or no such board.
    """
    if app.window is None:
        raise CommandError("there is no window")
    app.window.show_board_page(board_of(app, board), title)


def then(operation: Future[Any], make: Callable[[Any], Any]) -> Future[Any]:
    """What ``make`` makes of an operation's result."""
    made: Future[Any] = Future()

    def finish(operation: Future[Any]) -> None:
        try:
            made.set_result(make(operation.result()))
        except BaseException as error:  # a cancelled operation, too
            made.set_exception(error)

    operation.add_done_callback(finish)
    return made
