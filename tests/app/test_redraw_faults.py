"""A fault in the drawing of one figure is told once; the other figures go on."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from app.panels import Panels
from engines.plot.document import FigureDocument
from widgets.plot.panel import PlotPanel


class Feed:
    def __init__(self, fault=None):
        self.fault, self.asked, self.data = fault, 0, {}

    def refresh(self, seconds):
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return True


@pytest.fixture
def shown(qtbot):
    def show(name, feed):
        panel = PlotPanel()
        qtbot.addWidget(panel)
        panel.set_document(FigureDocument(name, {"data": [{"y": [1, 2]}]}))
        with qtbot.waitExposed(panel):
            panel.show()
        return panel, SimpleNamespace(document=panel.document, feed=feed)

    return show


def test_a_figure_that_fails_rests_until_it_is_changed(shown, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, where: told.append(error))
    (bad, bad_figure), (good, good_figure) = shown("bad", Feed(KeyError("x"))), shown("good", Feed())
    conductor = SimpleNamespace(
        figures={"bad": bad_figure, "good": good_figure}, streams=SimpleNamespace(names=list)
    )
    panels = Panels(SimpleNamespace(times={}), conductor)
    panels._figures.update(bad=bad, good=good)
    for _ in range(5):
        panels.redraw()
    assert (bad_figure.feed.asked, good_figure.feed.asked) == (1, 5)
    assert len(told) == 1
    assert "KeyError" in bad.canvas.halted
    bad.canvas.repaint()
    assert bad.canvas.grab().toImage() != good.canvas.grab().toImage()

    bad.document.set(("layout", "title", "text"), "again")
    assert bad.canvas.halted == ""
    panels.redraw()
    assert bad_figure.feed.asked == 2
