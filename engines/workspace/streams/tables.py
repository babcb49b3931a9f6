"""How samples look in the workspace: a table with a time column and named numpy columns."""

from __future__ import annotations

import importlib
from html import escape
from typing import TYPE_CHECKING, Any

from engines.workspace.streams.ring import Block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE_ROWS = 1000


class StreamTable:
    """A table of samples: ``.t`` in seconds and one numpy array (float64) per column.

    A column whose name is taken by a method is read as ``table["last"]``.
    """

    name: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the value columns."""
        raise NotImplementedError

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        raise NotImplementedError

    def _column(self, index: int) -> NDArray[np.float64]:
        """Column 0 is time."""
        raise NotImplementedError

    def _rows(self, start: int, stop: int) -> StreamSlice:
        """Rows by position from the oldest."""
        raise NotImplementedError

    @property
    def t(self) -> NDArray[np.float64]:
        """Time of every sample in seconds since the stream began."""
        return self._column(0)

    def __getitem__(self, key: str | slice) -> Any:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step != 1:
                raise ValueError(f"{self.name}[...]: rows are taken one by one; step a column instead")
            return self._rows(start, max(start, stop))
        if key == "t" and "t" not in self.columns:
            return self.t
        if key not in self.columns:
            raise KeyError(self._no_column(key))
        return self._column(1 + self.columns.index(key))

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        if name.startswith("_") or name not in self.columns:
            raise AttributeError(self._no_column(name))
        return self._column(1 + self.columns.index(name))

    def _no_column(self, name: str) -> str:
        return f"stream {self.name!r} has no column {name!r}; it has {', '.join(('t', *self.columns))}"

    def __len__(self) -> int:
        raise NotImplementedError

    def __bool__(self) -> bool:
        return len(self) > 0

    def last(self, seconds: float) -> StreamSlice:
        """A snapshot of the newest ``seconds``: its columns belong together and stay as they are."""
        raise NotImplementedError

    @property
    def rate(self) -> float:
        """Samples a second, over the newest thousand; NaN when there are too few."""
        times = self._rows(max(0, len(self) - _RATE_ROWS), len(self)).t
        span = times[-1] - times[0] if len(times) > 1 else 0.0
        return (len(times) - 1) / float(span) if span > 0 else float("nan")

    def to_frame(self) -> Any:
        """The samples as a pandas DataFrame with the time as index.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ImportError("to_frame() needs pandas: pip install pandas") from error
        rows = self._rows(0, len(self))
        index = pandas.Index(rows.t, name="t")
        return pandas.DataFrame({name: rows[name] for name in rows.columns}, index=index)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.columns]

    def _ipython_key_completions_(self) -> list[str]:
        return ["t", *self.columns]

    def __repr__(self) -> str:
        columns = ", ".join(_with_unit(name, self.units) for name in self.columns)
        return f"<stream {self.name}: {len(self)} samples of t, {columns}{self._remark()}>"

    def _remark(self) -> str:
        return ""

    def _repr_html_(self) -> str:
        rows = self._rows(max(0, len(self) - 5), len(self))
        names = ("t", *self.columns)
        units = {"t": "s", **self.units}
        head = "".join(f"<th>{escape(_with_unit(name, units))}</th>" for name in names)
        columns = [rows._column(index) for index in range(len(names))]
        body = "".join(
            "<tr>" + "".join(f"<td>{value:.6g}</td>" for value in row) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        caption = escape(f"{self.name}: the newest of {len(self)} samples{self._remark()}")
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>"


class StreamSlice(StreamTable):
    """Samples of one moment; nothing in it changes any more."""

    def __init__(self, name: str, columns: tuple[str, ...], units: dict[str, str], block: Block) -> None:
        self.name = name
        self._names = columns
        self._units = units
        self._block = block

    @property
    def columns(self) -> tuple[str, ...]:
        return self._names

    @property
    def units(self) -> dict[str, str]:
        return self._units

    def __len__(self) -> int:
        return len(self._block.t)

    def _column(self, index: int) -> NDArray[np.float64]:
        return self._block.t if index == 0 else self._block.values[index - 1]

    def _rows(self, start: int, stop: int) -> StreamSlice:
        block = self._block
        part = Block(block.start + start, block.t[start:stop], tuple(v[start:stop] for v in block.values))
        return StreamSlice(self.name, self._names, self._units, part)

    def last(self, seconds: float) -> StreamSlice:
        times = self._block.t
        start = int(times.searchsorted(times[-1] - seconds, side="right")) if len(times) else 0
        return self._rows(start, len(times))


def _with_unit(name: str, units: dict[str, str]) -> str:
    unit = units.get(name, "")
    return f"{name} ({unit})" if unit else name
