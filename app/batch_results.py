"""What a run without a window leaves behind: pictures, notebooks, ``summary.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.conductor import Conductor
from app.export import export_notebook
from app.state import stream_state
from engines.plot.data import Unavailable
from engines.workspace.files import write_atomically
from widgets.plot.export import export_figure


def export_figures(conductor: Conductor, out: Path) -> Iterator[str]:
    """Write every figure as .png and .svg; what went wrong, a sentence each."""
    figures = list(conductor.figures)
    for figure, stem in zip(figures, file_stems(each.document.name for each in figures), strict=True):
        for expression, column in sorted(figure.feed.data.items(), key=lambda item: item[0]):
            if isinstance(column, Unavailable):
                yield f"{figure.document.name}: {expression} has no values: {column.reason}"
        try:
            for kind in (".png", ".svg"):
                export_figure(figure.document, figure.feed.data, out / f"{stem}{kind}")
        except (OSError, ValueError) as error:
            yield f"{figure.document.name} could not be exported: {error}"


def file_stems(names: Iterable[str]) -> list[str]:
    """File names without ending: small letters, no spaces, no two alike."""
    stems: list[str] = []
    for name in names:
        wanted = stem = name.lower().replace(" ", "-")
        number = 1
        while stem in stems:
            number += 1
            stem = f"{wanted}-{number}"
        stems.append(stem)
    return stems


def export_notebooks(conductor: Conductor, out: Path) -> Iterator[str]:
    """Write every notebook as .html and .ipynb; what went wrong, a sentence each."""
    for session in conductor.notebooks:
        session.collect_all()
        try:
            for kind in (".html", ".ipynb"):
                export_notebook(session.document, out / f"{session.document.name}{kind}")
        except (OSError, ValueError) as error:
            yield f"{session.document.name} could not be exported: {error}"


def summary(conductor: Conductor, seconds: float, errors: list[str]) -> dict[str, Any]:
    """The run as plain data."""
    streams = {name: stream_state(conductor, name) for name in conductor.streams.names()}
    return {
        "project": conductor.project.folder.name,
        "seconds": round(seconds, 3),
        "samples": sum(stream["samples"] for stream in streams.values()),
        "lost": sum(stream["lost"] for stream in streams.values()),
        "streams": streams,
        "cells_run": conductor.notebooks.cells_run,
        "cells_failed": conductor.notebooks.cells_failed,
        "formulas_computed": conductor.sheets.computed,
        "formulas_with_errors": conductor.sheets.errors,
        "errors": errors,
    }


def write_summary(told: dict[str, Any], out: Path) -> str:
    """Write ``summary.json``; the problem in one sentence, or ''."""
    try:
        write_atomically(out / "summary.json", json.dumps(told, indent=1) + "\n")
    except OSError as error:
        return f"{out / 'summary.json'} cannot be written: {error.strerror}"
    return ""
