"""numpy arrays as the arrays that Qt's C++ functions take, without a Python object for every point."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter, QPolygonF


def polygon(xs: np.ndarray, ys: np.ndarray) -> QPolygonF:
    made = QPolygonF()
    made.resize(len(xs))
    memory = np.frombuffer(shiboken6.VoidPtr(made.data(), len(xs) * 16, True), np.float64).reshape(-1, 2)
    memory[:, 0], memory[:, 1] = xs, ys
    return made


def draw_segments(painter: QPainter, segments: np.ndarray) -> None:
    """Draw lines, each by itself: float64 of shape (n, 4), x1, y1, x2, y2."""
    if len(segments):
        ends = np.ascontiguousarray(segments)
        painter.drawLines(shiboken6.wrapInstance(ends.ctypes.data, QLineF), len(ends))


def draw_stamps(
    painter: QPainter, xs: np.ndarray, ys: np.ndarray, stamp: object, size: int, ratio: float
) -> None:
    """Draw a square pixmap of ``size`` device pixels centred at many places."""
    fragments = np.zeros((len(xs), 10))  # QPainter::PixmapFragment: ten doubles
    fragments[:, 0], fragments[:, 1] = xs, ys
    fragments[:, 4] = fragments[:, 5] = size
    fragments[:, 6] = fragments[:, 7] = 1 / ratio
    fragments[:, 9] = 1.0
    first = shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment)
    painter.drawPixmapFragments(first, len(xs), stamp)


def pieces(xs: np.ndarray, ys: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The runs of points between NaNs."""
    bad = np.isnan(xs) | np.isnan(ys)
    if not bad.any():
        return [(xs, ys)] if len(xs) else []
    edges = np.flatnonzero(np.diff(np.concatenate(([True], bad, [True])).astype(np.int8)))
    return [(xs[start:stop], ys[start:stop]) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
