"""The code editor by its keys."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QTextCursor

from tests.widgets.notebook.looks import first_colour
from widgets.workspace import code_keys
from widgets.workspace.code_editor import CodeEditor
from widgets.workspace.completion import Completions
from widgets.workspace.text import from_utf16, to_utf16

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def make_editor(qtbot):
    def make(source: str = "", **options) -> CodeEditor:
        editor = CodeEditor(**options)
        qtbot.addWidget(editor)
        editor.resize(400, 200)
        editor.set_source(source)
        with qtbot.waitExposed(editor):
            editor.show()
        editor.activateWindow()
        editor.setFocus()
        qtbot.waitUntil(editor.hasFocus)
        editor.moveCursor(QTextCursor.MoveOperation.End)
        return editor

    return make


@pytest.fixture
def type_into(qtbot):
    def type_text(editor: CodeEditor, text: str) -> None:
        for sign in text:
            if sign == "\n":
                qtbot.keyClick(editor, Qt.Key.Key_Return)
            else:
                qtbot.keyClicks(editor, sign)

    return type_text


def test_enter_keeps_and_changes_the_indentation(make_editor, type_into):
    editor = make_editor()
    type_into(editor, "def f(x):\nif x:\nreturn 1\nelse_ = [\n2")
    assert editor.source() == "def f(x):\n    if x:\n        return 1\n    else_ = [\n        2"


def test_tab_and_backspace_move_by_stops(make_editor, type_into, qtbot):
    editor = make_editor("a\n")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source() == "a\n    "
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.source() == "a\n    "
    qtbot.keyClick(editor, Qt.Key.Key_Backtab, SHIFT)
    assert editor.source() == "a\n"


def test_a_selection_is_indented_dedented_and_commented(make_editor, qtbot):
    editor = make_editor("if x:\n\n    a\n  b\nc")
    editor.set_cursor_index(0, len(editor.source()) - 1)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source() == "    if x:\n\n        a\n      b\nc"
    qtbot.keyClick(editor, Qt.Key.Key_Backtab, SHIFT)
    assert editor.source() == "if x:\n\n    a\n    b\nc"
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Slash, CONTROL)
    assert editor.source() == "# if x:\n\n#     a\n#     b\n# c"
    qtbot.keyClick(editor, Qt.Key.Key_Slash, CONTROL)
    assert editor.source() == "if x:\n\n    a\n    b\nc"


def test_home_goes_to_the_first_character_then_to_the_margin(make_editor, qtbot):
    editor = make_editor("    value")
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    assert editor.cursor_index() == 4
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    assert editor.cursor_index() == 0
    qtbot.keyClick(editor, Qt.Key.Key_Home, SHIFT)
    assert editor.textCursor().selectedText() == "    "


def test_brackets_in_strings_do_not_count(make_editor):
    editor = make_editor('f("(", [1, 2])  # )')
    document = editor.document()
    assert code_keys.matching_brackets(document, 2) == (1, 13)
    assert code_keys.matching_brackets(document, 13) == (12, 7)
    assert code_keys.matching_brackets(document, 5) is None
    assert code_keys.matching_brackets(document, 19) is None
    editor.set_cursor_index(2)
    assert len(editor.extraSelections()) == 2


def test_strings_over_several_lines_are_coloured_and_follow_edits(make_editor):
    editor = make_editor('x = """one\ntwo\nthree"""\ny = 1')
    document = editor.document()

    def colours(line: int) -> set[str]:
        return {
            span.format.foreground().color().name()
            for span in document.findBlockByNumber(line).layout().formats()
        }

    string = colours(1)
    assert len(string) == 1
    assert string <= colours(0) and string <= colours(2)
    editor.set_cursor_index(4, 7)
    editor.textCursor().removeSelectedText()
    assert colours(1) != string, "without its beginning it is no string any more"


def test_colours_follow_the_palette(make_editor):
    editor = make_editor("def f(): pass")
    light = first_colour(editor)
    palette = editor.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#111111"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#eeeeee"))
    editor.setPalette(palette)
    dark = first_colour(editor)
    assert dark.lightnessF() > light.lightnessF() + 0.2


def offering(*texts: str, start: int = 0):
    def complete(source, cursor, then):
        then(Completions(start, cursor, texts))

    return complete


def test_completion_filters_while_typing_and_inserts(make_editor, qtbot):
    editor = make_editor("x.li", complete=offering("linspace", "linalg", "log", start=2))
    editor.set_cursor_index(4)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    popup = editor.completion_list
    assert popup.isVisible()
    assert popup.texts() == ["linspace", "linalg"]
    qtbot.keyClicks(editor, "nz")
    assert not popup.isVisible(), "nothing fits"
    editor.set_source("x.l")
    editor.set_cursor_index(3)
    qtbot.keyClick(editor, Qt.Key.Key_Space, CONTROL)
    assert popup.texts() == ["linspace", "linalg", "log"]
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClicks(editor, "i")
    assert popup.texts() == ["linspace", "linalg"]
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.source() == "x.linalg"
    assert not popup.isVisible()


def test_one_completion_is_inserted_at_once_and_escape_closes_the_list(make_editor, qtbot):
    editor = make_editor("pri", complete=offering("print"))
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source() == "print"
    editor = make_editor("pri", complete=offering("print", "private"))
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.completion_list.isVisible()
    assert editor.source() == "pri"


def test_an_answer_that_comes_too_late_is_dropped(make_editor, qtbot):
    asked = []
    editor = make_editor("pri", complete=lambda source, cursor, then: asked.append(then))
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.keyClicks(editor, "x")
    asked[0](Completions(0, 3, ("print",)))
    assert editor.source() == "prix"


def test_without_an_answer_the_names_of_the_source_are_offered(make_editor, qtbot):
    editor = make_editor("gain = 1\ngaing = 2\nga", complete=offering())
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.completion_list.texts() == ["gain", "gaing"]


def test_help_is_shown_and_goes_away(make_editor, qtbot):
    text = "\x1b[31mSignature:\x1b[39m print(*args)\n" + "line\n" * 50
    editor = make_editor("print", inspect=lambda source, cursor, then: then(text))
    qtbot.keyClick(editor, Qt.Key.Key_Backtab, SHIFT)
    hint = editor.hint
    assert hint.isVisible()
    assert hint.text().startswith("Signature: print(*args)")
    assert hint.text().count("\n") < 25
    qtbot.keyClicks(editor, "(")
    assert not hint.isVisible()


def test_positions_count_characters_beyond_the_first_plane(make_editor):
    editor = make_editor("a😀b", complete=offering())
    assert editor.cursor_index() == 3
    editor.replace(1, 1, "😀😀")
    assert editor.source() == "a😀😀b"
    assert editor.cursor_index() == 3


@given(st.text(max_size=20), st.integers(0, 20))
def test_utf16_positions_there_and_back(text, index):
    index = min(index, len(text))
    assert from_utf16(text, to_utf16(text, index)) == index


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\u2029\u2028\x00\ufdd0\ufdd1"), max_size=30)
)
def test_every_text_comes_back_as_it_was(qapp, text):
    editor = CodeEditor()
    editor.set_source(text)
    assert editor.source() == text
    editor.deleteLater()


def test_without_its_own_history_undo_goes_to_the_owner(make_editor, qtbot):
    asked = []
    editor = make_editor("a", undo=lambda: asked.append("undo"), redo=lambda: asked.append("redo"))
    qtbot.keyClicks(editor, "b")
    qtbot.keyClick(editor, Qt.Key.Key_Z, CONTROL)
    qtbot.keyClick(editor, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert asked == ["undo", "redo"]
    assert editor.source() == "ab"


def test_alone_it_keeps_a_history(make_editor, qtbot):
    editor = make_editor("a")
    qtbot.keyClicks(editor, "b")
    qtbot.keyClick(editor, Qt.Key.Key_Z, CONTROL)
    assert editor.source() == "a"


def test_edits_are_announced_once_and_loading_is_not(make_editor, qtbot):
    editor = make_editor("a")
    seen = []
    editor.edited.connect(seen.append)
    qtbot.keyClicks(editor, "b")
    editor.set_source("other")
    editor.replace(0, 1, "O")
    assert seen == ["ab"]
    assert editor.source() == "Other"


def test_it_is_as_high_as_its_lines(make_editor, qtbot):
    editor = make_editor("a")
    one = editor.content_height()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.content_height() == pytest.approx(2 * one, abs=2)


def test_line_numbers_take_room(make_editor):
    editor = make_editor("a\nb")
    editor.show_line_numbers(True)
    assert editor.viewport().x() > 10
    assert [number for number, _ in editor.line_tops()] == [1, 2]
    editor.show_line_numbers(False)
    assert editor.viewport().x() < 5


def test_bracket_marks_go_with_the_focus(make_editor, qtbot):
    editor = make_editor("f(1)")
    editor.setFocus()
    cursor = editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    editor.setTextCursor(cursor)
    assert len(editor.extraSelections()) == 2
    editor.clearFocus()
    assert editor.extraSelections() == []


def test_undo_in_the_menu_is_the_documents(make_editor, qtbot):
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication, QMenu

    undone = []
    editor = make_editor("x", undo=lambda: undone.append("undo"), redo=lambda: undone.append("redo"))
    place = editor.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, editor.mapToGlobal(place))
    QApplication.sendEvent(editor.viewport(), event)
    (menu,) = editor.findChildren(QMenu)
    entries = {action.objectName(): action for action in menu.actions()}
    entries["edit-undo"].trigger()
    entries["edit-redo"].trigger()
    assert undone == ["undo", "redo"]
    menu.close()
