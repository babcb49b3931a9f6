"""What a session says about its runs."""

from __future__ import annotations

from dataclasses import dataclass

from engines.workspace.kernel_api import Executed


@dataclass(frozen=True)
class StatesChanged:
    """The state, elapsed time or note of these cells changed."""

    cell_ids: tuple[str, ...]


@dataclass(frozen=True)
class OutputsPending:
    """A running cell printed: ``collect`` will bring it into the document. Comes for every message."""

    cell_id: str


@dataclass(frozen=True)
class InputRequested:
    """The running cell waits for a line of text; ``answer`` gives it."""

    cell_id: str
    prompt: str
    password: bool


@dataclass(frozen=True)
class InputEnded:
    """The request was answered, or its run is over."""

    cell_id: str


@dataclass(frozen=True)
class CellFinished:
    """A run ended; ``source`` is what ran. The app's graph follows this."""

    cell_id: str
    source: str
    executed: Executed


@dataclass(frozen=True)
class RunStopped:
    """A run of several cells ended early: ``skipped`` were not run. ``message`` says it in words."""

    cell_id: str
    skipped: tuple[str, ...]
    message: str


SessionEvent = StatesChanged | OutputsPending | InputRequested | InputEnded | CellFinished | RunStopped
