"""The commands around firmware: one wizard, given the file; what waits for firmware, as plain data."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWidget

from app.application import Application
from app.commands import COMMAND_MODULES, board_firmware
from app.commands.registry import CommandError, Registry
from engines.board.firmware import bootloader
from widgets.board.firmware.wizard import FlashWizard, Phase


class FakeWindow(QWidget):
    is_filled = False


@pytest.fixture
def app(qtbot):
    window = FakeWindow()
    qtbot.addWidget(window)
    window.show()
    yield SimpleNamespace(window=window, project=SimpleNamespace(boards=SimpleNamespace(first=None)))
    for wizard in window.findChildren(FlashWizard):
        wizard.close()


def test_the_wizard_opens_once_and_takes_the_file(qtbot, app, tmp_path):
    registry = Registry([board_firmware])
    assert registry["board.flash"].menu == "Board"
    registry.call("board.flash", app, [])
    (wizard,) = app.window.findChildren(FlashWizard)
    assert wizard.isVisible() and wizard.file_page.path is None
    (tmp_path / "a.dfu").write_bytes(b"nothing")
    registry.call("board.flash", app, [str(tmp_path / "a.dfu")])
    assert app.window.findChildren(FlashWizard) == [wizard]
    qtbot.waitUntil(lambda: "✕ a.dfu" in wizard.file_page.checks.text, timeout=20_000)


def test_without_a_window_it_says_so():
    with pytest.raises(CommandError, match="needs the window"):
        board_firmware.flash(SimpleNamespace(window=None))


def test_bootloaders_are_listed(tmp_path, monkeypatch):
    (tmp_path / "INFO_UF2.TXT").write_text("Model: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
    host = bootloader.Host(usb=lambda: None, volumes=lambda: [tmp_path], ports=list)
    monkeypatch.setattr(bootloader, "Host", lambda: host)
    assert board_firmware.flash_list(None).result(20) == [
        {"kind": "UF2", "name": "Raspberry Pi RP2", "where": str(tmp_path)}
    ]


@pytest.mark.parametrize("phase", [Phase.LOOKING, Phase.WRITING])
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("file.open_project", ["."]),
        ("file.open_file", ["."]),
        ("file.open_example_project", ["accelerometer"]),
        ("file.trust_project", []),
        ("file.quit_program", []),
        ("app.quit", ["discard=yes"]),
    ],
)
def test_what_would_take_the_window_away_waits_for_the_end(app, phase, command, arguments):
    registry = Registry(COMMAND_MODULES)
    registry.call("board.flash", app, [])
    (wizard,) = app.window.findChildren(FlashWizard)
    wizard.phase = phase  # nothing else of the application is there: it must not get that far
    with pytest.raises(CommandError, match="being written; wait"):
        registry.call(command, app, arguments)
    wizard.phase = Phase.FAILED


def test_another_project_does_not_take_the_place_of_a_window_at_work(app, tmp_path):
    board_firmware.flash(app)
    (wizard,) = app.window.findChildren(FlashWizard)
    wizard.phase = Phase.WRITING
    app.close_project = lambda: pytest.fail("the window was closed")
    with pytest.raises(CommandError, match="being written; wait"):
        Application.open_project(app, tmp_path)
    wizard.phase = Phase.DONE
    assert board_firmware.refuse_while_flashing(app) is None
