"""Strokes of a dense line: what the line covers stays covered, with far fewer of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.plot.strokes import covering_segments

NAN = float("nan")
POINTS = st.lists(
    st.tuples(st.floats(0, 12), st.floats(0, 100)) | st.just((NAN, NAN)), min_size=2, max_size=80
).map(lambda points: (np.array([x for x, _ in points]), np.array([y for _, y in points])))


def reach(segments: np.ndarray, ratio: float) -> dict[int, tuple[float, float]]:
    """The lowest and highest y that segments cover in every column of device pixels."""
    found: dict[int, tuple[float, float]] = {}
    for x1, y1, x2, y2 in segments:
        for share in np.linspace(0, 1, 41):
            x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
            low, high = found.get(int(x * ratio), (y, y))
            found[int(x * ratio)] = (min(low, y), max(high, y))
    return found


def steps(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    every = np.stack((xs[:-1], ys[:-1], xs[1:], ys[1:]), axis=1)
    return every[~np.isnan(every).any(axis=1)]


@given(POINTS, st.sampled_from([1.0, 1.5, 2.0]))
def test_nothing_is_covered_that_the_line_does_not_cover(points, ratio) -> None:
    line, strokes = reach(steps(*points), ratio), reach(covering_segments(*points, ratio), ratio)
    assert strokes.keys() <= line.keys()
    assert all(
        line[at][0] - 1e-9 <= low and high <= line[at][1] + 1e-9 for at, (low, high) in strokes.items()
    )


@given(POINTS, st.sampled_from([1.0, 1.5, 2.0]))
def test_every_point_of_the_line_lies_on_a_stroke_in_its_column(points, ratio) -> None:
    strokes = reach(covering_segments(*points, ratio), ratio)
    for x1, y1, x2, y2 in steps(*points):
        for x, y in ((x1, y1), (x2, y2)):
            low, high = strokes[int(x * ratio)]
            assert low - 1e-9 <= y <= high + 1e-9


def test_pieces_in_one_column_stay_apart() -> None:
    xs, ys = np.array([1.1, 1.2, NAN, 1.3, 1.4]), np.array([0.0, 1.0, NAN, 50.0, 51.0])
    assert covering_segments(xs, ys, 1.0).tolist() == [[1.1, 0, 1.2, 1], [1.3, 50, 1.4, 51]]


def test_a_line_that_is_not_dense_stays_as_it_is() -> None:
    xs, ys = np.array([0.0, 5.0, NAN, 7.0, 9.0]), np.array([1.0, 2.0, NAN, 3.0, 4.0])
    assert covering_segments(xs, ys, 1.0).tolist() == [[0, 1, 5, 2], [7, 3, 9, 4]]


def test_a_dense_line_is_one_stroke_for_each_column() -> None:
    xs = np.linspace(0, 99.99, 5000)
    ys = np.random.default_rng(0).normal(size=len(xs))
    strokes = covering_segments(xs, ys, 1.0)
    assert len(strokes) == 100
    assert (strokes[:, 0] == strokes[:, 2]).all(), "they are upright, so that columns are filled evenly"


def test_a_jump_between_columns_is_stroked() -> None:
    xs, ys = np.array([0.1, 0.2, 1.1, 1.2]), np.array([0.0, 1.0, 50.0, 51.0])
    assert [0.2, 1.0, 1.1, 50.0] in covering_segments(xs, ys, 1.0).tolist()
