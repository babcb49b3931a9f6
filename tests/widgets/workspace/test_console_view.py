"""The console keeps to itself, and has the keyboard when it was asked for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette

from widgets.workspace.ansi import ON_DARK, ON_LIGHT
from widgets.workspace.jupyter_console import JupyterConsole


@pytest.fixture
def dark() -> QPalette:
    palette = QPalette()
    for role, colour in {QPalette.ColorRole.Base: "#101010", QPalette.ColorRole.Text: "#f0f0f0"}.items():
        palette.setColor(role, QColor(colour))
    return palette


@pytest.fixture
def console(qtbot):
    console = JupyterConsole()
    qtbot.addWidget(console)
    console.include_other_output = False
    return console


def error_of(session: str) -> dict:
    return {
        "msg_type": "error",
        "parent_header": {"msg_id": "1", "session": session},
        "content": {
            "ename": "ValueError",
            "evalue": "of a notebook",
            "traceback": ["ValueError: of a notebook"],
        },
    }


def test_errors_of_other_clients_stay_out(console, monkeypatch):
    shown = []
    monkeypatch.setattr(console, "_process_execute_error", shown.append)
    monkeypatch.setattr(console, "from_here", lambda message: message["parent_header"]["session"] == "mine")
    console._handle_error(error_of("another"))
    assert shown == []
    console._handle_error(error_of("mine"))
    assert len(shown) == 1


def colours(console) -> set[str]:
    """Of the pieces of printed text."""
    found, block = set(), console._control.document().begin()
    while block.isValid():
        found |= {each.fragment().charFormat().foreground().color().name() for each in block}
        block = block.next()
    return found


def test_printed_text_changes_with_the_theme(console, dark):
    light = QPalette()
    light.setColor(QPalette.ColorRole.Base, QColor("#ffffff"))
    light.setColor(QPalette.ColorRole.Text, QColor("#000000"))
    console.use_palette(light)
    console._append_plain_text("\x1b[31mred\x1b[0m plain\n")
    assert ON_LIGHT[1] in colours(console)
    console.use_palette(dark)
    assert ON_DARK[1] in colours(console)
    assert ON_LIGHT[1] not in colours(console)
    console._append_plain_text("\x1b[32mgreen\x1b[0m\n")
    assert ON_DARK[2] in colours(console)
