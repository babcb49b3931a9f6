"""Columns that scroll by: the same rows as the ring gives, of which only the new ones are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.streams.ring import RingReader, RingWriter
from engines.workspace.streams.rolling import RollingColumn

CAPACITY = 1 << 12


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "accel.ring"
    writer = RingWriter(path, "accel", ["x"], capacity=CAPACITY)
    reader = RingReader(path)
    yield writer, reader
    reader.close()
    writer.close()


def extend(writer, count):
    rows = np.arange(writer.total, writer.total + count, dtype=float)
    writer.append(rows / 100, [rows])


class Counting:
    """A reader that counts the rows it is asked for."""

    def __init__(self, reader):
        self._reader = reader
        self.rows = 0

    def read_column(self, index, start, stop):
        self.rows += stop - start
        return self._reader.read_column(index, start, stop)


def test_rows_are_those_of_the_ring_and_only_new_ones_are_read(ring):
    writer, reader = ring
    counting = Counting(reader)
    rolling = RollingColumn(counting, 1)
    for _ in range(100):
        extend(writer, 300)
        start = max(0, writer.total - 3000)
        assert np.array_equal(rolling.read(start, writer.total).values, np.arange(start, writer.total))
    assert counting.rows == writer.total


def test_what_was_given_out_never_changes_and_cannot_be_changed(ring):
    writer, reader = ring
    rolling = RollingColumn(reader, 1)
    extend(writer, 3000)
    given_out = rolling.read(1000, 3000).values
    for _ in range(50):
        extend(writer, 1000)
        rolling.read(writer.total - 2000, writer.total)
    assert np.array_equal(given_out, np.arange(1000, 3000))
    with pytest.raises(ValueError, match="read-only"):
        given_out[0] = 1


def test_rows_that_were_overwritten_before_they_were_read_are_nan(ring):
    writer, reader = ring
    extend(writer, CAPACITY + 100)
    rows = RollingColumn(reader, 1).read(0, CAPACITY)
    values = rows.values
    assert not rows.is_finite
    assert np.isnan(values[:100]).all()
    assert np.array_equal(values[100:], np.arange(100, CAPACITY))


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 4000), st.integers(0, 4000)), max_size=30))
def test_any_order_of_reads_gives_the_rows_that_were_asked_for(steps):
    class Endless:
        def read_column(self, index, start, stop):
            return np.arange(start, stop, dtype=float)

    rolling = RollingColumn(Endless(), 0)
    total = 0
    for more, back, length in steps:
        total += more
        start = max(0, total - back)
        stop = min(total, start + length)
        assert np.array_equal(rolling.read(start, stop).values, np.arange(start, stop))


VALUES = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan, np.inf]) | st.floats(0, 9), max_size=60)


@given(VALUES, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12))
def test_what_is_said_of_rows_is_true_and_said_when_they_scroll_by(values, reads):
    class Stored:
        def read_column(self, index, start, stop):
            return np.array(values[start:stop])

    rolling = RollingColumn(Stored(), 0)
    for ends in reads:
        start, stop = (min(end, len(values)) for end in sorted(ends))
        rows = rolling.read(start, stop)
        assert not rows.is_finite or np.isfinite(rows.values).all()
        assert not rows.is_rising or (np.isfinite(rows.values).all() and (np.diff(rows.values) >= 0).all())
    once = RollingColumn(Stored(), 0)
    for stop in range(len(values) + 1):
        rows = once.read(max(0, stop - 10), stop)
        assert rows.is_finite == np.isfinite(rows.values).all()
        assert rows.is_rising == (rows.is_finite and bool((np.diff(rows.values) >= 0).all()))
