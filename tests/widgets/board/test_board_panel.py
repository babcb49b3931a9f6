"""The board panel on the virtual pyboard: connect, files, streams, run, restart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QToolButton

from engines.board.files import Entry
from engines.board.status import Remedy, State
from engines.board.transport import process_target
from engines.board.virtual import command
from widgets.board.file_tree import FileTree, size_text
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
    qtbot.waitUntil(lambda: bool(names(panel.files.tree)), timeout=10_000)
    return panel


def names(tree: FileTree, parent=None) -> list[str]:
    parent = parent or tree.invisibleRootItem()
    return [parent.child(row).text(0) for row in range(parent.childCount())]


def flash_item(qtbot, panel):
    tree = panel.files.tree
    item = next(
        tree.topLevelItem(i)
        for i in range(tree.topLevelItemCount())
        if tree.topLevelItem(i).text(0) == "flash"
    )
    item.setExpanded(True)
    qtbot.waitUntil(lambda: item.childCount() > 0, timeout=10_000)
    return item


def test_the_menu_lists_what_can_be_connected_to(qtbot, panel, session):
    assert panel.files.tree.isHidden()
    assert not panel.interrupt_action.isEnabled()
    panel.look_for_targets()
    qtbot.waitUntil(lambda: any("Virtual" in action.text() for action in panel.menu.actions()))
    panel.menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=20_000)
    assert panel.interrupt_action.isEnabled()
    assert panel.connect_button.text() == "Virtual pyboard"


def test_files_are_listed_lazily_with_sizes(qtbot, connected):
    item = flash_item(qtbot, connected)
    tree = connected.files.tree
    assert {"main.py", "notes.txt"} <= set(names(tree, item))
    sizes = {item.child(row).text(0): item.child(row).text(1) for row in range(item.childCount())}
    assert sizes["notes.txt"] == "5 B"
    qtbot.waitUntil(lambda: "free" in connected.files._space.text())


def test_files_go_both_ways_while_it_streams(qtbot, connected, flash, store, session, tmp_path):
    item = flash_item(qtbot, connected)
    data = bytes(range(256)) * 40
    source = tmp_path / "data.bin"
    source.write_bytes(data)
    connected.files.upload([source], "/flash")
    qtbot.waitUntil(lambda: "data.bin" in names(connected.files.tree, item), timeout=20_000)
    assert (flash / "data.bin").read_bytes() == data
    connected.files.download("/flash/data.bin", tmp_path / "back.bin")
    qtbot.waitUntil((tmp_path / "back.bin").exists, timeout=20_000)
    assert (tmp_path / "back.bin").read_bytes() == data
    assert session.traffic.samples > 20
    assert session.traffic.lost == 0
    assert "accel" in store.names()


def test_new_rename_delete_are_asked_at_the_foot(qtbot, connected, flash):
    item = flash_item(qtbot, connected)
    files = connected.files
    files.tree.setCurrentItem(item)
    files._ask_folder()
    files.ask.field.setText("lib")
    qtbot.keyClick(files.ask.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "lib" in names(files.tree, item), timeout=10_000)
    row = names(files.tree, item).index("notes.txt")
    files.tree.setCurrentItem(item.child(row))
    files._ask_name()
    files.ask.field.setText("renamed.txt")
    files.ask.yes.click()
    qtbot.waitUntil(lambda: "renamed.txt" in names(files.tree, item), timeout=10_000)
    files.tree.setCurrentItem(item.child(names(files.tree, item).index("renamed.txt")))
    files._ask_delete()
    assert files.ask.isVisible()
    qtbot.keyClick(files.ask.yes, Qt.Key.Key_Escape)
    assert not files.ask.isVisible()
    assert (flash / "renamed.txt").exists()
    files._ask_delete()
    files.ask.yes.click()
    qtbot.waitUntil(lambda: "renamed.txt" not in names(files.tree, item), timeout=10_000)
    assert not (flash / "renamed.txt").exists()


def test_a_refused_operation_is_told_in_a_quiet_line(qtbot, connected, tmp_path):
    connected.files.download("/flash/nothing", tmp_path / "x")
    qtbot.waitUntil(lambda: "no such file" in connected.files._note.text(), timeout=10_000)
    connected.files.upload([tmp_path / "missing"], "/flash")
    assert "cannot be read" in connected.files._note.text()


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


def test_files_written_by_a_program_appear_when_it_ends(qtbot, connected, session):
    item = flash_item(qtbot, connected)
    session.type(b"import time; f = open('/flash/new.txt', 'w'); f.close(); time.sleep(0.5)\r")
    qtbot.waitUntil(lambda: "new.txt" in names(connected.files.tree, item), timeout=10_000)


def test_a_killed_board_says_so_and_is_restarted_by_the_button(qtbot, connected, session):
    import os

    os.kill(session._link._transport.pid, 9)
    restart = connected.terminal.state_line.button(Remedy.RESTART)
    qtbot.waitUntil(restart.isVisible, timeout=10_000)
    assert "exit code" in connected.terminal.state_line.text
    assert connected.files.tree.isHidden()
    qtbot.mouseClick(restart, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=20_000)
    qtbot.waitUntil(lambda: bool(names(connected.files.tree)), timeout=10_000)


def test_soft_and_hard_reset(qtbot, connected, session):
    session.exec("kept = 1").result(10)
    connected.soft_reset_action.trigger()
    qtbot.waitUntil(lambda: "soft reboot" in connected.terminal.text.toPlainText(), timeout=10_000)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=10_000)
    assert session.eval("'kept' in globals()").result(10) == "False"
    connected.hard_reset_action.trigger()
    qtbot.waitUntil(lambda: connected.terminal.text.toPlainText().count("MicroPython v") >= 3, timeout=10_000)


def test_every_button_has_a_name(panel):
    for button in panel.findChildren(QToolButton):
        if button.objectName().startswith("qt_"):
            continue
        assert button.text() or (button.toolTip() and button.accessibleName())


def test_a_narrow_panel_is_the_terminals_unless_the_user_wants_the_files(qtbot, panel):
    assert panel.files.isVisible()
    panel.resize(500, 300)
    qtbot.waitUntil(lambda: not panel.files.isVisible())
    panel.files_action.trigger()
    assert panel.files.isVisible()
    panel.resize(480, 300)
    assert panel.files.isVisible()


@pytest.fixture
def tree(qtbot):
    tree = FileTree()
    qtbot.addWidget(tree)
    tree.show_entries("/", [Entry("lib", True), Entry("a.py", False, 1500), Entry("b.py", False, 10)])
    return tree


def test_a_new_listing_keeps_what_is_open_and_chosen(tree):
    lib = tree.topLevelItem(0)
    tree.show_entries("/lib", [Entry("x.py", False, 1)])
    lib.setExpanded(True)
    tree.setCurrentItem(lib.child(0))
    tree.show_entries("/", [Entry("lib", True), Entry("b.py", False, 20), Entry("c.py", False, 3)])
    assert names(tree) == ["lib", "b.py", "c.py"]
    assert tree.chosen == ("/lib/x.py", False)
    assert tree.folder == "/lib"
    assert tree.open_folders() == ["/", "/lib"]
    tree.show_entries("/gone", [Entry("x", False, 1)])


def test_flash_opens_by_itself_and_takes_what_goes_nowhere_in_particular(qtbot):
    tree = FileTree()
    qtbot.addWidget(tree)
    assert tree.folder == "/"
    wanted = []
    tree.list_wanted.connect(wanted.append)
    listing = [Entry("flash", True, -1), Entry("rom", True, -1)]
    tree.show_entries("/", listing)
    assert wanted == ["/flash"]
    assert tree.folder == "/flash"
    tree.topLevelItem(0).setExpanded(False)
    tree.show_entries("/", listing)
    assert not tree.topLevelItem(0).isExpanded()


def test_files_dropped_on_a_folder_go_into_it(qtbot, tree, tmp_path):
    tree.resize(300, 200)
    with qtbot.waitExposed(tree):
        tree.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "f.py"))])
    place = QPointF(tree.visualItemRect(tree.topLevelItem(0)).center())
    event = QDropEvent(
        place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(tree.dropped) as dropped:
        tree.dropEvent(event)  # Qt delivers drops only within a drag of its own
    assert tree.viewport().acceptDrops()
    assert dropped.args == [[tmp_path / "f.py"], "/lib"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(-1, ""), (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (84e9, "84.0 GB")],
)
def test_sizes(size, text):
    assert size_text(size) == text
