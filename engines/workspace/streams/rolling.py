"""A column of a stream as it scrolls by: of its rows only the new ones are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.workspace.streams.readers import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROOM = 2.0
"""So many times the rows that are asked for have room, so that they are moved seldom ..."""
_MORE_ROOM = 0.37
"""... and so much more for each column, so that not all columns of a stream are moved at the same redraw."""
_LEAST = 4096


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a column, float64 of shape (n,), read-only.

    ``is_finite``: it is known that all are. ``is_rising``: that none is lower than the one before, too.
    """

    values: NDArray[np.float64]
    is_finite: bool
    is_rising: bool


class RollingColumn:
    """Reads of one column that look at almost the same rows again and again (0 is time).

    What it gives out never changes: rows are only ever added behind it. What holds for all of them is known
    from the new ones alone.
    """

    def __init__(self, reader: Reader, index: int) -> None:
        self._reader = reader
        self._index = index
        self._rows: NDArray[np.float64] | None = None
        self._first = 0
        """The row at which the room begins."""
        self._filled = 0
        """The row up to which it is filled."""
        self._strange = 0
        """The row behind the last one that was NaN or infinite."""
        self._fallen = 0
        """The last row with a lower value than the one before."""

    def read(self, start: int, stop: int) -> Rows:
        """Rows ``start`` to ``stop``; those that were overwritten are NaN."""
        rows = self._rows
        if rows is None or not self._first <= start <= self._filled or stop - self._first > len(rows):
            rows = self._begin(start, stop)
        if stop > self._filled:
            self._extend(rows, stop)
        view = rows[start - self._first : stop - self._first]
        view.flags.writeable = False
        finite = self._strange <= start
        return Rows(view, finite, finite and self._fallen <= start)

    def _extend(self, rows: NDArray[np.float64], stop: int) -> None:
        import numpy as np

        filled = self._filled - self._first
        new = self._reader.read_column(self._index, self._filled, stop)
        rows[filled : stop - self._first] = new
        odd = np.flatnonzero(~np.isfinite(new))
        if len(odd):
            self._strange = self._filled + int(odd[-1]) + 1
        falls = np.flatnonzero(np.diff(rows[max(filled - 1, 0) : stop - self._first]) < 0)
        if len(falls):
            self._fallen = self._first + max(filled - 1, 0) + int(falls[-1]) + 1
        self._filled = stop

    def _begin(self, start: int, stop: int) -> NDArray[np.float64]:
        """New room; the old one belongs to those who look at it."""
        import numpy as np

        room = _ROOM + _MORE_ROOM * (self._index % 4)
        rows = np.empty(max(int(room * (stop - start)), _LEAST))
        kept = 0
        if self._rows is not None and self._first <= start <= self._filled:
            kept = min(self._filled, stop) - start
            rows[:kept] = self._rows[start - self._first : start - self._first + kept]
        self._rows, self._first, self._filled = rows, start, start + kept
        return rows
