"""The notebooks: run, edit, export. Without a name the one in use is meant, else the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.notebook.session import NotebookSession


@command("Run all cells", menu="Notebook", key="Ctrl+F9", separator=True)
def run_all(app: Application, name: str = "") -> None:
    """Run every cell of the notebook, stopping at the first error."""
    session_of(app, name).run_all()


@command("Run stale cells", menu="Notebook", key="Shift+F9")
def run_stale(app: Application, name: str = "") -> None:
    """Run the cells whose inputs have changed since they ran."""
    session_of(app, name).run_stale()


@command("Export notebook as HTML", menu="Notebook", separator=True)
def export(app: Application, path: Path | None = None, name: str = "") -> str:
    """Write the notebook as .html, .md, .py or .ipynb (by the path's ending; default: HTML beside it)."""
    from app.export import export_notebook

    session = session_of(app, name)
    session.collect_all()
    target = path or app.project.project.folder / f"{session.document.name}.html"
    export_notebook(session.document, target)
    app.notices.info(f"Wrote {target}.")
    return str(target)


@command("Run a cell by its number")
def run_cell(app: Application, index: int, name: str = "") -> None:
    """Run one cell by its number, from 0."""
    session = session_of(app, name)
    session.run([cell_id(session, index)])


@command("Set cell source")
def set_source(app: Application, index: int, source: str, name: str = "") -> None:
    """Replace the text of a cell by its number, from 0."""
    session = session_of(app, name)
    session.document.edit(cell_id(session, index), source)


@command("Show cells")
def cells(app: Application, name: str = "") -> list[dict[str, Any]]:
    """Every cell with its source, state and outputs."""
    session = session_of(app, name)
    session.collect_all()
    return [
        {
            "id": cell.id,
            "kind": cell.kind.value,
            "source": cell.source,
            "state": session.state(cell.id).value,
            "count": cell.execution_count,
            "outputs": list(cell.outputs),
        }
        for cell in session.document.cells
    ]


def session_of(app: Application, name: str) -> NotebookSession:
    """The notebook of that name; without one that in use, else the first."""
    for session in sorted(app.project.notebooks, key=lambda each: not app.has_focus(each.document)):
        if not name or session.document.name == name:
            return session
    raise CommandError(f"no notebook {name!r} is open" if name else "no notebook is open")


def cell_id(session: NotebookSession, index: int) -> str:
    """The cell of a number, from 0."""
    cells = session.document.cells
    if not 0 <= index < len(cells):
        raise CommandError(f"{session.document.name} has cells 0 to {len(cells) - 1}, not {index}")
    return cells[index].id
