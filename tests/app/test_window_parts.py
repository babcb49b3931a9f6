"""The window's parts by themselves: docks in named layouts, the palette, the status area."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.commands import COMMAND_MODULES
from app.commands.registry import Registry
from app.docks import LAYOUTS, Docks
from app.menus import fill_menu_bar, fill_recent
from app.notices import Notices
from app.palette import Palette
from app.status import MessagesView, StatusArea
from app.suggestions import Suggestions
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


@pytest.fixture
def palette(qtbot, window):
    """Of two commands; ``ran`` is what was run. Cells can be anything, a value is one of two."""

    def suggest(command, parameter, typed):
        return (
            Suggestions(("1", "2.5"), only=True) if parameter.name == "value" else Suggestions(("A1", "B7"))
        )

    made = Palette(
        window, Registry([module()]), lambda name, arguments: made.ran.append((name, arguments)), suggest
    )
    made.ran = []
    made.type = lambda text, *keys: _type(qtbot, made._query, text, *keys)
    qtbot.addWidget(made)
    made.open()
    return made


def _type(qtbot, line, text, *keys):
    qtbot.keyClicks(line, text)
    for key in keys:
        qtbot.keyClick(line, key)


def test_palette_finds_a_command_by_title_or_name_and_runs_it(palette):
    assert [title.split("\t")[0] for title in palette.titles] == ["Save", "Set a cell …"]
    palette.type("sheet.save", Qt.Key.Key_Return)
    assert palette.ran == [("sheet.save", [])]
    assert palette.isHidden()


def test_palette_asks_for_what_a_command_needs(palette):
    palette.type("setc", Qt.Key.Key_Return)
    assert "Set a cell" in palette.question
    assert "Put a value into a cell." in palette.question
    palette.type("", Qt.Key.Key_Return)  # an argument without a default cannot be left out
    palette.type("C3", Qt.Key.Key_Return)
    assert palette.titles == ["1", "2.5"]
    palette.type("7", Qt.Key.Key_Return)
    assert palette.ran == []  # nothing else can be given here
    palette.type("", Qt.Key.Key_Backspace)
    palette.type("2", Qt.Key.Key_Return)
    assert palette.ran == [("sheet.set_cell", ["cell=C3", "value=2.5"])]


def test_palette_completes_and_goes_back(palette):
    palette.type("setc", Qt.Key.Key_Return)
    palette.type("b", Qt.Key.Key_Tab)
    assert palette._query.text() == "B7"
    palette.type("", Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert palette.titles == ["A1", "B7"]
    palette.type("", Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert palette.ran == [("sheet.set_cell", ["cell=A1", "value=2.5"])]


def test_escape_leads_to_the_commands_and_out(palette):
    palette.type("setc", Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert palette.question == ""
    assert len(palette.titles) == 2
    palette.type("", Qt.Key.Key_Escape)
    assert palette.isHidden()
    palette.open("sheet.set_cell")  # from the menu: there is no list of commands to go back to
    palette.type("", Qt.Key.Key_Escape)
    assert palette.isHidden()
    assert palette.ran == []


def test_menus_bind_keys_of_the_window_and_only_show_those_of_panels(window):
    started = []
    fill_menu_bar(window, Registry(COMMAND_MODULES), started.append, lambda menu: None)
    actions = {action.text(): action for action in window.actions()}
    assert actions["Recalculate"].shortcut().toString() == "F9"
    assert actions["Insert a cell below\tB"].shortcut().isEmpty()
    actions["Rename document …"].trigger()
    assert started == ["file.rename_document"]


def test_recent_projects_that_are_gone_are_grey(qtbot, window, tmp_path):
    opened = []
    menu = QMenu(window)
    fill_recent(menu, [tmp_path, tmp_path / "gone"], opened.append)
    there, gone = menu.actions()
    assert not gone.isEnabled()
    there.trigger()
    assert opened == [str(tmp_path)]


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
