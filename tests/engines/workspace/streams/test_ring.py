"""The ring: what is appended is what is read, in any process, whatever dies."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.streams.layout import MARK_SLOTS, Kind, Segment, StreamError
from engines.workspace.streams.ring import RingReader, RingWriter

ROOT = Path(__file__).parents[4]


@pytest.fixture
def ring(tmp_path):
    writer = RingWriter(tmp_path / "a.ring", "a", ["x", "y"], ["g", ""], capacity=8)
    reader = RingReader(writer.path)
    yield writer, reader
    writer.close()
    reader.close()


def rows(first: int, count: int) -> tuple[np.ndarray, list[np.ndarray]]:
    t = np.arange(first, first + count, dtype=float)
    return t, [t * 10, t * 100]


def test_a_reader_sees_what_was_appended(ring):
    writer, reader = ring
    writer.append(*rows(0, 3))
    writer.append_row(3.0, (30.0, 300.0))
    block = reader.since(1)
    assert block.start == 1
    assert block.t.tolist() == [1, 2, 3]
    assert block.values[1].tolist() == [100, 200, 300]
    assert (reader.columns, reader.units, len(reader), reader.total) == (("x", "y"), ("g", ""), 4, 4)


def test_the_oldest_rows_give_way(ring):
    writer, reader = ring
    for first in range(0, 20, 5):
        writer.append(*rows(first, 5))
    assert reader.total == 20
    assert reader.since(0).t.tolist() == list(range(12, 20))
    assert reader.last(3).values[0].tolist() == [170, 180, 190]
    assert reader.last(100).start == 12


def test_a_block_larger_than_the_ring_leaves_its_newest_rows(ring):
    writer, reader = ring
    writer.append(*rows(0, 3))
    writer.append(*rows(3, 30))
    assert reader.total == 33
    assert reader.since(0).t.tolist() == list(range(25, 33))


def test_rows_are_found_by_time(ring):
    writer, reader = ring
    writer.append(*rows(0, 13))
    assert reader.index_at(7.5) == 8
    assert reader.index_at(-1) == 5
    assert reader.index_at(99) == 13


@given(counts=st.lists(st.integers(0, 20), max_size=20))
def test_any_sequence_of_blocks_reads_like_one_long_column(tmp_path_factory, counts):
    path = tmp_path_factory.mktemp("ring") / "r.ring"
    writer = RingWriter(path, "r", ["x", "y"], capacity=8)
    reader = RingReader(path)
    total = 0
    for count in counts:
        writer.append(*rows(total, count))
        total += count
        assert reader.since(0).t.tolist() == list(range(max(0, total - 8), total))
    reader.close()
    writer.close()


def test_shapes_that_do_not_fit_are_refused(ring):
    writer, reader = ring
    with pytest.raises(ValueError, match="takes 1\\+2 arrays"):
        writer.append([1.0], [[1.0]])
    with pytest.raises(ValueError, match="takes 1\\+2 arrays"):
        writer.append([1.0, 2.0], [[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="takes 2 values"):
        writer.append_row(1.0, (1.0,))
    assert reader.total == 0


def test_gaps_and_resets_begin_segments_and_losses_are_counted(ring):
    writer, reader = ring
    writer.append(*rows(0, 2))
    writer.mark(Kind.GAP, lost=7, seconds=0.5)
    writer.append(*rows(10, 1))
    writer.mark(Kind.RESET, seconds=2.0)
    assert reader.segments == (
        Segment(0, Kind.START, 0, pytest.approx(float("nan"), nan_ok=True)),
        Segment(2, Kind.GAP, 7, 0.5),
        Segment(3, Kind.RESET, 0, 2.0),
    )
    assert reader.lost == 7


def test_of_many_gaps_the_newest_are_kept_and_all_are_counted(ring):
    writer, reader = ring
    for _ in range(MARK_SLOTS + 50):
        writer.append_row(0.0, (0.0, 0.0))
        writer.mark(Kind.GAP, lost=1)
    assert len(reader.segments) == MARK_SLOTS + 1
    assert reader.segments[-1].start == MARK_SLOTS + 50
    assert reader.lost == MARK_SLOTS + 50


def test_a_second_writer_is_refused(ring):
    writer, _ = ring
    with pytest.raises(StreamError, match="another program writes"):
        RingWriter(writer.path, "a", ["x"])


def test_a_closed_ring_stays_readable(ring):
    writer, reader = ring
    writer.append(*rows(0, 2))
    assert reader.producing
    writer.close()
    assert reader.closed
    assert not reader.producing
    assert reader.last(2).t.tolist() == [0, 1]


def test_a_file_that_is_no_ring_says_so(tmp_path):
    path = tmp_path / "x.ring"
    with pytest.raises(StreamError, match="cannot map"):
        RingReader(path)
    path.write_bytes(b"nothing" * 5000)
    with pytest.raises(StreamError, match="not a stream"):
        RingReader(path)


def test_a_killed_writer_leaves_a_readable_ring(tmp_path):
    path = tmp_path / "k.ring"
    code = (
        "import sys, pathlib\n"
        "from engines.workspace.streams.ring import RingWriter\n"
        "w = RingWriter(pathlib.Path(sys.argv[1]), 'k', ['x'])\n"
        "for i in range(1000): w.append_row(float(i), (1.0,))\n"
        "print('ready', flush=True)\n"
        "while True: w.append_row(float(w.total), (1.0,))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert child.stdout.readline() == b"ready\n"
    reader = RingReader(path)
    assert reader.producing
    child.kill()
    child.wait()
    child.stdout.close()
    assert not reader.producing
    assert not reader.closed
    block = reader.since(0)
    assert len(block.t) >= 1000
    assert (np.diff(block.t) == 1).all()
    RingWriter(path, "k", ["x"], capacity=8).close()  # and the name is free again
    reader.close()


def test_copies_are_whole_while_the_writer_overwrites(tmp_path):
    """Every row says its own number in each column: a torn copy would show."""
    writer = RingWriter(tmp_path / "w.ring", "w", ["x", "y"], capacity=4096)
    reader = RingReader(writer.path)
    ending = threading.Event()

    def write() -> None:
        while not ending.is_set():
            t = np.arange(writer.total, writer.total + 300, dtype=float)
            writer.append(t, [t, t])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            block = reader.since(0)
            numbers = np.arange(block.start, block.stop)
            for column in (block.t, *block.values):
                assert (column == numbers).all()
    finally:
        ending.set()
        thread.join()
    reader.close()
    writer.close()
