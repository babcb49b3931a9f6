"""A project's whole work without a window: stream, recalculate, run the notebooks, export, sum up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.conductor import Conductor
from app.export import export_notebook, export_sheets
from app.loop import Loop
from app.notices import Level, Notices
from app.state import stream_state
from engines.board.status import State
from engines.workspace.files import write_atomically
from engines.workspace.kernel_client import KernelState
from widgets.plot.export import export_figure

TICK = 0.05
PATIENCE = 60.0
"""Seconds that any one step may take beyond the streaming time."""
FAILED_STATES = (State.REFUSED, State.LOST, State.ENDED)
STARTING_STATES = (State.CONNECTING, State.LISTENING)


@dataclass
class _Step:
    """Wait until ``done`` holds, then go on; ``what`` names the step when it does not come about."""

    what: str
    begin: Callable[[], object]
    done: Callable[[], bool]
    seconds: float = PATIENCE


@dataclass
class Batch:
    """Runs the steps one after the other on the loop; ``finished(exit_code)`` is called at the end."""

    conductor: Conductor
    loop: Loop
    notices: Notices
    out: Path
    seconds: float
    finished: Callable[[int], object]
    errors: list[str] = field(default_factory=list)

    def start(self) -> None:
        self._began = time.monotonic()
        self._streamed_since: float | None = None
        self._exporting = False
        self.notices.posted.connect(self._note)
        self.errors.extend(self.conductor.project.problems)
        self._steps = [
            _Step("the kernel starting", self.conductor.start, self._kernel_is_ready),
            _Step("the board sending samples", self._nothing, self._board_streams),
            _Step("streaming", self._begin_streaming, self._streamed_enough, PATIENCE + self.seconds),
            _Step(
                "the notebooks", self._run_notebooks, lambda: not self.conductor.notebooks.busy, 10 * PATIENCE
            ),
            _Step("the last formulas", self._end_streaming, lambda: self.conductor.sheets.idle),
            _Step("the figures", self._mark_figures, self._figures_ready),
            _Step("the sheets", self._export_sheets, lambda: not self._exporting),
        ]
        self._next()

    # -- steps -------------------------------------------------------------------------------------------

    def _next(self) -> None:
        if not self._steps:
            self._finish()
            return
        step = self._steps.pop(0)
        step.begin()
        self._await(step, time.monotonic() + step.seconds)

    def _await(self, step: _Step, deadline: float) -> None:
        if self.conductor.kernel.state is KernelState.DEAD:
            self._give_up("the kernel died")
        elif step.done():
            self._next()
        elif time.monotonic() > deadline:
            self._give_up(f"{step.what} took longer than {step.seconds:g} s")
        else:
            self.loop.later(TICK, lambda: self._await(step, deadline))

    def _give_up(self, problem: str) -> None:
        self.errors.append(problem)
        self._steps.clear()
        self._finish()

    def _nothing(self) -> None:
        return

    def _kernel_is_ready(self) -> bool:
        return self.conductor.kernel.state in (KernelState.IDLE, KernelState.BUSY)

    def _board_streams(self) -> bool:
        if not self.conductor.project.settings.names_a_port:
            return True
        for session in self.conductor.boards:
            if session.status.state in FAILED_STATES:
                self._give_up(session.status.text)
                return False
        if any(session.status.state in STARTING_STATES for session in self.conductor.boards):
            return False
        return any(stream_state(self.conductor, name)["samples"] for name in self.conductor.streams.names())

    def _begin_streaming(self) -> None:
        self._streamed_since = time.monotonic()

    def _streamed_enough(self) -> bool:
        """Without a board there is nothing to wait for."""
        if not self.conductor.project.settings.names_a_port or self._streamed_since is None:
            return True
        return time.monotonic() - self._streamed_since >= self.seconds

    def _run_notebooks(self) -> None:
        for session in self.conductor.notebooks:
            session.run_all()

    def _end_streaming(self) -> None:
        """From here on nothing moves: all that is exported belongs to one moment."""
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
        self._exporting = True
        name = sessions[0].name if len(sessions) == 1 else self.conductor.project.folder.name
        export_sheets(sessions, self.out / f"{name}.xlsx", self._sheets_exported)

    def _sheets_exported(self, problem: Exception | None) -> None:
        self._exporting = False
        if problem is not None:
            self.errors.append(f"the sheets could not be exported: {problem}")

    # -- results -----------------------------------------------------------------------------------------

    def _finish(self) -> None:
        self._try(self._export_figures)
        self._try(self._export_notebooks)
        summary = self._summary()
        self._try(lambda: write_atomically(self.out / "summary.json", json.dumps(summary, indent=1) + "\n"))
        self.finished(1 if self.errors else 0)

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except (OSError, ValueError) as error:
            self.errors.append(str(error))

    def _export_figures(self) -> None:
        for figure in self.conductor.figures:
            stem = figure.document.name.lower().replace(" ", "-")
            for kind in (".png", ".svg"):
                export_figure(figure.document, figure.feed.data, self.out / f"{stem}{kind}")

    def _export_notebooks(self) -> None:
        for session in self.conductor.notebooks:
            session.collect_all()
            for kind in (".html", ".ipynb"):
                export_notebook(session.document, self.out / f"{session.document.name}{kind}")

    def _summary(self) -> dict[str, Any]:
        conductor = self.conductor
        streams = {name: stream_state(conductor, name) for name in conductor.streams.names()}
        failed = conductor.notebooks.cells_failed
        if failed:
            self.errors.append(f"{failed} notebook cells failed")
        if conductor.sheets.errors:
            self.errors.append(f"{conductor.sheets.errors} formulas show an error")
        return {
            "project": conductor.project.folder.name,
            "seconds": round(time.monotonic() - self._began, 3),
            "samples": sum(stream["samples"] for stream in streams.values()),
            "lost": sum(stream["lost"] for stream in streams.values()),
            "streams": streams,
            "cells_run": conductor.notebooks.cells_run,
            "cells_failed": failed,
            "formulas_computed": conductor.sheets.computed,
            "formulas_with_errors": conductor.sheets.errors,
            "errors": self.errors,
        }

    def _note(self, notice: Any) -> None:
        if notice.level is Level.ERROR:
            self.errors.append(notice.text)


def _live_seconds(figure: dict[str, Any]) -> float | None:
    live = figure.get("layout", {}).get("meta", {}).get("live", {}).get("xaxis")
    return float(live) if isinstance(live, int | float) else None
