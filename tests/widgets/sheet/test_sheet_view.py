"""The grid from the keyboard and the mouse, over the real sheet service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QToolTip

from engines.sheet.clipboard import MIME_TYPE
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Rect, cell_name, parse_reference
from engines.sheet.values import Shown
from widgets.sheet.menu import cell_menu
from widgets.sheet.model import KIND_ROLE
from widgets.sheet.panel import SheetPanel
from widgets.sheet.view import DEFAULT_WIDTH

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier
Shift = Qt.KeyboardModifier.ShiftModifier
Make = Callable[..., SheetPanel]


def texts(panel: SheetPanel) -> dict[str, str]:
    return {cell_name(*cell): text for cell, text in sorted(panel.session.document.texts.items())}


def at(panel: SheetPanel) -> str:
    return panel.selection.name


def shown(panel: SheetPanel, name: str) -> Shown:
    return panel.session.shown(*parse_reference(name).rect[:2])


def middle(panel: SheetPanel, name: str) -> QPoint:
    column, row = parse_reference(name).rect[:2]
    return panel.view.visualRect(panel.view.model().index(row - 1, column - 1)).center()


def editor(panel: SheetPanel) -> QLineEdit:
    (found,) = list(panel.view.viewport().findChildren(QLineEdit))
    return found


def type_text(qtbot: Any, text: str) -> None:
    """To whatever has the focus, as a keyboard does."""
    for sign in text:
        qtbot.keyClicks(QApplication.focusWidget(), sign)


def test_typing_enters_and_moves(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    type_text(qtbot, "5")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Return)
    assert at(panel) == "A2"
    type_text(qtbot, "=A1*2")
    assert panel.bar.text.text() == "=A1*2"
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
    assert at(panel) == "B2"
    type_text(qtbot, "x")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Return, Shift)
    assert at(panel) == "B1"
    type_text(qtbot, "y")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab, Shift)
    assert at(panel) == "A1"
    assert texts(panel) == {"A1": "5", "A2": "=A1*2", "B1": "y", "B2": "x"}
    assert shown(panel, "A2") == Shown("10", "number")
    assert panel.view.hasFocus()


def test_arrows_commit_what_is_typed_but_not_what_is_edited(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="old")
    type_text(qtbot, "n")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Right)
    assert (texts(panel), at(panel)) == ({"A1": "n"}, "B1")
    qtbot.keyClick(panel.view, Key.Key_Left)
    qtbot.keyClick(panel.view, Key.Key_F2)
    assert editor(panel).text() == "n"
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Left)
    type_text(qtbot, "o")
    assert panel.view.editing
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Enter)
    assert texts(panel) == {"A1": "on"}


def test_escape_keeps_the_old_text(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="old")
    type_text(qtbot, "new")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Escape)
    assert not panel.view.editing
    assert texts(panel) == {"A1": "old"}
    assert panel.bar.text.text() == "old"
    assert panel.view.hasFocus()


def test_clicking_away_commits(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    type_text(qtbot, "7")
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=middle(panel, "C3"))
    assert (texts(panel), at(panel)) == ({"A1": "7"}, "C3")
    type_text(qtbot, "8")
    panel.bar.name.setFocus()
    assert texts(panel) == {"A1": "7", "C3": "8"}


def test_moving(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="1", A2="2", A4="4", C9="x")
    steps = [
        (Key.Key_Up, None, "A1"),
        (Key.Key_Down, Control, "A2"),
        (Key.Key_Down, Control, "A4"),
        (Key.Key_Down, Control, f"A{MAX_ROW}"),
        (Key.Key_Up, Control, "A4"),
        (Key.Key_Right, Control, "XFD4"),
        (Key.Key_Home, None, "A4"),
        (Key.Key_End, Control, "C9"),
        (Key.Key_Home, Control, "A1"),
        (Key.Key_Down, Shift, "A1:A2"),
        (Key.Key_Right, Shift, "A1:B2"),
        (Key.Key_Down, Control | Shift, "A:B"),
        (Key.Key_Left, None, "A1"),
        (Key.Key_A, Control, "A:XFD"),
        (Key.Key_Right, None, "B1"),
    ]
    for key, modifier, name in steps:
        qtbot.keyClick(panel.view, key, modifier or Qt.KeyboardModifier.NoModifier)
        assert at(panel) == name
    qtbot.keyClick(panel.view, Key.Key_PageDown)
    assert panel.selection.cursor[1] > 10


def test_mouse_selects_and_headers_select_wholes(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    viewport, left = panel.view.viewport(), Qt.MouseButton.LeftButton
    qtbot.mousePress(viewport, left, pos=middle(panel, "B2"))
    qtbot.mouseMove(viewport, middle(panel, "C4"))
    panel.view.select(panel.selection)
    qtbot.mouseRelease(viewport, left, pos=middle(panel, "C4"))
    qtbot.mouseClick(viewport, left, Shift, middle(panel, "D5"))
    assert at(panel) == "B2:D5"
    across, down = panel.view.horizontalHeader(), panel.view.verticalHeader()
    qtbot.mouseClick(across.viewport(), left, pos=QPoint(across.sectionViewportPosition(2) + 20, 8))
    assert at(panel) == "C:C"
    qtbot.mouseClick(down.viewport(), left, pos=QPoint(8, down.sectionViewportPosition(3) + 8))
    assert at(panel) == "4:4"


def test_name_box_goes_there(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    for name, selected in [("c5", "C5"), ("B2:D9", "B2:D9"), ("b:b", "B:B"), ("data!ZZ1000", "ZZ1000")]:
        panel.bar.name.setText(name)
        qtbot.keyClick(panel.bar.name, Key.Key_Return)
        assert (at(panel), panel.bar.name.text()) == (selected, selected)
    panel.bar.name.setText("nowhere")
    qtbot.keyClick(panel.bar.name, Key.Key_Return)
    assert at(panel) == "ZZ1000"
    assert "is no cell of this sheet" in panel.problem.text()
    qtbot.keyClick(panel.bar.name, Key.Key_Escape)
    assert panel.bar.name.text() == "ZZ1000"


def test_formula_bar_edits_the_cell(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="=1+1")
    assert panel.bar.text.text() == "=1+1"
    panel.bar.text.setFocus()
    panel.bar.text.setCursorPosition(4)
    type_text(qtbot, "0")
    assert editor(panel).text() == "=1+10"
    qtbot.keyClick(panel.bar.text, Key.Key_Return)
    assert (texts(panel), at(panel)) == ({"A1": "=1+10"}, "A2")
    assert shown(panel, "A1").text == "11"
    panel.bar.text.setFocus()
    type_text(qtbot, "zzz")
    qtbot.keyClick(panel.bar.text, Key.Key_Escape)
    assert texts(panel) == {"A1": "=1+10"}
    assert panel.bar.text.text() == ""


def test_f4_in_the_editor(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    type_text(qtbot, "=B2")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_F4)
    assert editor(panel).text() == panel.bar.text.text() == "=$B$2"


def test_clear_undo_redo_and_fill(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="1", A2="=A1+1", B1="=A1")
    panel.select("A2:A4")
    qtbot.keyClick(panel.view, Key.Key_D, Control)
    assert shown(panel, "A4").text == "4"
    panel.select("B1:C1")
    qtbot.keyClick(panel.view, Key.Key_R, Control)
    assert texts(panel)["C1"] == "=B1"
    panel.select("A1:C9")
    qtbot.keyClick(panel.view, Key.Key_Delete)
    assert texts(panel) == {}
    qtbot.keyClick(panel.view, Key.Key_Z, Control)
    qtbot.keyClick(panel.view, Key.Key_Z, Control)
    assert "C1" not in texts(panel)
    qtbot.keyClick(panel.view, Key.Key_Y, Control)
    assert texts(panel)["C1"] == "=B1"
    assert shown(panel, "C1").text == "1"


def test_copy_and_paste_follow_and_offer_what_is_shown(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="1", A2="2", B1="=A1*10")
    panel.select("A1:B2")
    qtbot.keyClick(panel.view, Key.Key_C, Control)
    assert QApplication.clipboard().text() == "1\t10\n2\t\n"
    panel.select("B1")
    qtbot.keyClick(panel.view, Key.Key_C, Control)
    panel.select("B2:B3")
    qtbot.keyClick(panel.view, Key.Key_V, Control)
    assert (texts(panel)["B2"], texts(panel)["B3"], at(panel)) == ("=A2*10", "=A3*10", "B2:B3")


def test_cut_moves_within_and_between_sheets(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="5", B1="=A1")
    other = make_panel("Other")
    panel.select("A1")
    qtbot.keyClick(panel.view, Key.Key_X, Control)
    panel.select("A3")
    qtbot.keyClick(panel.view, Key.Key_V, Control)
    assert texts(panel) == {"A3": "5", "B1": "=A3"}
    qtbot.keyClick(panel.view, Key.Key_X, Control)
    qtbot.keyClick(other.view, Key.Key_V, Control)
    assert (texts(panel), texts(other)) == ({"B1": "=A3"}, {"A1": "5"})
    qtbot.keyClick(other.view, Key.Key_X, Control)
    qtbot.keyClick(other.view, Key.Key_Escape)
    offered = QApplication.clipboard().mimeData()
    assert offered is None or not offered.hasFormat(MIME_TYPE)
    assert texts(other) == {"A1": "5"}


def test_pasting_from_other_programs(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel()
    data = QMimeData()
    data.setText('1\t2.5\n"two\nlines"\t=A1+1\n')
    QApplication.clipboard().setMimeData(data)
    panel.select("B2")
    qtbot.keyClick(panel.view, Key.Key_V, Control)
    assert texts(panel) == {"B2": "1", "C2": "2.5", "B3": "two\nlines", "C3": "=A1+1"}
    assert at(panel) == "B2:C3"


def test_recalculation_disturbs_nothing(make_panel: Make, qtbot: Any, instant_kernel: Any) -> None:
    instant_kernel.set(gain=1)
    panel = make_panel(A1="=gain", A2="=gain*2", B900="x")
    panel.select("A1")
    panel.view.verticalScrollBar().setValue(3)
    qtbot.keyClick(panel.view, Key.Key_F2)
    type_text(qtbot, "+1")
    focus, scroll = QApplication.focusWidget(), panel.view.verticalScrollBar().value()
    instant_kernel.set(gain=5)
    assert editor(panel).text() == panel.bar.text.text() == "=gain+1"
    assert QApplication.focusWidget() is focus
    assert panel.view.verticalScrollBar().value() == scroll
    assert shown(panel, "A2").text == "10"


def test_only_what_changed_is_repainted_and_announced(
    make_panel: Make, instant_kernel: Any, qtbot: Any
) -> None:
    instant_kernel.set(gain=1)
    panel = make_panel(A1="=gain", B5="=7")
    model = panel.view.model()
    with qtbot.waitSignal(model.dataChanged) as caught:
        instant_kernel.set(gain=2)
    first, last = caught.args[:2]
    assert (first.row(), first.column(), last.row(), last.column()) == (0, 0, 0, 0)
    instant_kernel.sent.clear()
    instant_kernel.set(gain=3)
    assert instant_kernel.sent == ["sheet.recalculate"]


def test_f9_computes_again(make_panel: Make, qtbot: Any, instant_kernel: Any) -> None:
    instant_kernel.set(count=iter(range(100)).__next__)
    panel = make_panel(A1="=count()")
    before = shown(panel, "A1").text
    qtbot.keyClick(panel.view, Key.Key_F9)
    assert int(shown(panel, "A1").text) == int(before) + 1


def test_error_in_cell_line_and_tooltip(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="=1/0", A2="5")
    model = panel.view.model()
    assert model.index(0, 0).data(KIND_ROLE) == "error"
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "ZeroDivisionError: division by zero"
    assert panel.problem.text() == "ZeroDivisionError: division by zero"
    panel.select("A2")
    assert panel.problem.text() == ""
    tips: list[str] = []
    panel.session.explain((1, 1), lambda about: tips.append(about["traceback"]))
    assert tips[0].startswith("Formula '=1/0' in Data!A1")
    QToolTip.hideText()


def test_summary_of_several_cells(make_panel: Make, instant_kernel: Any) -> None:
    instant_kernel.set(gain=2)
    panel = make_panel(A1="1", A2="=gain", A3="text", A4="=[10, 20]")
    panel.select("A1")
    assert panel.summary.text() == ""
    panel.select("A1:A9")
    assert panel.summary.text() == "Sum 33    Mean 8.25    Count 4"
    instant_kernel.set(gain=3)
    assert panel.summary.text().startswith("Sum 34")
    panel.select("A3:B3")
    assert panel.summary.text() == ""


def test_dead_kernel_greys_and_says_so(make_panel: Make, instant_kernel: Any) -> None:
    panel = make_panel(A1="5", A2="=A1*2")
    assert shown(panel, "A2") == Shown("10", "number")
    instant_kernel.sheets.kernel_lost()
    assert shown(panel, "A2") == Shown("10", "stale")
    assert "kernel is not running" in panel.problem.text()
    assert not panel.grab().isNull()
    instant_kernel.sheets.kernel_ready()
    assert shown(panel, "A2") == Shown("10", "number")
    assert panel.problem.text() == ""


def test_column_widths_are_the_documents(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="a rather long text in this cell")
    header = panel.view.horizontalHeader()
    header.resizeSection(0, 150)
    assert panel.session.document.widths == {1: 150}
    panel.session.document.history.undo()
    assert panel.view.columnWidth(0) == DEFAULT_WIDTH
    panel.view.fit_width(0)
    assert panel.view.columnWidth(0) > 150
    panel.view.fit_width(5)
    assert 6 not in panel.session.document.widths


def test_scripts_show_at_once(make_panel: Make, instant_kernel: Any) -> None:
    panel = make_panel(A1="1")
    assert instant_kernel.workspace["sheet"].name == "Data"
    instant_kernel.workspace["sheet"]["A1"] = [3, "=A1*2"]
    assert texts(panel) == {"A1": "3", "A2": "=A1*2"}
    assert shown(panel, "A2").text == "6"
    assert panel.bar.text.text() == "3"


def test_a_full_size_model_fetches_little(make_panel: Make, instant_kernel: Any) -> None:
    panel = make_panel(A1="1", XFD1048576="last")
    model = panel.view.model()
    assert (model.rowCount(), model.columnCount()) == (MAX_ROW, MAX_COLUMN)
    assert model.headerData(MAX_COLUMN - 1, Qt.Orientation.Horizontal) == "XFD"
    instant_kernel.sent.clear()
    panel.select("XFD1048576")
    panel.grab()
    assert shown(panel, "XFD1048576").text == "last"
    assert instant_kernel.sent.count("sheet.display") <= 2
    assert panel.session.visible.encloses(Rect(MAX_COLUMN, MAX_ROW, MAX_COLUMN, MAX_ROW))


@pytest.mark.parametrize("name", ["A:C", "A1:XFD1048576", "2:3"])
def test_wholes_cost_nothing(make_panel: Make, qtbot: Any, name: str) -> None:
    panel = make_panel(A1="1", B2="2")
    panel.select(name)
    qtbot.keyClick(panel.view, Key.Key_C, Control)
    qtbot.keyClick(panel.view, Key.Key_D, Control)
    qtbot.keyClick(panel.view, Key.Key_Delete)
    panel.grab()
    assert panel.summary.text() == "" or "Count" in panel.summary.text()


def test_looks_in_light_and_dark(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="a title that is longer than its cell", A2="=1/3*10**9", B2="=1/0")
    light = panel.grab().toImage()
    palette = panel.palette()
    for role in (palette.ColorRole.Base, palette.ColorRole.Window):
        palette.setColor(role, Qt.GlobalColor.black)
    palette.setColor(palette.ColorRole.Text, Qt.GlobalColor.white)
    panel.setPalette(palette)
    dark = panel.grab().toImage()
    assert light != dark
    panel.view.begin_edit("=A1+B2:B3+A1")
    assert panel.grab().toImage() != dark


def test_focus_may_go_to_a_widget_whose_parent_is_an_attribute(make_panel: Make, qtbot: Any) -> None:
    """As traitlets make it of qtconsole's widgets: what is edited is entered all the same."""

    class Console(QLineEdit):
        parent = None

    panel = make_panel(A1="1")
    console = Console()
    qtbot.addWidget(console)
    panel.view.begin_edit("2")
    panel._focus_changed(panel.view, console)
    assert panel.session.document.text(1, 1) == "2"


def test_model_keeps_qts_rules(make_panel: Make) -> None:
    panel = make_panel(A1="1")
    model = panel.view.model()
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.setData(model.index(0, 1), "=A1+1")
    assert not model.setData(model.index(0, 1), "x", Qt.ItemDataRole.DisplayRole)
    assert model.index(0, 1).data() == "2"


def test_the_menu_of_a_right_click_acts_on_the_selection(make_panel: Make, qtbot: Any) -> None:
    panel = make_panel(A1="1", A2="2")
    panel.select("A1:A3")
    menu = cell_menu(panel.view, panel.view.act)
    entries = {action.text().partition("\t")[0]: action for action in menu.actions()}
    entries["Fill down"].trigger()
    assert [panel.session.document.text(1, row) for row in (1, 2, 3)] == ["1", "1", "1"]
    entries["Clear"].trigger()
    assert panel.session.document.text(1, 1) == ""


def test_a_waiting_edit_can_be_entered_from_outside(make_panel: Make) -> None:
    """As saving does: what is being typed counts."""
    panel = make_panel(A1="1")
    panel.view.begin_edit("7")
    panel.enter_edit()
    assert panel.session.document.text(1, 1) == "7"
    panel.enter_edit()
