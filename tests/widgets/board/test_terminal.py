"""The terminal view: keys to the board, text from it, search, paste, state and remedies."""

from __future__ import annotations

import sys
import time

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from engines.board.status import Remedy, State
from widgets.board.keys import key_bytes
from widgets.board.terminal import TerminalView
from widgets.board.terminal_text import MOST_LINES, TerminalText

Key, Modifier = Qt.Key, Qt.KeyboardModifier
CONTROL = Modifier.MetaModifier if sys.platform == "darwin" else Modifier.ControlModifier


@pytest.fixture
def text(qtbot):
    text = TerminalText()
    qtbot.addWidget(text)
    text.resize(600, 300)
    with qtbot.waitExposed(text):
        text.show()
    text.setFocus()
    return text


@pytest.fixture
def view(qtbot, session, scripted):
    view = TerminalView(session)
    qtbot.addWidget(view)
    view.resize(600, 300)
    with qtbot.waitExposed(view):
        view.show()
    scripted.sent.clear()
    return view


def test_a_terminal_made_late_shows_the_prompt(qtbot, session, scripted):
    scripted.arrive(b"said before")
    heard = []
    session.output.connect(heard.append)
    qtbot.waitUntil(lambda: "said before" in "".join(heard))
    view = TerminalView(session)
    qtbot.addWidget(view)
    qtbot.waitUntil(lambda: ">>> said before" in view.text.toPlainText())


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "data"),
    [
        (Key.Key_A, Modifier.NoModifier, "a", b"a"),
        (Key.Key_Return, Modifier.NoModifier, "\r", b"\r"),
        (Key.Key_Enter, Modifier.KeypadModifier, "\r", b"\r"),
        (Key.Key_Backspace, Modifier.NoModifier, "\b", b"\x7f"),
        (Key.Key_Up, Modifier.NoModifier, "", b"\x1b[A"),
        (Key.Key_Home, Modifier.NoModifier, "", b"\x1b[H"),
        (Key.Key_Delete, Modifier.NoModifier, "\x7f", b"\x1b[3~"),
        (Key.Key_D, CONTROL, "\x04", b"\x04"),
        (Key.Key_E, CONTROL, "\x05", b"\x05"),
        (Key.Key_P, CONTROL | Modifier.ShiftModifier, "\x10", None),
        (Key.Key_F5, Modifier.NoModifier, "", None),
        (Key.Key_Udiaeresis, Modifier.NoModifier, "ü", b"\xc3\xbc"),
        (Key.Key_Shift, Modifier.ShiftModifier, "", None),
    ],
)
def test_what_keys_send(key, modifiers, text, data):
    assert key_bytes(key, modifiers, text) == data


def test_keys_are_typed_and_shortcuts_of_the_window_do_not_take_them(qtbot, text):
    typed = []
    text.typed.connect(typed.append)
    qtbot.keyClicks(text, "x=1")
    qtbot.keyClick(text, Key.Key_Tab)
    qtbot.keyClick(text, Key.Key_A, CONTROL)
    qtbot.keyClick(text, Key.Key_Return)
    assert b"".join(typed) == b"x=1\t\x01\r"
    assert text.hasFocus()


def test_control_c_copies_a_selection_once_then_interrupts(qtbot, text):
    typed = []
    text.typed.connect(typed.append)
    text.write("hello")
    text.selectAll()
    qtbot.keyClick(text, Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == "hello"
    assert typed == []
    qtbot.keyClick(text, Key.Key_C, CONTROL)
    assert typed == [b"\x03"]


def test_the_last_line_is_edited_in_place(text):
    text.write(">>> import pyx")
    text.write("\b\x1b[K")
    text.write("b\r\n>>> ")
    assert text.toPlainText() == ">>> import pyb\n>>> "


def test_colours_follow_the_palette(text):
    text.write("\x1b[31mred\x1b[0m plain\r\n")
    light = text.document().firstBlock().begin().fragment().charFormat().foreground().color()
    palette = QPalette(text.palette())
    palette.setColor(QPalette.ColorRole.Base, QColor("#17191b"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#dfe3e5"))
    text.setPalette(palette)
    dark = text.document().firstBlock().begin().fragment().charFormat().foreground().color()
    assert light != dark
    assert text.toPlainText() == "red plain\n"


def test_scroll_back_is_bounded_and_quick(text):
    start = time.perf_counter()
    for first in range(0, 20_000, 500):
        text.write("".join(f"line {number}\r\n" for number in range(first, first + 500)))
    assert time.perf_counter() - start < 10
    assert text.blockCount() <= MOST_LINES
    assert text.toPlainText().endswith("line 19999\n")


def test_a_reader_who_scrolled_back_is_left_in_peace(text):
    text.write("".join(f"line {number}\r\n" for number in range(200)))
    bar = text.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(20)
    text.write("more\r\n" * 50)
    assert bar.value() == 20
    bar.setValue(bar.maximum())
    text.write("more\r\n" * 50)
    assert bar.value() == bar.maximum()


def test_clear_keeps_the_line_being_typed(text):
    text.write("old\r\n>>> half")
    text.clear()
    assert text.toPlainText() == ">>> half"
    text.write(" done\r\n")
    assert text.toPlainText() == ">>> half done\n"


def test_composed_and_dropped_text(qtbot, text):
    from PySide6.QtGui import QInputMethodEvent

    typed, pasted = [], []
    text.typed.connect(typed.append)
    text.pasted.connect(pasted.append)
    event = QInputMethodEvent("", [])
    event.setCommitString("é")
    QApplication.sendEvent(text, event)
    assert typed == ["é".encode()]
    data = QMimeData()
    data.setText("dropped")
    text.insertFromMimeData(data)
    assert pasted == ["dropped"]


def test_typing_reaches_the_board_and_its_output_the_view(qtbot, view, scripted):
    qtbot.keyClicks(view.text, "6*7\r")
    scripted.until_sent(b"6*7\r")
    scripted.arrive(b"6*7\r\n42\r\n>>> ")
    qtbot.waitUntil(lambda: view.text.toPlainText().endswith("6*7\n42\n>>> "))


def test_one_line_is_pasted_as_it_is_and_several_in_paste_mode(view, scripted):
    view.paste("x = 1")
    scripted.until_sent(b"x = 1")
    view.paste("if x:\r\n    print(x)\n\x03\x04")
    scripted.until_sent(b"\x05if x:\r    print(x)\r\x04")


def test_the_state_and_its_remedy(qtbot, view, session, scripted):
    assert "is ready" in view.state_line.text
    session.type(b"loop()\r")
    scripted.arrive(b"loop()\r\n")
    interrupt = view.state_line.button(Remedy.INTERRUPT)
    qtbot.waitUntil(interrupt.isVisible)
    assert "running" in view.state_line.text
    scripted.sent.clear()
    qtbot.mouseClick(interrupt, Qt.MouseButton.LeftButton)
    scripted.until_sent(b"\x03")
    scripted.arrive(b"KeyboardInterrupt: \r\n>>> ")
    qtbot.waitUntil(lambda: not interrupt.isVisible())
    scripted.vanish()
    qtbot.waitUntil(lambda: "went away" in view.state_line.text)
    assert view.state_line.button(Remedy.RETRY).isVisible()


def test_connect_is_asked_for_by_the_empty_panel(qtbot, view, session):
    session.disconnect()
    qtbot.waitUntil(lambda: session.status.state is State.DISCONNECTED)
    button = view.state_line.button(Remedy.CONNECT)
    qtbot.waitUntil(button.isVisible)
    with qtbot.waitSignal(view.remedy_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_search_finds_from_the_newest_and_goes_round(qtbot, view):
    view.text.write("\r\nneedle one\r\nhay\r\nneedle two\r\n")
    qtbot.keyClick(view.text, Key.Key_F, CONTROL)
    assert view.search.isVisible()
    view.search.field.setText("needle")
    rows = []
    for _ in range(3):
        assert view.search.find(backwards=True)
        rows.append(view.text.textCursor().block().text())
    assert rows == ["needle two", "needle one", "needle two"]
    view.search.field.setText("nothing")
    assert not view.search.find(backwards=True)
    qtbot.keyClick(view.search.field, Key.Key_Escape)
    assert not view.search.isVisible()


def test_a_flood_leaves_the_window_smooth(qtbot, view, session, scripted):
    """One update of the terminal must not be felt."""
    longest = 0.0
    write = view.text.write

    def timed(text):
        nonlocal longest
        start = time.perf_counter()
        write(text)
        longest = max(longest, time.perf_counter() - start)

    session.output.connect(lambda text: None)
    view.text.write = timed
    chunk = bytes(range(32, 256)) * 300
    for _ in range(40):
        scripted.arrive(chunk + b"\r\n" + b"short\r\n" * 500)
    scripted.arrive(b"the end\r\n>>> ")
    qtbot.waitUntil(lambda: "the end" in view.text.toPlainText(), timeout=20_000)
    assert view.text.blockCount() <= MOST_LINES
    start = time.perf_counter()
    timed("x" * 8000 + "\r\n" + "y\r\n" * 2000)
    assert time.perf_counter() - start < 5


def test_a_view_that_is_gone_hears_nothing(qtbot, session, scripted):
    view = TerminalView(session)
    view.show()
    view.deleteLater()
    scripted.arrive(b"text\r\n")
    qtbot.waitUntil(lambda: not isValid(view))
    scripted.arrive(b"more\r\n>>> ")
    qtbot.waitUntil(lambda: session.traffic.text > 15)
