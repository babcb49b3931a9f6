"""The board's terminal: log it, search what was entered, find, go to errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.board import board_of
from app.commands.registry import CommandError, NothingToDo, command

if TYPE_CHECKING:
    from app.application import Application
    from widgets.board.terminal import TerminalView


@command("Log the terminal to a file …", menu="Board", separator=True)
def log(app: Application, path: Path | None = None, stamps: bool = False, board: str = "") -> str:
    """Append what the board's terminal shows to a file; stamps=yes begins every line with its time."""
    logging = _terminal(app, board).logging
    if path is None:
        logging.ask(stamps=stamps)
        return ""
    logging.start(app.project.project.folder / path, stamps=stamps)
    return str(logging.path)


@command("Stop logging the terminal", menu="Board")
def stop_log(app: Application, board: str = "") -> str:
    """Close the log; the file's path."""
    logging = _terminal(app, board).logging
    if logging.path is None:
        raise NothingToDo("The terminal is not being logged.")
    path = str(logging.path)
    logging.stop()
    return path


@command("Go to the last error", menu="Board")
def go_to_error(app: Application, board: str = "") -> None:
    """Open the line of source where the newest traceback in the terminal ends."""
    if not _terminal(app, board).go_to_last_error():
        raise NothingToDo("There is no traceback in the terminal.")


@command("Search what was entered at the prompt …")
def search_history(app: Application, board: str = "") -> None:
    """Find a line that was entered at the board's prompt, in this session or before (Ctrl+R)."""
    _terminal(app, board).history_bar.open()


@command("Entered lines")
def history(app: Application, text: str = "", board: str = "") -> list[str]:
    """The lines that were entered at the prompts of this project and hold a text, the newest first."""
    return _terminal(app, board).recall.history.search(text)


@command("Find in the terminal")
def find(app: Application, board: str = "") -> None:
    """Open the line for finding text in the terminal (Ctrl+F)."""
    _terminal(app, board).search.open()


@command("Clear the terminal")
def clear(app: Application, board: str = "") -> None:
    """Empty the terminal's page; the line being typed stays."""
    _terminal(app, board).clear()


@command("The terminal's text")
def text(app: Application, board: str = "") -> str:
    """Everything that the terminal shows."""
    return _terminal(app, board).text.toPlainText()


@command("Paste into the terminal")
def paste(app: Application, text: str, board: str = "") -> None:
    """Paste a text as Ctrl+V does: several lines go through the board's paste mode."""
    _terminal(app, board).paste(text)


def _terminal(app: Application, board: str) -> TerminalView:
    session = board_of(app, board)
    if app.window is None:
        raise CommandError("terminals need the window")
    return app.window.panels.terminal(session)
