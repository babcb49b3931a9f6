"""The notebooks: sessions, cells in the graph, and stale marks when what a cell read has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from app.expression_reads import SHEET_NAMES, sheet_reads
from app.stage import Stage
from engines.notebook.document import NotebookDocument
from engines.notebook.session import NotebookSession
from engines.notebook.session_events import CellFinished, RunStopped, SessionEvent
from engines.workspace.graph import Kind, Node, Readable, name_node


class Notebooks:
    """All open notebooks. ``sheet_names`` names the sheets there are, for cells that read ``sheets[...]``."""

    def __init__(self, stage: Stage, spill_folder: Path, sheet_names: Callable[[], Iterable[str]]) -> None:
        self._stage = stage
        self._sheet_names = sheet_names
        self._spill_folder = spill_folder
        self._open: dict[str, NotebookSession] = {}
        self.cells_run = 0
        self.cells_failed = 0
        stage.changed.connect(self._values_changed)

    def __iter__(self) -> Iterator[NotebookSession]:
        return iter(self._open.values())

    def __getitem__(self, name: str) -> NotebookSession:
        return self._open[name]

    def add(self, document: NotebookDocument) -> NotebookSession:
        session = NotebookSession(
            document, self._stage.kernel, spill_folder=self._spill_folder / document.name
        )
        self._open[document.name] = session
        session.events.connect(partial(self._session_event, session))
        return session

    def remove(self, document: NotebookDocument) -> None:
        session = self._open.pop(document.name)
        session.close()
        for node in self._nodes(session):
            self._stage.graph.remove(node)

    def kernel_died(self) -> None:
        for session in self._open.values():
            session.kernel_died()

    def kernel_restarted(self) -> None:
        for session in self._open.values():
            session.kernel_restarted()

    @property
    def busy(self) -> bool:
        return any(session.busy for session in self._open.values())

    def _session_event(self, session: NotebookSession, event: SessionEvent) -> None:
        if isinstance(event, RunStopped):
            self._stage.notices.warn(f"{session.document.name}: {event.message}")
        if not isinstance(event, CellFinished):
            return
        executed = event.executed
        self.cells_run += 1
        self.cells_failed += executed.status != "ok"
        reads: set[Readable] = {name_node(name) for name in executed.reads}
        if SHEET_NAMES.intersection(executed.reads):
            reads |= sheet_reads(event.source, self._sheet_names())
        defines = {name_node(name) for name in executed.changed}
        self._stage.graph.set_node(_node(session, event.cell_id), reads - defines, defines)

    def _values_changed(self, changed: frozenset[Readable]) -> None:
        running = [
            _node(session, session.running_cell) for session in self._open.values() if session.running_cell
        ]
        affected = self._stage.graph.affected_by(changed, besides=running)
        keys = [node.key for node in affected if node.kind is Kind.CELL]
        for session in self._open.values():
            self._mark_stale(session, keys)

    def _mark_stale(self, session: NotebookSession, keys: Iterable[str]) -> None:
        prefix = f"{session.document.name}#"
        ids = [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]
        session.mark_stale([each for each in ids if each in session.document])

    def _nodes(self, session: NotebookSession) -> list[Node]:
        prefix = f"{session.document.name}#"
        return [node for node in self._stage.graph.nodes(Kind.CELL) if node.key.startswith(prefix)]


def _node(session: NotebookSession, cell_id: str) -> Node:
    return Node(Kind.CELL, f"{session.document.name}#{cell_id}")
