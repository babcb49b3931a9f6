"""A project's whole work without a window: stream, recalculate, run the notebooks, export, sum up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from app.batch_results import export_figures, export_notebooks, summary, write_summary
from app.conductor import Conductor
from app.export import export_sheets
from app.loop import Loop
from app.notices import Level, Notices
from app.state import stream_state
from engines.board.status import State
from engines.notebook.session import NotebookSession
from engines.notebook.session_events import CellFinished, RunStopped, SessionEvent
from engines.sheet.references import cell_name
from engines.sheet.session import SheetSession
from engines.workspace.kernel_api import Reply
from engines.workspace.kernel_client import KernelState

TICK = 0.05
PATIENCE = 60.0
"""Seconds that any one step may take beyond the streaming time."""
QUIET = 10.0
"""A board that has sent nothing so many seconds after it was connected is taken for one that sends nothing by
itself: the notebooks may be what makes it do something."""
QUIET_AT_PROMPT = 3.0
"""So does one at its prompt, where no program is about to begin."""
FAILED_STATES = (State.REFUSED, State.LOST, State.ENDED, State.BOOTLOADER)
STARTING_STATES = (State.CONNECTING, State.LISTENING)


@dataclass
class _Step:
    """Wait until ``done`` holds, then go on; ``what`` names the step when it does not come about."""

    what: str
    begin: Callable[[], object]
    done: Callable[[], bool]
    seconds: float = PATIENCE
    needs_board: bool = False
    """Whether a board that is lost meanwhile is the end of the run."""


@dataclass
class Batch:
    """Runs the steps one after the other on the loop; ``finished(exit_code)`` is called at the end.

    ``source`` is the project as the user named it: problems are told with its paths, not the copy's.
    """

    conductor: Conductor
    loop: Loop
    notices: Notices
    out: Path
    seconds: float
    source: Path
    finished: Callable[[int], object]
    errors: list[str] = field(default_factory=list)
    _interrupted: bool = False

    def start(self) -> None:
        self._began = time.monotonic()
        self._connected_since: float | None = None
        self._streamed_since: float | None = None
        self._exporting = 0
        self.notices.posted.connect(self._note)
        for problem in self.conductor.project.problems:
            self._fail(problem)
        self._steps = [
            _Step("the kernel starting", self.conductor.start, self._kernel_is_ready),
            _Step(
                "the board sending samples",
                _nothing,
                self._board_is_known,
                PATIENCE + self.seconds,
                needs_board=True,
            ),
            _Step(
                "streaming",
                self._begin_streaming,
                self._streamed_enough,
                PATIENCE + self.seconds,
                needs_board=True,
            ),
            # One after the other: a cell that fails would abort what another notebook has sent already.
            *(
                _Step(
                    f"the notebook {session.document.name}",
                    partial(self._run_notebook, session),
                    partial(_has_ended, session),
                    10 * PATIENCE,
                )
                for session in self.conductor.notebooks
            ),
            _Step("the last formulas", self._end_streaming, lambda: self.conductor.sheets.idle),
            _Step("the figures", self._mark_figures, self._figures_ready),
            _Step("the sheets", self._export_sheets, lambda: not self._exporting),
        ]
        self._next()

    def interrupt(self) -> None:
        """End soon, with what there is until then."""
        self._interrupted = True

    # -- steps -------------------------------------------------------------------------------------------

    def _next(self) -> None:
        if not self._steps:
            self._finish()
            return
        step = self._steps.pop(0)
        step.begin()
        self._await(step, time.monotonic() + step.seconds)

    def _await(self, step: _Step, deadline: float) -> None:
        lost = self._lost_boards() if step.needs_board else []
        if self._interrupted:
            self._give_up(step, "the run was interrupted")
        elif self.conductor.kernel.state is KernelState.DEAD:
            self._give_up(step, "the kernel died")
        elif lost:
            self._give_up(step, *lost)
        elif step.done():
            self._next()
        elif time.monotonic() > deadline:
            self._give_up(step, f"{step.what} took longer than {step.seconds:g} s")
        else:
            self.loop.later(TICK, partial(self._await, step, deadline))

    def _give_up(self, step: _Step, *problems: str) -> None:
        for problem in problems:
            self._fail(problem)
        left = [each.what for each in self._steps]
        if left:
            self._fail(f"the run ended at {step.what}; not done: {', '.join(left)}")
        self._steps.clear()
        self._finish()

    def _kernel_is_ready(self) -> bool:
        return self.conductor.kernel.state in (KernelState.IDLE, KernelState.BUSY)

    def _lost_boards(self) -> list[str]:
        """Boards that were to be connected and are not."""
        return [
            f"{session.name}: {session.status.text}"
            for session in self.conductor.boards
            if session.status.state in FAILED_STATES
        ]

    def _board_is_known(self) -> bool:
        """It sends samples, or is connected and sends none by itself."""
        settings = self.conductor.project.settings
        if not settings.names_a_port:
            return True
        if any(session.status.state in STARTING_STATES for session in self.conductor.boards):
            return False
        if self._samples():
            return True
        if settings.start_after:  # the project says that it streams
            return False
        if self._connected_since is None:
            self._connected_since = time.monotonic()
        at_prompt = all(session.status.state is State.PROMPT for session in self.conductor.boards)
        quiet = QUIET_AT_PROMPT if at_prompt else QUIET
        return time.monotonic() - self._connected_since >= max(quiet, self.seconds)

    def _samples(self) -> int:
        names = self.conductor.streams.names()
        return sum(stream_state(self.conductor, name)["samples"] for name in names)

    def _begin_streaming(self) -> None:
        self._streamed_since = time.monotonic()

    def _streamed_enough(self) -> bool:
        """Where nothing streams there is nothing to wait for."""
        if not self._samples() or self._streamed_since is None:
            return True
        return time.monotonic() - self._streamed_since >= self.seconds

    def _run_notebook(self, session: NotebookSession) -> None:
        session.takes_input = False
        session.events.connect(partial(self._session_event, session))
        session.run_all()

    def _session_event(self, session: NotebookSession, event: SessionEvent) -> None:
        if isinstance(event, CellFinished) and event.executed.status != "ok":
            what = event.executed.error or event.executed.status
            self._fail(f"{session.document.name}, {_cells(session, event.cell_id)}: {what}")
        elif isinstance(event, RunStopped):
            self._fail(f"{session.document.name}: not run: {_cells(session, *event.skipped)}")

    def _end_streaming(self) -> None:
        """From here on nothing moves: all that is exported belongs to one moment."""
        for problem in self._lost_boards():  # while the notebooks ran; a cell may have reset one on purpose
            self._fail(problem)
        for session in self.conductor.boards:
            session.disconnect()

    def _mark_figures(self) -> None:
        for figure in self.conductor.figures:
            figure.feed.rebuild()
            figure.feed.refresh(_live_seconds(figure.document.figure))

    def _figures_ready(self) -> bool:
        """What changed at the very last, after the figures were marked, is asked for, too."""
        waiting = [figure for figure in self.conductor.figures if figure.feed.waiting]
        for figure in waiting:
            figure.feed.refresh(_live_seconds(figure.document.figure))
        return not waiting

    def _export_sheets(self) -> None:
        sessions = list(self.conductor.sheets)
        if not sessions:
            return
        self._exporting = 1 + len(sessions)
        name = sessions[0].name if len(sessions) == 1 else self.conductor.project.folder.name
        export_sheets(sessions, self.out / f"{name}.xlsx", self._sheets_exported)
        for session in sessions:
            session.values(partial(self._check_values, session))

    def _sheets_exported(self, problem: Exception | None) -> None:
        self._exporting -= 1
        if problem is not None:
            self._fail(f"the sheets could not be exported: {problem}")

    def _check_values(self, session: SheetSession, reply: Reply) -> None:
        """Formulas that show an error; where the values cannot be had, the export has said so."""
        self._exporting -= 1
        for row, column, value, kind in reply.value or ():
            if kind == "error":
                self._fail(f"{session.name}!{cell_name(column, row)}: {value}")

    # -- results -----------------------------------------------------------------------------------------

    def _finish(self) -> None:
        seconds = time.monotonic() - self._began
        for problem in (
            *export_figures(self.conductor, self.out),
            *export_notebooks(self.conductor, self.out),
        ):
            self._fail(problem)
        told = summary(self.conductor, seconds, self.errors)
        if problem := write_summary(told, self.out):
            self._fail(problem)
        self.finished(1 if self.errors else 0)

    def _fail(self, problem: str) -> None:
        problem = problem.replace(str(self.conductor.project.folder), str(self.source))
        if problem not in self.errors:
            self.errors.append(problem)

    def _note(self, notice: Any) -> None:
        if notice.level is Level.ERROR:
            self._fail(notice.text)


def _nothing() -> None:
    return


def _has_ended(session: NotebookSession) -> bool:
    return not session.busy


def _cells(session: NotebookSession, *cell_ids: str) -> str:
    """Cells by their number in the notebook, from 1."""
    numbers = [str(session.document.index(each) + 1) for each in cell_ids if each in session.document]
    return f"cell {numbers[0]}" if len(numbers) == 1 else f"cells {', '.join(numbers)}"


def _live_seconds(figure: dict[str, Any]) -> float | None:
    live = figure.get("layout", {}).get("meta", {}).get("live", {}).get("xaxis")
    return float(live) if isinstance(live, int | float) else None
