"""The notebook by keys, as a user works with it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from engines.notebook.cells import Cell, CellKind
from engines.workspace.kernel_api import KernelError
from tests.widgets.notebook.looks import first_colour
from widgets.notebook.commands import COMMANDS
from widgets.notebook.text_output import TextOutput

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def sources(panel) -> list[str]:
    return [cell.source for cell in panel.session.document.cells]


@pytest.fixture
def press(qtbot):
    """Press keys where the focus is: letters, or Qt's keys with modifiers."""

    def press(panel, *keys) -> None:
        for key in keys:
            target = QGuiApplication.focusObject()
            if isinstance(key, str):
                qtbot.keyClicks(target, key)
            elif isinstance(key, tuple):
                qtbot.keyClick(target, *key)
            else:
                qtbot.keyClick(target, key)

    return press


def test_enter_edits_and_escape_leaves(open_panel, press):
    panel = open_panel("a", "b")
    press(panel, Qt.Key.Key_Return)
    assert panel.view.focused_cell() == "c0"
    press(panel, (Qt.Key.Key_End,), "xy")
    press(panel, Qt.Key.Key_Escape)
    assert panel.view.focused_cell() is None
    assert sources(panel) == ["axy", "b"]


def test_command_keys_insert_move_cut_paste_and_undo(open_panel, press):
    panel = open_panel("one", "two", "three")
    press(panel, "b")
    assert sources(panel) == ["one", "", "two", "three"]
    press(panel, "dd")
    assert panel.view.current == "c1"
    press(panel, "j", "x")
    assert sources(panel) == ["one", "two"]
    press(panel, "k", "v")
    assert sources(panel) == ["one", "three", "two"]
    press(panel, "c", (Qt.Key.Key_V, SHIFT))
    assert sources(panel) == ["one", "three", "three", "two"]
    press(panel, *"zzzzz")
    assert sources(panel) == ["one", "two", "three"]
    assert [cell.id for cell in panel.session.document.cells] == ["c0", "c1", "c2"]


def test_one_d_alone_deletes_nothing(open_panel, press):
    panel = open_panel("one", "two")
    press(panel, "d", "j", "d")
    assert sources(panel) == ["one", "two"]


def test_kinds_and_the_selector(open_panel, press):
    panel = open_panel("# Title")
    kind = panel.session.document.cell
    press(panel, "m")
    assert kind("c0").kind is CellKind.MARKDOWN
    assert panel.toolbar.kind_selector.currentText() == "Text"
    press(panel, "r")
    assert kind("c0").kind is CellKind.RAW
    press(panel, "y")
    assert kind("c0").kind is CellKind.CODE


def test_extend_the_selection_and_merge(open_panel, press):
    panel = open_panel("a", "b", "c")
    press(panel, (Qt.Key.Key_J, SHIFT), (Qt.Key.Key_Down, SHIFT))
    assert panel.view.selected == ("c0", "c1", "c2")
    press(panel, (Qt.Key.Key_K, SHIFT))
    assert panel.view.selected == ("c0", "c1")
    press(panel, (Qt.Key.Key_M, SHIFT))
    assert sources(panel) == ["a\nb", "c"]


def test_split_at_the_cursor(open_panel, press):
    panel = open_panel("a = 1\nb = 2")
    panel.view.edit("c0")
    panel.view.widget_of("c0").editor.set_cursor_index(6)
    press(panel, (Qt.Key.Key_Minus, CONTROL | SHIFT))
    assert sources(panel) == ["a = 1", "b = 2"]
    assert panel.view.widget_of("c0").editor.source() == "b = 2"
    press(panel, (Qt.Key.Key_Z, CONTROL))
    assert sources(panel) == ["a = 1\nb = 2"]
    assert panel.view.widget_of("c0").editor.source() == "a = 1\nb = 2"


def test_moving_cells(open_panel, press):
    panel = open_panel("a", "b", "c")
    press(panel, (Qt.Key.Key_Down, CONTROL | SHIFT))
    assert sources(panel) == ["b", "a", "c"]
    press(panel, (Qt.Key.Key_Down, CONTROL | SHIFT), (Qt.Key.Key_Down, CONTROL | SHIFT))
    assert sources(panel) == ["b", "c", "a"]
    press(panel, (Qt.Key.Key_Up, CONTROL | SHIFT))
    assert sources(panel) == ["b", "a", "c"]


def test_undo_goes_through_text_and_structure_in_one_stack(open_panel, press):
    panel = open_panel("a", "b")
    press(panel, Qt.Key.Key_Return, (Qt.Key.Key_End,), "1")
    press(panel, Qt.Key.Key_Escape, "j", "dd", "k")
    panel.view.edit("c0")
    press(panel, (Qt.Key.Key_Z, CONTROL))
    assert sources(panel) == ["a1", "b"]
    press(panel, (Qt.Key.Key_Z, CONTROL))
    assert sources(panel) == ["a", "b"]
    assert panel.view.widget_of("c0").editor.source() == "a"
    press(panel, (Qt.Key.Key_Z, CONTROL | SHIFT), (Qt.Key.Key_Y, CONTROL))
    assert sources(panel) == ["a1"]


def test_run_and_advance_in_place_and_insert(open_panel, press, kernel):
    panel = open_panel("a", "b")
    press(panel, (Qt.Key.Key_Return, SHIFT))
    assert (kernel.codes, panel.view.current) == (["a"], "c1")
    kernel.finish()
    press(panel, (Qt.Key.Key_Return, CONTROL))
    assert (kernel.codes, panel.view.current) == (["a", "b"], "c1")
    kernel.finish()
    press(panel, (Qt.Key.Key_Return, SHIFT))
    assert sources(panel) == ["a", "b", ""]
    assert panel.view.focused_cell() == panel.session.document.cells[2].id
    kernel.finish()
    panel.view.select("c0")
    panel.view.setFocus()
    press(panel, (Qt.Key.Key_Return, ALT))
    assert sources(panel) == ["a", "", "b", ""]


def test_the_running_cell_shows_its_state_and_takes_no_focus(open_panel, press, kernel, qtbot):
    panel = open_panel("a", "b")
    panel.view.edit("c1")
    panel.session.run(["c0"])
    kernel.output("stream", name="stdout", text="hello\n")
    qtbot.waitUntil(lambda: bool(panel.session.document.cell("c0").outputs))
    kernel.finish()
    assert panel.view.focused_cell() == "c1"
    (shown,) = panel.view.widget_of("c0").findChildren(TextOutput)
    assert shown.toPlainText() == "hello"


def test_up_and_down_step_from_cell_to_cell(open_panel, press):
    panel = open_panel("a\nb", "c")
    panel.view.edit("c0")
    press(panel, Qt.Key.Key_Down)
    assert panel.view.focused_cell() == "c0"
    press(panel, Qt.Key.Key_Down)
    assert panel.view.focused_cell() == "c1"
    press(panel, Qt.Key.Key_Up)
    assert panel.view.focused_cell() == "c0"


def test_markdown_is_rendered_edited_and_rendered_again(open_panel, press):
    panel = open_panel(Cell("m", CellKind.MARKDOWN, "# Title"), "a")
    cell = panel.view.widget_of("m")
    assert cell.shows_rendered
    press(panel, Qt.Key.Key_Return)
    assert not cell.shows_rendered
    press(panel, (Qt.Key.Key_End,), "!", (Qt.Key.Key_Return, SHIFT))
    assert cell.shows_rendered
    assert cell.rendered_text() == "Title!"
    assert panel.view.current == "c1"


def test_escape_closes_the_completions_before_it_leaves_the_cell(open_panel, press, kernel):
    kernel.matches = ["print", "private"]
    panel = open_panel("pri")
    panel.view.edit("c0")
    press(panel, (Qt.Key.Key_End,), (Qt.Key.Key_Tab,))
    editor = panel.view.widget_of("c0").editor
    assert kernel.asked == [("pri", 3)]
    assert editor.completion_list.isVisible()
    press(panel, Qt.Key.Key_Escape)
    assert panel.view.focused_cell() == "c0"
    press(panel, Qt.Key.Key_Escape)
    assert panel.view.focused_cell() is None


def test_an_error_names_the_cells_that_were_not_run(open_panel, press, kernel):
    panel = open_panel("a", "b")
    panel.view.commands.run_all()
    kernel.finish("error", KernelError("NameError", "a"))
    assert panel.notice.isVisible()
    assert "Not run: cell 2" in panel.notice.text
    panel.view.commands.run_all()
    assert not panel.notice.isVisible()


def test_interrupt_and_restart_by_keys(open_panel, press, kernel, qtbot):
    panel = open_panel("a")
    panel.view.commands.run_in_place()
    press(panel, "i", "i")
    assert kernel.interrupts == 1
    with qtbot.waitSignal(panel.restart_requested):
        press(panel, "0", "0")


def test_stale_cells_say_why_and_can_be_rerun(open_panel, press, kernel):
    panel = open_panel("a")
    panel.session.run(["c0"])
    kernel.finish()
    panel.session.mark_stale(["c0"], "gain has changed")
    gutter = panel.view.widget_of("c0").gutter
    assert "gain has changed" in gutter.toolTip()
    panel.view.commands.run_stale()
    assert kernel.codes == ["a", "a"]
    assert gutter.toolTip() == "Running"


def test_the_toolbar_offers_only_what_is_possible(open_panel, kernel):
    panel = open_panel("a")
    interrupt = panel.toolbar.button("interrupt")
    assert not interrupt.isEnabled()
    panel.session.run(["c0"])
    assert interrupt.isEnabled()
    kernel.finish()
    assert not interrupt.isEnabled()


def test_an_empty_notebook_says_how_to_begin(open_panel, press, qtbot):
    panel = open_panel("a")
    press(panel, "dd")
    assert not panel.view.isVisible()
    assert any("empty" in label.text() for label in panel.findChildren(QLabel) if label.isVisible())
    panel.begin(CellKind.MARKDOWN)
    assert panel.view.isVisible()
    assert panel.session.document.cells[0].kind is CellKind.MARKDOWN
    press(panel, (Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_Z, CONTROL))
    assert sources(panel) == ["a"]


def test_find_goes_from_place_to_place(open_panel, press, qtbot):
    panel = open_panel("gain = 1", "x = 2", "y = gain * gain")
    press(panel, (Qt.Key.Key_F, CONTROL))
    assert panel.find_bar.edit.hasFocus()
    press(panel, "gain")
    assert panel.view.current == "c0"
    press(panel, Qt.Key.Key_Return)
    cursor = panel.view.widget_of("c2").editor.textCursor()
    assert (cursor.selectionStart(), cursor.selectedText()) == (4, "gain")
    press(panel, Qt.Key.Key_Return, Qt.Key.Key_Return)
    assert panel.view.current == "c0"
    press(panel, (Qt.Key.Key_Return, SHIFT))
    assert panel.view.widget_of("c2").editor.textCursor().selectionStart() == 11
    press(panel, Qt.Key.Key_Escape)
    assert panel.view.hasFocus()


def test_input_is_asked_under_the_cell(open_panel, press, kernel):
    panel = open_panel("input()")
    panel.view.commands.run_in_place()
    kernel.ask("name? ")
    press(panel, "Ada", Qt.Key.Key_Return)
    assert kernel.answers == ["Ada"]
    kernel.ask("secret? ", True)
    line = QGuiApplication.focusObject()
    assert line.echoMode() == line.EchoMode.Password
    press(panel, "1234", Qt.Key.Key_Return)
    assert kernel.answers == ["Ada", "1234"]
    assert panel.view.in_command_mode


def test_line_numbers_and_collapsed_output(open_panel, press, kernel):
    panel = open_panel("a")
    output = {"output_type": "stream", "name": "stdout", "text": "text\n" * 5}
    panel.session.document.set_outputs("c0", [output], 1)
    cell = panel.view.widget_of("c0")
    high = cell.height()
    press(panel, "o")
    assert cell.height() < high
    press(panel, "o")
    assert cell.height() == high
    press(panel, "l")
    assert cell.editor.viewport().x() > 10


def test_far_cells_are_made_when_they_come_near(open_panel):
    panel = open_panel(*(f"x = {n}\n" * 5 for n in range(200)))
    made = [cell.materialised for cell in panel.view.column.cells]
    assert made[0] and not made[100] and sum(made) < 30
    panel.view.select("c150")
    assert panel.view.widget_of("c150").materialised
    assert not panel.view.widget_of("c100").materialised


def test_what_is_read_stays_in_place_when_outputs_arrive_above(open_panel, kernel):
    panel = open_panel(*(f"x = {n}\n" * 8 for n in range(30)))
    panel.view.select("c20")
    cell = panel.view.widget_of("c20")
    before = cell.mapTo(panel.view.viewport(), cell.rect().topLeft())
    for number in range(5):
        output = {"output_type": "stream", "name": "stdout", "text": "text\n" * 20}
        panel.session.document.set_outputs(f"c{number}", [output], 1)
    panel.session.document.insert(0, CellKind.CODE, "new\n" * 9)
    assert cell.mapTo(panel.view.viewport(), cell.rect().topLeft()) == before


def test_the_edited_cell_stays_in_place_when_outputs_arrive_in_view(open_panel):
    panel = open_panel(*(f"x = {n}\n" * 3 for n in range(30)))
    panel.view.edit("c12")
    cell = panel.view.widget_of("c12")
    before = cell.mapTo(panel.view.viewport(), cell.rect().topLeft())
    output = {"output_type": "stream", "name": "stdout", "text": "text\n" * 6}
    panel.session.document.set_outputs("c11", [output], 1)
    assert cell.mapTo(panel.view.viewport(), cell.rect().topLeft()) == before


def test_typing_at_the_bottom_keeps_the_caret_in_view(open_panel, press):
    panel = open_panel(*("x" for _ in range(30)))
    panel.view.edit("c29")
    editor = panel.view.widget_of("c29").editor
    for _ in range(30):
        press(panel, Qt.Key.Key_Return)
    caret = editor.viewport().mapTo(panel.view.viewport(), editor.cursorRect().bottomLeft())
    assert 0 < caret.y() <= panel.view.viewport().height()
    assert editor.verticalScrollBar().value() == 0


def test_a_flood_costs_few_updates(open_panel, kernel, qtbot):
    panel = open_panel("flood")
    panel.session.run(["c0"])
    updates = []
    panel.session.document.changed.connect(updates.append)
    for number in range(2_000):
        kernel.output("stream", name="stdout", text=f"{number}\n" * 50)
    qtbot.waitUntil(lambda: bool(panel.session.document.cell("c0").outputs))
    assert len(updates) == 1
    kernel.finish()
    (shown,) = panel.view.widget_of("c0").findChildren(TextOutput)
    assert shown.blockCount() <= 1_001
    assert shown.verticalScrollBar().value() == shown.verticalScrollBar().maximum()
    labels = panel.view.widget_of("c0").findChildren(QLabel)
    assert [label.accessibleName() for label in labels] == ["Open full output"]


def test_every_command_exists_and_is_documented_by_its_title(open_panel):
    panel = open_panel("a")
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    for command in COMMANDS:
        assert callable(getattr(panel.view.commands, command.method))
        assert command.title[0].isupper()


def test_the_view_survives_a_change_of_palette(open_panel, dark, kernel):
    panel = open_panel(Cell("m", CellKind.MARKDOWN, "text `code`"), "a")
    output = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m\n"}
    panel.session.document.set_outputs("c1", [output], 1)
    (shown,) = panel.view.widget_of("c1").findChildren(TextOutput)
    light = first_colour(shown)
    panel.setPalette(dark)
    colour = first_colour(shown)
    assert colour.lightnessF() > light.lightnessF()
    assert not panel.grab().isNull()


def test_a_click_into_an_output_selects_the_cell_and_keys_still_work(open_panel, press, qtbot):
    panel = open_panel("a", "b")
    output = {"output_type": "stream", "name": "stdout", "text": "text\n"}
    panel.session.document.set_outputs("c1", [output], 1)
    (shown,) = panel.view.widget_of("c1").findChildren(TextOutput)
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton)
    assert panel.view.current == "c1"
    assert panel.view.in_command_mode
    press(panel, "b")
    assert sources(panel) == ["a", "b", ""]


def test_clicks_on_the_gutter_select_and_extend(open_panel, qtbot):
    panel = open_panel("a", "b", "c")
    for cell_id, modifier in (("c0", Qt.KeyboardModifier.NoModifier), ("c2", SHIFT)):
        cell = panel.view.widget_of(cell_id)
        qtbot.mouseClick(cell.gutter, Qt.MouseButton.LeftButton, modifier)
    assert panel.view.selected == ("c0", "c1", "c2")
    assert panel.view.hasFocus()


def test_a_double_click_on_text_edits_it(open_panel, qtbot):
    panel = open_panel("a", Cell("m", CellKind.MARKDOWN, "text"))
    cell = panel.view.widget_of("m")
    qtbot.mouseDClick(cell.rich_text.viewport(), Qt.MouseButton.LeftButton)
    assert panel.view.focused_cell() == "m"


def test_a_cell_scrolled_to_is_placed_like_the_first_ones(open_panel, qtbot):
    panel = open_panel(
        *(f"x = {number}" for number in range(60)), Cell("m", CellKind.MARKDOWN, "words " * 40)
    )
    view = panel.view
    bar = view.verticalScrollBar()
    for value in range(0, bar.maximum() + 200, 200):
        bar.setValue(value)
    first = view.widget_of("c0").editor.geometry()
    for cell_id in ("c30", "c59"):
        cell = view.widget_of(cell_id)
        assert cell.materialised
        assert cell.editor.geometry() == first
    text = view.widget_of("m").rich_text
    assert (text.x(), text.width()) == (first.x(), first.width())


def test_prose_is_wrapped_while_it_is_written(open_panel, press):
    panel = open_panel(Cell("m", CellKind.MARKDOWN, "many words " * 40))
    press(panel, Qt.Key.Key_Return)
    editor = panel.view.widget_of("m").editor
    line = editor.fontMetrics().lineSpacing()
    before = editor.height()
    assert before >= 3 * line
    assert editor.horizontalScrollBar().maximum() == 0
    press(panel, (Qt.Key.Key_End, CONTROL), "more words " * 20)
    assert editor.height() > before
    assert editor.verticalScrollBar().value() == 0
