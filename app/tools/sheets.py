"""The sheets: sessions, formulas in the graph, recalculation when names and streams change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from app.endless_formulas import EndlessFormulas
from app.expression_reads import STREAMS, region
from app.stage import Stage
from engines.sheet.document import SheetDocument
from engines.sheet.formula import analyse, is_formula
from engines.sheet.open_sheets import FORMULA_SECONDS, Calculated, OpenSheets
from engines.sheet.operations import SheetChange
from engines.sheet.references import Cell, Rect, cell_name
from engines.sheet.session import SheetSession
from engines.workspace.events import Event
from engines.workspace.graph import Kind, Node, Readable, name_node
from engines.workspace.kernel_client import KernelState

STREAM_SECONDS = 0.07


class Sheets:
    """All open sheets. ``created`` tells of documents that a script made (``sheets.new``).

    ``memory`` is the folder in which formulas that never end are remembered.
    """

    def __init__(self, stage: Stage, memory: Path) -> None:
        self._stage = stage
        self._endless = EndlessFormulas(memory)
        self._sheets = OpenSheets(
            stage.kernel, stage.loop.later, busy=self._is_kernel_busy, running=stage.kernel.process.running
        )
        self._listening: dict[int, Callable[[], None]] = {}
        self.created: Event[SheetDocument] = Event()
        self.removed: Event[SheetDocument] = Event()
        self._grown: set[str] = set()
        self.computed = 0
        self.errors = 0
        self._sheets.calculated.connect(self._calculated)
        self._sheets.over_budget.connect(lambda seconds: stage.kernel.interrupt())
        self._sheets.live_over_budget.connect(lambda seconds: stage.kernel.stop_live())
        self._sheets.interrupted.connect(self._was_interrupted)
        self._sheets.endless.connect(self._is_endless)
        self._sheets.endless_changed.connect(lambda nothing: self._endless.keep(self._sheets.sessions))
        self._sheets.failed.connect(stage.notices.warn)
        self._sheets.opened.connect(self._script_made)
        self._sheets.closed.connect(self._script_removed)
        stage.changed.connect(self._values_changed)

    def __iter__(self) -> Iterator[SheetSession]:
        return iter(self._sheets.sessions)

    def __getitem__(self, name: str) -> SheetSession:
        session = self._sheets.session(name)
        if session is None:
            raise KeyError(f"no sheet {name!r} is open")
        return session

    @property
    def idle(self) -> bool:
        """Whether everything that is known to have changed is computed."""
        return self._sheets.idle and not self._grown

    def add(self, document: SheetDocument) -> SheetSession:
        session = self._sheets.session(document.name)
        if session is None or session.document is not document:
            session = self._sheets.open(document, self._endless.known(document))
        self._enter(document, [cell for cell, text in document.texts.items() if is_formula(text)])
        self._listening[id(document)] = document.changed.connect(partial(self._document_changed, document))
        return session

    def remove(self, document: SheetDocument) -> None:
        self._listening.pop(id(document), lambda: None)()
        session = self._sheets.session(document.name)
        if session is not None and session.document is document:
            self._sheets.close(session)
        prefix = f"{document.name}!"
        for node in [each for each in self._stage.graph.nodes(Kind.FORMULA) if each.key.startswith(prefix)]:
            self._stage.graph.remove(node)

    def kernel_ready(self) -> None:
        self._sheets.kernel_ready()

    def kernel_lost(self) -> None:
        """It is being restarted: last values stay, as stale."""
        self._sheets.kernel_lost()

    def kernel_died(self) -> str:
        """In words, the formula that the kernel died in, and that it is left out; '' where it was in none."""
        address = self._sheets.kernel_died()
        if not address:
            return ""
        left_out = ", which is left out from now on; edit it or press F9 in its sheet to run it again"
        return f" while it computed {address}{left_out if self._sheets.is_left_out(address) else ''}"

    def hangs_in(self, address: str) -> None:
        """No interrupt ends this formula: a new kernel will leave it out."""
        self._sheets.leave_out(address)

    def kernel_event(self, event: str, data: dict[str, Any]) -> None:
        self._sheets.kernel_event(event, data)

    def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``sheet.undo`` and ``sheet.redo`` of scripts. Raises LookupError."""
        return self._sheets.answer(verb, arguments)

    def _values_changed(self, changed: frozenset[Readable]) -> None:
        """Names (streams too) that some formula reads: one recalculation for all of them."""
        names = {
            each.key
            for each in changed
            if isinstance(each, Node)
            and any(reader.kind is Kind.FORMULA for reader in self._stage.graph.readers(each))
        }
        if not self._sheets.connected:
            return
        streams = names.intersection((STREAMS, *self._stage.streams.names()))
        if streams:
            self._follow_streams(streams)
        if others := names - streams:
            self._sheets.names_changed(others)

    def _follow_streams(self, names: set[str]) -> None:
        """Streams grow 33 times a second; numbers that change as often are a load and cannot be read."""
        if not self._grown:
            self._stage.loop.later(STREAM_SECONDS, self._streams_grew)
        self._grown |= names

    def _streams_grew(self) -> None:
        grown, self._grown = self._grown, set()
        if self._sheets.connected:
            self._sheets.streams_grew(grown)

    def _calculated(self, calculated: Calculated) -> None:
        self.computed += calculated.computed
        self.errors = calculated.errors
        self._stage.announce(
            region(name, rect) for name, rects in calculated.changed.items() for rect in rects
        )

    def _was_interrupted(self, address: str) -> None:
        self._stage.notices.warn(
            f"{address or 'A formula'} ran for more than {FORMULA_SECONDS:g} s and was interrupted; "
            "its cell says so."
        )

    def _is_endless(self, address: str) -> None:
        self._stage.notices.error(
            f"{address or 'A formula'} does not end, and no interrupt reaches it: the kernel hangs. "
            "Restart the kernel; it leaves this formula out until you edit it or press F9 in its sheet.",
            "kernel.restart_leaving_out",
        )

    def _is_kernel_busy(self) -> bool:
        return self._stage.kernel.state is KernelState.BUSY

    def _document_changed(self, document: SheetDocument, change: SheetChange) -> None:
        self._enter(document, change.texts)

    def _enter(self, document: SheetDocument, cells: Iterable[Cell]) -> None:
        """Formulas as nodes of the graph: what they read, and the cell they fill."""
        graph = self._stage.graph
        for cell in cells:
            node = Node(Kind.FORMULA, f"{document.name}!{cell_name(*cell)}")
            text = document.text(*cell)
            if not is_formula(text):
                graph.remove(node)
                continue
            formula = analyse(text, cell)
            regions = {region(read.sheet or document.name, read.rect) for read in formula.reads}
            names = {name_node(name) for name in formula.names}
            graph.set_node(node, names | regions, [region(document.name, Rect(*cell, *cell))])

    def _script_made(self, session: SheetSession) -> None:
        self.created.emit(session.document)

    def _script_removed(self, session: SheetSession) -> None:
        self.removed.emit(session.document)
