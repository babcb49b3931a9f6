"""The project's figures as kernel-side code sees them: ``figures["Motion"]``, ``figures.new(...)``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.plot.data import Data
from engines.plot.document import FigureDocument

if TYPE_CHECKING:
    from app.conductor import Conductor


class ProjectFigures:
    """Implements ``engines.plot.requests.FigureStore``."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    def names(self) -> list[str]:
        return [figure.document.name for figure in self._conductor.figures]

    def get(self, name: str) -> FigureDocument | None:
        found = self._conductor.project.find(name, FigureDocument.suffix)
        return found if isinstance(found, FigureDocument) else None

    def active(self) -> str | None:
        return next(iter(self.names()), None)

    def new(self, name: str | None, figure: dict[str, Any]) -> FigureDocument:
        if name is not None and self.get(name) is not None:
            raise ValueError(f"there is a figure {name!r} already; use figures[{name!r}]")
        document = FigureDocument(name or self._free_name(), figure)
        self._conductor.add(document)
        return document

    def open(self, path: Path) -> FigureDocument:
        document = self._conductor.open_file(self._conductor.project.folder / path)
        if not isinstance(document, FigureDocument):
            raise ValueError(f"{path} is not a figure; figures end in {FigureDocument.suffix}")
        return document

    def remove(self, name: str) -> None:
        document = self.get(name)
        if document is not None:
            self._conductor.close_document(document)

    def data(self, document: FigureDocument) -> Data:
        known = document.name in self.names() and self._conductor.figures[document.name].document is document
        return self._conductor.figures[document.name].feed.data if known else {}

    def computed(self, document: FigureDocument) -> dict[str, Any]:
        from widgets.plot.export import figure_scene

        return figure_scene(document, self.data(document)).computed()

    def write(self, document: FigureDocument, path: Path, options: Mapping[str, Any]) -> None:
        from widgets.plot.export import export_figure

        size = (options["width"], options["height"]) if {"width", "height"} <= options.keys() else None
        target = self._conductor.project.folder / path
        export_figure(document, self.data(document), target, size, float(options.get("scale", 2.0)))

    def _free_name(self) -> str:
        taken, number = {name.casefold() for name in self.names()}, 1
        while f"figure {number}" in taken:
            number += 1
        return f"Figure {number}"
