"""Projects and documents: open, new, save, close."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.board import then
from app.commands.board_firmware import refuse_while_flashing
from app.commands.registry import CommandError, command
from app.resources import example_names
from engines.workspace.names import check_name
from engines.workspace.streams.recording import SUFFIX as RECORDING_SUFFIX

if TYPE_CHECKING:
    from app.application import Application
    from app.project import OpenDocument
    from engines.workspace.document import Document


@command("New notebook …", menu="File", key="Ctrl+N", ask=("name",))
def new_notebook(app: Application, name: str = "") -> str:
    """Add an empty notebook to the project; its name."""
    from engines.notebook.document import NotebookDocument

    return _add(app, NotebookDocument(app.project.free_name(name or "Notebook", NotebookDocument.suffix)))


@command("New sheet …", menu="File", ask=("name",))
def new_sheet(app: Application, name: str = "") -> str:
    """Add an empty sheet to the project; its name."""
    from engines.sheet.document import SheetDocument

    return _add(app, SheetDocument(app.project.free_name(name or "Sheet", SheetDocument.suffix)))


@command("New figure …", menu="File", ask=("name",))
def new_figure(app: Application, name: str = "") -> str:
    """Add an empty figure to the project; its name."""
    from engines.plot.document import FigureDocument

    return _add(app, FigureDocument(app.project.free_name(name or "Figure", FigureDocument.suffix)))


@command("New project …", menu="File", separator=True)
def new_project(app: Application, folder: Path | None = None) -> str:
    """Make a folder with an empty notebook in it and open it as the project, trusted."""
    if folder is None:
        return _choose_new_folder(app)
    from app.new_project import make_project

    app.settings.trust(make_project(folder))
    return open_project(app, folder)


@command("Open project …", menu="File", key="Ctrl+Shift+O")
def open_project(app: Application, folder: Path | None = None) -> str:
    """Open a project folder in place of the one that is open."""
    if folder is None:
        return _choose(app, "Open project", "file.open_project", folders=True)
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder")
    refuse_while_flashing(app)
    if app.window is not None and app.window.folder == folder.resolve():
        app.raise_window()
        return str(folder)
    app.loop.later(0, lambda: app.open_project(folder))
    return str(folder)


@command("Open recent", menu="File")
def open_recent(app: Application, folder: Path) -> str:
    """Open one of the last ten projects."""
    return open_project(app, folder)


@command("Open file …", menu="File", key="Ctrl+O")
def open_file(app: Application, path: Path | None = None) -> str | Future[Any]:
    """Open a notebook, sheet, figure, .csv, .xlsx, .stream or .py; a folder is opened as the project."""
    if path is None:
        return _choose(app, "Open file", "file.open_file", folders=False)
    if path.is_dir():
        return open_project(app, path)
    if app.window is not None and not app.window.is_filled:
        return app.when_filled(lambda: open_file(app, path))
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


@command("Save a copy …", menu="File")
def save_copy(app: Application, name: str, path: Path) -> str:
    """Write a document, by its file name, to another file; the document itself stays as it is."""
    from engines.workspace.files import write_atomically

    write_atomically(path, _opened(app, name).document.to_text())
    return str(path)


@command("Reload from disk …", menu="File", separator=True)
def reload(app: Application, name: str) -> None:
    """Throw away what is unsaved in a document, by its file name, and open the file as it is on disk now."""
    app.project.reload(_opened(app, name))


@command("Rename document …", menu="File")
def rename_document(app: Application, name: str, new: str) -> Future[str]:
    """Give a document, by its file name, and its file another name; all is saved first. The file name."""
    opened = _opened(app, name)
    suffix = opened.document.suffix
    try:
        stem = check_name(new.removesuffix(suffix))
    except ValueError as error:
        raise CommandError(str(error)) from error
    target = opened.path.with_name(f"{stem}{suffix}")
    if target.exists() or app.project.project.find(stem, suffix):
        raise CommandError(f"there is a {target.name} already; take another name")
    if any(session.document is opened.document and session.busy for session in app.project.notebooks):
        raise CommandError(f"{opened.path.name} is running; interrupt it or wait")

    def rename(saved: list[str]) -> str:
        app.project.close_document(opened.document)
        opened.path.rename(target)
        app.project.open_file(target)
        return target.name

    return then(app.project.save_all(), rename)


@command("Close document …", menu="File")
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


def _choose_new_folder(app: Application) -> str:
    from PySide6.QtWidgets import QFileDialog

    dialog = QFileDialog(app.window, "New project", str(app.project.project.folder.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setLabelText(QFileDialog.DialogLabel.FileName, "Name of the folder")
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Make it")
    dialog.fileSelected.connect(lambda path: app.run_with("file.new_project", [path]))
    dialog.open()
    return ""


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
