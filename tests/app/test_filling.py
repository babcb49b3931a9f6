"""A window gets all the panels that can be made."""

from __future__ import annotations

from types import SimpleNamespace

from PySide6.QtCore import QCoreApplication, QObject

from app.filling import Filling, error_panel
from app.panels import Panels
from engines.plot.document import FigureDocument


def test_a_step_that_fails_is_reported_and_the_others_follow(qtbot):
    ran = []
    owner = QObject()
    filling = Filling(owner)
    with qtbot.captureExceptions() as caught:
        filling.begin([lambda: ran.append(1), lambda: 1 / 0, lambda: ran.append(2)])
        qtbot.waitUntil(lambda: ran == [1, 2])
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_a_stopped_filling_runs_nothing_more(qtbot):
    ran = []
    owner = QObject()
    filling = Filling(owner)
    filling.begin([lambda: ran.append(1), lambda: ran.append(2)])
    filling.stop()
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()
    assert ran == [1]


def test_a_panel_that_cannot_be_made_says_so_and_can_be_closed(qtbot):
    conductor = SimpleNamespace(project=SimpleNamespace(folder=None), figures={})
    panels = Panels(SimpleNamespace(), conductor)
    document = FigureDocument("Motion")
    with qtbot.captureExceptions() as caught:
        panel = panels.document(document)  # the conductor knows no such figure
    qtbot.addWidget(panel)
    assert "Motion.plot.json cannot be shown: KeyError" in panel.text()
    assert [kind for kind, _, _ in caught] == [KeyError]
    panels.forget(document)


def test_the_error_panel_takes_its_text_as_it_is(qtbot):
    panel = error_panel("<b>x</b>.ipynb", ValueError("<i>odd</i>"))
    qtbot.addWidget(panel)
    assert panel.textFormat().name == "PlainText"
