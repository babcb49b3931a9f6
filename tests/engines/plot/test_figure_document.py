"""The figure document: edits and undo, text form, errors with their line, what is not understood."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.plot.bindings import stream_column
from engines.plot.document import FigureDocument
from engines.plot.paths import Insert, Move, PathError, Remove, Set
from engines.workspace.files import DocumentError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-999, 999)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
KEYS = st.sampled_from(["x", "y", "name", "line", "color", "title", "meta", "range"])
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TRACES = st.dictionaries(KEYS, TREES, max_size=4)
FIGURES = st.fixed_dictionaries(
    {"data": st.lists(TRACES, max_size=3), "layout": st.dictionaries(KEYS, TREES, max_size=4)}
)


@given(FIGURES)
def test_text_and_back_is_the_same_figure(figure: dict[str, Any]) -> None:
    document = FigureDocument("A", figure)
    again = FigureDocument.from_text(document.to_text(), "A.plot.json")
    assert again.figure == figure
    assert again.to_text() == document.to_text()
    assert again.name == "A"


def _operations(figure: dict[str, Any]) -> st.SearchStrategy[Any]:
    count = len(figure["data"])
    index = st.integers(0, max(count - 1, 0))
    layout = st.builds(Set, st.tuples(st.just("layout"), KEYS), TREES) | st.builds(
        Set, st.tuples(st.just("layout"), KEYS, KEYS), TREES
    )
    removal = st.builds(Remove, st.tuples(st.just("layout"), KEYS))
    insert = st.builds(Insert, st.tuples(st.just("data"), st.integers(0, count)), TRACES)
    some = layout | removal | insert
    if not count:
        return some
    trace = st.builds(Set, st.tuples(st.just("data"), index, KEYS, KEYS), TREES)
    return (
        some
        | trace
        | st.builds(Remove, st.tuples(st.just("data"), index))
        | st.builds(Move, st.tuples(st.just("data"), index), index)
    )


@given(FIGURES, st.data())
def test_undo_takes_every_edit_back_and_redo_does_it_again(
    figure: dict[str, Any], data: st.DataObject
) -> None:
    document = FigureDocument("A", figure)
    states = [copy.deepcopy(document.figure)]
    for _ in range(data.draw(st.integers(1, 6))):
        before = len(document.history._done)
        try:
            document.edit("edit", [data.draw(_operations(document.figure))])
        except (PathError, ValueError):
            assert document.figure == states[-1]
            continue
        if len(document.history._done) > before:
            states.append(copy.deepcopy(document.figure))
    for state in reversed(states[:-1]):
        document.history.undo()
        assert document.figure == state
    for state in states[1:]:
        document.history.redo()
        assert document.figure == state


def test_edits_make_what_is_missing_and_undo_takes_it_away() -> None:
    document = FigureDocument("A")
    changes: list[Any] = []
    document.changed.connect(changes.append)
    document.set(("layout", "xaxis", "range"), [0, 1])
    assert document.figure["layout"] == {"xaxis": {"range": [0, 1]}}
    assert changes[-1].paths == (("layout", "xaxis", "range"),)
    document.history.undo()
    assert document.figure["layout"] == {}


def test_a_drag_is_one_undo_step() -> None:
    document = FigureDocument("A")
    for end in range(1, 5):
        document.set(("layout", "xaxis", "range"), [0, end], merge=True)
    document.set(("layout", "yaxis", "range"), [0, 9], merge=True)
    document.history.undo()
    assert document.figure["layout"] == {"xaxis": {"range": [0, 4]}}
    document.history.undo()
    assert document.figure["layout"] == {}


def test_the_short_title_becomes_the_long_one_and_back() -> None:
    document = FigureDocument("A", {"layout": {"title": "Fall"}})
    document.set(("layout", "title", "font", "size"), 20)
    assert document.figure["layout"]["title"] == {"text": "Fall", "font": {"size": 20}}
    document.history.undo()
    assert document.figure["layout"]["title"] == "Fall"


def test_a_bad_edit_changes_nothing() -> None:
    document = FigureDocument("A", {"data": [{"y": [1]}], "layout": {"width": 3}})
    before = copy.deepcopy(document.figure)
    with pytest.raises(PathError, match=r"layout.width.x.*no parts"):
        document.edit("bad", [Set(("layout", "height"), 5), Set(("layout", "width", "x"), 1)])
    with pytest.raises(ValueError, match="a trace is an object"):
        document.edit("bad", [Set(("data", 0), 7)])
    assert document.figure == before
    assert document.history.undo_label is None


def test_traces_are_added_moved_and_removed() -> None:
    document = FigureDocument("A", {"data": [{"name": "a"}, {"name": "b"}]})
    assert document.add_trace({"name": "c", "y": np.array([1.0, 2.0])}) == 2
    document.move_trace(2, 0)
    document.remove_trace(1)
    assert [trace["name"] for trace in document.figure["data"]] == ["c", "b"]
    assert document.figure["data"][0]["y"]["dtype"] == "f8"


def test_text_is_made_for_diffs() -> None:
    figure = {
        "layout": {"yaxis": {"range": [0, 1]}, "xaxis": {"title": "t"}},
        "data": [{"y": list(range(25)), "x": {"expr": "accel.t"}, "type": "scatter"}],
    }
    text = FigureDocument("A", figure).to_text()
    assert text.endswith("}\n")
    assert '      "x": {"expr": "accel.t"},\n' in text
    assert "        10, 11, 12, 13, 14, 15, 16, 17, 18, 19,\n" in text or '"y": [0, 1, 2' in text
    assert text.index('"data"') < text.index('"layout"') < text.index('"xaxis"') < text.index('"yaxis"')
    assert json.loads(text) == figure


def test_long_arrays_take_ten_values_a_line() -> None:
    text = FigureDocument("A", {"data": [{"y": list(range(100, 160))}]}).to_text()
    assert "        110, 111, 112, 113, 114, 115, 116, 117, 118, 119,\n" in text


def test_nan_becomes_null() -> None:
    text = FigureDocument("A", {"data": [{"y": [1.0, float("nan"), float("inf")]}]}).to_text()
    assert '"y": [1.0, null, null]' in text


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"data": [],\n "layout": {,}}', 2, "not JSON"),
        ("[1, 2]", 1, "a figure is an object"),
        ('{"layout": {},\n "data": {"y": [1]}}', 2, "data is a list"),
        ('{\n"data": [\n  {"y": [1]},\n  7\n]}', 4, r"data\[1\]: a trace is an object"),
        ('{"data": [],\n\n "layout": 3}', 3, "layout is an object"),
    ],
)
def test_a_bad_file_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        FigureDocument.from_text(text, "motion.plot.json")
    assert caught.value.line == line
    assert f"motion.plot.json, line {line}" in str(caught.value)


def test_what_is_not_understood_is_reported_and_kept() -> None:
    figure = {
        "data": [
            {"type": "scater", "y": [1]},
            {"y": [1], "line": {"width": "thick", "wobble": 2}, "stackgroup": "one"},
        ],
        "layout": {"xaxis": {"type": "cubic"}, "scene": {}},
    }
    document = FigureDocument("A", figure)
    told = "\n".join(document.ignored)
    assert "data[0]: traces of type 'scater' are not drawn yet; did you mean 'scatter'?" in told
    assert "data[1].line.width: 'thick' is not a number of 0 or more; the default is used" in told
    assert "data[1].line.wobble: not known" in told
    assert "data[1].stackgroup: not known" in told
    assert "layout.xaxis.type: 'cubic' is not one of -, linear, log, date" in told
    assert "layout.scene: not known" in told
    assert json.loads(document.to_text()) == figure


def test_bindings_are_found_wherever_an_array_may_be() -> None:
    document = FigureDocument(
        "A",
        {
            "data": [
                {"x": {"expr": "a.t"}, "y": [1], "marker": {"size": {"expr": "sizes"}}},
                {"y": {"expr": "b"}},
            ]
        },
    )
    assert document.expressions() == {(0, "x"): "a.t", (0, "marker.size"): "sizes", (1, "y"): "b"}


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("accel.t", ("accel", "t")),
        (" accel.x ", ("accel", "x")),
        ('accel["x"]', ("accel", "x")),
        ("accel", ("accel", None)),
        ("gain * accel.x", None),
        ("accel.x.mean()", None),
        ("a.b.c", None),
        ("accel[0]", None),
        ("1 +", None),
        ("\0", None),
    ],
)
def test_direct_stream_reads_are_recognised(expression: str, read: object) -> None:
    assert stream_column(expression) == read


def test_to_plotly_puts_arrays_in_place_of_bindings() -> None:
    document = FigureDocument("A", {"data": [{"x": {"expr": "t"}, "y": {"expr": "gone"}}]})
    made = document.to_plotly({"t": np.array([1.0, 2.0])})
    assert made["data"][0]["x"] == {"dtype": "f8", "bdata": "AAAAAAAA8D8AAAAAAAAAQA=="}
    assert made["data"][0]["y"] == []
    assert document.figure["data"][0]["x"] == {"expr": "t"}
