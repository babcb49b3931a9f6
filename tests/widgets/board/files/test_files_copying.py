"""Files between the board, the computer and other programs: keys, drops, the clipboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication

from engines.board.status import State
from tests.widgets.board.files.files_desk import CTRL, LONG, drop, place_of, says, shows
from widgets.board.files.board_mime import BOARD_PATHS, board_data


@pytest.mark.feature("file manager: cp")
def test_f6_copies_to_the_board_and_taken_names_are_asked_about(qtbot, files, flash, project):
    (project / "notes.txt").write_text("new")
    files.computer.tree.setFocus()
    for name in ("local.py", "notes.txt"):
        qtbot.waitUntil(lambda name=name: files.computer.tree.files.index(str(project / name)).isValid())
    files.tree.choose("/flash")
    files.upload([project / "local.py", project / "notes.txt"], "/flash")
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    assert [button.text() for button in files.ask.choices] == ["Replace", "Keep both", "Skip"]
    files.ask.choices[1].click()
    shows(qtbot, files, "/flash/notes-2.txt")
    shows(qtbot, files, "/flash/local.py")
    assert (flash / "notes-2.txt").read_text() == "new"
    assert (flash / "notes.txt").read_text() == "12345"
    files.computer.tree.choose(project / "notes.txt")
    qtbot.keyClick(files.computer.tree, Qt.Key.Key_F6)
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    files.ask.choices[0].click()
    qtbot.waitUntil(lambda: (flash / "notes.txt").read_text() == "new", timeout=LONG)
    assert {item.state for item in files.transfers.items} <= {"done", "running"}
    qtbot.waitUntil(lambda: files.board.edits.undo_label == "Replaced notes.txt", timeout=LONG)
    files.board.undo()
    says(qtbot, files, "Undone: Replaced notes.txt")
    assert (flash / "notes.txt").read_text() == "12345"


def test_one_answer_can_be_for_all_and_cancel_copies_nothing(qtbot, files, flash, project):
    for name in ("notes.txt", "main.py"):
        (project / name).write_text("new")
    both = [project / "notes.txt", project / "main.py"]
    files.upload(both, "/flash")
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    files.ask.no.click()
    assert files.transfers.items == ()
    files.upload(both, "/flash")
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    files.ask.for_all.setChecked(True)
    files.ask.choices[2].click()
    assert not files.ask.isVisible()
    assert files.transfers.items == ()
    assert (flash / "notes.txt").read_text() == "12345"


@pytest.mark.feature("recursive copy")
def test_a_folder_dropped_from_the_computer_is_copied_with_all_that_is_in_it(qtbot, files, flash, project):
    (project / "sub" / "inner").mkdir()
    (project / "sub" / "inner" / "ü.bin").write_bytes(bytes(range(256)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(project / "sub"))])
    drop(files.tree, data, place_of(files, "/flash/main.py"))
    copied = flash / "sub" / "inner" / "ü.bin"
    qtbot.waitUntil(lambda: copied.exists() and copied.read_bytes() == bytes(range(256)), timeout=LONG)
    shows(qtbot, files, "/flash/sub")


def test_dropped_on_the_computer_files_of_the_board_are_copied_there(qtbot, files, project):
    files.tree.choose("/flash/lib")
    drop(files.computer.tree, files.tree.drag_data(), files.computer.tree.viewport().rect().bottomLeft())
    copied = project / "lib" / "deep.py"
    qtbot.waitUntil(lambda: copied.exists() and copied.read_text() == "deep = 1", timeout=LONG)


def test_copy_and_paste_go_across(qtbot, files, flash, project):
    files.tree.choose("/flash/notes.txt")
    qtbot.keyClick(files.tree, Qt.Key.Key_C, CTRL)
    files.computer.tree.setFocus()
    qtbot.keyClick(files.computer.tree, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil((project / "notes.txt").exists, timeout=LONG)
    qtbot.waitUntil(lambda: files.computer.tree.files.index(str(project / "local.py")).isValid())
    files.computer.tree.choose(project / "local.py")
    qtbot.keyClick(files.computer.tree, Qt.Key.Key_C, CTRL)
    files.tree.choose("/flash/lib")
    qtbot.keyClick(files.tree, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil((flash / "lib" / "local.py").exists, timeout=LONG)


def test_other_programs_get_files_that_were_fetched_and_nothing_waits_for_them(qtbot, files):
    """A clipboard manager asks for everything at once."""
    files.tree.choose("/flash/notes.txt")
    files.tree.setFocus()
    qtbot.keyClick(files.tree, Qt.Key.Key_C, CTRL)
    assert not QApplication.clipboard().mimeData().hasUrls()
    files.note.button("For other programs").click()
    says(qtbot, files, "Fetched notes.txt: drag it to another program, or paste it there.")
    (url,) = QApplication.clipboard().mimeData().urls()
    assert Path(url.toLocalFile()).name == "notes.txt"
    assert Path(url.toLocalFile()).read_text() == "12345"
    assert files.tree.drag_data().urls() == [url]
    files.board.edits.make_folder("/flash/new").result(30)
    shows(qtbot, files, "/flash/new")
    assert not files.tree.drag_data().hasUrls(), "it may be another file by now"


def test_a_drag_that_nobody_takes_offers_to_fetch(qtbot, files):
    QApplication.clipboard().setText("something else")
    files.tree.not_taken.emit(["/flash/notes.txt", "/flash/lib"])
    files.note.button("Fetch").click()
    says(qtbot, files, "Fetched these 2 entries: drag it to another program.")
    _, folder = files.board.fetched.files(["/flash/notes.txt", "/flash/lib"])
    assert (folder / "deep.py").read_text() == "deep = 1"
    assert QApplication.clipboard().text() == "something else"


def test_what_cannot_be_fetched_is_told_at_once(qtbot, files, session):
    files.board.fetched.fetch(["/flash/nothing"])
    says(qtbot, files, "no such file")
    assert files.board.fetched.files(["/flash/nothing"]) == []
    session.type(b"import time\rwhile True: time.sleep(0.01)\r\r")
    qtbot.waitUntil(lambda: session.status.state is State.RUNNING, timeout=LONG)
    files.board.fetched.fetch(["/flash/notes.txt"])
    assert files.note.text == "Nothing can be fetched now. A program is running on the board."
    session.interrupt()


def test_files_of_another_board_are_not_taken_for_ones_own(files):
    data = board_data("other", ["/flash/notes.txt"])
    moved = []
    files.tree.moved.connect(lambda *arguments: moved.append(arguments))
    drop(files.tree, data, place_of(files, "/flash/lib"))
    assert data.formats() == [BOARD_PATHS]
    assert moved == []
