"""Where editors appear among the other panels."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMainWindow, QWidget

from app.docks import Docks


@pytest.fixture
def docks(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    docks = Docks(window)
    for name in ("plot:Motion", "notebook:Explore", "board:board"):
        docks.add(name, name, QWidget())
    docks.arrange()
    with qtbot.waitExposed(window):
        window.show()
    docks.window = window
    return docks


def beside(docks, name):
    docks.show(name)
    return {each.objectName() for each in docks.window.tabifiedDockWidgets(docks.dock(name))}


def test_a_panel_appears_beside_the_first_kind_that_is_shown(docks):
    docks.add("code:1", "main.py", QWidget(), beside=("code", "notebook", "plot"))
    assert beside(docks, "code:1") == {"notebook:Explore"}
    docks.add("code:2", "lib.py", QWidget(), beside=("code", "notebook", "plot"))
    assert beside(docks, "code:2") == {"notebook:Explore", "code:1"}


def test_without_a_notebook_it_goes_to_the_plot(docks):
    docks.dock("notebook:Explore").hide()
    docks.add("code:1", "main.py", QWidget(), beside=("code", "notebook", "plot"))
    assert beside(docks, "code:1") == {"plot:Motion"}


def test_revealing_leaves_the_focus(docks, qtbot):
    docks.dock("board:board").hide()
    docks.dock("plot:Motion").widget().setFocus()
    docks.reveal("board:board")
    assert not docks.dock("board:board").isHidden()


def test_the_bench_has_the_code_above_the_board(docks):
    docks.add("code:1", "main.py", QWidget())
    docks.arrange("Board bench")
    code, board = docks.dock("code:1"), docks.dock("board:board")
    assert code.x() == board.x()
    assert code.y() < board.y()
