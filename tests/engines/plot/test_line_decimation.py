"""Thinning of lines: what the eye would see stays; and what lies far outside is cut."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.plot.decimate import POINTS_PER_COLUMN, by_column, visible_slices
from engines.plot.lines import near, steps, under
from engines.plot.scene import Box

NONE = np.zeros(0, np.intp)


@settings(max_examples=60)
@given(st.integers(500, 5000), st.integers(1, 60), st.integers(0, 2**32 - 1), st.booleans())
def test_every_column_keeps_its_lowest_and_highest(count: int, columns: int, seed: int, even: bool) -> None:
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, count) if even else np.sort(rng.uniform(0, 1, count) ** 3)
    y = rng.normal(size=count)
    edges = np.linspace(0, 1, columns + 1)
    kept_x, kept_y = by_column(x, y, NONE, edges)
    if count > POINTS_PER_COLUMN * len(edges):
        assert len(kept_x) <= POINTS_PER_COLUMN * (len(edges) + 1)
    assert np.all(np.diff(kept_x) >= 0)
    for low, high in itertools.pairwise(edges):
        before, after = y[(x >= low) & (x < high)], kept_y[(kept_x >= low) & (kept_x < high)]
        assert len(before) == 0 or (after.min() == before.min() and after.max() == before.max())


def test_a_single_spike_among_a_million_survives() -> None:
    y = np.zeros(1_000_000)
    y[654_321] = 7.0
    x = np.arange(len(y), dtype=float)
    _, kept = by_column(x, y, NONE, np.linspace(0, len(y), 1001))
    assert kept.max() == 7.0
    assert len(kept) <= 4004


@settings(max_examples=40)
@given(st.integers(1000, 4000), st.integers(0, 2**32 - 1))
def test_gaps_wider_than_a_column_stay_gaps(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps_ = np.full(count, 0.001)
    breaks = np.sort(rng.choice(np.arange(1, count), 5, replace=False))
    steps_[breaks] = 0.5
    x = np.cumsum(steps_)
    edges = np.arange(0, x[-1] + 0.1, 0.1)
    kept_x, _ = by_column(x, rng.normal(size=count), breaks, edges)
    gaps = np.flatnonzero(np.isnan(kept_x))
    for at in breaks:
        assert any(kept_x[gap - 1] == x[at - 1] and kept_x[gap + 1] == x[at] for gap in gaps)


def test_only_what_is_in_view_is_looked_at_in_every_run() -> None:
    x = np.concatenate((np.arange(10.0), np.arange(10.0)))  # a clock that was reset
    assert visible_slices(x, np.array([10]), 3.5, 5.5) == [(3, 7), (13, 17)]
    assert visible_slices(x, NONE, 100, 200) == []


def test_steps_put_corners_where_plotly_does() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0])
    assert np.stack(steps(x, y, "hv")).T.tolist() == [[0, 5], [1, 5], [1, 6], [2, 6], [2, 7]]
    assert np.stack(steps(x, y, "vh")).T.tolist() == [[0, 5], [0, 6], [1, 6], [1, 7], [2, 7]]
    gapped, _ = steps(np.array([0.0, np.nan, 2.0]), np.array([5.0, np.nan, 7.0]), "hv")
    assert np.isnan(gapped[1:4]).all()


def test_the_area_under_a_line_closes_every_piece() -> None:
    xs, ys = under(np.array([0.0, 1.0, np.nan, 3.0, 4.0]), np.array([1.0, 2.0, np.nan, 3.0, 4.0]), 9.0)
    assert np.nan_to_num(xs, nan=-1).tolist() == [0, 1, 1, 0, -1, 3, 4, 4, 3, -1]
    assert np.nan_to_num(ys, nan=-1).tolist() == [1, 2, 9, 9, -1, 3, 4, 9, 9, -1]


def test_far_points_are_cut_where_the_line_leaves() -> None:
    box = Box(0, 0, 100, 100)
    xs, ys = near(np.array([50.0, 50.0, 60.0]), np.array([50.0, 1e9, 50.0]), box)
    assert np.nanmax(np.abs(ys)) <= 2100
    assert xs[0] == 50 and np.isnan(xs).sum() >= 1
    same = near(np.array([1.0, 2.0]), np.array([3.0, 4.0]), box)
    assert same[0].tolist() == [1, 2]
    level, _ = near(np.array([-1e6, 1e6]), np.array([50.0, 50.0]), box)
    assert level[0] == -2000 and level[1] == 2100


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=30))
def test_cut_lines_stay_near(points: list[tuple[float, float]]) -> None:
    xs, ys = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    cut_x, cut_y = near(xs, ys, Box(0, 0, 100, 100))
    good = ~np.isnan(cut_x)
    assert np.all(np.abs(cut_x[good] - 50) <= 2051)
    assert np.all(np.abs(cut_y[good] - 50) <= 2051)
