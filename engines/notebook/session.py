"""Runs a notebook's cells on the kernel, one after the other, and knows the state of each."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import (
    CellsReplaced,
    NotebookChange,
    NotebookDocument,
    OutputsChanged,
    SourceEdited,
)
from engines.notebook.outputs import OutputCollector
from engines.notebook.runs import NOTHING, CellFacts, CellState, stale_reason, state_of
from engines.notebook.session_events import (
    CellFinished,
    InputEnded,
    InputRequested,
    OutputsPending,
    RunStopped,
    SessionEvent,
    StatesChanged,
)
from engines.workspace.events import Event
from engines.workspace.kernel_api import Executed, Kernel, Output

DIED = "The kernel died while this cell ran."
NOT_RUNNING = "The kernel is not running. Restart it, then run this cell again."
RESTARTED = "the kernel was restarted since it ran"
UPSTREAM = "something that it reads has changed"


@dataclass(frozen=True, eq=False)
class _Job:
    cell_id: str
    source: str
    before: CellFacts
    """What the cell's facts go back to when the kernel refuses to run it."""


class NotebookSession:
    """The link between a document and the kernel.

    ``spill_folder`` takes the full text of outputs that are too long to keep; without it the rest is lost.
    Everything happens on the thread on which the kernel delivers.
    """

    def __init__(
        self,
        document: NotebookDocument,
        kernel: Kernel,
        *,
        spill_folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.document = document
        self.kernel = kernel
        self.events: Event[SessionEvent] = Event()
        self.takes_input = True
        """Whether somebody is there to answer ``input()``; else the cell that calls it fails at once."""
        self._spill_folder = spill_folder
        self._clock = clock
        self._facts: dict[str, CellFacts] = {}
        self._collectors: dict[str, OutputCollector] = {}
        self._collected: dict[str, int] = {}
        self._latest: dict[str, _Job] = {}
        """The run whose outputs a cell shows; its threads may still print when it has ended."""
        self._queue: deque[_Job] = deque()
        self._running: _Job | None = None
        self._starting = False
        self._asked: InputRequested | None = None
        self._disconnect = document.changed.connect(self._document_changed)

    # What is

    def state(self, cell_id: str) -> CellState:
        return state_of(self._facts.get(cell_id, NOTHING), self.document.cell(cell_id).source)

    def stale_reason(self, cell_id: str) -> str | None:
        """Why the cell is stale, in words."""
        return stale_reason(self._facts.get(cell_id, NOTHING), self.document.cell(cell_id).source)

    def note(self, cell_id: str) -> str:
        """A quiet remark to show under the cell, or an empty text."""
        return self._facts.get(cell_id, NOTHING).note

    def elapsed(self, cell_id: str) -> float | None:
        """Seconds that the cell has run so far, or that its last run took."""
        facts = self._facts.get(cell_id, NOTHING)
        return facts.seconds if facts.started is None else self._clock() - facts.started

    def full_output(self, cell_id: str) -> Path | None:
        """The file with the cell's whole output, when what is shown was trimmed."""
        collector = self._collectors.get(cell_id)
        return collector.full_path if collector is not None else None

    def trimmed(self, cell_id: str) -> bool:
        """Whether something of the output is not shown but can be had from ``full_output``."""
        collector = self._collectors.get(cell_id)
        return self._spill_folder is not None and collector is not None and collector.trimmed

    @property
    def busy(self) -> bool:
        return self._running is not None

    @property
    def running_cell(self) -> str | None:
        return self._running.cell_id if self._running is not None else None

    @property
    def input_request(self) -> InputRequested | None:
        """What the running cell waits for."""
        return self._asked

    # Running

    def run(self, cell_ids: Iterable[str]) -> None:
        """Queue the code cells among ``cell_ids``, with the sources that they have now."""
        touched = []
        for cell_id in cell_ids:
            cell = self.document.cell(cell_id)
            if cell.kind is not CellKind.CODE:
                continue
            self._queue = deque(job for job in self._queue if job.cell_id != cell_id)
            self._queue.append(_Job(cell_id, cell.source, self._facts.get(cell_id, NOTHING)))
            self._set(cell_id, queued=True)
            touched.append(cell_id)
        self._announce(touched)
        self._run_next()

    def run_all(self) -> None:
        self.run(_ids(self.document.cells))

    def run_above(self, cell_id: str) -> None:
        """Run the cells before this one."""
        self.run(_ids(self.document.cells[: self.document.index(cell_id)]))

    def run_below(self, cell_id: str) -> None:
        """Run this cell and the ones after it."""
        self.run(_ids(self.document.cells[self.document.index(cell_id) :]))

    def run_stale(self) -> None:
        """Run again what is stale, in the order of the notebook."""
        self.run(self.stale_cells())

    def stale_cells(self) -> tuple[str, ...]:
        code = (cell for cell in self.document.cells if cell.kind is CellKind.CODE)
        return tuple(cell.id for cell in code if self.state(cell.id) is CellState.STALE)

    def interrupt(self) -> None:
        """End the running cell; the queued ones are skipped, as after an error."""
        if self._running is not None:
            self.kernel.interrupt()

    def answer(self, text: str) -> None:
        """Give the running cell the line that it asked for."""
        if self._asked is None:
            return
        asked, self._asked = self._asked, None
        echo = "········" if asked.password else text
        self._receive(asked.cell_id, Output("stream", {"name": "stdout", "text": f"{asked.prompt}{echo}\n"}))
        self.events.emit(InputEnded(asked.cell_id))
        self.kernel.answer_input(text)

    def mark_stale(self, cell_ids: Iterable[str], because: str = UPSTREAM) -> None:
        """Say of cells that ran that what they show may no longer be true. Running them clears it."""
        touched = []
        for cell_id in cell_ids:
            facts = self._facts.get(cell_id, NOTHING)
            if facts.ended is None or facts.started is not None or facts.stale_because == because:
                continue
            self._set(cell_id, stale_because=because)
            touched.append(cell_id)
        self._announce(touched)

    def kernel_died(self) -> None:
        """The kernel is gone: the running cell says so, nothing waits any more, outputs stay."""
        if self._running is not None:
            self._ended(self._running, Executed("died"))

    def kernel_restarted(self) -> None:
        """A new kernel knows nothing of what ran: all of that is stale now."""
        self.kernel_died()
        ran = [cell_id for cell_id, facts in self._facts.items() if facts.ended in ("ok", "error")]
        self.mark_stale([cell_id for cell_id in ran if cell_id in self.document], RESTARTED)

    def collect(self, cell_id: str) -> None:
        """Bring what a cell has shown so far into the document; costs nothing when nothing is new."""
        collector = self._collectors.get(cell_id)
        if collector is None or self._collected.get(cell_id) == collector.revision:
            return
        self._collected[cell_id] = collector.revision
        self.document.set_outputs(cell_id, collector.outputs(), collector.execution_count)

    def collect_all(self) -> None:
        """``collect`` for every cell: before saving while something runs."""
        for cell_id in tuple(self._collectors):
            self.collect(cell_id)

    def close(self) -> None:
        """The notebook is being closed: forget the queue, close files, listen no more."""
        self._disconnect()
        self._queue.clear()
        self._running = self._asked = None
        self._latest.clear()
        for collector in self._collectors.values():
            collector.close()

    # The course of a run

    def _run_next(self) -> None:
        if self._starting:  # a kernel that answers at once must not make this recursive
            return
        self._starting = True
        try:
            while self._running is None and self._queue:
                job = self._queue.popleft()
                if job.source.strip():
                    self._start(job)
                else:
                    self._run_empty(job)
        finally:
            self._starting = False

    def _run_empty(self, job: _Job) -> None:
        self._facts.pop(job.cell_id, None)
        self._latest.pop(job.cell_id, None)
        self._collectors.pop(job.cell_id, None)
        self.document.set_outputs(job.cell_id, (), None)
        self._announce([job.cell_id])

    def _start(self, job: _Job) -> None:
        self._running = self._latest[job.cell_id] = job
        spill = self._spill_folder / f"{job.cell_id}.txt" if self._spill_folder is not None else None
        self._collectors[job.cell_id] = OutputCollector(spill)
        self._collected[job.cell_id] = 0  # the old outputs stay until the first new one: nothing flickers
        self._facts[job.cell_id] = CellFacts(started=self._clock(), source=job.source)
        self._announce([job.cell_id])
        self.kernel.execute(
            job.source,
            on_output=lambda message: self._output(job, message),
            then=lambda executed: self._ended(job, executed),
            on_input=partial(self._input, job) if self.takes_input else None,
        )

    def _output(self, job: _Job, message: Output) -> None:
        if self._latest.get(job.cell_id) is job:
            self._receive(job.cell_id, message)

    def _receive(self, cell_id: str, message: Output) -> None:
        if message.kind == "update_display_data":
            for other, collector in self._collectors.items():
                if collector.update_display(message.content):
                    self.events.emit(OutputsPending(other))
            return
        collector = self._collectors[cell_id]
        before = collector.revision
        collector.add(message)
        if collector.revision != before:
            self.events.emit(OutputsPending(cell_id))

    def _input(self, job: _Job, prompt: str, password: bool) -> None:
        if self._running is not job:
            return
        self._asked = InputRequested(job.cell_id, prompt, password)
        self.events.emit(self._asked)

    def _ended(self, job: _Job, executed: Executed) -> None:
        if self._running is not job:
            return
        self._running = None
        self._end_input()
        collector = self._collectors[job.cell_id]
        collector.close()
        if executed.execution_count is not None:
            collector.execution_count = executed.execution_count
        self._write_facts(job, executed.status)
        self._finish_outputs(job, executed)
        skipped = self._skip_rest() if executed.status != "ok" else ()
        self._announce([job.cell_id, *skipped])
        self.events.emit(CellFinished(job.cell_id, job.source, executed))
        if skipped:
            message = self._stop_message(job.cell_id, skipped, executed)
            self.events.emit(RunStopped(job.cell_id, skipped, message))
        self._run_next()

    def _write_facts(self, job: _Job, status: str) -> None:
        started = self._facts[job.cell_id].started
        seconds = self._clock() - started if started is not None else None
        if status == "aborted":
            self._facts[job.cell_id] = job.before
            return
        note = ""
        if status == "died":
            note = NOT_RUNNING if self._starting else DIED  # refused at once, or lost on the way
        self._set(job.cell_id, started=None, ended=status, seconds=seconds, note=note)

    def _finish_outputs(self, job: _Job, executed: Executed) -> None:
        """A run that showed nothing clears what stood there; one that died or never ran keeps it."""
        collector = self._collectors[job.cell_id]
        if executed.status in ("died", "aborted") and collector.revision == 0:
            return
        self._collected[job.cell_id] = collector.revision
        self.document.set_outputs(job.cell_id, collector.outputs(), collector.execution_count)

    def _skip_rest(self) -> tuple[str, ...]:
        skipped = tuple(job.cell_id for job in self._queue)
        self._queue.clear()
        for cell_id in skipped:
            self._set(cell_id, queued=False)
        return skipped

    def _end_input(self) -> None:
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self.events.emit(InputEnded(asked.cell_id))

    def _stop_message(self, cell_id: str, skipped: Sequence[str], executed: Executed) -> str:
        error = f" ({executed.error})" if executed.error is not None else ""
        how = {"died": "the kernel died", "aborted": "it was aborted"}.get(
            executed.status, f"it failed{error}"
        )
        return f"Stopped at {self._named([cell_id])}: {how}. Not run: {self._named(skipped)}."

    def _named(self, cell_ids: Sequence[str]) -> str:
        """Cells by their number in the notebook, from 1."""
        numbers = [str(self.document.index(cell_id) + 1) for cell_id in cell_ids if cell_id in self.document]
        if len(numbers) < 2:
            return f"cell {''.join(numbers) or '(deleted)'}"
        return f"cells {', '.join(numbers[:-1])} and {numbers[-1]}"

    # Bookkeeping

    def _document_changed(self, change: NotebookChange) -> None:
        if isinstance(change, SourceEdited) and change.cell_id in self._facts:
            self._announce([change.cell_id])
        elif isinstance(change, OutputsChanged):
            self._forget_cleared(change.cell_id)
        elif isinstance(change, CellsReplaced):
            self._forget_deleted(set(change.removed) - set(change.inserted))

    def _forget_cleared(self, cell_id: str) -> None:
        """The user has cleared what a cell showed, which has ended: what its threads still show goes, too."""
        cell, collector = self.document.cell(cell_id), self._collectors.get(cell_id)
        was_counted = collector is not None and collector.execution_count is not None
        if was_counted and cell_id != self.running_cell and not cell.outputs and cell.execution_count is None:
            self._latest.pop(cell_id, None)

    def _forget_deleted(self, cell_ids: set[str]) -> None:
        """Deleted cells are not run; a running one runs on, and its outputs wait for an undo."""
        self._queue = deque(job for job in self._queue if job.cell_id not in cell_ids)
        for cell_id in cell_ids & self._facts.keys():
            self._set(cell_id, queued=False)

    def _set(self, cell_id: str, **changes: object) -> None:
        self._facts[cell_id] = replace(self._facts.get(cell_id, NOTHING), **changes)  # type: ignore[arg-type]

    def _announce(self, cell_ids: Sequence[str]) -> None:
        present = tuple(cell_id for cell_id in cell_ids if cell_id in self.document)
        if present:
            self.events.emit(StatesChanged(present))


def _ids(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(cell.id for cell in cells)
