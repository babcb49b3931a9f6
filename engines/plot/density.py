"""Very many markers as a picture of how many there are at each pixel."""

from __future__ import annotations

import numpy as np

from engines.plot.colors import Color
from engines.plot.scene import Box, Image

FAINTEST = 0.5  # opacity of a pixel with a single marker: an outlier stays visible


def density_image(xs: np.ndarray, ys: np.ndarray, box: Box, ratio: float, color: Color) -> Image:
    """Counts of points in each device pixel of the box, as opacity of one colour on a logarithmic scale."""
    columns, rows = max(1, round(box.width * ratio)), max(1, round(box.height * ratio))
    column = ((xs - box.x) * (columns / box.width)).astype(np.intp)
    row = ((ys - box.y) * (rows / box.height)).astype(np.intp)
    inside = (xs >= box.x) & (ys >= box.y) & (column < columns) & (row < rows)
    counts = np.bincount(row[inside] * columns + column[inside], minlength=rows * columns).reshape(
        rows, columns
    )
    peak = max(int(counts.max()), 2)
    opacity = np.where(
        counts > 0, FAINTEST + (1 - FAINTEST) * np.log(np.maximum(counts, 1)) / np.log(peak), 0.0
    )
    pixels = np.empty((rows, columns, 4), np.uint8)
    pixels[..., :3] = color[:3]
    pixels[..., 3] = np.round(opacity * color[3])
    return Image(box, pixels)
