"""The plot's widgets under the hand: painting, panning, zooming, hovering, keys, following, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPalette, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from engines.plot.data import Unavailable
from engines.plot.document import FigureDocument
from widgets.plot import canvas as canvas_module
from widgets.plot.gestures import Mode
from widgets.plot.output import FigureOutput, figure_widget
from widgets.plot.panel import PlotPanel

LINES = {"data": [{"x": [0, 10], "y": [0, 10], "name": "a"}, {"x": [0, 10], "y": [5, 5], "name": "b"}]}
LIVE = {
    "data": [{"x": {"expr": "t"}, "y": {"expr": "v"}, "mode": "lines", "name": "v"}],
    "layout": {"meta": {"live": {"xaxis": 10}}},
}


def live_data(end: float) -> dict[str, Any]:
    t = np.linspace(end - 20, end, 2000)
    return {"t": t, "v": np.sin(t)}


@pytest.fixture
def panel(qtbot) -> PlotPanel:
    made = PlotPanel()
    qtbot.addWidget(made)
    made.resize(700, 480)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(panel: PlotPanel, figure: dict[str, Any], data: dict[str, Any] | None = None) -> FigureDocument:
    document = FigureDocument("A", figure)
    panel.set_document(document)
    panel.set_data(data or {})
    paint(panel)
    return document


def paint(panel: PlotPanel) -> None:
    panel.redraw()
    panel.canvas.repaint()


def ranges(panel: PlotPanel) -> dict[str, Any]:
    return {name: axis["range"] for name, axis in panel.scene.computed()["axes"].items()}


def middle(panel: PlotPanel) -> QPoint:
    box = panel.scene.plots[0][2]
    return QPoint(round(box.x + box.width / 2), round(box.y + box.height / 2))


def drag(qtbot, panel: PlotPanel, start: QPoint, end: QPoint, button=Qt.MouseButton.LeftButton) -> None:
    qtbot.mousePress(panel.canvas, button, pos=start)
    qtbot.mouseMove(panel.canvas, (start + end) / 2)
    qtbot.mouseMove(panel.canvas, end)
    qtbot.mouseRelease(panel.canvas, button, pos=end)
    paint(panel)


def wheel(panel: PlotPanel, at: QPoint, turned: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place, panel.canvas.mapToGlobal(place), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton,
        modifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panel.canvas, event)
    paint(panel)


def colors(panel: PlotPanel) -> set[str]:
    image = panel.canvas.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }


def test_a_figure_is_painted_in_its_colours(panel: PlotPanel) -> None:
    show(panel, {"data": [{"y": [0, 0], "mode": "lines", "line": {"color": "#ff0000", "width": 6}}]})
    assert "#ff0000" in colors(panel)
    assert panel.frames >= 1


def test_dragging_pans_and_is_one_undo_step(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LINES)
    before = ranges(panel)
    start = middle(panel)
    drag(qtbot, panel, start, start + QPoint(60, 0))
    after = ranges(panel)
    assert after["xaxis"][0] < before["xaxis"][0]
    assert after["yaxis"] == pytest.approx(before["yaxis"])
    assert document.figure["layout"]["xaxis"]["range"] == after["xaxis"]
    document.history.undo()
    paint(panel)
    assert ranges(panel) == before
    assert document.history.undo_label is None


def test_the_right_button_zooms_to_a_box(qtbot, panel: PlotPanel) -> None:
    show(panel, LINES)
    start = middle(panel)
    drag(qtbot, panel, start, start + QPoint(80, 60), Qt.MouseButton.RightButton)
    low, high = ranges(panel)["xaxis"]
    assert 4.9 < low < high < 8
    assert ranges(panel)["yaxis"][1] < 6


def test_a_flat_box_zooms_one_axis_only(qtbot, panel: PlotPanel) -> None:
    show(panel, LINES)
    panel.set_mode(Mode.ZOOM)
    before = ranges(panel)
    start = middle(panel)
    drag(qtbot, panel, start, start + QPoint(80, 4))
    assert ranges(panel)["yaxis"] == pytest.approx(before["yaxis"])
    assert ranges(panel)["xaxis"][1] < 8


def test_escape_takes_a_drag_back(qtbot, panel: PlotPanel) -> None:
    show(panel, LINES)
    before = ranges(panel)
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=middle(panel))
    qtbot.mouseMove(panel.canvas, middle(panel) + QPoint(50, 0))
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Escape)
    paint(panel)
    assert ranges(panel)["xaxis"] == pytest.approx(before["xaxis"])


def test_the_wheel_zooms_at_the_pointer_and_rests_into_one_step(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LINES)
    at = middle(panel)
    under = panel.scene.axes["x"].to_axis(at.x())
    for _ in range(3):
        wheel(panel, at, 120)
    assert panel.scene.axes["x"].to_axis(at.x()) == pytest.approx(under)
    assert document.history.undo_label is None
    qtbot.waitUntil(lambda: document.history.undo_label == "Zoom")
    document.history.undo()
    assert document.history.undo_label is None


def test_modifiers_and_labels_choose_the_axis(panel: PlotPanel) -> None:
    show(panel, LINES)
    before = ranges(panel)
    wheel(panel, middle(panel), 120, Qt.KeyboardModifier.ControlModifier)
    assert ranges(panel)["yaxis"] == before["yaxis"]
    assert ranges(panel)["xaxis"] != before["xaxis"]
    now = ranges(panel)
    box = panel.scene.plots[0][2]
    wheel(panel, QPoint(round(box.x) - 10, middle(panel).y()), 120)
    assert ranges(panel)["xaxis"] == now["xaxis"]
    assert ranges(panel)["yaxis"] != now["yaxis"]


def test_double_click_gives_automatic_ranges(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LINES)
    before = ranges(panel)
    drag(qtbot, panel, middle(panel), middle(panel) + QPoint(60, 20))
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=middle(panel))
    paint(panel)
    assert ranges(panel) == before
    assert document.history.undo_label == "Reset axes"


def test_everything_works_from_the_keyboard(qtbot, panel: PlotPanel) -> None:
    show(panel, LINES)
    before = ranges(panel)

    def press(key: Qt.Key) -> dict[str, Any]:
        qtbot.keyClick(panel.canvas, key)
        paint(panel)
        return ranges(panel)

    assert press(Qt.Key.Key_Right)["xaxis"][0] > before["xaxis"][0]
    assert press(Qt.Key.Key_Up)["yaxis"][1] > before["yaxis"][1]
    width = np.ptp(ranges(panel)["xaxis"])
    assert np.ptp(press(Qt.Key.Key_Plus)["xaxis"]) < width
    assert np.ptp(press(Qt.Key.Key_Minus)["xaxis"]) == pytest.approx(width)
    assert press(Qt.Key.Key_Home) == before


def test_a_click_in_the_legend_hides_a_trace(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LINES)
    box = panel.scene.legend[1].box
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(box.x + 5), round(box.y + 8)))
    assert document.figure["data"][1]["visible"] == "legendonly"
    paint(panel)
    assert [entry.shown for entry in panel.scene.legend] == [True, False]


def test_hovering_marks_the_nearest_point(qtbot, panel: PlotPanel) -> None:
    show(panel, {"data": [{"x": [0, 5, 10], "y": [0, 5, 0], "mode": "lines"}]})
    quiet = panel.canvas.grab().toImage()
    axes = panel.scene.axes
    qtbot.mouseMove(panel.canvas, QPoint(round(axes["x"].to_pixel(5)) + 3, round(axes["y"].to_pixel(5)) + 3))
    frames = panel.frames
    assert panel.canvas.grab().toImage() != quiet
    assert panel.frames == frames, "the picture below the pointer is not made again"


def test_a_live_figure_follows_pauses_and_follows_again(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LIVE, live_data(100))
    assert panel.toolbar.follow.isVisible() and panel.toolbar.follow.isChecked()
    assert ranges(panel)["xaxis"] == [90, 100]
    drag(qtbot, panel, middle(panel), middle(panel) + QPoint(100, 0))
    assert not panel.is_following and not panel.toolbar.follow.isChecked()
    paused = ranges(panel)["xaxis"]
    panel.set_data(live_data(105))
    paint(panel)
    assert ranges(panel)["xaxis"] == paused
    qtbot.keyClick(panel.canvas, Qt.Key.Key_F)
    paint(panel)
    assert ranges(panel)["xaxis"] == [95, 105]
    qtbot.mouseClick(panel.toolbar.follow, Qt.MouseButton.LeftButton)
    assert not panel.is_following
    assert "xaxis" not in document.figure["layout"]


def test_data_are_wanted_only_where_they_are_seen(qtbot, panel: PlotPanel) -> None:
    assert not panel.wants_data()
    show(panel, LIVE, live_data(100))
    assert panel.wants_data()
    panel.hide()
    assert not panel.wants_data()
    frames = panel.frames
    panel.redraw()
    assert panel.frames == frames


def test_frames_are_counted(panel: PlotPanel) -> None:
    show(panel, LIVE, live_data(100))
    before = panel.frames
    for step in range(10):
        panel.set_data(live_data(100 + step))
        paint(panel)
    assert panel.frames == before + 10
    assert panel.frame_rate() >= 10


def test_an_edit_by_code_is_seen_at_once(qtbot, panel: PlotPanel) -> None:
    document = show(panel, LINES)
    document.set(("layout", "xaxis", "range"), [2, 3])
    qtbot.waitUntil(lambda: ranges(panel)["xaxis"] == [2, 3])
    panel.set_document(None)
    document.set(("layout", "xaxis", "range"), [4, 5])
    assert panel.scene is None


def test_a_document_outlives_its_panel(qtbot) -> None:
    document = FigureDocument("A", LINES)
    panel = PlotPanel()
    panel.set_document(document)
    shiboken6.delete(panel)
    document.set(("layout", "width"), 500)
    document.set(("layout", "width"), 600)


def test_a_broken_trace_and_a_broken_figure_are_told_quietly(panel: PlotPanel, monkeypatch) -> None:
    show(panel, {"data": [{"y": {"expr": "v"}}], "layout": {"wobble": 1}}, {"v": Unavailable("no such name")})
    assert panel.scene.notes == ("trace 0: v: no such name",)
    assert "layout.wobble" in panel.message.text()

    def fail(*_: object) -> None:
        raise RuntimeError("out of paint")

    monkeypatch.setattr(canvas_module, "paint_scene", fail)
    paint(panel)
    assert "RuntimeError: out of paint" in panel.message.text()


@pytest.mark.parametrize("document", [None, FigureDocument("Empty")])
def test_an_empty_panel_says_what_to_do(panel: PlotPanel, document: FigureDocument | None) -> None:
    panel.set_document(document)
    panel.canvas.repaint()
    assert len(colors(panel)) > 2


def test_the_theme_follows_the_palette(qtbot, panel: PlotPanel) -> None:
    show(panel, LINES)
    dark = QPalette(panel.palette())
    dark.setColor(QPalette.ColorRole.Base, QColor("#101418"))
    dark.setColor(QPalette.ColorRole.Text, QColor("#e0e0e0"))
    panel.setPalette(dark)
    paint(panel)
    assert panel.scene.background == (16, 20, 24, 255)
    assert "#101418" in colors(panel)


def test_export_writes_what_is_seen_and_says_what_went_wrong(panel: PlotPanel, tmp_path: Path) -> None:
    show(panel, LINES)
    for suffix in ("png", "svg", "pdf", "json"):
        assert panel.export(tmp_path / f"figure.{suffix}")
        assert (tmp_path / f"figure.{suffix}").stat().st_size > 100
    assert not panel.export(tmp_path / "figure.gif")
    assert "cannot write .gif" in panel.message.text()


def test_every_button_has_a_name(panel: PlotPanel) -> None:
    for button in (
        panel.toolbar.pan,
        panel.toolbar.zoom,
        panel.toolbar.follow,
        panel.toolbar.reset,
        panel.toolbar.export,
    ):
        assert button.accessibleName() and button.toolTip()


def test_a_figure_in_a_notebook(qtbot) -> None:
    widget = figure_widget(LINES | {"layout": {"height": 300}})
    qtbot.addWidget(widget)
    assert isinstance(widget, FigureOutput)
    widget.resize(500, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.canvas.repaint()
    assert widget.height() == 300
    before = ranges(widget)
    widget.canvas.clearFocus()
    wheel(widget, middle(widget), 120)
    assert ranges(widget) == before, "the wheel scrolls the page until the plot was clicked"


def test_what_is_no_figure_is_told(qtbot) -> None:
    widget = figure_widget({"data": 5})
    qtbot.addWidget(widget)
    assert isinstance(widget, QLabel)
    assert "data is a list of traces" in widget.text()


def test_export_proposes_the_projects_folder(qtbot, tmp_path: Path) -> None:
    panel = PlotPanel(folder=tmp_path)
    qtbot.addWidget(panel)
    panel.set_document(FigureDocument("Motion", LINES))
    panel.choose_export()
    (dialog,) = panel.findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]) == tmp_path / "Motion.png"
    dialog.reject()


def test_the_panels_focus_is_the_canvas(panel: PlotPanel) -> None:
    show(panel, LINES)
    panel.setFocus()
    assert panel.focusProxy() is panel.canvas
