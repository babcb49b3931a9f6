"""What has to be stroked so that the pixels of a line are covered, each as seldom as can be.

A dense line runs up and down within every column of pixels. One bar from its lowest to its highest point
covers all of that, and the way to the next column, too, where their bars are side by side.
"""

from __future__ import annotations

import numpy as np


def covering_segments(xs: np.ndarray, ys: np.ndarray, ratio: float) -> np.ndarray:
    """Segments that together cover what the line through the points covers, float64 of shape (n, 4): x1, y1,
    x2, y2.

    ``xs``, ``ys``: pixels, NaN between pieces. ``ratio``: device pixels in one pixel. Steps within one column
    of device pixels become one bar; all other steps stay as they are, but for those between two bars of
    neighbouring columns that have a height in common.
    """
    columns = np.floor(xs * ratio)
    forward = np.diff(columns)  # NaN beside a gap
    inside = forward == 0
    starts, ends = _runs(inside)
    if not len(starts):
        return _steps(xs, ys, ~np.isnan(forward))
    low, high = _reach(ys, starts, ends)
    kept = ~inside & ~np.isnan(forward)
    kept[_between_bars(starts, ends, low, high, forward)] = False
    return np.concatenate((_bars(xs, ys, starts, ends, low, high), _steps(xs, ys, kept)))


def _bars(
    xs: np.ndarray, ys: np.ndarray, starts: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Upright ones at the left of their column; where the line only rises or only falls in it, as it does."""
    first, last = ys[starts], ys[ends]
    straight = (np.minimum(first, last) == low) & (np.maximum(first, last) == high)
    x1, x2 = xs[starts], np.where(straight, xs[ends], xs[starts])
    return np.stack((x1, np.where(straight, first, low), x2, np.where(straight, last, high)), axis=1)


def _steps(xs: np.ndarray, ys: np.ndarray, which: np.ndarray) -> np.ndarray:
    return np.stack((xs[:-1][which], ys[:-1][which], xs[1:][which], ys[1:][which]), axis=1)


def _runs(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last point of every run of steps that stay in one column."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(np.int8)))
    return edges[::2], edges[1::2]


def _reach(ys: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest y of points ``start`` to ``end`` of every run; the run's end included."""
    bounds = np.stack((starts, ends + 1), axis=1).ravel()
    padded = np.append(ys, np.nan)  # reduceat needs an index behind the last run
    return np.minimum.reduceat(padded, bounds)[::2], np.maximum.reduceat(padded, bounds)[::2]


def _between_bars(
    starts: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray, forward: np.ndarray
) -> np.ndarray:
    """The steps that lead from one bar to the one beside it at a height that both have."""
    follows = starts[1:] == ends[:-1] + 1
    beside = np.abs(forward[ends[:-1][follows]]) == 1
    overlap = (low[:-1] <= high[1:]) & (low[1:] <= high[:-1])
    return ends[:-1][follows][beside & overlap[follows]]
