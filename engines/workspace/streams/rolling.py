"""A column of a stream as it scrolls by: of its rows only the new ones are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.workspace.streams.readers import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROOM = 2
"""So many times the rows that are asked for have room, so that they are moved seldom."""
_LEAST = 4096


class RollingColumn:
    """Reads of one column that look at almost the same rows again and again (0 is time).

    What it gives out are views of shape (n,) that never change: rows are only ever added behind them.
    """

    def __init__(self, reader: Reader, index: int) -> None:
        self._reader = reader
        self._index = index
        self._rows: NDArray[np.float64] | None = None
        self._first = 0
        """The row at which the room begins."""
        self._filled = 0
        """The row up to which it is filled."""

    def read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows ``start`` to ``stop``, float64, read-only; those that were overwritten are NaN."""
        rows = self._rows
        if rows is None or not self._first <= start <= self._filled or stop - self._first > len(rows):
            rows = self._begin(start, stop)
        if stop > self._filled:
            rows[self._filled - self._first : stop - self._first] = self._reader.read_column(
                self._index, self._filled, stop
            )
            self._filled = stop
        view = rows[start - self._first : stop - self._first]
        view.flags.writeable = False
        return view

    def _begin(self, start: int, stop: int) -> NDArray[np.float64]:
        """New room; the old one belongs to those who look at it."""
        import numpy as np

        rows = np.empty(max(_ROOM * (stop - start), _LEAST))
        kept = 0
        if self._rows is not None and self._first <= start <= self._filled:
            kept = min(self._filled, stop) - start
            rows[:kept] = self._rows[start - self._first : start - self._first + kept]
        self._rows, self._first, self._filled = rows, start, start + kept
        return rows
