"""A figure into a file, the format by its suffix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.plot import text_form
from engines.plot.document import FigureDocument
from engines.plot.figure_view import FigureView
from engines.plot.scene import Scene
from engines.plot.theme import LIGHT, Theme
from engines.plot.view import View
from engines.workspace.files import write_atomically
from widgets.plot import render
from widgets.plot.fonts import measure

SIZE = (1000.0, 600.0)
FORMATS = (".png", ".svg", ".pdf", ".json")


def figure_scene(
    document: FigureDocument,
    data: Mapping[str, Any],
    size: tuple[float, float] | None = None,
    theme: Theme = LIGHT,
    ratio: float = 1.0,
    looked_at: View | None = None,
) -> Scene:
    """The picture of a figure apart from any window. ``size`` in pixels; else the figure's own, else 1000 x
    600.
    ``looked_at``: ranges chosen by hand that the figure does not hold."""
    view = FigureView(document, theme)
    view.view = View(looked_at.ranges) if looked_at else View()
    view.set_data(data)
    layout = view.full.layout
    width, height = size or (layout["width"] or SIZE[0], layout["height"] or SIZE[1])
    return view.draw((float(width), float(height)), measure, ratio)


def export_figure(
    document: FigureDocument,
    data: Mapping[str, Any],
    path: Path,
    size: tuple[float, float] | None = None,
    scale: float = 2.0,
    theme: Theme = LIGHT,
    looked_at: View | None = None,
) -> None:
    """Write a figure with these data to ``.png`` (``scale`` device pixels a pixel), ``.svg``, ``.pdf``, or
    as plain Plotly
    ``.json`` without bindings.

    Raises:
        ValueError: the format is not known, or the picture too large.
        OSError: the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ValueError(
            f"{path.name}: cannot write {kind or 'a file without a suffix'}; use {', '.join(FORMATS)}"
        )
    if kind == ".json":
        write_atomically(path, text_form.write(document.to_plotly(data)))
        return
    scene = figure_scene(document, data, size, theme, scale if kind == ".png" else 2.0, looked_at)
    if kind == ".png":
        render.to_png(path, scene, scale)
    elif kind == ".svg":
        render.to_svg(path, scene)
    else:
        render.to_pdf(path, scene)
