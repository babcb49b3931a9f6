"""The cells of a notebook: what its keys do, for menu, palette and scripts.

Without a name the notebook in use is meant, else the first. Commands for cells act on the selected ones, or
on the one of the number ``index``, from 0. The keys shown are the notebook's own, in command mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands.notebook import cell_id, session_of
from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from widgets.notebook.actions import NotebookActions

GROUP = "notebook"


@command("Run cell and go to the next", menu="Notebook", hint="Shift+Return")
def run_and_advance(app: Application, index: int | None = None, name: str = "") -> None:
    """Run the selected cells and select the one below, which is made if need be."""
    _cells(app, name, index).run_and_advance()


@command("Run cell", menu="Notebook", hint="Ctrl+Return")
def run_in_place(app: Application, index: int | None = None, name: str = "") -> None:
    """Run the selected cells."""
    _cells(app, name, index).run_in_place()


@command("Run cell and insert one below", menu="Notebook", hint="Alt+Return")
def run_and_insert(app: Application, index: int | None = None, name: str = "") -> None:
    """Run the selected cells and edit a new one below."""
    _cells(app, name, index).run_and_insert()


@command("Run the cells above", menu="Notebook")
def run_above(app: Application, index: int | None = None, name: str = "") -> None:
    """Run every cell before the selected one."""
    _cells(app, name, index).run_above()


@command("Run this cell and those below", menu="Notebook")
def run_below(app: Application, index: int | None = None, name: str = "") -> None:
    """Run the selected cell and every one after it."""
    _cells(app, name, index).run_below()


@command("Insert a cell above", menu="Notebook", hint="A", separator=True)
def insert_above(app: Application, index: int | None = None, name: str = "") -> None:
    """Put an empty cell before the selected one."""
    _cells(app, name, index).insert_above()


@command("Insert a cell below", menu="Notebook", hint="B")
def insert_below(app: Application, index: int | None = None, name: str = "") -> None:
    """Put an empty cell after the selected one."""
    _cells(app, name, index).insert_below()


@command("Cut cells", menu="Notebook", hint="X")
def cut(app: Application, index: int | None = None, name: str = "") -> None:
    """Move the selected cells to the clipboard."""
    _cells(app, name, index).cut()


@command("Copy cells", menu="Notebook", hint="C")
def copy(app: Application, index: int | None = None, name: str = "") -> None:
    """Copy the selected cells to the clipboard."""
    _cells(app, name, index).copy()


@command("Paste cells below", menu="Notebook", hint="V")
def paste_below(app: Application, index: int | None = None, name: str = "") -> None:
    """Put the clipboard's cells after the selected ones; text becomes a cell."""
    _cells(app, name, index).paste_below()


@command("Paste cells above", menu="Notebook", hint="Shift+V")
def paste_above(app: Application, index: int | None = None, name: str = "") -> None:
    """Put the clipboard's cells before the selected ones; text becomes a cell."""
    _cells(app, name, index).paste_above()


@command("Delete cells", menu="Notebook", hint="D D")
def delete(app: Application, index: int | None = None, name: str = "") -> None:
    """Take the selected cells out; undo brings them back."""
    _cells(app, name, index).delete()


@command("Move cells up", menu="Notebook", hint="Ctrl+Shift+Up")
def move_up(app: Application, index: int | None = None, name: str = "") -> None:
    """Move the selected cells before the one above."""
    _cells(app, name, index).move_up()


@command("Move cells down", menu="Notebook", hint="Ctrl+Shift+Down")
def move_down(app: Application, index: int | None = None, name: str = "") -> None:
    """Move the selected cells after the one below."""
    _cells(app, name, index).move_down()


@command("Split the cell at the cursor", menu="Notebook", hint="Ctrl+Shift+-")
def split(app: Application, index: int | None = None, name: str = "") -> None:
    """Make two cells of one, where its text cursor is."""
    _cells(app, name, index).split()


@command("Merge cells", menu="Notebook", hint="Shift+M")
def merge(app: Application, index: int | None = None, name: str = "") -> None:
    """Make one cell of the selected ones, or of one and the one below."""
    _cells(app, name, index).merge()


@command("Change to text", menu="Notebook", hint="M", separator=True)
def make_markdown(app: Application, index: int | None = None, name: str = "") -> None:
    """Make the selected cells Markdown."""
    _cells(app, name, index).make_markdown()


@command("Change to code", menu="Notebook", hint="Y")
def make_code(app: Application, index: int | None = None, name: str = "") -> None:
    """Make the selected cells Python."""
    _cells(app, name, index).make_code()


@command("Change to raw", menu="Notebook", hint="R")
def make_raw(app: Application, index: int | None = None, name: str = "") -> None:
    """Make the selected cells raw: kept as they are, neither run nor shown as text."""
    _cells(app, name, index).make_raw()


@command("Hide or show the output", menu="Notebook", hint="O", separator=True)
def toggle_output(app: Application, index: int | None = None, name: str = "") -> None:
    """Hide the outputs of the selected cells, or show them again."""
    _cells(app, name, index).toggle_output()


@command("Clear the output", menu="Notebook")
def clear_output(app: Application, index: int | None = None, name: str = "") -> None:
    """Take the outputs of the selected cells away."""
    _cells(app, name, index).clear_output()


@command("Clear all outputs", menu="Notebook")
def clear_all_outputs(app: Application, name: str = "") -> None:
    """Take the outputs of all cells away."""
    _cells(app, name).clear_all_outputs()


@command("Line numbers", menu="Notebook", hint="L")
def toggle_line_numbers(app: Application, name: str = "") -> None:
    """Show line numbers in every cell, or hide them."""
    _cells(app, name).toggle_line_numbers()


@command("Find in the notebook", menu="Notebook", hint="Ctrl+F")
def find(app: Application, name: str = "") -> None:
    """Open the line for finding text."""
    _cells(app, name).find()


@command("Edit cell", hint="Return")
def edit_cell(app: Application, index: int | None = None, name: str = "") -> None:
    """Put the text cursor into the selected cell."""
    _cells(app, name, index).edit_cell()


@command("Leave the cell (command mode)", hint="Esc")
def leave_cell(app: Application, name: str = "") -> None:
    """End the editing of a cell: keys are commands again."""
    _cells(app, name).leave_cell()


@command("Select the cell above", hint="K")
def select_previous(app: Application, name: str = "") -> None:
    """Select the cell above the selected one."""
    _cells(app, name).select_previous()


@command("Select the cell below", hint="J")
def select_next(app: Application, name: str = "") -> None:
    """Select the cell below the selected one."""
    _cells(app, name).select_next()


@command("Extend the selection up", hint="Shift+K")
def extend_up(app: Application, name: str = "") -> None:
    """Select the cell above, too."""
    _cells(app, name).extend_up()


@command("Extend the selection down", hint="Shift+J")
def extend_down(app: Application, name: str = "") -> None:
    """Select the cell below, too."""
    _cells(app, name).extend_down()


@command("Go to the first cell", hint="Home")
def select_first(app: Application, name: str = "") -> None:
    """Select the notebook's first cell."""
    _cells(app, name).select_first()


@command("Go to the last cell", hint="End")
def select_last(app: Application, name: str = "") -> None:
    """Select the notebook's last cell."""
    _cells(app, name).select_last()


@command("Select all cells", hint="Ctrl+A")
def select_all(app: Application, name: str = "") -> None:
    """Select every cell of the notebook."""
    _cells(app, name).select_all()


def _cells(app: Application, name: str, index: int | None = None) -> NotebookActions:
    """What acts on the selected cells of a notebook, or on the one of a number."""
    session = session_of(app, name)
    if app.window is None:
        raise CommandError("no window is open")
    view = app.window.panels.notebook(session.document).view
    if index is not None:
        view.select(cell_id(session, index))
    actions: NotebookActions = view.commands
    return actions
