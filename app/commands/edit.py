"""Undo, redo and the clipboard in what has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands.registry import CommandError, NothingToDo, command

if TYPE_CHECKING:
    from app.application import Application
    from app.panels import Panels
    from engines.workspace.document import Document
    from widgets.board.code_tab import CodeTab


@command("Undo", menu="Edit", key="Ctrl+Z")
def undo(app: Application, document: str = "") -> str:
    """Take the last change back, in the named document or the one in use; what it was."""
    target = _target(app, document)
    label = target.history.undo()
    if label is None:
        raise NothingToDo(f"{target.name}: there is nothing to undo")
    return label


@command("Redo", menu="Edit", key="Ctrl+Shift+Z")
def redo(app: Application, document: str = "") -> str:
    """Do again what was undone last."""
    target = _target(app, document)
    label = target.history.redo()
    if label is None:
        raise NothingToDo(f"{target.name}: there is nothing to redo")
    return label


@command("Cut", menu="Edit", hint="Ctrl+X", separator=True)
def cut(app: Application) -> None:
    """Move what is selected to the clipboard: cells of the sheet or notebook in use, or text."""
    _clip(app, "cut")


@command("Copy", menu="Edit", hint="Ctrl+C")
def copy(app: Application) -> None:
    """Copy what is selected to the clipboard."""
    _clip(app, "copy")


@command("Paste", menu="Edit", hint="Ctrl+V")
def paste(app: Application) -> None:
    """Put the clipboard's content where the keyboard is."""
    _clip(app, "paste")


@command("Select all", menu="Edit", hint="Ctrl+A")
def select_all(app: Application) -> None:
    """Select all cells of the sheet or notebook in use, or all of the text."""
    _clip(app, "select_all")


TEXT_METHODS = {"cut": "cut", "copy": "copy", "paste": "paste", "select_all": "selectAll"}
"""Qt's names, which all of its text widgets have."""


def _clip(app: Application, what: str) -> None:
    from engines.notebook.document import NotebookDocument
    from engines.sheet.document import SheetDocument

    panels = _panels(app)
    document, focus = panels.focused_document(), panels.focus()
    method = getattr(focus, TEXT_METHODS[what], None)
    if isinstance(document, SheetDocument) and focus is panels.sheet(document).view:
        from widgets.sheet.keys import Action

        panels.sheet(document).view.act(Action(what))
    elif isinstance(document, NotebookDocument) and panels.notebook(document).view.in_command_mode:
        cells = panels.notebook(document).view.commands
        getattr(cells, "paste_below" if what == "paste" else what)()
    elif method is not None:
        method()
    else:
        raise NothingToDo("There is nothing here to cut, copy or paste: click into a cell or a text")


def _panels(app: Application) -> Panels:
    if app.window is None:
        raise CommandError("no window is open")
    return app.window.panels


def _target(app: Application, name: str) -> Document | CodeTab:
    documents = [opened.document for opened in app.project.project.documents]
    if name:
        for each in documents:
            if name in (each.name, f"{each.name}{each.suffix}"):
                return each
        raise CommandError(f"no document {name!r} is open")
    code = app.window.panels.code.focused() if app.window else None
    if code is not None:
        return code
    current = app.window.panels.focused_document() if app.window else None
    if current is None:
        raise NothingToDo("Undo and redo work in a sheet, a notebook or a figure: click into one")
    return current
