"""Docks: a closed panel has a way back, and a panel's title tells its kind."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QMainWindow

from app.docks import Docks


def test_a_closed_panel_comes_back_by_its_toggle(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    docks = Docks(window)
    for kind in ("plot", "sheet"):
        docks.add(f"{kind}:Motion", f"Motion · {kind}", QLabel(kind))
    with qtbot.waitExposed(window):
        window.show()
    docks.dock("sheet:Motion").close()
    toggles = {action.text(): action for action in docks.toggles()}
    assert set(toggles) == {"Motion · plot", "Motion · sheet"}
    assert not toggles["Motion · sheet"].isChecked()
    toggles["Motion · sheet"].trigger()
    assert docks.dock("sheet:Motion").isVisible()


def test_a_new_panel_joins_its_like_as_a_tab(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    docks = Docks(window)
    for kind in ("plot", "sheet"):
        docks.add(f"{kind}:Motion", f"Motion · {kind}", QLabel(kind))
    docks.arrange()
    with qtbot.waitExposed(window):
        window.show()
    new = docks.add("sheet:More", "More · sheet", QLabel("more"))
    docks.show("sheet:More")
    assert window.tabifiedDockWidgets(new) == [docks.dock("sheet:Motion")]
    assert window.tabifiedDockWidgets(docks.dock("plot:Motion")) == []
    docks.remove("sheet:More")
