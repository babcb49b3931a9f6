"""The geometry of lines: steps, areas under them, and cutting off what lies far outside the picture."""

from __future__ import annotations

import numpy as np

from engines.plot.decimate import by_column, visible_slices, with_gaps
from engines.plot.scene import Box
from engines.plot.traces.base import Plane, Series

Points = tuple[np.ndarray, np.ndarray]
FAR = 2000.0  # pixels beyond the picture; painters lose precision with much larger coordinates


def column_edges(plane: Plane) -> np.ndarray:
    """Ascending x axis coordinates at which the device's pixel columns begin."""
    count = int(np.ceil(plane.x.length * plane.ratio)) + 1
    pixels = plane.x.start + np.arange(count) / plane.ratio
    edges = plane.x.to_axis(pixels)  # type: ignore[arg-type]
    return np.sort(edges)


def visible_line(series: Series, plane: Plane) -> Points:
    """The line of a series in pixels, no finer than the device shows, NaN between pieces."""
    x, y = _thinned(series, plane) if series.is_sorted else with_gaps(series.x, series.y, series.breaks)
    xs, ys = plane.x.to_pixel(x), plane.y.to_pixel(y)
    if not series.is_sorted:
        xs, ys = without_repeats(xs, ys, plane.ratio)
    return xs, ys


def _thinned(series: Series, plane: Plane) -> Points:
    edges = column_edges(plane)
    low, high = plane.x.bounds()
    pieces: list[Points] = []
    for first, last in visible_slices(series.x, series.falls, low, high):
        inside = series.breaks[(series.breaks > first) & (series.breaks < last)] - first
        pieces.append(by_column(series.x[first:last], series.y[first:last], inside, edges))
    if len(pieces) == 1:
        return pieces[0]
    gap = np.array([np.nan])
    xs = [part for x, _ in pieces for part in (x, gap)]
    ys = [part for _, y in pieces for part in (y, gap)]
    return (np.concatenate(xs), np.concatenate(ys)) if pieces else (np.zeros(0), np.zeros(0))


def without_repeats(xs: np.ndarray, ys: np.ndarray, ratio: float) -> Points:
    """Drop points that fall on the same half device pixel as the one before."""
    if len(xs) < 5000:
        return xs, ys
    column, row = np.floor(xs * 2 * ratio), np.floor(ys * 2 * ratio)
    keep = np.ones(len(xs), bool)
    keep[1:] = ~((column[1:] == column[:-1]) & (row[1:] == row[:-1]))
    return xs[keep], ys[keep]


def steps(xs: np.ndarray, ys: np.ndarray, shape: str) -> Points:
    """The points with the corners that Plotly's ``line.shape`` (hv, vh, hvh, vhv) puts between them."""
    if shape == "linear" or len(xs) < 2:
        return xs, ys
    x1, x2, y1, y2 = xs[:-1], xs[1:], ys[:-1], ys[1:]
    corners = {
        "hv": ((x2, y1),),
        "vh": ((x1, y2),),
        "hvh": (((x1 + x2) / 2, y1), ((x1 + x2) / 2, y2)),
        "vhv": ((x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2)),
    }[shape]
    width = len(corners) + 1
    out_x, out_y = np.empty((len(xs) - 1) * width + 1), np.empty((len(xs) - 1) * width + 1)
    out_x[::width], out_y[::width] = xs, ys
    gap = np.isnan(x1 + x2)
    for at, (corner_x, corner_y) in enumerate(corners, 1):
        out_x[at::width], out_y[at::width] = np.where(gap, np.nan, corner_x), np.where(gap, np.nan, corner_y)
    return out_x, out_y


def under(xs: np.ndarray, ys: np.ndarray, base: float) -> Points:
    """The areas between a line and the height ``base``: closed pieces with NaN between them."""
    bad = np.isnan(xs)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], bad, [True])).astype(np.int8)))
    out_x: list[np.ndarray] = []
    out_y: list[np.ndarray] = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        x, y = xs[start:stop], ys[start:stop]
        out_x += [x, np.array([x[-1], x[0], np.nan])]
        out_y += [y, np.array([base, base, np.nan])]
    return (np.concatenate(out_x), np.concatenate(out_y)) if out_x else (np.zeros(0), np.zeros(0))


def near(xs: np.ndarray, ys: np.ndarray, box: Box) -> Points:
    """The line cut to the neighbourhood of a box (Liang and Barsky, 1984); untouched where it lies inside
    already.
    """
    left, right, top, bottom = box.x - FAR, box.right + FAR, box.y - FAR, box.bottom + FAR
    with np.errstate(invalid="ignore"):
        outside = (xs < left) | (xs > right) | (ys < top) | (ys > bottom)
    if not outside.any() or len(xs) < 2:
        return xs, ys
    x1, y1, dx, dy = xs[:-1], ys[:-1], np.diff(xs), np.diff(ys)
    enter, leave = np.zeros(len(dx)), np.ones(len(dx))
    for step, distance in ((-dx, x1 - left), (dx, right - x1), (-dy, y1 - top), (dy, bottom - y1)):
        with np.errstate(all="ignore"):
            share = distance / step
        enter = np.where(step < 0, np.maximum(enter, share), enter)
        leave = np.where(step > 0, np.minimum(leave, share), leave)
        leave = np.where((step == 0) & (distance < 0), -1.0, leave)
    seen = (enter < leave) & ~np.isnan(dx + dy)
    start, end = enter[seen], leave[seen]
    gap = np.full(len(start), np.nan)
    px, py, px_step, py_step = x1[seen], y1[seen], dx[seen], dy[seen]
    cut_x = np.stack((px + start * px_step, px + end * px_step, gap), axis=1)
    cut_y = np.stack((py + start * py_step, py + end * py_step, gap), axis=1)
    return _joined(cut_x, cut_y, np.flatnonzero(seen), start, end)


def _joined(
    xs: np.ndarray, ys: np.ndarray, segments: np.ndarray, start: np.ndarray, end: np.ndarray
) -> Points:
    """Take out the gap and the doubled point between segments that meet, so that a line stays one line."""
    keep = np.ones(xs.shape, bool)
    meets = (np.diff(segments) == 1) & (end[:-1] == 1) & (start[1:] == 0)
    keep[:-1, 1][meets] = False
    keep[:-1, 2][meets] = False
    return xs[keep], ys[keep]
