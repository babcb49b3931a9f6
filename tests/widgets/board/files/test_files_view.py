"""The file manager on the virtual pyboard: both sides, copying, and every edit with its undo."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engines.board.errors import CancelledError
from engines.board.files.file_edits import Edited, FileEdits
from engines.board.status import State
from engines.board.storage.disk_format import Formatted
from tests.widgets.board.files.files_desk import CTRL, LONG, drop, gone, names, place_of, says, shows
from widgets.board.files_view import FilesView

# Listing


@pytest.mark.feature("file manager: df")
@pytest.mark.feature("file manager: ls")
def test_flash_and_card_are_roots_with_their_free_space(qtbot, files):
    disks = {
        node.name: files.tree.files.index_of(node).siblingAtColumn(1).data()
        for node in files.tree.files.disks
    }
    assert next(iter(disks)) == "flash"
    assert "free" in disks["flash"]
    assert "sd" in disks
    assert names(files, "/flash") == ["lib", "main.py", "notes.txt"]
    assert names(files, "/flash/lib") == []  # not asked for yet
    files.tree.choose("/flash/lib")
    qtbot.keyClick(files.tree, Qt.Key.Key_Return)
    shows(qtbot, files, "/flash/lib/deep.py")


@pytest.mark.parametrize("raises", ["OSError(5)", "OSError(19)", "OSError(84)"])
def test_a_damaged_disk_is_offered_to_be_formatted_after_a_question(qtbot, files, session, flash, raises):
    session.exec(f"import os\ndef broken(*a):\n raise {raises}\nos.ilistdir = broken").result(20)
    files.refresh()
    qtbot.waitUntil(lambda: "Format …" in files.note.choices, timeout=LONG)
    files.note.button("Format …").click()
    assert files.ask.isVisible() and files.ask.yes.hasFocus()
    qtbot.keyClick(files.ask, Qt.Key.Key_Escape)
    assert not files.ask.isVisible() and (flash / "notes.txt").exists()
    files.board.ask_format()
    files.ask.yes.click()
    says(qtbot, files, "A virtual board's disk is a folder of this computer")
    assert (flash / "notes.txt").exists()


def test_another_error_offers_no_format(qtbot, files, session):
    session.exec("import os\ndef broken(*a):\n raise OSError(13)\nos.ilistdir = broken").result(20)
    files.refresh()
    says(qtbot, files, "no permission")
    assert files.note.choices == []


def test_a_disk_that_was_formatted_is_listed_anew(qtbot, files, flash):
    (flash / "notes.txt").unlink()
    files.board._on_formatted(Formatted("/flash", "FAT", 96_000))
    assert "/flash is formatted (FAT, 96.0 kB) and empty" in files.note.text
    gone(qtbot, files, "/flash/notes.txt")


def test_files_written_by_a_program_appear_in_every_open_folder_when_it_ends(qtbot, files, session):
    files.tree.choose("/flash/lib")
    qtbot.keyClick(files.tree, Qt.Key.Key_Return)
    shows(qtbot, files, "/flash/lib/deep.py")
    session.type(
        b"import os, time; open('/flash/lib/new.txt', 'w').close(); os.remove('/flash/notes.txt'); "
        b"time.sleep(0.5)\r"
    )
    shows(qtbot, files, "/flash/lib/new.txt")
    gone(qtbot, files, "/flash/notes.txt")


def test_while_a_program_runs_the_files_are_grey_and_the_note_can_interrupt_it(qtbot, files, session):
    session.type(b"while True: pass\r\r")
    qtbot.waitUntil(lambda: files.tree.files.stale and files.state_note.isVisible(), timeout=LONG)
    assert files.tree.isVisible()
    assert "running" in files.state_note.text
    qtbot.mouseClick(files.state_note.button("Interrupt"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not files.tree.files.stale and not files.state_note.isVisible(), timeout=LONG)


def test_after_the_connection_the_files_are_grey_and_said_to_be_old(qtbot, files, session):
    session.disconnect()
    qtbot.waitUntil(lambda: files.tree.files.stale, timeout=LONG)
    assert "as they were" in files.state_note.text
    assert not files.to_board.isEnabled()


# Editing, by keyboard


def type_answer(qtbot, files, text: str) -> None:
    assert files.ask.isVisible()
    files.ask.field.setText(text)
    qtbot.keyClick(files.ask.field, Qt.Key.Key_Return)


@pytest.mark.feature("file manager: rename")
def test_f2_renames_and_ctrl_z_takes_it_back(qtbot, files, flash):
    files.tree.choose("/flash/notes.txt")
    qtbot.keyClick(files.tree, Qt.Key.Key_F2)
    type_answer(qtbot, files, "測定.txt")
    shows(qtbot, files, "/flash/測定.txt")
    assert (flash / "測定.txt").read_text() == "12345"
    says(qtbot, files, "Renamed")
    qtbot.keyClick(files.tree, Qt.Key.Key_Z, CTRL)
    shows(qtbot, files, "/flash/notes.txt")
    gone(qtbot, files, "/flash/測定.txt")


@pytest.mark.feature("file manager: rm")
def test_delete_asks_nothing_and_its_undo_button_brings_all_back(qtbot, files, flash):
    files.tree.choose("/flash/lib")
    qtbot.keyClick(files.tree, Qt.Key.Key_Delete)
    gone(qtbot, files, "/flash/lib")
    assert not (flash / "lib").exists()
    says(qtbot, files, "Deleted lib")
    qtbot.mouseClick(files.note.button("Undo"), Qt.MouseButton.LeftButton)
    shows(qtbot, files, "/flash/lib")
    assert (flash / "lib" / "deep.py").read_text() == "deep = 1"


def test_deleting_what_is_too_large_to_keep_is_asked_about(qtbot, files, flash, session):
    files.board.edits = FileEdits(session, limit=3)
    files.tree.choose("/flash/notes.txt")
    qtbot.keyClick(files.tree, Qt.Key.Key_Delete)
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    assert (flash / "notes.txt").exists()
    qtbot.keyClick(files.ask.yes, Qt.Key.Key_Escape)
    assert not files.ask.isVisible()
    files.board.delete(["/flash/notes.txt"])
    qtbot.waitUntil(files.ask.isVisible, timeout=LONG)
    files.ask.yes.click()
    says(qtbot, files, "Deleted notes.txt")
    assert not (flash / "notes.txt").exists()
    assert not files.note.choices


@pytest.mark.feature("file manager: mkdir")
def test_a_new_folder_is_made_and_selected(qtbot, files, flash):
    files.tree.choose("/flash")
    qtbot.keyClick(files.tree, Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.ShiftModifier)
    type_answer(qtbot, files, "データ")
    qtbot.waitUntil(lambda: [n.path for n in files.tree.chosen] == ["/flash/データ"], timeout=LONG)
    assert (flash / "データ").is_dir()


@pytest.mark.feature("file manager: touch")
def test_a_new_file_is_empty_and_selected(qtbot, files, flash):
    files.tree.choose("/flash")
    qtbot.keyClick(files.tree, Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.AltModifier)
    type_answer(qtbot, files, "new.py")
    qtbot.waitUntil(lambda: [n.path for n in files.tree.chosen] == ["/flash/new.py"], timeout=LONG)
    assert (flash / "new.py").read_bytes() == b""


def test_a_refused_edit_says_why(qtbot, files, flash):
    files.tree.choose("/flash/main.py")
    qtbot.keyClick(files.tree, Qt.Key.Key_F2)
    type_answer(qtbot, files, "notes.txt")
    says(qtbot, files, "one of this name already")
    assert (flash / "notes.txt").read_text() == "12345"
    qtbot.keyClick(files.tree, Qt.Key.Key_F2)
    type_answer(qtbot, files, "a/b")
    says(qtbot, files, "no slash")
    files.board.move(["/flash/main.py"], "/rom")
    says(qtbot, files, "read-only")
    qtbot.keyClick(files.tree, Qt.Key.Key_Z, CTRL)
    says(qtbot, files, "nothing to undo")


@pytest.mark.feature("file manager: mv")
def test_dropped_on_a_folder_of_the_board_files_are_moved(qtbot, files, flash):
    files.tree.choose("/flash/notes.txt")
    drop(files.tree, files.tree.drag_data(), place_of(files, "/flash/lib"))
    gone(qtbot, files, "/flash/notes.txt")
    assert (flash / "lib" / "notes.txt").read_text() == "12345"
    files.board.undo()
    shows(qtbot, files, "/flash/notes.txt")


# Opening and running


def test_enter_opens_a_file_on_either_side(qtbot, files, project):
    files.tree.choose("/flash/notes.txt")
    with qtbot.waitSignal(files.open_wanted) as opened:
        qtbot.keyClick(files.tree, Qt.Key.Key_Return)
    assert opened.args == ["/flash/notes.txt"]
    qtbot.waitUntil(lambda: files.computer.tree.files.index(str(project / "local.py")).isValid())
    files.computer.tree.choose(project / "local.py")
    with qtbot.waitSignal(files.open_local_wanted) as opened:
        qtbot.keyClick(files.computer.tree, Qt.Key.Key_Return)
    assert opened.args == [project / "local.py"]


@pytest.mark.feature("run a file")
def test_a_file_of_the_board_runs_there(qtbot, files, flash, session):
    (flash / "main.py").write_text("print('it is', 6 * 7)")
    heard = []
    session.output.connect(heard.append)
    files.tree.choose("/flash/main.py")
    files.board.run.trigger()
    qtbot.waitUntil(lambda: "it is 42" in "".join(heard), timeout=LONG)


def test_the_path_is_copied_as_text(qtbot, files):
    files.tree.choose("/flash/notes.txt")
    qtbot.keyClick(files.tree, Qt.Key.Key_C, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.clipboard().text() == "/flash/notes.txt"


# The computer's side


def test_without_a_board_the_computers_side_works_and_the_boards_says_what_to_do(view):
    assert view.computer.tree.isVisible()
    assert not view.tree.isVisible()
    assert view.board._hint.text() == "Connect a board to see its files."


def test_where_there_is_little_room_one_side_is_shown_at_a_time(qtbot, view):
    view.resize(300, 400)
    qtbot.waitUntil(lambda: not view.computer.isVisible())
    qtbot.mouseClick(view._toggle, Qt.MouseButton.LeftButton)
    assert view.computer.isVisible()
    assert not view.board.isVisible()
    qtbot.mouseClick(view._back, Qt.MouseButton.LeftButton)
    assert view.board.isVisible()


def test_folders_are_entered_and_left_and_the_last_one_is_remembered(qtbot, view, project, memory):
    pane = view.computer
    qtbot.waitUntil(lambda: pane.tree.files.index(str(project / "sub")).isValid())
    pane.tree.choose(project / "sub")
    qtbot.keyClick(pane.tree, Qt.Key.Key_Return)
    assert pane.folder == project / "sub"
    assert memory["computer.folder"] == str(project / "sub")
    qtbot.keyClick(pane.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert pane.folder == project
    pane.path_bar.field.setText(str(project / "nowhere"))
    qtbot.keyClick(pane.path_bar.field, Qt.Key.Key_Return)
    assert "no such folder" in view.note.text
    assert pane.folder == project


def test_a_remembered_folder_that_is_gone_is_the_projects_instead(qtbot, session, project):
    view = FilesView(session, None, project, {"computer.folder": str(project / "gone")})
    qtbot.addWidget(view)
    assert view.computer.folder == project
    other = FilesView(session, None, project / "gone", {})
    qtbot.addWidget(other)
    assert other.computer.folder == Path.home()


def test_the_computers_edits_are_undone_too(qtbot, view, project):
    pane = view.computer
    qtbot.waitUntil(lambda: pane.tree.files.index(str(project / "local.py")).isValid())
    pane.tree.setFocus()
    pane.tree.choose(project / "local.py")
    qtbot.keyClick(pane.tree, Qt.Key.Key_F2)
    type_answer(qtbot, view, "other.py")
    assert (project / "other.py").exists()
    qtbot.keyClick(pane.tree, Qt.Key.Key_Z, CTRL)
    assert (project / "local.py").exists()
    qtbot.keyClick(pane.tree, Qt.Key.Key_N, CTRL | Qt.KeyboardModifier.ShiftModifier)
    type_answer(qtbot, view, "sub")
    assert "one of this name" in view.note.text or "exists" in view.note.text


def test_a_running_board_waits_with_transfers_until_its_program_ends(qtbot, files, session, flash, project):
    files.transfers.put(project / "local.py", "/flash/late.py")
    qtbot.waitUntil((flash / "late.py").exists, timeout=LONG)
    session.type(b"while True: pass\r\r")
    qtbot.waitUntil(lambda: session.status.state is State.RUNNING, timeout=LONG)
    files.transfers.put(project / "local.py", "/flash/later.py")
    qtbot.waitUntil(lambda: "program" in files.transfers.items[-1].error, timeout=LONG)
    assert not (flash / "later.py").exists()
    session.interrupt()
    qtbot.waitUntil((flash / "later.py").exists, timeout=LONG)


def test_what_a_cancelled_edit_did_is_told_with_the_way_back(qtbot, files):
    cancelled = Future()
    cancelled.set_exception(CancelledError("Deleting: cancelled."))
    files.board._watch(cancelled, lambda edited: None)
    says(qtbot, files, "Cancelled. Nothing was changed.")
    files.board.edits.changed.emit(Edited("Deleted 9 entries, broken off after 2 of 9", (), broken_off=True))
    files.board._watch(cancelled, lambda edited: None)
    says(qtbot, files, "broken off after 2 of 9. Undo puts everything back.")
    assert files.note.choices == ["Undo"]
    files.board.edits.changed.emit(Edited("Deleted x, broken off", (), undoable=False, broken_off=True))
    files.board._watch(cancelled, lambda edited: None)
    says(qtbot, files, "cannot be undone")
    assert files.note.choices == []
