"""The board: connect, talk, files, reset."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.session import BoardSession


@command("Connect the virtual pyboard", menu="Board")
def connect_virtual(app: Application) -> None:
    """Start the embedded pyboard with the project's files."""
    app.project.connect_board("virtual")


@command("Connect a board")
def connect(app: Application, port: str) -> None:
    """Connect to a serial port (or a URL that pyserial understands), without disturbing what runs there."""
    app.project.connect_board(port)


@command("Disconnect", menu="Board")
def disconnect(app: Application) -> None:
    """Let the board go; its program runs on."""
    _board(app).disconnect()


@command("Restart the connection", menu="Board")
def restart(app: Application) -> None:
    """Connect anew; the virtual pyboard is started again."""
    _board(app).restart()


@command("Interrupt the board's program", menu="Board", separator=True)
def interrupt(app: Application) -> None:
    """Ctrl-C: end the program on the board; its state stays."""
    _board(app).interrupt()


@command("Soft reset", menu="Board")
def soft_reset(app: Application) -> Future[None]:
    """Start MicroPython anew on the board; main.py runs."""
    return _board(app).reset(interrupt=True)


@command("Hard reset", menu="Board")
def hard_reset(app: Application) -> Future[None]:
    """Reset the whole board."""
    return _board(app).reset(hard=True)


@command("Run on the board")
def execute(app: Application, code: str) -> Future[str]:
    """Run code on the board; what it printed."""
    return _board(app).exec(code)


@command("Evaluate on the board")
def evaluate(app: Application, expression: str) -> Future[str]:
    """The repr of an expression on the board."""
    return _board(app).eval(expression)


@command("Run a file on the board")
def run_file(app: Application, path: Path) -> Future[str]:
    """Run a Python file of this computer on the board, its output in the terminal."""
    return _board(app).run(path.read_text(encoding="utf-8"), path.name, interrupt=True)


@command("List the board's files")
def ls(app: Application, path: str = "/") -> Future[list[Any]]:
    """Names and sizes in a folder of the board."""
    return _board(app).files.ls(path)


@command("Copy a file to the board")
def put(app: Application, local: Path, remote: str) -> Future[None]:
    """Write a file of this computer to the board; the old one is replaced when all has arrived."""
    return _board(app).files.put(remote, local.read_bytes())


@command("Copy a file from the board")
def get(app: Application, remote: str, local: Path) -> Future[str]:
    """Read a file of the board into a file of this computer."""
    done: Future[str] = Future()

    def write(operation: Future[bytes]) -> None:
        try:
            local.write_bytes(operation.result())
            done.set_result(str(local))
        except Exception as error:
            done.set_exception(error)

    _board(app).files.get(remote).add_done_callback(write)
    return done


@command("Type into the board's terminal")
def type_text(app: Application, text: str) -> None:
    r"""Keystrokes for the board; \r is Enter and \x03 is Ctrl-C."""
    _board(app).type(text.encode().decode("unicode_escape").encode())


def _board(app: Application, name: str = "board") -> BoardSession:
    if name not in app.project.boards.names:
        raise CommandError(f"there is no board {name!r}")
    return app.project.boards[name]
