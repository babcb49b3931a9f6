"""The packages page on the virtual pyboard: install, list, remove, undo."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from engines.board.connection.transport import process_target
from engines.board.status import State, Status
from engines.board.virtual import command
from widgets.board.packages_view import PackagesView


@pytest.fixture
def flash(tmp_path):
    folder = tmp_path / "flash"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "mine.py").write_text("__version__ = '0.9'\n")
    return folder


@pytest.fixture
def view(qtbot, session, flash, tmp_path):
    view = PackagesView(session, tmp_path)
    qtbot.addWidget(view)
    view.resize(600, 400)
    with qtbot.waitExposed(view):
        view.show()
    assert "Connect a board" in view.note.text()
    session.connect(
        process_target(
            "Virtual pyboard", [sys.executable, "-m", "engines.board.virtual", *command(flash)], ""
        )
    )
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=30_000)
    qtbot.waitUntil(lambda: names(view) == [("mine", "0.9")], timeout=30_000)
    return view


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "__init__.py").write_text("x = 42\n")
    return folder


def names(view):
    items = [view.table.topLevelItem(row) for row in range(view.table.topLevelItemCount())]
    return [(item.text(0), item.text(1)) for item in items]


def test_install_remove_and_undo(qtbot, view, flash, session, package):
    assert not view.install_button.isEnabled()
    view.spec.setText(str(package))
    qtbot.keyClick(view.spec, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: ("tool", "") in names(view), timeout=30_000)
    assert view.notice.text == "Installed: tool."
    assert (flash / "lib/tool/__init__.mpy").exists()
    assert session.exec("import tool\nprint(tool.x)").result(20) == "42\n"
    view.table.setCurrentItem(view.table.topLevelItem(1))
    assert view.chosen == "tool"
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(view) == [("mine", "0.9")], timeout=30_000)
    qtbot.waitUntil(view.cancel_button.isHidden, timeout=10_000)
    assert not (flash / "lib/tool").exists()
    qtbot.mouseClick(view.notice.button("Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ("tool", "") in names(view), timeout=30_000)
    assert (flash / "lib/tool/__init__.mpy").exists()


def test_what_goes_wrong_is_told_and_can_be_tried_again(qtbot, view, tmp_path):
    view.index.setCurrentText(str(tmp_path / "index"))
    view.spec.setText("nothing")
    view.install_button.click()
    qtbot.waitUntil(lambda: "cannot be read" in view.note.text(), timeout=30_000)
    assert view.install_button.isEnabled()
    assert names(view) == [("mine", "0.9")]


def test_a_file_can_be_dropped(qtbot, view, package):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(package))])
    view.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    assert view.spec.text() == str(package)
    assert view.install_button.isEnabled()


def test_a_disconnected_board_shows_no_packages(qtbot, view, session):
    session.disconnect()
    qtbot.waitUntil(lambda: names(view) == [], timeout=10_000)
    assert "Connect a board" in view.note.text()


def test_a_page_that_is_made_while_a_program_runs_says_so(qtbot, session, tmp_path, monkeypatch):
    running = Status(State.RUNNING, "A program is running.")
    monkeypatch.setattr(session, "status", running)
    view = PackagesView(session, tmp_path)
    qtbot.addWidget(view)
    assert "A program is running" in view.note.text()
