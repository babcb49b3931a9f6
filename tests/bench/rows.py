"""One benchmark's result, and medians of repeated measurements."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``smaller_is_better`` decides which way the ratio goes: above 1 ours is the better."""

    name: str
    unit: str
    ours: float
    peer: float | None
    peer_name: str
    smaller_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        if self.peer is None or not self.ours or not self.peer:
            return None
        return self.peer / self.ours if self.smaller_is_better else self.ours / self.peer


def milliseconds(action: Callable[[], object], times: int) -> list[float]:
    """How long each of several calls took."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def interleaved(ours: Callable[[], object], peer: Callable[[], object], times: int) -> tuple[float, float]:
    """The medians in ms of two actions called in turn, so that both meet the same noise."""
    ours_taken: list[float] = []
    peer_taken: list[float] = []
    for _ in range(times):
        ours_taken += milliseconds(ours, 1)
        peer_taken += milliseconds(peer, 1)
    return statistics.median(ours_taken), statistics.median(peer_taken)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]
