"""The terminal's history, links, long pastes, log and the note about damage."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu

from engines.board.status import State
from engines.board.streams.frames import MARKER
from engines.board.terminal.history import TerminalHistory
from widgets.board.damage_note import DamageNote
from widgets.board.terminal import TerminalView

Key, Modifier = Qt.Key, Qt.KeyboardModifier
CONTROL = Modifier.MetaModifier if sys.platform == "darwin" else Modifier.ControlModifier

TRACEBACK = (
    "\r\n>>> import blink\r\nTraceback (most recent call last):\r\n"
    '  File "<stdin>", line 1, in <module>\r\n'
    '  File "blink.py", line 7, in go\r\nZeroDivisionError: divide by zero\r\n>>> '
)


@pytest.fixture
def view(qtbot, session, scripted):
    view = TerminalView(session)
    qtbot.addWidget(view)
    view.resize(700, 400)
    with qtbot.waitExposed(view):
        view.show()
    view.text.setFocus()
    qtbot.waitUntil(lambda: view.text.last_line() == ">>> ")
    scripted.sent.clear()
    return view


@pytest.fixture
def entered(view):
    history = TerminalHistory()
    for line in ("import pyb", "led = pyb.LED(1)", "import time"):
        history.add(line)
    view.recall.history = history
    return history


class Editor:
    """The board's line editor, as far as the terminal uses it."""

    def __init__(self, scripted) -> None:
        self._scripted, self.line = scripted, ""

    def take(self) -> None:
        data = bytes(self._scripted.sent)
        self._scripted.sent.clear()
        text = data.replace(b"\x1b[F", b"").decode()
        echo = ""
        for sign in text:
            if sign == "\x7f":
                echo += "\b\x1b[K" if self.line else ""
                self.line = self.line[:-1]
            else:
                self.line += sign
                echo += sign
        self._scripted.arrive(echo.encode())


@pytest.fixture
def editor(scripted):
    return Editor(scripted)


def press(qtbot, view, editor, key, line):
    """A key changes the line on the board to ``line``."""
    qtbot.keyClick(view.text, key)
    qtbot.waitUntil(lambda: (editor.take(), editor.line == line)[1])
    qtbot.waitUntil(lambda: view.text.last_line() == f">>> {line}")


def test_up_and_down_walk_through_what_was_entered(qtbot, view, editor, entered):
    press(qtbot, view, editor, Key.Key_Up, "import time")
    press(qtbot, view, editor, Key.Key_Up, "led = pyb.LED(1)")
    press(qtbot, view, editor, Key.Key_Up, "import pyb")
    press(qtbot, view, editor, Key.Key_Up, "import pyb")
    press(qtbot, view, editor, Key.Key_Down, "led = pyb.LED(1)")
    press(qtbot, view, editor, Key.Key_Down, "import time")
    press(qtbot, view, editor, Key.Key_Down, "")


def test_what_is_typed_chooses_which_lines_are_walked(qtbot, view, editor, entered):
    qtbot.keyClicks(view.text, "imp")
    qtbot.waitUntil(lambda: (editor.take(), view.text.last_line() == ">>> imp")[1])
    press(qtbot, view, editor, Key.Key_Up, "import time")
    press(qtbot, view, editor, Key.Key_Up, "import pyb")
    press(qtbot, view, editor, Key.Key_Down, "import time")
    press(qtbot, view, editor, Key.Key_Down, "imp")


def test_two_steps_before_the_echo_leave_nothing_behind(qtbot, view, editor, entered):
    qtbot.keyClick(view.text, Key.Key_Up)
    qtbot.keyClick(view.text, Key.Key_Up)
    qtbot.waitUntil(lambda: (editor.take(), editor.line == "led = pyb.LED(1)")[1])


def test_an_empty_history_leaves_the_keys_to_the_board(qtbot, view, scripted):
    qtbot.keyClick(view.text, Key.Key_Up)
    scripted.until_sent(b"\x1b[A")


def test_in_a_statement_and_in_a_program_the_keys_are_the_boards(qtbot, view, session, scripted, entered):
    session.type(b"for i in x:\r")
    scripted.arrive(b"for i in x:\r\n... ")
    qtbot.waitUntil(lambda: session.status.state is State.ENTRY)
    scripted.sent.clear()
    qtbot.keyClick(view.text, Key.Key_Up)
    scripted.until_sent(b"\x1b[A")
    qtbot.keyClick(view.text, Key.Key_R, CONTROL)
    scripted.until_sent(b"\x12")
    assert not view.history_bar.isVisible()


def test_entered_lines_are_remembered_as_they_stood(qtbot, view, scripted, tmp_path):
    view.recall.history = TerminalHistory(tmp_path / "history")
    qtbot.keyClicks(view.text, "x = 1\r")
    scripted.until_sent(b"x = 1\r")
    scripted.arrive(b"x = 2\b1\r\n>>> y\r\n>>> ")  # edited; then something that only looks like an entry
    qtbot.waitUntil(lambda: view.recall.history.lines == ["x = 1"])
    assert TerminalHistory(tmp_path / "history").lines == ["x = 1"]


def test_searching_the_history(qtbot, view, scripted, editor, entered):
    qtbot.keyClick(view.text, Key.Key_R, CONTROL)
    bar = view.history_bar
    assert bar.isVisible()
    qtbot.keyClicks(bar.field, "imp")
    assert bar.list.currentItem().text() == "import time"
    qtbot.keyClick(bar.field, Key.Key_R, CONTROL)
    assert bar.list.currentItem().text() == "import pyb"
    qtbot.keyClick(bar.field, Key.Key_Return)
    qtbot.waitUntil(lambda: (editor.take(), editor.line == "import pyb")[1])
    assert view.text.hasFocus()
    qtbot.waitUntil(lambda: view.text.last_line() == ">>> import pyb")
    qtbot.keyClick(view.text, Key.Key_R, CONTROL)
    qtbot.keyClick(bar.field, Key.Key_Escape)
    assert not bar.isVisible()
    assert scripted.sent == b""


def point_in(view, text: str) -> QPoint:
    block = view.text.document().begin()
    while text not in block.text():
        block = block.next()
    cursor = view.text.textCursor()
    cursor.setPosition(block.position() + block.text().index(text) + 3)
    return view.text.cursorRect(cursor).center()


@pytest.fixture
def failed(qtbot, view, scripted):
    """The terminal after an exception."""
    scripted.arrive(TRACEBACK.encode())
    qtbot.waitUntil(lambda: "ZeroDivisionError" in view.text.toPlainText())
    return view


def test_a_click_on_a_traceback_asks_for_the_place(qtbot, failed):
    viewport = failed.text.viewport()
    point = point_in(failed, 'File "blink.py"')
    qtbot.mouseMove(viewport, point)
    qtbot.waitUntil(lambda: viewport.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    assert len(failed.text.extraSelections()) == 1
    with qtbot.waitSignal(failed.location_clicked) as clicked:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)
    assert clicked.args == ["blink.py", 7]
    qtbot.mouseMove(viewport, point_in(failed, "ZeroDivisionError"))
    qtbot.waitUntil(lambda: failed.text.extraSelections() == [])


def test_selecting_text_of_a_traceback_is_no_click(qtbot, failed):
    clicked = []
    failed.location_clicked.connect(lambda file, line: clicked.append(file))
    viewport = failed.text.viewport()
    point = point_in(failed, 'File "blink.py"')
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=point)
    qtbot.mouseMove(viewport, point + QPoint(40, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=point + QPoint(40, 0))
    assert clicked == []


def test_a_line_typed_at_the_prompt_is_in_no_file_but_a_timers_is(qtbot, failed, scripted):
    assert failed.links.at(point_in(failed, 'File "<stdin>"')) is None
    scripted.arrive(
        b'Traceback (most recent call last):\r\n  File "<stdin>", line 4, in tick\r\nValueError: \r\n>>> '
    )
    qtbot.waitUntil(lambda: "ValueError" in failed.text.toPlainText())
    with qtbot.waitSignal(failed.location_clicked) as clicked:
        assert failed.go_to_last_error()
    assert clicked.args == ["<stdin>", 4]


def test_without_a_traceback_there_is_nowhere_to_go(view):
    assert not view.go_to_last_error()


LINES = [f"x{number} = {number} # {'-' * 60}" for number in range(60)]


def test_a_long_paste_waits_for_its_echo_and_shows_how_far_it_is(qtbot, view, scripted):
    view.paste("\n".join(LINES) + "\n")
    scripted.until_sent(b"\x05x0 = 0")
    assert view.pasting.isVisible()
    sent = bytes(scripted.sent)
    assert b"x20 " not in sent
    for _ in range(200):
        if not view.pasting.busy:
            break
        lines = scripted.sent.count(b"\r") or 1
        before = len(scripted.sent)
        scripted.arrive(b"=== \r\n" * lines)
        qtbot.waitUntil(lambda before=before: len(scripted.sent) > before or not view.pasting.busy)
    scripted.until_sent(LINES[-1].encode() + b"\r\x04")
    assert not view.pasting.isVisible()


def test_a_long_paste_can_be_called_off(qtbot, view, scripted):
    view.paste("\n".join(LINES) + "\n")
    scripted.until_sent(b"\x05x0 = 0")
    view.pasting.cancel()
    scripted.until_sent(b"\x03")
    scripted.arrive(b"=== \r\n" * 50)
    qtbot.waitUntil(lambda: view.text.toPlainText().count("===") > 49)
    assert b"x50" not in scripted.sent
    assert not view.pasting.isVisible()


def test_a_long_paste_ends_with_its_connection(qtbot, view, scripted):
    view.paste("\n".join(LINES) + "\n")
    scripted.vanish()
    qtbot.waitUntil(lambda: not view.pasting.busy)
    assert not view.pasting.isVisible()


def test_the_log_takes_finished_lines_as_they_are_shown(qtbot, view, scripted, tmp_path):
    path = tmp_path / "board.log"
    view.logging.start(path)
    assert view.logging.label.isVisible()
    assert str(path) in view.logging.label.toolTip()
    scripted.arrive(b"\x1b[31mred\x1b[0m wrinh\b\x1b[Kg\r\nhalf")
    qtbot.waitUntil(lambda: "half" in view.text.toPlainText())
    qtbot.mouseClick(view.logging.label, Qt.MouseButton.LeftButton)
    assert path.read_text() == ">>> red wring\n"
    assert not view.logging.label.isVisible()
    scripted.arrive(b" more\r\n")
    qtbot.waitUntil(lambda: "more" in view.text.toPlainText())
    assert path.read_text() == ">>> red wring\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux'")
def test_a_full_disk_ends_the_log_and_is_told(qtbot, view, scripted):
    with qtbot.waitSignal(view.logging.failed) as failed:
        view.logging.start(Path("/dev/full"))
        scripted.arrive(b"text\r\n" * 3000)
    assert "No space left" in failed.args[0]
    assert not view.logging.label.isVisible()
    assert view.logging.path is None


def test_damaged_frames_are_told_until_they_are_acknowledged(qtbot, view, session, scripted):
    note: DamageNote = view.damage
    note.refresh()
    assert note.isHidden()
    broken = MARKER + b"\x01\x04\x00abcd\x00\x00\x00\x00"
    scripted.arrive(broken + b"text " + broken + b"end")
    qtbot.waitUntil(lambda: session.traffic.damaged == 2)
    note.refresh()
    assert note.text() == "2 damaged frames; check the cable"
    assert note.isVisible()
    qtbot.mouseClick(note, Qt.MouseButton.LeftButton)
    note.refresh()
    assert note.isHidden()


def test_the_context_menu_has_it_all(qtbot, failed):
    menu: QMenu = failed.text.context_menu()
    titles = [action.text() for action in menu.actions()]
    assert "Go to blink.py, line 7" in titles
    assert {"Log to file …", "Search the history …"} <= set(titles)
    menu.close()
    QApplication.processEvents()


def test_the_history_works_at_a_prompt_that_the_user_renamed(qtbot, view, scripted, session):
    view.recall.history = TerminalHistory()
    qtbot.keyClicks(view.text, "import sys; sys.ps1='pyb> '")
    scripted.arrive(b"import sys; sys.ps1='pyb> '")
    qtbot.waitUntil(lambda: view.text.last_line().endswith("pyb> '"))
    qtbot.keyClick(view.text, Key.Key_Return)
    scripted.arrive(b"\r\npyb> ")
    qtbot.waitUntil(lambda: session.prompt == "pyb> " and session.status.state is State.PROMPT)
    qtbot.keyClicks(view.text, "x = 1")
    scripted.arrive(b"x = 1")
    qtbot.waitUntil(lambda: view.text.last_line() == "pyb> x = 1")
    qtbot.keyClick(view.text, Key.Key_Return)
    scripted.arrive(b"\r\npyb> ")
    qtbot.waitUntil(lambda: view.recall.history.lines[-1:] == ["x = 1"])
