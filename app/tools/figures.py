"""The figures: their data feeds, their traces in the graph, and kernel-side code's questions about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from app.expression_reads import expression_reads, reads_only
from app.stage import Stage
from app.tools.figure_feed import FigureFeed
from engines.plot.bindings import expressions
from engines.plot.document import FigureDocument
from engines.workspace.events import Event
from engines.workspace.graph import Kind, Node, Readable

ALWAYS_PRESENT = ("sheets", "streams")


@dataclass
class OpenFigure:
    """A figure that is open, with its feed. ``redraw`` says that ``feed.data`` is newer than the picture."""

    document: FigureDocument
    feed: FigureFeed
    redraw: Event[None]
    close: Callable[[], None]


class Figures:
    """All open figures, by name."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._open: dict[str, OpenFigure] = {}
        stage.changed.connect(self._values_changed)
        stage.streams.changed.connect(lambda names: stage.loop.deliver(self._streams_changed))

    def __iter__(self) -> Iterator[OpenFigure]:
        return iter(self._open.values())

    def __getitem__(self, name: str) -> OpenFigure:
        return self._open[name]

    def add(self, document: FigureDocument) -> OpenFigure:
        redraw: Event[None] = Event()
        feed = FigureFeed(document, self._stage, partial(redraw.emit, None), self._is_beside)
        disconnect = document.changed.connect(lambda change: self._document_changed(document.name))
        self._open[document.name] = OpenFigure(document, feed, redraw, disconnect)
        self._enter(document)
        return self._open[document.name]

    def remove(self, document: FigureDocument) -> None:
        self._open.pop(document.name).close()
        self._leave(document)

    def kernel_ready(self) -> None:
        """A new kernel: everything it evaluates for us is asked again."""
        for figure in self._open.values():
            figure.feed.rebuild()

    def _document_changed(self, name: str) -> None:
        figure = self._open[name]
        figure.feed.rebuild()
        self._enter(figure.document)
        figure.redraw.emit(None)

    def _streams_changed(self) -> None:
        for figure in self._open.values():
            figure.feed.streams_changed()

    def _values_changed(self, changed: frozenset[Readable]) -> None:
        readers = {reader for each in changed for reader in self._stage.graph.readers(each)}
        touched = {reader.key for reader in readers if reader.kind is Kind.TRACE}
        for name, figure in self._open.items():
            if any(key.startswith(f"{name}[") for key in touched):
                figure.feed.mark(
                    {
                        text
                        for (index, _), text in expressions(figure.document.figure).items()
                        if f"{name}[{index}]" in touched
                    }
                )

    def _is_beside(self, expression: str) -> bool:
        return reads_only(expression_reads(expression), (*ALWAYS_PRESENT, *self._stage.streams.names()))

    def _enter(self, document: FigureDocument) -> None:
        """The figure's traces as nodes of the graph."""
        self._leave(document)
        reads: dict[int, set[Readable]] = {}
        for (index, _), text in expressions(document.figure).items():
            reads.setdefault(index, set()).update(expression_reads(text))
        for index, each in reads.items():
            self._stage.graph.set_node(Node(Kind.TRACE, f"{document.name}[{index}]"), each)

    def _leave(self, document: FigureDocument) -> None:
        prefix = f"{document.name}["
        old = [node for node in self._stage.graph.nodes(Kind.TRACE) if node.key.startswith(prefix)]
        for node in old:
            self._stage.graph.remove(node)
