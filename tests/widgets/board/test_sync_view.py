"""The sync page on the virtual pyboard: compare, tick, decide, apply, undo, watch."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt

from engines.board.connection.transport import process_target
from engines.board.errors import CancelledError
from engines.board.files.board_files import BoardFiles
from engines.board.files.mass_storage import BOOT_LINE
from engines.board.status import State
from engines.board.sync.plan import Action, File, Kind, SyncPlan
from engines.board.sync.watch import Watches
from engines.board.virtual import command
from widgets.board.disk_warning import DiskWarning
from widgets.board.sync_model import SyncModel, totals
from widgets.board.sync_view import SyncView


@pytest.fixture
def flash(tmp_path):
    folder = tmp_path / "flash"
    folder.mkdir()
    (folder / "main.py").write_text("x = 1\n")
    (folder / "old.py").write_text("old\n")
    return folder


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "main.py").write_text("x = 2222\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "tool.py").write_text("y = 3\n")
    return folder


@pytest.fixture
def watches():
    watches = Watches()
    yield watches
    watches.close()


@pytest.fixture
def view(qtbot, session, flash, here, watches, tmp_path):
    session.sync_memory = tmp_path / "private"
    view = SyncView(session, here, watches)
    qtbot.addWidget(view)
    view.resize(800, 500)
    with qtbot.waitExposed(view):
        view.show()
    assert not view.compare_button.isEnabled()
    assert "Connect a board" in view.note.text()
    session.connect(
        process_target(
            "Virtual pyboard", [sys.executable, "-m", "engines.board.virtual", *command(flash)], ""
        )
    )
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=30_000)
    qtbot.waitUntil(view.compare_button.isEnabled, timeout=5_000)
    return view


def compare(qtbot, view):
    qtbot.mouseClick(view.compare_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: view.cancel_button.isHidden() and not view.note.text().endswith("…"), timeout=30_000
    )


def rows(view):
    model = view.model
    return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


def apply(qtbot, view):
    qtbot.mouseClick(view.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.notice.text.startswith("Done"), timeout=30_000)


def test_compare_tick_apply_undo(qtbot, view, flash, here):
    view.delete.setChecked(True)
    compare(qtbot, view)
    assert rows(view) == [
        ("lib/tool.py", "→ copy to the board"),
        ("main.py", "→ copy to the board"),
        ("old.py", "✕ delete on the board"),
    ]
    assert view.note.text() == "2 files to the board (15 B), 1 deleted."
    assert (flash / "main.py").read_text() == "x = 1\n", "comparing changes nothing"
    view.table.setCurrentIndex(view.model.index(0, 0))
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Space)
    assert len(view.model.chosen.actions) == 2
    apply(qtbot, view)
    assert not (flash / "lib").exists()
    assert not (flash / "old.py").exists()
    assert (flash / "main.py").read_text() == "x = 2222\n"
    assert rows(view) == []
    qtbot.mouseClick(view.notice.button("Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.notice.text == "Taken back.", timeout=30_000)
    assert (flash / "main.py").read_text() == "x = 1\n"
    assert (flash / "old.py").read_text() == "old\n"


def test_a_cancelled_sync_says_what_is_gone_and_is_undone(qtbot, view, flash, monkeypatch):
    remove = BoardFiles.remove

    def cancel(files, path, **options):
        remove(files, path, **options)
        raise CancelledError("Syncing here: cancelled.")

    monkeypatch.setattr(BoardFiles, "remove", cancel)
    view.delete.setChecked(True)
    compare(qtbot, view)
    qtbot.mouseClick(view.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.notice.text.startswith("Cancelled."), timeout=30_000)
    monkeypatch.undo()
    assert view.notice.text == "Cancelled. Done: 2 of 3; no file is half. Deleted: old.py."
    assert not (flash / "old.py").exists()
    qtbot.mouseClick(view.notice.button("Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.notice.text == "Taken back.", timeout=30_000)
    assert (flash / "old.py").read_text() == "old\n"
    assert (flash / "main.py").read_text() == "x = 1\n"


def test_what_cannot_be_undone_is_asked_about_before(qtbot, view, flash):
    (flash / "old.py").write_bytes(b"x" * 1_000_001)
    view.delete.setChecked(True)
    compare(qtbot, view)
    qtbot.mouseClick(view.apply_button, Qt.MouseButton.LeftButton)
    assert "This cannot be undone: 1000007 bytes of the board's files" in view.notice.text
    assert view.cancel_button.isHidden()
    assert (flash / "old.py").exists()
    qtbot.mouseClick(view.notice.button("Apply for good"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.notice.text.startswith("Done"), timeout=30_000)
    assert not (flash / "old.py").exists()
    assert "It cannot be undone" in view.notice.text


def test_a_conflict_waits_for_the_user(qtbot, view, flash, here):
    view.direction.setCurrentText("Both ways")
    compare(qtbot, view)
    assert ("main.py", "? conflict: choose") in rows(view)
    assert "1 in conflict" in view.note.text()
    row = [name for name, _ in rows(view)].index("main.py")
    view.table.setCurrentIndex(view.model.index(row, 0))
    take_its = view._conflict_buttons[1]
    assert take_its.isVisible()
    qtbot.mouseClick(take_its, Qt.MouseButton.LeftButton)
    assert ("main.py", "← copy to the computer") in rows(view)
    apply(qtbot, view)
    assert (here / "main.py").read_text() == "x = 1\n"
    assert (here / "old.py").read_text() == "old\n"
    compare(qtbot, view)
    assert view.note.text().startswith("Nothing to do")


def test_other_folders_are_another_plan(qtbot, view):
    compare(qtbot, view)
    assert view.apply_button.isEnabled()
    qtbot.keyClicks(view.board, "/flash/app")
    assert view.model.rowCount() == 0
    assert not view.apply_button.isEnabled()
    view.direction.setCurrentText("Copy to the computer")
    assert not view.compiled.isEnabled()
    qtbot.keyClick(view.board, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "no such file or folder" in view.note.text(), timeout=30_000)


def test_the_boards_root_is_its_disks(qtbot, view, here):
    """Not the read-only memory, which is there as well."""
    view.board.setText("/")
    view.direction.setCurrentText("Copy to the computer")
    compare(qtbot, view)
    assert [name for name, _ in rows(view)] == ["flash/main.py", "flash/old.py"]
    apply(qtbot, view)
    assert (here / "flash" / "old.py").read_text() == "old\n"
    view.undo()
    qtbot.waitUntil(lambda: view.notice.text == "Taken back.", timeout=30_000)
    assert not (here / "flash" / "old.py").exists()


def test_files_that_are_left_out_are_told(qtbot, view, here):
    (here / "broken.py").write_text("def f(:\n")
    view.compiled.setChecked(True)
    compare(qtbot, view)
    assert view.notice.text.startswith("Left out: broken.py, line 1")
    assert ("lib/tool.mpy", "→ compile, copy to the board") in rows(view)


def test_watching_is_switched_by_a_tick(qtbot, view, flash, here, watches):
    heard = []
    watches.said.connect(heard.append)
    qtbot.mouseClick(view.watch, Qt.MouseButton.LeftButton, pos=view.watch.rect().center() * 0.1)
    qtbot.waitUntil(lambda: any("is watched" in each.text for each in heard), timeout=10_000)
    (here / "saved.py").write_text("saved = 1\n")
    qtbot.waitUntil((flash / "saved.py").exists, timeout=20_000)
    qtbot.waitUntil(lambda: "saved.py was put" in view.note.text(), timeout=10_000)
    view.watch.click()
    assert list(watches) == []
    assert not view.watch.isChecked()


def test_a_lost_board_ends_it_with_a_sentence(qtbot, view, session):
    compare(qtbot, view)
    session.disconnect()
    qtbot.waitUntil(lambda: not view.apply_button.isEnabled(), timeout=10_000)
    assert "Connect a board" in view.note.text()


def test_ticks_and_totals(qtbot):
    model = SyncModel()
    actions = tuple(Action(Kind.PUT, f"{number:04}.py", "new", File(1000)) for number in range(5000))
    conflict = Action(Kind.CONFLICT, "x.py", "changed on both sides", File(5), File(6))
    model.show_plan(SyncPlan((*actions, conflict), same=7))
    assert totals(model.plan) == "5000 files to the board (5.0 MB), 1 in conflict, 7 the same"
    first = model.index(0, 0)
    assert model.setData(first, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert first.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    assert len(model.chosen.actions) == 4999
    model.toggle([0, 1])
    assert len(model.chosen.actions) == 5000
    assert model.index(5000, 0).data(Qt.ItemDataRole.CheckStateRole) is None
    model.decide([5000], Kind.GET)
    assert model.chosen.size == 5000 * 1000 + 6
    assert totals(SyncPlan()) == "nothing"


def test_the_disk_warning_has_its_buttons(qtbot, session, qapp):
    warning = DiskWarning(session)
    qtbot.addWidget(warning)
    session.disk_guard.warned.emit("The disk is mounted.")
    qtbot.waitUntil(lambda: warning.text == "The disk is mounted.")
    warning.button("Turn off USB disk").click()
    assert BOOT_LINE in warning.text
    warning.button("Copy the line").click()
    assert qapp.clipboard().text() == BOOT_LINE
    session.disk_guard.warned.emit("The disk is mounted.")
    qtbot.waitUntil(lambda: warning.text == "The disk is mounted.")
    warning.button("Write anyway").click()
    assert session.disk_guard._clear
    assert "Do it again" in warning.text
