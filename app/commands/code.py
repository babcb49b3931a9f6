"""Python files in editors: open, new, save, run on the board."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, NothingToDo, command

if TYPE_CHECKING:
    from app.application import Application
    from app.code_tabs import CodeTabs
    from widgets.board.code_tab import CodeTab


@command("New Python file", menu="File", separator=True)
def new(app: Application, text: str = "") -> str:
    """Open an empty editor; where the file goes is asked when it is saved first."""
    return _tabs(app).new(text).name


@command("Open Python file …", menu="File")
def open(app: Application, path: str = "", line: int | None = None) -> str:  # noqa: A001
    """Open a file in an editor: a path of this computer, or board:/flash/main.py for one of the board."""
    if not path:
        return _choose(app)
    return _tabs(app).open(path, line).name


@command("Save the Python file")
def save(app: Application, path: str = "", overwrite: bool = False) -> None:
    """Save the file of the editor in use, or of the one with this path."""
    _tab(app, path).saving.save(overwrite=overwrite)


@command("Save the Python file as …", menu="File")
def save_as(app: Application, target: str = "", path: str = "") -> None:
    """Save under another path, of this computer or board:/flash/name.py, and go on there."""
    tab = _tab(app, path)
    if target:
        tab.saving.save_to(target)
    else:
        _bring(app, tab)
        tab.saving.save_as()


@command("Close the Python file")
def close(app: Application, path: str = "", discard: bool = False) -> None:
    """Close an editor; with discard=yes also when something in it is not saved."""
    tab = _tab(app, path)
    if tab.saving.dirty and not discard:
        raise CommandError(f"{tab.name} has unsaved changes; save it first, or give discard=yes")
    _tabs(app).close_tab(tab)


@command("Run the editor's text on the board", menu="Board", separator=True)
def run(app: Application, path: str = "", soft_reset: bool = False) -> None:
    """Run the text of the editor in use, saved or not (F5); its output comes in the terminal."""
    _tab(app, path).run(soft_reset=soft_reset)


@command("Run the editor's text after a soft reset", menu="Board")
def run_fresh(app: Application, path: str = "") -> None:
    """Start MicroPython anew, without main.py, and run the text of the editor in use (Shift+F5)."""
    _tab(app, path).run(soft_reset=True)


@command("Run the selection on the board", menu="Board")
def run_selection(app: Application, path: str = "") -> None:
    """Run what is selected in the editor in use, or the cursor's line (Ctrl+Enter)."""
    _tab(app, path).run_selection()


@command("Find and replace in the Python file")
def find(app: Application, path: str = "") -> None:
    """Open the line for finding and replacing (Ctrl+H)."""
    tab = _tab(app, path)
    _bring(app, tab)
    tab.find.open(replace=True)


@command("Go to line")
def go_to_line(app: Application, line: int | None = None, path: str = "") -> None:
    """Put the cursor into a line of the editor in use; without a number it is asked for (Ctrl+G)."""
    tab = _tab(app, path)
    _bring(app, tab)
    if line is None:
        tab.ask_line()
    else:
        tab.go_to_line(line)


@command("Go to the next problem")
def next_problem(app: Application, path: str = "") -> None:
    """Go to the next place that pyflakes marks (F8)."""
    _tab(app, path).next_problem()


@command("Complete at the cursor")
def complete(app: Application, cursor: int | None = None, path: str = "") -> Future[Any]:
    """The names that can stand at the cursor of the editor in use (Ctrl+Space)."""
    tab = _tab(app, path)
    place = tab.editor.cursor_index() if cursor is None else cursor
    answer: Future[Any] = Future()

    def take(found: Future[Any]) -> None:
        error = found.exception()
        if error is None:
            answer.set_result(list(found.result().texts))
        else:
            answer.set_exception(error)

    tab.services.complete(tab.editor.source(), place).add_done_callback(take)
    return answer


@command("Show editors")
def tabs(app: Application) -> list[dict[str, Any]]:
    """Every open editor with its file, text, problems and the cursor's line."""
    return [
        {
            "title": tab.title,
            "place": tab.saving.place,
            "dirty": tab.saving.dirty,
            "text": tab.editor.source(),
            "line": tab.editor.textCursor().blockNumber() + 1,
            "problems": [f"{mark.line}: {mark.message}" for mark in tab.marks.marks],
            "notice": tab.notice.text,
        }
        for tab in _tabs(app)
    ]


@command("Replace the editor's text")
def set_text(app: Application, text: str, path: str = "") -> None:
    """Type another text into the editor in use, in place of all of its text."""
    editor = _tab(app, path).editor
    editor.selectAll()
    editor.insertPlainText(text)


def _tabs(app: Application) -> CodeTabs:
    if app.window is None:
        raise CommandError("editors need the window")
    return app.window.panels.code


def _tab(app: Application, path: str) -> CodeTab:
    tab = _tabs(app).find(path) if path else _tabs(app).current()
    if tab is not None:
        return tab
    if path:
        raise CommandError(f"{path} is not open; open it first (code.open)")
    raise NothingToDo("No Python file is open. Open one (File > Open Python file), or begin a new one.")


def _bring(app: Application, tab: CodeTab) -> None:
    _tabs(app).show(tab)


def _choose(app: Application) -> str:
    """Ask for a file of this computer without blocking; those of the board open from its file list."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QFileDialog

    folder: Path = app.project.project.folder
    dialog = QFileDialog(app.window, "Open Python file", str(folder))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter("Python (*.py *.pyi);;All files (*)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: app.run_with("code.open", [path]))
    dialog.open()
    return ""
