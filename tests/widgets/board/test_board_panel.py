"""The board panel on the virtual pyboard: connect, files, streams, run, restart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from engines.board.connection.transport import process_target
from engines.board.status import Remedy, State
from engines.board.virtual import command
from widgets.board.panel import BoardPanel

SAMPLER = """
import pyb
from stream import stream
s = stream("accel", "xyz", fmt="3h", unit="g")
a = pyb.Accel()
t = pyb.Timer(4, freq=100, callback=lambda t: s.send(a.x(), a.y(), a.z()))
"""


@pytest.fixture
def flash(tmp_path) -> Path:
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").write_text(SAMPLER)
    (flash / "notes.txt").write_text("12345")
    return flash


@pytest.fixture
def target(flash):
    return process_target(
        "Virtual pyboard", [sys.executable, "-m", "engines.board.virtual", *command(flash)], "built in"
    )


@pytest.fixture
def panel(qtbot, session, store, target):
    panel = BoardPanel(session, lambda: [target], store)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def connected(qtbot, panel, session, target):
    session.connect(target)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=20_000)
    qtbot.waitUntil(lambda: bool(panel.files.tree.files.disks), timeout=10_000)
    return panel


def test_the_menu_lists_what_can_be_connected_to(qtbot, panel, session):
    assert panel.files.tree.isHidden()
    assert not panel.toolbar.interrupt_action.isEnabled()
    panel.menu.look()
    qtbot.waitUntil(lambda: any("Virtual" in action.text() for action in panel.menu.actions()))
    panel.menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=20_000)
    assert panel.toolbar.interrupt_action.isEnabled()
    assert panel.toolbar.connect_button.text() == "Virtual pyboard"


def test_files_go_both_ways_while_it_streams(qtbot, connected, flash, store, session, tmp_path):
    data = bytes(range(256)) * 40
    source = tmp_path / "data.bin"
    source.write_bytes(data)
    (tmp_path / "back").mkdir()
    files = connected.files
    files.upload([source], "/flash")
    qtbot.waitUntil(lambda: files.tree.files.node("/flash/data.bin") is not None, timeout=20_000)
    assert (flash / "data.bin").read_bytes() == data
    files.download(["/flash/data.bin"], tmp_path / "back")
    qtbot.waitUntil((tmp_path / "back" / "data.bin").exists, timeout=20_000)
    assert (tmp_path / "back" / "data.bin").read_bytes() == data
    assert session.traffic.samples > 20
    assert session.traffic.lost == 0
    assert "accel" in store.names()


def test_the_streams_are_shown_with_their_rate(qtbot, connected):
    qtbot.waitUntil(lambda: connected.streams.text().startswith("accel "), timeout=10_000)
    assert "lost" not in connected.streams.text()
    assert "0 lost" in connected.streams.toolTip()


def test_a_file_is_run_with_its_output_in_the_terminal(qtbot, connected, tmp_path):
    source = tmp_path / "hello.py"
    source.write_text("print('hello from', 6 * 7)\n1/0\n")
    connected.run_file(source)
    text = connected.terminal.text
    qtbot.waitUntil(lambda: "hello from 42" in text.toPlainText(), timeout=10_000)
    qtbot.waitUntil(lambda: text.toPlainText().rstrip().endswith(">>>"), timeout=10_000)
    assert "ZeroDivisionError" in text.toPlainText()
    assert "raw REPL" not in text.toPlainText()


def test_a_killed_board_says_so_and_is_restarted_by_the_button(qtbot, connected, session):
    import os

    os.kill(session._link._transport.pid, 9)
    restart = connected.terminal.state_line.button(Remedy.RESTART)
    qtbot.waitUntil(restart.isVisible, timeout=10_000)
    assert "exit code" in connected.terminal.state_line.text
    assert connected.files.tree.files.stale
    assert "as they were" in connected.files.state_note.text
    qtbot.mouseClick(restart, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=20_000)
    qtbot.waitUntil(lambda: not connected.files.tree.files.stale, timeout=10_000)


@pytest.mark.feature("soft and hard reset")
def test_soft_and_hard_reset(qtbot, connected, session):
    session.exec("kept = 1").result(10)
    connected.toolbar.soft_reset_action.trigger()
    qtbot.waitUntil(lambda: "soft reboot" in connected.terminal.text.toPlainText(), timeout=10_000)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=10_000)
    assert session.eval("'kept' in globals()").result(10) == "False"
    connected.toolbar.hard_reset_action.trigger()
    qtbot.waitUntil(lambda: connected.terminal.text.toPlainText().count("MicroPython v") >= 3, timeout=10_000)


def test_every_button_has_a_name(panel):
    for button in panel.findChildren(QToolButton):
        if button.objectName().startswith("qt_") or not button.isVisibleTo(panel):
            continue  # what is hidden may have nothing to say yet
        assert button.text() or (button.toolTip() and button.accessibleName())


def test_a_narrow_panel_is_the_terminals_unless_the_user_wants_the_files(qtbot, panel):
    assert panel.files.isVisible()
    panel.resize(500, 300)
    qtbot.waitUntil(lambda: not panel.files.isVisible())
    panel.files_action.trigger()
    assert panel.files.isVisible()
    panel.resize(480, 300)
    assert panel.files.isVisible()


def test_files_or_terminal_can_have_the_whole_panel_and_the_choice_is_remembered(
    qtbot, session, store, target, panel
):
    memory: dict[str, str] = {}
    first = BoardPanel(session, lambda: [target], store, memory=memory)
    qtbot.addWidget(first)
    first.resize(900, 400)
    first.show()
    first.views.main_action.trigger()
    assert first.files.isVisible()
    assert not first.terminal.isVisible()
    again = BoardPanel(session, lambda: [target], store, memory=memory)
    qtbot.addWidget(again)
    again.resize(900, 400)
    again.show()
    assert again.files.isVisible()
    assert not again.terminal.isVisible()
    again.files_action.trigger()  # the last one cannot be hidden: the terminal comes instead
    assert again.terminal.isVisible()
    assert not again.files.isVisible()


def test_a_page_can_be_added_and_takes_the_place_of_the_other(qtbot, panel):
    page = QWidget()
    action = panel.add_page("Device", lambda: page)
    assert not page.isVisible()
    action.trigger()
    assert page.isVisible()
    assert not panel.files.isVisible()
    assert not panel.files_action.isChecked()
    panel.show_page("Files")
    assert panel.files.isVisible()
    assert panel.terminal.isVisible()


def test_bars_and_pages_take_their_room_from_the_panel_not_from_others(qtbot, panel):
    panel.resize(640, 234)
    panel.show_page("Files")
    least = panel.minimumSizeHint().height()
    panel.ask.ask_text("Address of the board", "Connect", "", lambda text: None)
    panel.files.note.say("Deleted lib.", ("Undo", lambda: None))
    panel.files.state_note.say("No board is connected.")
    qtbot.waitUntil(lambda: panel.files.state_note.isVisible() and panel.ask.isVisible())
    panel.layout().activate()
    assert least < panel.minimumSizeHint().height() <= 234


def test_the_toggles_stay_where_they_are_when_a_board_comes(qtbot, panel, session, target):
    before = panel.toolbar.pages.geometry()
    session.connect(target)
    qtbot.waitUntil(lambda: panel.toolbar.connect_button.text() == "Virtual pyboard", timeout=20_000)
    panel.toolbar.layout().activate()
    assert panel.toolbar.pages.geometry() == before


def test_what_the_menu_more_lists_is_asked_of_the_application(panel):
    wanted = []
    panel.command_wanted.connect(lambda name, arguments: wanted.append(name))
    for action in panel.toolbar.pages.menu.actions():
        if not action.isSeparator() and not action.isCheckable():
            action.trigger()
    assert wanted == [
        "board.mount_project",
        "board.unmount",
        "board.set_clock",
        "board.undo_sync",
        "board.flash",
    ]
