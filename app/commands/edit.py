"""Undo and redo in the document that has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands.registry import CommandError, NothingToDo, command

if TYPE_CHECKING:
    from app.application import Application
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
