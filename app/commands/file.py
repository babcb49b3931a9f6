"""Projects and documents: open, new, save, close."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.board_firmware import refuse_while_flashing
from app.commands.registry import CommandError, command
from app.resources import example_names
from engines.workspace.streams.recording import SUFFIX as RECORDING_SUFFIX

if TYPE_CHECKING:
    from app.application import Application
    from app.project import OpenDocument
    from engines.workspace.document import Document


@command("New notebook", menu="File", key="Ctrl+N")
def new_notebook(app: Application, name: str = "") -> str:
    """Add an empty notebook to the project; its name."""
    from engines.notebook.document import NotebookDocument

    return _add(app, NotebookDocument(app.project.free_name(name or "Notebook", NotebookDocument.suffix)))


@command("New sheet", menu="File")
def new_sheet(app: Application, name: str = "") -> str:
    """Add an empty sheet to the project; its name."""
    from engines.sheet.document import SheetDocument

    return _add(app, SheetDocument(app.project.free_name(name or "Sheet", SheetDocument.suffix)))


@command("New figure", menu="File")
def new_figure(app: Application, name: str = "") -> str:
    """Add an empty figure to the project; its name."""
    from engines.plot.document import FigureDocument

    return _add(app, FigureDocument(app.project.free_name(name or "Figure", FigureDocument.suffix)))


@command("Open project …", menu="File", key="Ctrl+Shift+O", separator=True)
def open_project(app: Application, folder: Path | None = None) -> str:
    """Open a project folder in place of the one that is open."""
    if folder is None:
        return _choose(app, "Open project", "file.open_project", folders=True)
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder")
    refuse_while_flashing(app)
    app.loop.later(0, lambda: app.open_project(folder))
    return str(folder)


@command("Open file …", menu="File", key="Ctrl+O")
def open_file(app: Application, path: Path | None = None) -> str | Future[str]:
    """Open a notebook, sheet, figure, .csv, .xlsx, .stream or .py; a folder is opened as the project."""
    if path is None:
        return _choose(app, "Open file", "file.open_file", folders=False)
    if path.is_dir():
        return open_project(app, path)
    if path.suffix == ".py" and app.window is not None:
        return app.window.panels.code.open(str(path.resolve())).name
    if path.suffix == RECORDING_SUFFIX:
        return app.project.recordings.open(path)
    app.raise_window()
    if app.project.imports(path):
        return _named(app.project.import_sheets(path))
    return app.project.open_file(path).name


@command("Open the accelerometer example", menu="File")
def open_accelerometer(app: Application) -> str:
    """Open your own copy of the accelerometer example project."""
    return open_example_project(app, "accelerometer")


@command("Open the board tour", menu="File")
def open_board_tour(app: Application) -> str:
    """Open your own copy of the example that walks through the board panel."""
    return open_example_project(app, "board-tour")


@command("Open example project")
def open_example_project(app: Application, name: str) -> str:
    """Open your own copy of an example project by its name."""
    if name not in example_names():
        raise CommandError(f"there is no example {name!r}; there are: {', '.join(example_names())}")
    from app.examples import open_example

    refuse_while_flashing(app)
    folder = open_example(name)
    app.settings.trust(folder)
    return open_project(app, folder)


@command("Trust this project and run it", menu="File")
def trust_project(app: Application) -> None:
    """Let the open project run its code: formulas, notebooks, board programs."""
    refuse_while_flashing(app)
    folder = app.project.project.folder
    if not app.settings.is_trusted(folder):
        app.settings.trust(folder)
        for board in app.project.boards:  # one connected meanwhile knows nothing of the project
            board.disconnect()
        app.project.trusted = True
        app.start_project()
        app.notices.info(f"{folder.name} runs now, and whenever it is opened again.")


@command("Save", menu="File", key="Ctrl+S", separator=True)
def save(app: Application, overwrite: bool = False) -> Future[list[str]]:
    """Save every changed document of the project; the names of those saved."""
    code = []
    if app.window is not None:
        app.window.panels.enter_edits()
        code = app.window.panels.code.save_all()
    done: Future[list[str]] = Future()

    def ended(saving: Future[list[str]]) -> None:
        error = saving.exception()
        if error is not None:
            done.set_exception(error)
            return
        saved = [*saving.result(), *code]
        app.notices.info(f"Saved {', '.join(saved)}." if saved else "Everything is saved already.")
        done.set_result(saved)

    app.project.save_all(overwrite=overwrite).add_done_callback(ended)
    return done


@command("Save, overwriting what others changed", menu="File")
def save_overwriting(app: Application) -> Future[list[str]]:
    """Save every changed document even where another program has written the file since."""
    return save(app, overwrite=True)


@command("Save a copy")
def save_copy(app: Application, name: str, path: Path) -> str:
    """Write a document, by its file name, to another file; the document itself stays as it is."""
    from engines.workspace.files import write_atomically

    write_atomically(path, _opened(app, name).document.to_text())
    return str(path)


@command("Reload from disk")
def reload(app: Application, name: str) -> None:
    """Throw away what is unsaved in a document, by its file name, and open the file as it is on disk now."""
    app.project.reload(_opened(app, name))


@command("Close document")
def close_document(app: Application, name: str) -> None:
    """Close a document by its file name; unsaved changes must be saved before."""
    opened = _opened(app, name)
    if opened.dirty:
        raise CommandError(f"{opened.path.name} has unsaved changes; save it first (file.save)")
    app.project.close_document(opened.document)


@command("Quit", menu="File", key="Ctrl+Q", separator=True)
def quit_program(app: Application) -> None:
    """Close the window; unsaved work waits for the next start."""
    refuse_while_flashing(app)
    app.loop.later(0, app.qt.quit)


def _add(app: Application, document: Document) -> str:
    return app.project.add(document).name


def _named(opening: Future[Document]) -> Future[str]:
    """The document's name, when it is open."""
    named: Future[str] = Future()

    def opened(done: Future[Document]) -> None:
        error = done.exception()
        if error is not None:
            named.set_exception(error)
        else:
            named.set_result(done.result().name)

    opening.add_done_callback(opened)
    return named


def _opened(app: Application, name: str) -> OpenDocument:
    for opened in app.project.project.documents:
        if name in (opened.path.name, opened.document.name):
            return opened
    raise CommandError(f"no document {name!r} is open")


def _choose(app: Application, title: str, name: str, *, folders: bool) -> str:
    """Ask for a path without blocking, then call the command with it."""
    from PySide6.QtWidgets import QFileDialog

    dialog = QFileDialog(app.window, title, str(app.project.project.folder))
    dialog.setFileMode(QFileDialog.FileMode.Directory if folders else QFileDialog.FileMode.ExistingFile)
    if not folders:
        dialog.setNameFilter("Documents (*.ipynb *.sheet.json *.plot.json *.csv *.xlsx *.stream *.py)")
    dialog.fileSelected.connect(lambda path: app.run_with(name, [path]))
    dialog.open()
    return ""
