"""What the panel is put together from: the row of page toggles, pages made late, and the notice bar."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets.board.notice_bar import NoticeBar
from widgets.board.page import Page
from widgets.board.page_row import PageRow


@pytest.fixture
def frame(qtbot):
    """A window with one widget in it, as wide as the test wants it."""
    frame = QWidget()
    QHBoxLayout(frame).setContentsMargins(0, 0, 0, 0)
    qtbot.addWidget(frame)
    frame.resize(900, 60)
    with qtbot.waitExposed(frame):
        frame.show()
    return frame


@pytest.fixture
def row(frame):
    row = PageRow(frame)
    for title in ("Terminal", "Files", "Device"):
        row.add(QAction(title, row, checkable=True))
    row.add_rare(QAction("Sync", row, checkable=True))
    frame.layout().addWidget(row)
    return row


def shown(row: PageRow) -> list[str]:
    return [button.text() for button in row._buttons if button.isVisible()]


def listed(row: PageRow) -> list[str]:
    return [action.text() for action in row.menu.actions() if not action.isSeparator()]


def test_where_there_is_room_every_page_has_its_button(qtbot, row):
    qtbot.waitUntil(lambda: shown(row) == ["Terminal", "Files", "Device"])
    assert listed(row) == ["Sync"]


def test_what_has_no_room_is_in_the_menu_in_its_order_and_comes_back(qtbot, frame, row):
    whole = row.sizeHint().width()
    frame.resize(whole - 1, 60)
    qtbot.waitUntil(lambda: shown(row) == ["Terminal", "Files"])
    assert listed(row) == ["Device", "Sync"]
    frame.resize(1, 60)
    qtbot.waitUntil(lambda: shown(row) == [])
    assert row.more.isVisible()
    assert listed(row) == ["Terminal", "Files", "Device", "Sync"]
    frame.resize(whole, 60)
    qtbot.waitUntil(lambda: shown(row) == ["Terminal", "Files", "Device"])


def test_the_menu_button_looks_chosen_while_a_page_of_its_menu_is_shown(qtbot, frame, row):
    device, sync = row._buttons[2].defaultAction(), row._rare[0]
    device.setChecked(True)
    assert not row.more.isChecked()
    frame.resize(row.sizeHint().width() - 1, 60)
    qtbot.waitUntil(row.more.isChecked)
    device.setChecked(False)
    assert not row.more.isChecked()
    sync.setChecked(True)
    assert row.more.isChecked()


def test_a_page_is_made_when_it_is_first_shown_and_only_once(qtbot, frame):
    made: list[QLabel] = []

    def make() -> QWidget:
        made.append(QLabel("here"))
        return made[-1]

    page = Page(make, frame)
    page.hide()
    frame.layout().addWidget(page)
    assert not made
    for _ in range(2):
        page.show()
        qtbot.waitUntil(made[0].isVisible)
        page.hide()
    assert len(made) == 1
    assert page.focusProxy() is made[0]


def test_a_page_scrolls_rather_than_push_others_away(qtbot, frame):
    def make() -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        for _ in range(3):
            line = QLabel("many words that may be wrapped " * 3)
            line.setWordWrap(True)
            line.setMinimumHeight(100)
            layout.addWidget(line)
        return content

    page = Page(make, frame)
    frame.layout().addWidget(page)
    frame.resize(400, 120)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    assert frame.height() == 120
    content = page.content()
    assert content.height() >= content.minimumSizeHint().height()
    frame.resize(400, 600)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() == 0)
    assert content.height() == page.viewport().height()


def test_a_page_follows_content_that_needs_more_room(qtbot, frame):
    content = QWidget()
    layout = QVBoxLayout(content)
    late = QLabel()
    late.setMinimumHeight(500)
    late.hide()
    layout.addWidget(late)
    page = Page(lambda: content, frame)
    frame.layout().addWidget(page)
    frame.resize(400, 120)
    qtbot.waitUntil(content.isVisible)
    assert page.verticalScrollBar().maximum() == 0
    late.show()
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)


def test_a_notice_can_be_closed_and_every_choice_closes_it(qtbot, frame):
    done = []
    notice = NoticeBar(frame)
    frame.layout().addWidget(notice)
    assert notice.text == ""
    notice.say("A question", ("Yes", lambda: done.append("yes")))
    assert notice.text == "A question"
    assert notice.choices == ["Yes", "Close"]
    qtbot.mouseClick(notice.button("Yes"), Qt.MouseButton.LeftButton)
    assert done == ["yes"]
    assert notice.text == ""
    notice.say("Another")
    qtbot.mouseClick(notice.button("Close"), Qt.MouseButton.LeftButton)
    assert not notice.isVisible()


def test_a_quiet_notice_has_no_close_and_stays(qtbot, frame):
    done = []
    notice = NoticeBar(frame, quiet=True)
    frame.layout().addWidget(notice)
    notice.say("Deleted lib.", ("Undo", lambda: done.append("undo")))
    assert notice.choices == ["Undo"]
    qtbot.mouseClick(notice.button("Undo"), Qt.MouseButton.LeftButton)
    assert done == ["undo"]
    assert notice.text == "Deleted lib."
    notice.clear()
    assert notice.text == "" and not notice.isVisible()


def test_an_error_looks_otherwise_than_a_notice(frame):
    notice = NoticeBar(frame, quiet=True)
    notice.say("done")
    quiet = notice._text.palette().windowText().color()
    notice.complain("no space left")
    error = notice._text.palette().windowText().color()
    assert error == notice.palette().brightText().color()
    assert quiet != error
    notice.say("done")
    assert notice._text.palette().windowText().color() == quiet
