"""What happened to a cell, and the state that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CellState(Enum):
    """What the gutter shows of a code cell."""

    IDLE = "idle"
    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    ERROR = "error"
    STALE = "stale"
    DIED = "died"


@dataclass(frozen=True)
class CellFacts:
    """What happened to one cell in this session."""

    queued: bool = False
    started: float | None = None
    """Clock seconds; set while the cell runs."""
    ended: str | None = None
    """How the last run ended: "ok", "error", "died"; None when the cell did not run yet."""
    source: str = ""
    """What ran last."""
    seconds: float | None = None
    """How long the last run took."""
    stale_because: str | None = None
    note: str = ""
    """A quiet remark under the cell, such as that the kernel died."""


NOTHING = CellFacts()
EDITED = "edited since it ran"


def state_of(facts: CellFacts, source: str) -> CellState:
    """The state of a cell from what happened to it and its present source."""
    if facts.started is not None:
        return CellState.RUNNING
    if facts.queued:
        return CellState.QUEUED
    if facts.ended is None:
        return CellState.IDLE
    if stale_reason(facts, source) is not None:
        return CellState.STALE
    return {"ok": CellState.OK, "error": CellState.ERROR, "died": CellState.DIED}[facts.ended]


def stale_reason(facts: CellFacts, source: str) -> str | None:
    """Why what the cell shows may no longer be true; None when it is fresh or never ran."""
    if facts.ended is None:
        return None
    return EDITED if facts.source != source else facts.stale_because
