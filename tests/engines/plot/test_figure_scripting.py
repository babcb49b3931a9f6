"""Figures by code: the kernel's objects over the application's answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.plot.document import FigureDocument
from engines.plot.nodes import split_name
from engines.plot.requests import answer
from engines.plot.scripting import MIME, install
from engines.plot.typed_arrays import attach, decode, detach, encode


class Shelf:
    """A figure store in a dictionary."""

    def __init__(self) -> None:
        self.figures: dict[str, FigureDocument] = {}
        self.values: dict[str, Any] = {}
        self.written: list[tuple[FigureDocument, Path, Mapping[str, Any]]] = []

    def names(self) -> list[str]:
        return list(self.figures)

    def get(self, name: str) -> FigureDocument | None:
        return self.figures.get(name)

    def active(self) -> str | None:
        return next(iter(self.figures), None)

    def new(self, name: str | None, figure: dict[str, Any]) -> FigureDocument:
        called = name or f"Figure {len(self.figures) + 1}"
        self.figures[called] = FigureDocument(called, figure)
        return self.figures[called]

    def open(self, path: Path) -> FigureDocument:
        document = FigureDocument.from_text(path.read_text(), path)
        self.figures[document.name] = document
        return document

    def remove(self, name: str) -> None:
        del self.figures[name]

    def data(self, document: FigureDocument) -> dict[str, Any]:
        return self.values

    def computed(self, document: FigureDocument) -> dict[str, Any]:
        return {"axes": {}, "legend": [], "traces": [{}] * len(document.figure["data"])}

    def write(self, document: FigureDocument, path: Path, options: Mapping[str, Any]) -> None:
        self.written.append((document, path, options))


class Line:
    """The kernel's line to the shelf; everything crosses as JSON and bytes, as it does for real."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def call(
        self, verb: str, arguments: dict[str, Any], buffers: Sequence[bytes] = ()
    ) -> tuple[Any, list[bytes]]:
        value, back = answer(
            self.shelf, verb, json.loads(json.dumps(arguments)), [memoryview(one) for one in buffers]
        )
        return json.loads(json.dumps(value)), back

    def emit(self, event: str, data: Any, buffers: Sequence[bytes] = ()) -> None:
        raise AssertionError("nothing is emitted")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def names(shelf: Shelf) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    install(Line(shelf), namespace)
    return namespace


def test_a_figure_is_made_and_edited_in_the_application(shelf: Shelf, names: dict[str, Any]) -> None:
    figure = names["figures"].new("Motion")
    figure.add_scatter(x="accel.t", y="accel.x", name="x", line_color="teal")
    figure.layout.xaxis.title.text = "time (s)"
    figure.update_layout(title_text="Motion", xaxis_range=[0, 1], paper_bgcolor="white")
    figure.data[0].line.width = 3
    assert shelf.figures["Motion"].figure == {
        "data": [
            {
                "type": "scatter", "x": {"expr": "accel.t"}, "y": {"expr": "accel.x"}, "name": "x",
                "line": {"color": "teal", "width": 3},
            }
        ],
        "layout": {
            "xaxis": {"title": {"text": "time (s)"}, "range": [0, 1]}, "title": {"text": "Motion"},
            "paper_bgcolor": "white",
        },
    }  # fmt: skip
    assert names["figures"]["Motion"].layout.xaxis.range == [0, 1]
    assert list(names["figures"]) == ["Motion"]
    assert repr(figure) == "<Figure 'Motion': 1 trace (x)>"


def test_every_edit_by_code_is_an_undo_step(shelf: Shelf, names: dict[str, Any]) -> None:
    figure = names["figures"].new("A", {"data": [{"y": [1]}, {"y": [2]}]})
    figure.update_traces(line_width=5)
    assert [trace["line"]["width"] for trace in shelf.figures["A"].figure["data"]] == [5, 5]
    shelf.figures["A"].history.undo()
    assert all("line" not in trace for trace in shelf.figures["A"].figure["data"])
    figure.data[0].name = None
    figure.remove_trace(1)
    assert len(figure.data) == 1


def test_arrays_cross_and_come_back(shelf: Shelf, names: dict[str, Any]) -> None:
    values = np.linspace(0, 1, 1000)
    figure = names["figures"].new("A").add_scatter(y=values)
    assert shelf.figures["A"].figure["data"][0]["y"]["dtype"] == "f8"
    assert np.array_equal(figure.data[0].y, values)
    shelf.values["v"] = values * 2
    figure.data[0].y = {"expr": "v"}
    made = json.loads(figure.to_json())
    assert np.array_equal(decode(made["data"][0]["y"]), values * 2)
    assert figure.to_dict()["data"][0]["y"] == {"expr": "v"}


def test_plot_shows_in_the_cell_and_leaves_the_application_alone(shelf: Shelf, names: dict[str, Any]) -> None:
    names["v"] = np.array([1.0, 4.0])
    figure = names["plot"]([0, 1], "v * 2", name="double", mode="markers", title="Two")
    assert shelf.figures == {}
    bundle = figure._repr_mimebundle_()
    trace = bundle[MIME]["data"][0]
    assert decode(trace["y"]).tolist() == [2, 8]
    assert (trace["name"], trace["mode"]) == ("double", "markers")
    assert bundle[MIME]["layout"] == {"title": {"text": "Two"}}
    assert bundle["text/plain"] == "<Figure: 1 trace (double)>"
    assert figure.computed()["traces"] == [{}]
    figure.write("out.png", scale=2)
    document, path, options = shelf.written[0]
    assert decode(document.figure["data"][0]["y"]).tolist() == [2, 8]
    assert path.is_absolute() and path.name == "out.png" and options == {"scale": 2}


def test_plot_gives_axis_titles_to_the_layout(names: dict[str, Any]) -> None:
    figure = names["plot"]([0, 1], [2, 3], xaxis_title="Time (s)", yaxis_range=[0, 4], xaxis="x2")
    made = figure.to_dict()
    assert made["layout"] == {"xaxis": {"title": {"text": "Time (s)"}}, "yaxis": {"range": [0, 4]}}
    assert made["data"][0]["xaxis"] == "x2"


def test_plot_draws_several_lines(names: dict[str, Any]) -> None:
    plot = names["plot"]
    assert len(plot(np.zeros((5, 3))).data) == 3
    figure = plot([1, 2], [3, 4], [5, 6], name=["a", "b"])
    assert [trace.name for trace in figure.data] == ["a", "b"]
    assert "x" not in plot([3, 4]).data[0]


def test_plot_into_a_named_figure_stays_bound_and_replaces(shelf: Shelf, names: dict[str, Any]) -> None:
    for column in ("x", "y"):
        names["plot"]("accel.t", f"accel.{column}", name="it", figure="Motion")
    assert shelf.figures["Motion"].figure["data"] == [
        {"type": "scatter", "x": {"expr": "accel.t"}, "y": {"expr": "accel.y"}, "name": "it"}
    ]


def test_the_active_figure_and_what_is_missing(shelf: Shelf, names: dict[str, Any]) -> None:
    assert "no figure is active" in repr(names["figure"])
    with pytest.raises(LookupError, match=r"figures.new\('Motion'\)"):
        names["figure"].add_scatter(y=[1])
    with pytest.raises(KeyError, match="there is none yet"):
        names["figures"]["Lost"]
    names["figures"].new("A")
    names["figure"].add_scatter(y=[1])
    assert len(shelf.figures["A"].figure["data"]) == 1


def test_files_and_other_peoples_figures_are_opened(
    shelf: Shelf, names: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "Fall.plot.json"
    path.write_text('{"data": [{"y": [1]}], "layout": {}}')
    assert names["figures"].open(path).name == "Fall"
    assert names["figures"].open({"data": [{"y": [2]}]}, name="B").name == "B"
    assert names["figures"].open('{"data": []}').name == "Figure 3"
    names["figures"].remove("B")
    assert shelf.names() == ["Fall", "Figure 3"]


def test_magic_underscores_know_names_that_hold_some() -> None:
    assert split_name("xaxis2_title_font_size") == ("xaxis2", "title", "font", "size")
    assert split_name("error_y_array") == ("error_y", "array")
    assert split_name("plot_bgcolor") == ("plot_bgcolor",)


def test_arrays_survive_both_wire_forms() -> None:
    for array in (
        np.arange(6, dtype="i2").reshape(2, 3),
        np.array([1.5, np.nan]),
        np.array([True, False]),
        np.array([2**40]),
    ):
        spec, buffers = detach({"a": [array]})
        assert np.array_equal(attach(json.loads(json.dumps(spec)), buffers)["a"][0], array, equal_nan=True)
        assert np.array_equal(decode(encode(array)), array, equal_nan=True)
    assert encode(np.array(["2024-01-01", "NaT"], "datetime64[D]")) == ["2024-01-01T00:00:00.000000", None]
    with pytest.raises(ValueError, match="unknown array type"):
        decode({"dtype": "f3", "bdata": ""})
    with pytest.raises(ValueError, match="no array data"):
        attach({"dtype": "f8", "shape": [1], "buffer": 4}, [])


def test_the_kernel_side_is_light() -> None:
    code = """if True:
        import sys, engines.plot.scripting
        print([name for name in ('numpy', 'PySide6', 'IPython') if name in sys.modules])"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout.strip() == "[]"
