"""The flash wizard: from a file to a running board, with everything that can go wrong on the way."""

from __future__ import annotations

import errno
import sys
import threading
from pathlib import Path

import pytest
import usb.core
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

sys.path.insert(0, str(Path(__file__).parents[2] / "engines" / "board" / "firmware"))

from dfuse_device import FakeDfu
from firmware_files import FLASH, RP2350, dfu_file, esp_file, noise, stm32_program, uf2_file

from engines.board.connection.ports import Behind, Port
from engines.board.connection.transport import Target
from engines.board.firmware.bootloader import Host, Search
from engines.board.firmware.image import Kind
from engines.board.firmware.programmer import Fit, Found, Pace, Stage, Stopwatch
from engines.board.firmware.uf2_drive import INFO
from engines.board.status import State
from widgets.board.firmware.pictures import INSTRUCTIONS, BootPicture
from widgets.board.firmware.wizard import FlashWizard, Page, Phase
from widgets.board.firmware.work_page import WorkPage

PROGRAM = noise(20_000)
WAIT = 20_000


@pytest.fixture
def dfu() -> FakeDfu:
    return FakeDfu()


@pytest.fixture
def gate():
    """Closed, it holds the bootloader up at its next pause."""
    gate = threading.Event()
    gate.set()
    yield gate
    gate.set()


@pytest.fixture
def host(dfu, gate, tmp_path):
    drive = tmp_path / "RPI-RP2"
    drive.mkdir()

    def sleep(seconds: float) -> None:
        gate.wait(30)
        dfu.sleep(seconds)

    port = Port(Behind.BRIDGE, "/dev/ttyUSB0", "CP210x serial bridge")
    return Host(usb=lambda: dfu, volumes=lambda: [drive], ports=lambda: [port], sleep=sleep)


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def make(qtbot, window, host, tmp_path, gate):
    made: list[FlashWizard] = []

    def make(session=None) -> FlashWizard:
        wizard = FlashWizard(session, window, tmp_path, host)
        made.append(wizard)
        with qtbot.waitExposed(wizard):
            wizard.show()
        return wizard

    yield make
    gate.set()
    for wizard in filter(isValid, made):
        qtbot.waitUntil(lambda wizard=wizard: not wizard.phase.at_work, timeout=WAIT)
        wizard.close()
        assert not wizard.isVisible()


@pytest.fixture
def wizard(make):
    return make()


@pytest.fixture
def file(tmp_path):
    def file(name: str = "pyboard.dfu", data: bytes = b"") -> Path:
        path = tmp_path / name
        path.write_bytes(data or dfu_file((FLASH, PROGRAM)))
        return path

    return file


def ready(qtbot, wizard):
    qtbot.waitUntil(wizard.next.isEnabled, timeout=WAIT)


def until(qtbot, true):
    qtbot.waitUntil(true, timeout=WAIT)


def to_board_page(qtbot, wizard, path):
    wizard.choose(path)
    ready(qtbot, wizard)
    wizard.next.click()
    assert wizard.page is Page.BOARD


def write(qtbot, wizard, path):
    to_board_page(qtbot, wizard, path)
    ready(qtbot, wizard)
    wizard.next.click()


class TestFile:
    def test_what_was_checked_is_shown(self, qtbot, wizard, file):
        assert not wizard.next.isEnabled()
        wizard.choose(file())
        ready(qtbot, wizard)
        assert "✓ The CRC is right" in wizard.file_page.checks.text
        assert wizard.next.hasFocus()

    def test_a_damaged_file_goes_no_further(self, qtbot, wizard, file):
        wizard.choose(file(data=dfu_file((FLASH, PROGRAM))[:-100]))
        until(qtbot, lambda: "✕ pyboard.dfu: " in wizard.file_page.checks.text)
        assert "→ Download the file again." in wizard.file_page.checks.text
        assert not wizard.next.isEnabled()
        wizard.choose(file())
        ready(qtbot, wizard)

    def test_only_the_file_chosen_last_counts(self, qtbot, wizard, file):
        wizard.choose(file("a.dfu"))
        wizard.choose(file("b.uf2", uf2_file(noise(1000))))
        ready(qtbot, wizard)
        assert wizard.firmware.name == "b.uf2"

    def test_a_file_is_dropped(self, qtbot, wizard, file):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(file()))])
        event = QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        wizard.file_page.drop.dropEvent(event)
        ready(qtbot, wizard)
        assert wizard.firmware.kind is Kind.DFU

    def test_raw_memory_may_be_given_an_address(self, qtbot, wizard, file):
        wizard.choose(file("part.bin", noise(500)))
        page = wizard.file_page
        until(qtbot, lambda: "does not begin" in page.checks.text)
        page.address.setFocus()
        qtbot.keyClicks(page.address, "0x08020000")
        ready(qtbot, wizard)
        assert wizard.firmware.segments[0].address == 0x08020000
        qtbot.keyClicks(page.address, "nonsense")
        assert not wizard.next.isEnabled()  # at once: Enter must not take the address before
        qtbot.keyClick(page.address, Qt.Key.Key_Return)
        assert wizard.page is Page.FILE
        until(qtbot, lambda: "must be a number" in page.checks.text)
        assert wizard.firmware is None


class TestBoard:
    def test_the_board_is_found_when_it_is_plugged_in(self, qtbot, wizard, file, dfu):
        dfu.unplug()
        to_board_page(qtbot, wizard, file())
        assert "Looking for" in wizard.board_page.checks.text
        assert not wizard.next.isEnabled()
        dfu.plug()
        ready(qtbot, wizard)
        assert "✓ Fits" in wizard.board_page.checks.text
        dfu.unplug()
        until(qtbot, lambda: not wizard.next.isEnabled())

    def test_firmware_that_does_not_fit_goes_no_further(self, qtbot, wizard, file, dfu):
        to_board_page(qtbot, wizard, file(data=dfu_file((FLASH, bytes(1100 << 10)))))
        until(qtbot, lambda: "too large" in wizard.board_page.checks.text)
        assert not wizard.next.isEnabled()
        assert "erase" not in dfu.log

    def test_the_wrong_family_goes_no_further(self, qtbot, wizard, file, tmp_path):
        (tmp_path / "RPI-RP2" / INFO).write_text("Model: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
        to_board_page(qtbot, wizard, file("pico2.uf2", uf2_file(noise(1000), family=RP2350)))
        until(qtbot, lambda: "RP2350" in wizard.board_page.checks.text)
        assert not wizard.next.isEnabled()

    def test_firmware_that_may_not_fit_is_written_only_by_who_is_sure(self, qtbot, wizard, file, tmp_path):
        (tmp_path / "RPI-RP2" / INFO).write_text("Model: Teapot\n")
        to_board_page(qtbot, wizard, file("pico.uf2", uf2_file(noise(1000))))
        page = wizard.board_page
        until(qtbot, page.sure.isVisible)
        assert "? The drive does not say which chip it has" in page.checks.text
        assert not wizard.next.isEnabled()
        wizard._write()
        assert wizard.page is Page.BOARD
        page.list.setFocus()
        while QApplication.focusWidget() is not page.sure:
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is not page.list, "the keyboard does not get there"
        qtbot.keyClick(page.sure, Qt.Key.Key_Space)
        assert wizard.next.isEnabled()
        (tmp_path / "RPI-RP2" / INFO).unlink()
        until(qtbot, lambda: not wizard.next.isEnabled())
        assert not page.sure.isVisible() and not page.sure.isChecked()

    def test_without_permission_there_is_the_command_and_it_is_found_when_that_was_done(
        self, qtbot, wizard, file, dfu, monkeypatch
    ):
        monkeypatch.setattr("sys.platform", "linux")
        dfu.refuse_open = usb.core.USBError("Access denied", -3, errno.EACCES)
        to_board_page(qtbot, wizard, file())
        until(qtbot, wizard.board_page.copy.isVisible)
        wizard.board_page.copy.click()
        command = QGuiApplication.clipboard().text()
        assert command.startswith("sudo cp ") and "70-dirigent.rules" in command
        dfu.refuse_open = None
        ready(qtbot, wizard)
        assert not wizard.board_page.copy.isVisible()

    def test_a_serial_port_is_chosen_by_the_user(self, qtbot, wizard, file):
        to_board_page(qtbot, wizard, file("esp.bin", esp_file()))
        page = wizard.board_page
        until(qtbot, lambda: page.list.count() == 1)
        assert page.selected is None and not wizard.next.isEnabled()
        page.list.setFocus()
        qtbot.keyClick(page.list, Qt.Key.Key_Down)
        ready(qtbot, wizard)
        assert page.selected.name == "/dev/ttyUSB0"

    def test_back_to_the_file(self, qtbot, wizard, file):
        to_board_page(qtbot, wizard, file())
        wizard.back.click()
        assert wizard.page is Page.FILE and wizard.next.isEnabled()

    def test_a_connected_board_is_brought_into_its_bootloader(
        self, qtbot, make, session, scripted, file, dfu
    ):
        dfu.unplug()
        wizard = make(session)
        to_board_page(qtbot, wizard, file())
        page = wizard.board_page
        assert page.enter.isVisible() and "scripted" in page.enter.text()
        page.enter.click()
        assert not page.enter.isEnabled()
        scripted.until_sent(b"\x01")
        scripted.arrive(b"raw REPL; CTRL-B to exit\r\n>")
        scripted.until_sent(b"\x05A\x01")
        scripted.arrive(b"R\x00")
        scripted.until_sent(b"m.bootloader")
        scripted.arrive(b"OK\x04\x04>")
        scripted.until_sent(b"m.bootloader()")
        scripted.vanish()
        dfu.plug()
        ready(qtbot, wizard)

    def test_a_virtual_board_has_no_bootloader(self, qtbot, make, session, file, dfu):
        from board_doubles import ScriptedTransport

        dfu.unplug()
        transport = ScriptedTransport()
        session.connect(Target("virtual", "", lambda: transport, returns=False))
        transport.arrive(b"\r\n>>> ")
        until(qtbot, lambda: session.status.state is State.PROMPT)
        wizard = make(session)
        to_board_page(qtbot, wizard, file())
        assert not wizard.board_page.enter.isVisible()


class TestWriting:
    def test_the_firmware_is_on_the_board(self, qtbot, wizard, file, dfu):
        dfu.fill(FLASH + 0x4000, b"files")
        write(qtbot, wizard, file())
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert dfu.read(FLASH, len(PROGRAM)) == PROGRAM and dfu.started_at == FLASH
        assert "read back" in wizard.work_page.stages.text
        assert wizard.next.text() == "Done" and wizard.next.hasFocus()
        wizard.next.click()
        until(qtbot, lambda: not isValid(wizard))

    def test_everything_is_erased_on_request(self, qtbot, wizard, file, dfu):
        to_board_page(qtbot, wizard, file())
        ready(qtbot, wizard)
        wizard.board_page.erase_all.click()
        wizard.next.click()
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert "mass erase" in dfu.log

    @pytest.mark.parametrize("how", ["close", "escape", "button", "window"])
    def test_it_cannot_be_closed_half_way(self, qtbot, wizard, file, dfu, gate, window, how):
        dfu.before = lambda step, address: gate.clear() if step == "write" else None
        write(qtbot, wizard, file())
        until(qtbot, lambda: wizard.phase is Phase.WRITING)
        if how == "close":
            wizard.close()
        elif how == "escape":
            qtbot.keyClick(wizard, Qt.Key.Key_Escape)
        elif how == "button":
            assert not wizard.close_button.isEnabled() and not wizard.next.isVisible()
            wizard._must_stay()
        else:
            window.close()
            assert window.isVisible()
        assert wizard.isVisible() and wizard.phase is Phase.WRITING
        assert "wait for the end" in wizard._note.text()
        wizard.choose(Path("other.dfu"))  # nor can it be given another file
        assert wizard.page is Page.WORK
        dfu.before = lambda step, address: None
        gate.set()
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert dfu.read(FLASH, len(PROGRAM)) == PROGRAM
        window.close()
        assert not window.isVisible()

    def test_before_anything_is_changed_it_can_be_cancelled(self, qtbot, make, file, window, tmp_path):
        began, go_on = threading.Event(), threading.Event()

        class SlowProgrammer:
            def check(self, firmware):
                return Fit(("fits",))

            def write(self, firmware, report, *, erase_all=False):
                report(Stage.CHECK, 0, 0)
                began.set()
                go_on.wait(30)
                report(Stage.CHECK, 0, 0)
                raise AssertionError("it was not cancelled")

        wizard = make()
        to_board_page(qtbot, wizard, file("esp.bin", esp_file()))
        found = Found(Kind.ESP, "port", "", SlowProgrammer(), automatic=True)
        wizard._look_timer.stop()
        until(qtbot, lambda: not wizard._looking)
        wizard.board_page.show_search(Search((found,)))
        ready(qtbot, wizard)
        wizard.next.click()
        until(qtbot, began.is_set)
        assert wizard.close_button.text() == "Cancel"
        wizard.close_button.click()
        go_on.set()
        until(qtbot, lambda: wizard.phase is Phase.FAILED)
        assert "Nothing on the board was changed" in wizard.work_page.stages.text
        assert wizard.work_page.title.text() == "The firmware was not written"

    def test_a_lost_board_leads_back(self, qtbot, wizard, file, dfu):
        dfu.before = lambda step, address: dfu.unplug() if step == "write" else None
        write(qtbot, wizard, file())
        until(qtbot, lambda: wizard.phase is Phase.FAILED)
        assert wizard.work_page.title.text() == "The firmware is not complete"
        assert "cannot be lost" in wizard.work_page.stages.text
        assert wizard.next.text() == "Try again"
        assert wizard.close_button.text() == "Give up" and wizard.close_button.isEnabled()
        dfu.before = lambda step, address: None
        dfu.plug()
        wizard.next.click()
        assert wizard.page is Page.BOARD and wizard.firmware is not None
        ready(qtbot, wizard)
        wizard.next.click()
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert dfu.read(FLASH, len(PROGRAM)) == PROGRAM

    def test_uf2(self, qtbot, wizard, file, tmp_path, dfu, monkeypatch):
        drive = tmp_path / "RPI-RP2"
        (drive / INFO).write_text("Model: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
        monkeypatch.setattr(dfu, "sleep", lambda seconds: (drive / INFO).unlink(missing_ok=True))
        write(qtbot, wizard, file("pico.uf2", uf2_file(noise(50_000))))
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert (drive / "firmware.uf2").read_bytes() == uf2_file(noise(50_000))
        assert "took the firmware" in wizard.work_page.stages.text

    def test_the_board_panel_lets_go_of_the_port_and_takes_it_again(
        self, qtbot, make, session, scripted, file
    ):
        opened = []

        class Programmer:
            def check(self, firmware):
                return Fit(("fits",))

            def write(self, firmware, report, *, erase_all=False):
                opened.append(session.status.state)
                return "Written."

        wizard = make(session)
        to_board_page(qtbot, wizard, file("esp.bin", esp_file()))
        wizard._look_timer.stop()
        until(qtbot, lambda: not wizard._looking)
        wizard.board_page.show_search(Search((Found(Kind.ESP, "scripted", "", Programmer()),)))
        ready(qtbot, wizard)
        wizard.next.click()
        until(qtbot, lambda: wizard.phase is Phase.DONE)
        assert opened == [State.DISCONNECTED] and scripted.closed
        assert session.target.name == "scripted"
        assert "scripted again" in wizard.work_page.note.text()


class TestParts:
    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_kind_has_its_picture(self, qtbot, kind):
        picture = BootPicture()
        qtbot.addWidget(picture)
        blank = picture.grab().toImage()
        picture.set_kind(kind)
        picture.show()
        assert kind is Kind.DFU or picture.grab().toImage() != blank
        assert INSTRUCTIONS[kind][0] in picture.accessibleName()

    def test_rate_and_remaining_time(self, qtbot):
        page = WorkPage()
        qtbot.addWidget(page)
        page.show_stage(Stage.WRITE, 51_200, 102_400, Pace(10_240.0, 5.0))
        assert page.pace.text() == "50 kB of 100 kB, 10 kB/s, 5 s left"
        assert page.bar.value() * 2 == page.bar.maximum()
        page.show_stage(Stage.ERASE, 1, 4, Pace(1.0, 200.0))
        assert page.pace.text() == "1 of 4 sectors, 3 min left"
        page.show_stage(Stage.RESTART, 0, 0, Pace(None, None))
        assert page.pace.text() == "" and page.bar.maximum() == 0

    def test_the_pace_is_that_of_the_stage(self):
        times = iter([0.0, 2.0, 3.0, 5.0])
        watch = Stopwatch(lambda: next(times))
        assert watch.pace(Stage.WRITE, 0, 100) == Pace(None, None)
        assert watch.pace(Stage.WRITE, 50, 100) == Pace(25.0, 2.0)
        assert watch.pace(Stage.VERIFY, 0, 100) == Pace(None, None)
        assert watch.pace(Stage.VERIFY, 100, 100) == Pace(50.0, 0.0)


def test_a_program_for_an_stm32_goes_the_same_way(qtbot, wizard, file, dfu):
    write(qtbot, wizard, file("firmware.bin", stm32_program(5000)))
    until(qtbot, lambda: wizard.phase is Phase.DONE)
    assert dfu.read(FLASH, 5000) == stm32_program(5000)
