"""Fewer points that draw the same line: at most four for each column of device pixels.

First, lowest, highest and last of each column (the M4 of Jugel et al., "M4: A Visualization-Oriented Time
Series Data Aggregation", VLDB 2014) draw exactly the pixels that all points would. Columns are those of the
device, so that what is kept does not depend on where the data begin; numpy's ``reduceat`` reads them at the
speed of memory.
"""

from __future__ import annotations

import itertools

import numpy as np

POINTS_PER_COLUMN = 4


def visible_slices(x: np.ndarray, falls: np.ndarray, low: float, high: float) -> list[tuple[int, int]]:
    """Index ranges of points in [low, high] and one neighbour on each side, in runs of ascending x.

    ``falls``: indices at which x starts again lower.
    """
    edges = [0, *falls.tolist(), len(x)]
    found = []
    for start, stop in itertools.pairwise(edges):
        run = x[start:stop]
        first = max(int(np.searchsorted(run, low, "left")) - 1, 0)
        last = min(int(np.searchsorted(run, high, "right")) + 1, len(run))
        if last > first and run[first] <= high and run[last - 1] >= low:
            found.append((start + first, start + last))
    return found


def by_column(
    x: np.ndarray, y: np.ndarray, breaks: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points with ascending x, as (x, y) with NaN between pieces; untouched where they are few.

    ``edges``: ascending x at which columns of pixels begin. ``breaks``: ascending indices at which a new
    piece begins; a gap inside one column cannot be seen and is closed.
    """
    if len(x) <= POINTS_PER_COLUMN * len(edges):
        return with_gaps(x, y, breaks)
    starts = np.unique(np.concatenate(([0], np.searchsorted(x, edges, "left"))))
    starts = starts[starts < len(x)]
    ends = np.concatenate((starts[1:], [len(x)])) - 1
    columns_x = np.stack((x[starts], x[starts], x[ends], x[ends]), axis=1).ravel()
    lowest, highest = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    columns_y = np.stack((y[starts], lowest, highest, y[ends]), axis=1).ravel()
    between = np.flatnonzero(np.isin(starts, breaks))
    return with_gaps(columns_x, columns_y, between * POINTS_PER_COLUMN)


def with_gaps(x: np.ndarray, y: np.ndarray, breaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same points with a NaN before each of the indices."""
    if not len(breaks):
        return x, y
    return np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan)
