"""The commands around firmware: one wizard, given the file; what waits for firmware, as plain data."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWidget

from app.commands import board_firmware
from app.commands.registry import CommandError, Registry
from engines.board.firmware import bootloader
from widgets.board.firmware.wizard import FlashWizard


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
