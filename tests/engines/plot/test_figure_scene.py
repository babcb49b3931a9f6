"""From a figure to its picture: ranges, axes, legends, live windows, broken traces, and the hand's
gestures.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engines.plot import build
from engines.plot.autorange import calm_range
from engines.plot.data import Column, Unavailable
from engines.plot.document import FigureDocument
from engines.plot.figure_view import FigureView
from engines.plot.picking import nearest
from engines.plot.scene import Box, Clip, Fill, Image, Item, Markers, Polyline, Scene, Text
from engines.plot.theme import LIGHT, OKABE_ITO

SIZE = (800.0, 500.0)


def measure(text: str, size: float) -> tuple[float, float]:
    return 0.55 * size * len(text), 1.2 * size


def view_of(figure: dict[str, Any], data: dict[str, Any] | None = None) -> FigureView:
    view = FigureView(FigureDocument("A", figure), LIGHT)
    view.set_data(data or {})
    view.draw(SIZE, measure)
    return view


def scene_of(figure: dict[str, Any], data: dict[str, Any] | None = None) -> Scene:
    scene = view_of(figure, data).scene
    assert scene
    return scene


def items(scene: Scene, kind: type) -> list[Any]:
    def walk(some: tuple[Item, ...]) -> Iterator[Item]:
        for item in some:
            yield item
            if isinstance(item, Clip):
                yield from walk(item.items)

    return [item for item in walk(scene.items) if isinstance(item, kind)]


def axis(scene: Scene, name: str) -> dict[str, Any]:
    return scene.computed()["axes"][name]


# ranges, as plotly.js gives them


def test_lines_fill_x_and_leave_a_twentieth_of_y_free() -> None:
    scene = scene_of({"data": [{"x": [0, 10], "y": [-1, 1], "mode": "lines"}]})
    assert axis(scene, "xaxis")["range"] == [0, 10]
    assert axis(scene, "yaxis")["range"] == pytest.approx([-1.1111, 1.1111], abs=1e-4)
    assert axis(scene, "yaxis")["ticks"] == ["−1", "−0.5", "0", "0.5", "1"]


def test_markers_are_kept_off_the_edges() -> None:
    low, high = axis(scene_of({"data": [{"x": [0, 10], "y": [-1, 1], "mode": "markers"}]}), "xaxis")["range"]
    assert -1.0 < low < -0.55 and 10.55 < high < 11.0


def test_a_filled_trace_reaches_zero_without_padding() -> None:
    scene = scene_of({"data": [{"x": [0, 1], "y": [3, 9], "mode": "lines", "fill": "tozeroy"}]})
    assert axis(scene, "yaxis")["range"] == pytest.approx([0, 9.4737], abs=1e-4)
    assert len(items(scene, Fill)) == 1


def test_ranges_without_extent_and_without_data() -> None:
    assert axis(scene_of({"data": [{"y": [5, 5], "mode": "lines"}]}), "yaxis")["range"] == [4, 6]
    empty = scene_of({})
    assert axis(empty, "xaxis")["range"] == [-1, 6]
    assert axis(empty, "yaxis")["range"] == [-1, 4]


def test_autorange_reversed_and_own_ranges() -> None:
    figure = {
        "data": [{"x": [1, 2], "y": [1, 2], "mode": "lines"}],
        "layout": {"xaxis": {"autorange": "reversed"}, "yaxis": {"range": [5, 0]}},
    }
    scene = scene_of(figure)
    assert axis(scene, "xaxis")["range"] == [2, 1]
    assert axis(scene, "yaxis")["range"] == [5, 0]


def test_log_axes_leave_out_what_has_no_logarithm() -> None:
    figure = {
        "data": [{"x": [1, 2, 3, 4], "y": [10, 0, -5, 1000], "mode": "lines"}],
        "layout": {"yaxis": {"type": "log"}},
    }
    scene = scene_of(figure)
    assert axis(scene, "yaxis")["range"] == pytest.approx([0.8889, 3.1111], abs=1e-4)
    (line,) = items(scene, Polyline)
    assert np.isnan(line.xs).sum() == 1


def test_dates_are_recognised() -> None:
    scene = scene_of({"data": [{"x": ["2024-01-01", "2024-01-03"], "y": [1, 2], "mode": "lines"}]})
    assert axis(scene, "xaxis")["type"] == "date"
    assert axis(scene, "xaxis")["range"] == ["2024-01-01", "2024-01-03"]
    assert axis(scene, "xaxis")["tickvals"][0] == "2024-01-01"
    given = np.array(["2024-01-01", "2024-01-02"], "datetime64[ns]")
    assert (
        axis(scene_of({"data": [{"x": {"expr": "t"}, "y": [1, 2]}]}, {"t": given}), "xaxis")["type"] == "date"
    )


# several axes


def test_an_overlaid_axis_shares_the_place_and_stands_at_the_right() -> None:
    figure = {
        "data": [{"y": [1, 2]}, {"y": [100, 900], "yaxis": "y2"}],
        "layout": {"yaxis2": {"overlaying": "y", "side": "right"}},
    }
    scene = scene_of(figure)
    one, two = scene.axes["y"], scene.axes["y2"]
    assert (one.start, one.length) == (two.start, two.length)
    right = scene.plots[0][2].right
    assert any(item.text == "800" and item.x > right for item in items(scene, Text))


def test_domains_stack_subplots_and_matching_axes_move_together() -> None:
    figure = {
        "data": [{"x": [0, 5], "y": [1, 2]}, {"x": [3, 9], "y": [1, 2], "xaxis": "x2", "yaxis": "y2"}],
        "layout": {
            "yaxis": {"domain": [0.55, 1]}, "yaxis2": {"domain": [0, 0.45]},
            "xaxis": {"matches": "x2", "anchor": "y"}, "xaxis2": {"anchor": "y2"},
        },
    }  # fmt: skip
    view = view_of(figure)
    scene = view.scene
    assert scene
    upper, lower = scene.plots[0][2], scene.plots[1][2]
    assert upper.bottom < lower.y
    assert axis(scene, "xaxis")["range"] == axis(scene, "xaxis2")["range"]
    view.zoom_to(Box(upper.x, upper.y, upper.width / 2, upper.height), [scene.axes["x"]])
    after = view.draw(SIZE, measure)
    assert axis(after, "xaxis")["range"] == axis(after, "xaxis2")["range"] != axis(scene, "xaxis")["range"]


def test_axes_that_lead_nowhere_are_reported() -> None:
    document = FigureDocument(
        "A", {"data": [{"y": [1]}], "layout": {"yaxis": {"overlaying": "y7", "side": "top"}}}
    )
    told = "\n".join(document.ignored)
    assert "layout.yaxis.overlaying: 'y7' is not an axis" in told
    assert "layout.yaxis.side: 'top' is no side" in told
    view_of(document.figure)


# legend, colours, templates


def test_a_legend_appears_with_the_second_trace_and_names_all() -> None:
    assert scene_of({"data": [{"y": [1]}]}).computed()["legend"] == []
    figure = {
        "data": [
            {"y": [1], "name": "a"},
            {"y": [2]},
            {"y": [3], "visible": "legendonly"},
            {"y": [1], "visible": False},
        ]
    }
    assert scene_of(figure).computed()["legend"] == ["a", "trace 1", "trace 2"]
    figure["layout"] = {"showlegend": False}  # type: ignore[assignment]
    assert scene_of(figure).computed()["legend"] == []


def test_hidden_traces_count_for_nothing_and_can_be_toggled() -> None:
    view = view_of({"data": [{"y": [0, 1], "mode": "lines"}, {"y": [0, 1000], "mode": "lines"}]})
    view.toggle_trace(1)
    assert axis(view.draw(SIZE, measure), "yaxis")["range"][1] < 2
    assert view.document.figure["data"][1]["visible"] == "legendonly"
    view.document.history.undo()
    assert axis(view.draw(SIZE, measure), "yaxis")["range"][1] > 1000


def test_colours_come_from_the_trace_the_colorway_the_template_and_the_theme() -> None:
    from engines.plot.colors import css

    def colors(figure: dict[str, Any]) -> list[str]:
        return [css(line.stroke.color) for line in items(scene_of(figure), Polyline)]

    traces = [
        {"y": [1, 2], "mode": "lines"},
        {"y": [1, 2], "mode": "lines", "line": {"color": "rgb(255, 0, 0)"}},
    ]
    assert colors({"data": traces}) == [OKABE_ITO[0], "#ff0000"]
    assert colors({"data": traces, "layout": {"colorway": ["teal"]}})[0] == "#008080"
    template = {"layout": {"colorway": ["#123456"]}, "data": {"scatter": [{"line": {"width": 7}}]}}
    figure = {"data": traces, "layout": {"template": template}}
    assert colors(figure)[0] == "#123456"
    assert items(scene_of(figure), Polyline)[0].stroke.width == 7


def test_the_default_mode_depends_on_the_number_of_points() -> None:
    assert len(items(scene_of({"data": [{"y": list(range(19))}]}), Markers)) == 1
    assert len(items(scene_of({"data": [{"y": list(range(20))}]}), Markers)) == 0


def test_very_many_markers_become_a_density_picture() -> None:
    rng = np.random.default_rng(0)
    figure = {"data": [{"x": {"expr": "x"}, "y": {"expr": "y"}, "mode": "markers"}]}
    scene = scene_of(figure, {"x": rng.normal(size=50_000), "y": rng.normal(size=50_000)})
    assert items(scene, Markers) == []
    (image,) = items(scene, Image)
    assert image.pixels[..., 3].any()


# data


def test_gaps_and_breaks_part_the_line() -> None:
    figure = {"data": [{"x": {"expr": "t"}, "y": {"expr": "v"}, "mode": "lines"}]}
    times, values = np.arange(6.0), np.array([1, 2, np.nan, 4, 5, 6.0])
    data = {"t": Column(times), "v": Column(values, np.array([5]))}
    (line,) = items(scene_of(figure, data), Polyline)
    assert np.isnan(line.xs).tolist() == [False, False, True, False, False, True, False]
    figure["data"][0]["connectgaps"] = True  # type: ignore[assignment]
    (line,) = items(scene_of(figure, data), Polyline)
    assert np.isnan(line.xs).sum() == 1


def test_a_clock_that_was_reset_does_not_draw_backwards() -> None:
    figure = {"data": [{"x": {"expr": "t"}, "y": {"expr": "v"}, "mode": "lines"}]}
    t = np.concatenate((np.arange(50.0), np.arange(50.0)))
    (line,) = items(
        scene_of(figure, {"t": Column(t, np.array([50])), "v": Column(np.arange(100.0))}), Polyline
    )
    backwards = np.diff(line.xs) < 0
    assert not backwards.any()


def test_one_broken_trace_says_so_and_the_others_draw() -> None:
    figure = {
        "data": [
            {"x": {"expr": "t"}, "y": [1, 2], "name": "lost"},
            {"x": ["red", "green"], "y": [1, 2], "xaxis": "x2", "name": "colours"},
            {"x": [1, 2, 3], "y": [1, 2], "name": "short"},
            {"y": {"dtype": "f8", "bdata": "???"}, "name": "garbled"},
            {"type": "pie", "values": [1]},
            {"y": [1, 2], "name": "good"},
        ]
    }
    scene = scene_of(figure, {"t": Unavailable("NameError: name 't' is not defined")})
    told = "\n".join(scene.notes)
    assert "lost: t: NameError: name 't' is not defined" in told
    assert "colours: x holds texts that are neither numbers nor dates" in told
    assert "short: x has 3 values and y has 2: the first 2 are drawn" in told
    assert "garbled: y: broken array data" in told
    assert "trace 4: traces of type 'pie' are not drawn yet" in told
    assert [drawn.name for drawn in scene.drawn] == ["short", "good"]
    assert any("and 2 more" in item.text for item in items(scene, Text))


def test_plotlys_typed_arrays_are_read() -> None:
    figure = {"data": [{"y": {"dtype": "i2", "bdata": "AQACAP//"}, "mode": "lines"}]}
    assert axis(scene_of(figure), "yaxis")["range"] == pytest.approx([-1.1667, 2.1667], abs=1e-4)


def test_unchanged_data_are_not_calculated_again() -> None:
    figure = {"data": [{"y": {"expr": "v"}, "mode": "lines"}, {"y": {"expr": "w"}, "mode": "lines"}]}
    view = view_of(figure, {"v": (same := np.arange(5.0)), "w": np.arange(5.0)})
    before = view._calculated
    view.set_data({"v": same, "w": np.arange(6.0)})
    view.draw(SIZE, measure)
    assert before and view._calculated
    assert view._calculated.series[0] is before.series[0]
    assert len(view._calculated.series[1]) == 6


# live


LIVE = {
    "data": [{"x": {"expr": "t"}, "y": {"expr": "v"}, "mode": "lines"}],
    "layout": {"meta": {"live": {"xaxis": 10}}},
}


def live_data(end: float, high: float = 1.0) -> dict[str, Any]:
    t = np.linspace(end - 30, end, 3000)
    return {"t": t, "v": high * np.sin(t)}


def test_a_live_axis_shows_the_last_seconds_and_scrolls() -> None:
    view = view_of(LIVE, live_data(100))
    assert axis(view.scene, "xaxis")["range"] == [90, 100]  # type: ignore[arg-type]
    view.set_data(live_data(101.5))
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == [91.5, 101.5]


def test_panning_a_live_axis_pauses_it_and_follow_returns() -> None:
    view = view_of(LIVE, live_data(100))
    assert view.scene and view.is_following
    view.pan(100, 0, view.axes_at(400, 200))
    view.commit("Pan")
    paused = axis(view.draw(SIZE, measure), "xaxis")["range"]
    assert not view.is_following and paused[1] < 100
    view.set_data(live_data(103))
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == paused
    assert "xaxis" not in view.document.figure["layout"], "what passes is not written into the figure"
    view.follow()
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == [93, 103]
    view.pause()
    assert not view.is_following


def test_live_y_keeps_still_while_the_data_fit_and_labels_never_take_less_room() -> None:
    view = view_of(LIVE, live_data(100))
    assert view.scene
    first = axis(view.scene, "yaxis")["range"]
    boxes = []
    for frame, high in enumerate((0.9, 1.02, 0.8, 0.7)):
        view.set_data(live_data(101 + frame, high))
        scene = view.draw(SIZE, measure)
        assert axis(scene, "yaxis")["range"] == first
    for high in (1.0, 5.0, 20_000.0, 1.0):
        view.set_data(live_data(105, high))
        boxes.append(view.draw(SIZE, measure).plots[0][2])
    assert all(two.x >= one.x for one, two in itertools.pairwise(boxes))


def test_a_calm_range_grows_at_once_and_shrinks_late() -> None:
    assert calm_range((0, 1), None) == (0, 1)
    assert calm_range((0.1, 0.9), (0, 1)) == (0, 1)
    low, high = calm_range((0, 2), (0, 1))
    assert low == 0 and high > 2
    assert calm_range((0, 0.1), (0, 1)) == (0, 0.1)
    assert calm_range((1, 0), (1, 0)) == (1, 0)
    assert calm_range((1, 0), (0, 1)) == (1, 0)


# gestures


def test_zooming_is_one_undo_step_in_the_figure() -> None:
    view = view_of({"data": [{"x": [0, 10], "y": [0, 10], "mode": "lines"}]})
    assert view.scene
    box = view.scene.plots[0][2]
    view.zoom(0.5, box.x, box.bottom, view.axes_at(box.x + 1, box.y + 1))
    view.zoom(0.5, box.x, box.bottom, view.draw(SIZE, measure).axes.values())
    view.commit("Zoom")
    assert view.document.figure["layout"]["xaxis"]["range"] == pytest.approx([0, 2.5])
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == pytest.approx([0, 2.5])
    assert view.document.history.undo_label == "Zoom"
    view.document.history.undo()
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == [0, 10]
    assert view.document.figure["layout"] == {}


def test_reset_gives_automatic_ranges_back() -> None:
    view = view_of(
        {
            "data": [{"y": [0, 10], "mode": "lines"}],
            "layout": {"xaxis": {"range": [3, 4], "autorange": False}},
        }
    )
    view.reset()
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == [0, 1]
    view.document.history.undo()
    assert axis(view.draw(SIZE, measure), "xaxis")["range"] == [3, 4]


def test_beside_the_plot_a_gesture_takes_one_axis_only() -> None:
    view = view_of({"data": [{"y": [0, 10]}], "layout": {"yaxis": {"fixedrange": True}}})
    assert view.scene
    box = view.scene.plots[0][2]
    assert [one.id for one in view.axes_at(box.x + 50, box.bottom + 8)] == ["x"]
    assert view.axes_at(box.x - 5, box.y + 50) == [], "a fixed range stays"
    assert [one.id for one in view.axes_at(box.x + 5, box.y + 50)] == ["x"]


def test_a_range_cannot_be_zoomed_to_nothing() -> None:
    view = view_of({"data": [{"y": [0, 10]}]})
    for _ in range(400):
        view.zoom(0.5, 300, 200, view.draw(SIZE, measure).axes.values())
    low, high = axis(view.draw(SIZE, measure), "xaxis")["range"]
    assert high > low


def test_the_nearest_point_is_found() -> None:
    scene = scene_of(
        {"data": [{"x": [0, 5, 10], "y": [0, 3.25, 1], "name": "a"}, {"x": [10, 0], "y": [3, 3]}]}
    )
    x, y = scene.axes["x"], scene.axes["y"]
    hit = nearest(scene, x.to_pixel(5) + 4, y.to_pixel(3.25) - 6)
    assert hit and (hit.name, hit.x_text, hit.y_text) == ("a", "5", "3.25")
    assert nearest(scene, x.to_pixel(2.5), y.to_pixel(0)) is None
    assert nearest(scene, -5, -5) is None


@pytest.mark.parametrize("size", [(1.0, 1.0), (60.0, 40.0), (3000.0, 30.0)])
def test_no_size_is_too_odd(size: tuple[float, float]) -> None:
    view = view_of(
        {
            "data": [{"y": [0, 10]}, {"y": [1]}],
            "layout": {"title": "A very long title", "xaxis": {"title": "t"}},
        }
    )
    assert view.draw(size, measure).items


def test_young_data_begin_at_the_left_of_a_live_window_and_fill_it() -> None:
    t = np.linspace(2.0, 5.0, 300)
    view = view_of(LIVE, {"t": t, "v": np.sin(t)})
    assert axis(view.scene, "xaxis")["range"] == [2, 12]  # type: ignore[arg-type]


def test_a_second_picture_of_the_same_data_is_the_same_and_arranged_at_once(monkeypatch) -> None:
    """Margins follow the size of the paper, which follows them: at one width in fifty they went to and fro."""
    x = np.linspace(0, 4, 100)
    data = {"t": Column(x), **{name: Column(900 * np.sin(x * turn)) for turn, name in enumerate("abc", 1)}}
    traces = [{"x": {"expr": "t"}, "y": {"expr": name}, "name": name} for name in "abc"]
    view = FigureView(
        FigureDocument("A", {"data": traces, "layout": {"meta": {"live": {"xaxis": 2}}}}), LIGHT
    )
    view.set_data(data)
    passes = []
    place_axes = build.place_axes
    monkeypatch.setattr(build, "place_axes", lambda *given: passes.append(1) or place_axes(*given))
    for width in range(500, 660):
        first = view.draw((float(width), 500.0), measure)
        passes.clear()
        assert view.draw((float(width), 500.0), measure).plots == first.plots
        assert len(passes) == 1, f"{width} pixels wide"


def test_infinite_and_missing_places_leave_a_gap_wherever_they_are() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        for at in range(4):
            x = np.arange(4.0)
            x[at] = bad
            scene = scene_of({"data": [{"x": x, "y": [1, 2, 3, 4], "mode": "lines"}]})
            good = x[np.isfinite(x)]
            assert axis(scene, "xaxis")["range"] == [good.min(), good.max()]


@pytest.mark.parametrize("kind", ["linear", "log", "date"])
@pytest.mark.parametrize("broken", [False, True])
def test_what_is_known_of_a_column_changes_nothing_in_the_picture(kind: str, broken: bool) -> None:
    x, y = np.linspace(-5.0, 95.0, 3000), np.cos(np.arange(3000.0) / 40)
    breaks = np.array([0, 700, 3000] if broken else [], np.intp)
    figure = {
        "data": [{"x": {"expr": "x"}, "y": {"expr": "y"}, "mode": "lines"}],
        "layout": {"xaxis": {"type": kind}, "yaxis": {"type": "log"}},
    }
    told = {"x": Column(x, breaks, is_finite=True, is_rising=True), "y": Column(y, is_finite=True)}
    plain = {"x": Column(x, breaks), "y": Column(y)}
    first, second = (items(scene_of(figure, data), Polyline) for data in (told, plain))
    assert len(first) == len(second) == 1
    assert np.array_equal(first[0].xs, second[0].xs, equal_nan=True)
    assert np.array_equal(first[0].ys, second[0].ys, equal_nan=True)
    linear = {**figure, "layout": {"xaxis": {"type": kind}}}
    first, second = (items(scene_of(linear, data), Polyline) for data in (told, plain))
    assert np.array_equal(first[0].ys, second[0].ys, equal_nan=True)
