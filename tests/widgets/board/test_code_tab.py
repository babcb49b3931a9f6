"""The editor of a Python file: loading, saving with all that can come between, marks, running, finding."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip

from engines.board.code.check import check
from engines.board.code.completion import Found
from engines.board.code.file import NEW, ChangedElsewhereError, digest_of
from engines.board.code.place import Place
from engines.board.code.recovery import Unsaved
from engines.board.errors import BoardBusyError, DisconnectedError
from widgets.board.code_help import Services
from widgets.board.code_tab import CodeTab

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def done(value) -> Future:
    future: Future = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


class MemoryFile:
    """A file in memory that can be told to fail."""

    def __init__(self, place: Place, data: bytes | None = None) -> None:
        self.place, self.data = place, data
        self.failures: list[Exception] = []
        self.interrupted = False

    def read(self) -> Future[bytes]:
        if self.failures:
            return done(self.failures.pop(0))
        return done(self.data if self.data is not None else FileNotFoundError(2, "No such file", "x"))

    def save(self, data: bytes, base: str | None, *, interrupt: bool = False) -> Future[str]:
        if self.failures and not interrupt:
            return done(self.failures.pop(0))
        there = NEW if self.data is None else digest_of(self.data)
        if base is not None and base != there:
            return done(ChangedElsewhereError(f"{self.place.path} was changed by another program"))
        self.data, self.interrupted = data, interrupt
        return done(digest_of(data))


class Disk:
    """Files by place."""

    def __init__(self) -> None:
        self.files: dict[str, MemoryFile] = {}

    def open(self, place: str) -> MemoryFile:
        if place.startswith("nowhere:"):
            raise ValueError("There is no board 'nowhere'.")
        board, colon, path = place.partition(":/")
        where = Place(f"/{path}", board) if colon else Place(place)
        return self.files.setdefault(place, MemoryFile(where))


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def tab(qtbot, disk):
    services = Services(
        complete=lambda source, cursor: done(Found(cursor, ("toggle", "on"))),
        help=lambda source, cursor: done("on() -> None"),
        check=lambda source: done(check(source)),
    )
    tab = CodeTab(services, disk.open)
    qtbot.addWidget(tab)
    tab.resize(640, 400)
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


@pytest.fixture
def main(qtbot, tab, disk):
    """The tab with the board's main.py."""
    file = disk.open("board:/flash/main.py")
    file.data = b"import pyb\nled = pyb.LED(1)\nled.on()\n"
    tab.saving.load(file)
    qtbot.waitUntil(lambda: not tab.editor.isReadOnly())
    tab.editor.setFocus()
    return file


def until_said(qtbot, tab, text):
    qtbot.waitUntil(lambda: text in tab.notice.text)


def test_a_file_is_shown_with_its_place_and_whether_it_is_saved(qtbot, tab, main):
    assert tab.editor.source() == main.data.decode()
    assert tab.title == "main.py · on board"
    qtbot.keyClicks(tab.editor, "# x")
    assert tab.title == "● main.py · on board"
    qtbot.keyClick(tab.editor, Key.Key_Z, Modifier.ControlModifier)
    assert tab.title == "main.py · on board"


def test_saving_by_its_key(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#")
    qtbot.keyClick(tab.editor, Key.Key_S, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: not tab.saving.dirty)
    assert main.data.startswith(b"#import pyb")
    qtbot.keyClicks(tab.editor, "#")
    tab.save()
    qtbot.waitUntil(lambda: main.data.startswith(b"##"))


def test_line_ends_stay_as_they_were(qtbot, tab, disk):
    file = disk.open("board:/flash/dos.py")
    file.data = b"a = 1\r\nb = 2\r\n"
    tab.saving.load(file)
    qtbot.waitUntil(lambda: not tab.editor.isReadOnly())
    tab.editor.appendPlainText("c = 3")
    tab.save()
    qtbot.waitUntil(lambda: not tab.saving.dirty)
    assert file.data == b"a = 1\r\nb = 2\r\n\r\nc = 3"


def test_what_others_changed_is_not_overwritten_unasked(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#mine ")
    main.data = b"theirs\n"
    tab.save()
    until_said(qtbot, tab, "was changed")
    assert main.data == b"theirs\n"
    assert tab.saving.dirty
    tab.notice.button("Overwrite theirs").click()
    qtbot.waitUntil(lambda: main.data.startswith(b"#mine"))


def test_taking_theirs_can_be_undone(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#mine ")
    main.data = b"theirs\n"
    tab.save()
    until_said(qtbot, tab, "was changed")
    tab.notice.button("Take theirs").click()
    qtbot.waitUntil(lambda: tab.editor.source() == "theirs\n")
    assert not tab.saving.dirty
    assert tab.undo()
    assert tab.editor.source().startswith("#mine")
    assert tab.saving.dirty


def test_a_copy_can_be_kept_beside_theirs(qtbot, tab, main, disk):
    qtbot.keyClicks(tab.editor, "#mine ")
    main.data = b"theirs\n"
    tab.save()
    until_said(qtbot, tab, "was changed")
    tab.notice.button("Save a copy …").click()
    tab.ask.field.setText("/home/copy.py")
    qtbot.keyClick(tab.ask.field, Key.Key_Return)
    until_said(qtbot, tab, "A copy was saved")
    assert disk.files["/home/copy.py"].data.startswith(b"#mine")
    assert tab.saving.place == "board:/flash/main.py"


def test_a_busy_board_is_interrupted_only_when_asked(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#")
    main.failures = [BoardBusyError(), BoardBusyError()]
    tab.save()
    until_said(qtbot, tab, "program is running")
    assert tab.saving.dirty
    tab.notice.button("Try again").click()
    until_said(qtbot, tab, "program is running")
    main.failures = [BoardBusyError()]
    tab.notice.button("Interrupt and save").click()
    qtbot.waitUntil(lambda: not tab.saving.dirty)
    assert main.interrupted


def test_without_a_board_the_text_is_kept(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#")
    main.failures = [DisconnectedError("gone")]
    tab.save()
    until_said(qtbot, tab, "not connected")
    assert tab.saving.unsaved().text.startswith("#import")
    tab.notice.button("Try again").click()
    qtbot.waitUntil(lambda: not tab.saving.dirty)


def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_again(qtbot, tab, disk):
    file = disk.open("board:/flash/x.py")
    file.data = b"\xff"
    tab.saving.load(file)
    until_said(qtbot, tab, "UTF-8")
    assert tab.editor.isReadOnly()
    file.data = b"x"
    tab.notice.button("Try again").click()
    qtbot.waitUntil(lambda: tab.editor.source() == "x")


def test_a_new_source_is_asked_for_its_place(qtbot, tab, disk):
    tab.saving.begin("untitled 1", "x = 1\n")
    assert tab.title == "● untitled 1 · code"
    tab.save()
    assert tab.ask.isVisible()
    tab.ask.field.setText("nowhere:/x.py")
    qtbot.keyClick(tab.ask.field, Key.Key_Return)
    until_said(qtbot, tab, "no board 'nowhere'")
    disk.open("board:/flash/new.py").data = b"old"
    tab.saving.save_to("board:/flash/new.py")
    until_said(qtbot, tab, "already")
    tab.notice.button("Replace it").click()
    qtbot.waitUntil(lambda: tab.title == "new.py · on board")
    assert disk.files["board:/flash/new.py"].data == b"x = 1\n"


def test_unsaved_text_comes_back_unsaved(qtbot, tab, main):
    qtbot.keyClicks(tab.editor, "#mine ")
    unsaved = tab.saving.unsaved()
    tab.save()
    qtbot.waitUntil(lambda: not tab.saving.dirty)
    assert tab.saving.unsaved() is None
    tab.saving.restore(unsaved)
    assert tab.saving.dirty
    assert tab.editor.source() == unsaved.text
    tab.save()  # the file was written after the text was kept
    until_said(qtbot, tab, "was changed")
    tab.saving.restore(Unsaved("", "untitled 3", "y"))
    assert tab.saving.place == ""
    assert tab.saving.title == "untitled 3"


def test_marks_follow_the_text_and_lead_to_their_lines(qtbot, tab, main):
    tab.editor.selectAll()
    qtbot.keyClicks(tab.editor, "x = 1")
    qtbot.keyClick(tab.editor, Key.Key_Return)
    qtbot.keyClicks(tab.editor, "print(undefined)")
    qtbot.waitUntil(lambda: [mark.line for mark in tab.marks.marks] == [2])
    tab.go_to_line(1)
    qtbot.keyClick(tab.editor, Key.Key_F8)
    cursor = tab.editor.textCursor()
    assert (cursor.blockNumber(), cursor.positionInBlock()) == (1, 6)
    assert "undefined" in tab.marks.at(cursor).message
    tab.editor.selectAll()
    qtbot.keyClicks(tab.editor, "x = 1")
    qtbot.waitUntil(lambda: tab.marks.marks == [])


def test_names_are_completed(qtbot, tab, main):
    tab.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(tab.editor, "led.")
    qtbot.keyClick(tab.editor, Key.Key_Space, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: tab.editor.completion_list is not None and tab.editor.completion_list.isVisible())
    qtbot.keyClick(tab.editor, Key.Key_Return)
    assert tab.editor.source().endswith("led.toggle")


@pytest.mark.feature("run a buffer")
@pytest.mark.parametrize(
    ("key", "modifiers", "fresh"),
    [(Key.Key_F5, Modifier.NoModifier, False), (Key.Key_F5, Modifier.ShiftModifier, True)],
)
def test_running_the_whole_text(qtbot, tab, main, key, modifiers, fresh):
    with qtbot.waitSignal(tab.run_wanted) as wanted:
        qtbot.keyClick(tab.editor, key, modifiers)
    run = wanted.args[0]
    assert (run.source, run.name, run.board) == (main.data.decode(), "/flash/main.py", "board")
    assert (run.soft_reset, run.first_line, run.is_part) == (fresh, 1, False)


def run_part(qtbot, tab):
    with qtbot.waitSignal(tab.run_wanted) as wanted:
        qtbot.keyClick(tab.editor, Key.Key_Return, Modifier.ControlModifier)
    return wanted.args[0].source, wanted.args[0].first_line


@pytest.mark.feature("run a selection")
def test_running_lines_one_after_the_other_and_selections(qtbot, tab, main):
    assert run_part(qtbot, tab) == ("import pyb", 1)
    assert run_part(qtbot, tab) == ("led = pyb.LED(1)", 2)
    tab.editor.set_cursor_index(len("import pyb\nled = py"), 3)  # a selection within two lines takes both
    assert run_part(qtbot, tab) == ("import pyb\nled = pyb.LED(1)", 1)
    start = len("import pyb\nled = ")
    tab.editor.set_cursor_index(start + 3, start)
    assert run_part(qtbot, tab) == ("pyb", 2)


def test_going_to_a_line_waits_for_the_file(qtbot, tab, disk):
    file = disk.open("board:/flash/x.py")
    file.data = b"a\nb\nc\n"
    tab.saving.load(file)
    tab.go_to_line(3)
    qtbot.waitUntil(lambda: tab.editor.textCursor().blockNumber() == 2)
    qtbot.keyClick(tab.editor, Key.Key_G, Modifier.ControlModifier)
    tab.ask.field.setText("2")
    qtbot.keyClick(tab.ask.field, Key.Key_Return)
    assert tab.editor.textCursor().blockNumber() == 1
    assert tab.editor.hasFocus()


def test_find_and_replace(qtbot, tab, main):
    qtbot.keyClick(tab.editor, Key.Key_H, Modifier.ControlModifier)
    tab.find.field.setText("LED")
    assert tab.editor.textCursor().selectedText() == "led"
    tab.find._case.click()
    assert tab.editor.textCursor().selectedText() == "LED"
    tab.find._case.click()
    tab.find.replacement.setText("lamp_led")
    assert tab.find.replace_all() == 3
    assert tab.editor.source() == "import pyb\nlamp_led = pyb.lamp_led(1)\nlamp_led.on()\n"
    assert tab.undo()
    assert tab.editor.source() == main.data.decode()
    tab.find.field.setText("nothing like it")
    assert not tab.find.find()
    qtbot.keyClick(tab.find.field, Key.Key_Escape)
    assert not tab.find.isVisible()
    assert tab.editor.hasFocus()


def test_replacing_one_after_the_other(qtbot, tab, main):
    tab.find.open(replace=True)
    tab.find.field.setText("led")
    tab.find.replacement.setText("x")
    tab.find.replacement.setFocus()
    qtbot.keyClick(tab.find.replacement, Key.Key_Return)
    assert tab.editor.source() == "import pyb\nx = pyb.LED(1)\nled.on()\n"


def rest_mouse(tab, place):
    """The mouse stays over a place of the text."""
    cursor = tab.editor.textCursor()
    cursor.setPosition(place)
    point = tab.editor.cursorRect(cursor).center()
    where = tab.editor.viewport().mapToGlobal(point)
    QApplication.sendEvent(tab.editor.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, where))


def test_the_mouse_over_a_mark_says_what_is_wrong(qtbot, tab, main):
    tab.editor.selectAll()
    qtbot.keyClicks(tab.editor, "print(wrong)")
    qtbot.waitUntil(lambda: len(tab.marks.marks) == 1)
    rest_mouse(tab, len("print(wr"))
    qtbot.waitUntil(lambda: "wrong" in QToolTip.text())
    QToolTip.hideText()


def test_what_is_no_python_is_not_checked(qtbot, tab, disk):
    file = disk.open("board:/flash/data.json")
    file.data = b'{"a": true}'
    tab.saving.load(file)
    qtbot.waitUntil(lambda: not tab.editor.isReadOnly())
    with qtbot.waitSignal(tab.marks.changed):
        qtbot.keyClicks(tab.editor, " ")
    assert tab.marks.marks == []


def test_closing_asks_about_what_is_not_saved(qtbot, tab, main):
    with qtbot.waitSignal(tab.close_wanted):
        qtbot.keyClick(tab.editor, Key.Key_W, Modifier.ControlModifier)
    closed = []
    tab.close_wanted.connect(lambda: closed.append(True))
    qtbot.keyClicks(tab.editor, "#")
    qtbot.keyClick(tab.editor, Key.Key_W, Modifier.ControlModifier)
    assert "not saved" in tab.notice.text
    assert closed == []
    tab.notice.button("Close without saving").click()
    assert closed == [True]
