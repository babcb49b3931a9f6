"""The figures: export, follow. Without a name the one in use is meant, else the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from app.tools.figures import OpenFigure


@command("Export figure …", menu="Plot", key="Ctrl+E")
def export(app: Application, path: Path | None = None, name: str = "") -> str:
    """Write the figure as .png, .svg, .pdf or .json, by the path's ending."""
    figure = _figure(app, name)
    if path is None:
        panel = app.window.panels.figure(figure.document) if app.window else None
        if panel is not None:
            panel.choose_export()
        return ""
    from widgets.plot.export import export_figure

    export_figure(figure.document, figure.feed.data, path)
    app.notices.info(f"Wrote {path}.")
    return str(path)


@command("Follow the newest data", menu="Plot")
def follow(app: Application, name: str = "") -> None:
    """Let a live figure scroll again after it was moved by hand."""
    figure = _figure(app, name)
    panel = app.window.panels.figure(figure.document) if app.window else None
    if panel is not None:
        panel.set_following(True)


@command("Show figure")
def show(app: Application, name: str = "") -> dict[str, Any]:
    """The figure as Plotly's JSON, with its bindings."""
    return _figure(app, name).document.figure


def _figure(app: Application, name: str) -> OpenFigure:
    for figure in sorted(app.project.figures, key=lambda each: not app.has_focus(each.document)):
        if not name or figure.document.name == name:
            return figure
    raise CommandError(f"no figure {name!r} is open" if name else "no figure is open")
