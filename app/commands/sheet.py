"""The sheets: edit, read, recalculate, export. Without a name the one in use is meant, else the first."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.sheet.session import SheetSession
    from widgets.sheet.view import SheetView


@command("Go to cell …", menu="Sheet")
def go_to(app: Application, cells: str, name: str = "") -> None:
    """Select a cell, a range or columns: B2, A1:C9, B:B."""
    view = _view(app, name)
    _select(view, cells)
    view.setFocus()


@command("Clear cells", menu="Sheet", hint="Del", separator=True)
def clear(app: Application, cells: str = "", name: str = "") -> None:
    """Empty the selected cells, or those given."""
    _act(app, "clear", cells, name)


@command("Fill down", menu="Sheet", hint="Ctrl+D")
def fill_down(app: Application, cells: str = "", name: str = "") -> None:
    """Copy the first row of the selected cells, or of those given, down; references move along."""
    _act(app, "fill_down", cells, name)


@command("Fill right", menu="Sheet", hint="Ctrl+R")
def fill_right(app: Application, cells: str = "", name: str = "") -> None:
    """Copy the first column of the selected cells, or of those given, to the right."""
    _act(app, "fill_right", cells, name)


@command("Cut cells of the sheet", hint="Ctrl+X")
def cut(app: Application, cells: str = "", name: str = "") -> None:
    """Take the selected cells, or those given, to the clipboard; they move when they are pasted."""
    _act(app, "cut", cells, name)


@command("Copy cells of the sheet", hint="Ctrl+C")
def copy(app: Application, cells: str = "", name: str = "") -> None:
    """Copy the selected cells, or those given, to the clipboard."""
    _act(app, "copy", cells, name)


@command("Paste into the sheet", hint="Ctrl+V")
def paste(app: Application, cells: str = "", name: str = "") -> None:
    """Put the clipboard's content into the selected cells, or those given."""
    _act(app, "paste", cells, name)


@command("Edit cell of the sheet", hint="F2")
def edit_cell(app: Application, cells: str = "", name: str = "") -> None:
    """Put the text cursor into the selected cell, or the one given."""
    _act(app, "edit", cells, name)


@command("Recalculate", menu="Sheet", key="F9", separator=True)
def recalculate(app: Application, name: str = "") -> None:
    """Compute every formula again, interrupted ones too."""
    _session(app, name).recalculate()


@command("Export all sheets as .xlsx", menu="Sheet", separator=True)
def export(app: Application, path: Path | None = None) -> Future[str]:
    """Write all sheets with their values as one .xlsx, or a single sheet as .csv."""
    from app.background import tell_if_slow
    from app.export import export_sheets

    target = path or app.project.project.folder / f"{app.project.project.folder.name}.xlsx"
    done: Future[str] = Future()
    be_quiet = tell_if_slow(app.loop, app.notices, f"Writing {target.name} …")

    def ended(problem: Exception | None) -> None:
        be_quiet()
        if problem is not None:
            done.set_exception(problem)
            return
        app.notices.info(f"Wrote {target}.")
        done.set_result(str(target))

    export_sheets(list(app.project.sheets), target, ended, app.project.background)
    return done


@command("Set a cell")
def set_cell(app: Application, cell: str, text: str, name: str = "") -> None:
    """Enter text into a cell as if typed."""
    _session(app, name).document.edit({_cell(cell): text})


@command("Show a cell")
def cell(app: Application, cell: str, name: str = "") -> Future[dict[str, Any]]:
    """What a cell shows, and how: formula, value, error and traceback."""
    session = _session(app, name)
    place = _cell(cell)
    shown = session.shown(*place)
    done: Future[dict[str, Any]] = Future()
    about = {"text": session.document.text(*place), "shown": shown.text, "kind": shown.kind}
    session.explain(place, lambda explained: done.set_result({**about, "explained": explained}))
    return done


@command("Show what cells show")
def shown(app: Application, cells: str, name: str = "") -> list[list[str]]:
    """The displayed texts of a range, row by row, as far as they are on the screen."""
    from engines.sheet.references import parse_reference

    session = _session(app, name)
    reference = parse_reference(cells)
    if reference is None:
        raise CommandError(f"{cells!r} is not a range of cells")
    left, top, right, bottom = reference.rect
    rows, columns = range(top, bottom + 1), range(left, right + 1)
    return [[session.shown(column, row).text for column in columns] for row in rows]


def _session(app: Application, name: str) -> SheetSession:
    for session in sorted(app.project.sheets, key=lambda each: not app.has_focus(each.document)):
        if not name or session.name.casefold() == name.casefold():
            return session
    raise CommandError(f"no sheet {name!r} is open" if name else "no sheet is open")


def _view(app: Application, name: str) -> SheetView:
    if app.window is None:
        raise CommandError("no window is open")
    return app.window.panels.sheet(_session(app, name).document).view


def _act(app: Application, what: str, cells: str, name: str) -> None:
    from widgets.sheet.keys import Action

    view = _view(app, name)
    if cells:
        _select(view, cells)
    view.act(Action(what))


def _select(view: SheetView, cells: str) -> None:
    if not view.go_to(cells):
        raise CommandError(f"{cells!r} is no place of this sheet: write B2, A1:C9 or B:B")


def _cell(text: str) -> tuple[int, int]:
    from engines.sheet.references import parse_reference

    reference = parse_reference(text)
    if reference is None or not reference.single:
        raise CommandError(f"{text!r} is not a cell")
    return reference.rect[:2]
