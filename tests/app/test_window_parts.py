"""The window's parts by themselves: docks in named layouts, the palette, the status area."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from app.commands.registry import Registry
from app.docks import LAYOUTS, Docks
from app.notices import Notices
from app.palette import Palette
from app.status import MessagesView, StatusArea
from tests.app.test_registry import module

PANELS = (
    "plot:Motion",
    "sheet:Motion",
    "notebook:Explore",
    "board:board",
    "console",
    "variables",
    "messages",
)


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    return made


@pytest.fixture
def docks(window, qtbot):
    docks = Docks(window)
    for name in PANELS:
        docks.add(name, name, QWidget())
    with qtbot.waitExposed(window):
        window.show()
    return docks


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_shows_its_panels_and_hides_the_others(docks, layout):
    docks.arrange(layout)
    wanted = {kind for _, rows in LAYOUTS[layout] for _, kinds in rows for kind in kinds}
    for name in PANELS:
        assert docks.dock(name).isHidden() == (name.partition(":")[0] not in wanted)


def test_a_saved_layout_comes_back_and_a_foreign_one_is_refused(docks):
    docks.arrange("Notebook")
    state = docks.state()
    docks.arrange("Everything")
    assert docks.restore(state)
    assert docks.dock("board:board").isHidden()
    assert not docks.restore(b"something else")


def test_palette_finds_a_command_and_runs_it(qtbot, window):
    ran = []
    palette = Palette(window, Registry([module()]), ran.append)
    qtbot.addWidget(palette)
    palette.open()
    assert [title.split("\t")[0] for title in palette.titles] == ["Save"]  # the other one needs arguments
    qtbot.keyClicks(palette._query, "sv")
    qtbot.keyClick(palette._query, Qt.Key.Key_Return)
    assert ran == ["sheet.save"]


def test_an_error_stays_with_its_remedy_until_it_is_dismissed(qtbot):
    notices, ran = Notices(), []
    status = StatusArea(notices, ran.append, lambda name: f"Do {name}")
    qtbot.addWidget(status)
    notices.error("The kernel died.", "kernel.restart")
    assert "The kernel died." in status._text.text()
    assert status._remedy.text() == "Do kernel.restart"
    status._remedy.click()
    assert ran == ["kernel.restart"]
    assert status._text.text() == ""


def test_messages_keep_what_was_said(qtbot):
    notices = Notices()
    notices.info("before")
    view = MessagesView(notices)
    qtbot.addWidget(view)
    notices.warn("after")
    assert "before" in view.toPlainText()
    assert "after" in view.toPlainText()
