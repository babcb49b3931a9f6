"""The device page: on the virtual board in a child process, and on a scripted one."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engines.board.connection.transport import ProcessTransport, Target
from engines.board.device.memory_map import MemInfo
from engines.board.device.pinout import PYBOARD
from engines.board.status import State
from engines.board.virtual import World, command
from widgets.board.device.block_map import BlockMap
from widgets.board.device.gauge import in_bytes
from widgets.board.device.page import DevicePage
from widgets.board.device.tilt_pad import FLAT, TiltPad

LONG = 30_000


@pytest.fixture
def virtual(session, tmp_path, qtbot):
    """A session with the virtual board at its prompt."""
    flash = tmp_path / "flash"
    flash.mkdir()

    def start():
        world = World()
        arguments = command(flash, control=world.address)
        program = [sys.executable, "-m", "engines.board.virtual", *arguments]
        return ProcessTransport("Virtual pyboard", program, world.environment, world)

    session.connect(Target("Virtual pyboard", "", start, returns=False))
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=LONG)
    return session


@pytest.fixture
def page(virtual, qtbot, tmp_path):
    page = DevicePage(virtual, folder=tmp_path)
    qtbot.addWidget(page)
    page.resize(420, 900)
    with qtbot.waitSignal(page.reader.read, timeout=LONG):
        page.show()
    return page


def click(picture, place: QPointF, press_only: bool = False) -> None:
    act = QTest.mousePress if press_only else QTest.mouseClick
    act(picture, Qt.MouseButton.LeftButton, pos=place.toPoint())


def test_it_tells_what_the_board_is(page):
    assert page.name.text() == "Virtual pyboard with WASM"
    assert page.values["MicroPython"].text().startswith("v1.")
    assert page.values["Frequency"].text() == "168 MHz"
    assert page.values["Unique ID"].text() == "76697274 75616c00 00000001"
    assert "bytes" in page.values["Stack in use"].text()
    assert 0.1 < page.ram.share < 0.9
    assert page.note.text() == ""
    assert set(page._disk_gauges) == {"/flash", "/rom"}


def test_the_board_stands_beside_the_facts_where_there_is_room(page, qtbot):
    assert page.board.y() > page.read_map.y()
    page.resize(640, 600)
    qtbot.waitUntil(lambda: page.board.x() > page.read_map.x(), timeout=LONG)
    assert page.board.y() < page.read_map.y()
    assert page.picture.mapTo(page.viewport(), page.picture.rect().topRight()).x() < page.viewport().width()


def test_a_click_on_an_led_switches_it(page, virtual, qtbot):
    click(page.picture, page.picture.led_place(3))
    qtbot.waitUntil(lambda: page.picture.leds[2] == 255, timeout=LONG)
    page.picture.setFocus()
    QTest.keyClick(page.picture, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: page.picture.leds[2] == 0, timeout=LONG)


def test_the_switch_is_pressed_by_mouse_and_by_space(page, virtual, qtbot):
    virtual.exec("import pyb\nn = 0\ndef f():\n global n\n n += 1\npyb.Switch().callback(f)").result(30)
    click(page.picture, page.picture.switch_place(), press_only=True)
    qtbot.waitUntil(lambda: page.picture.switch, timeout=LONG)
    QTest.mouseRelease(page.picture, Qt.MouseButton.LeftButton, pos=page.picture.switch_place().toPoint())
    qtbot.waitUntil(lambda: not page.picture.switch, timeout=LONG)
    QTest.keyPress(page.picture, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.picture.switch, timeout=LONG)
    QTest.keyRelease(page.picture, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: virtual.eval("n").result(30) == "2", timeout=LONG)


def test_dragging_tilts_the_board(page, virtual, qtbot):
    pad = page.controls.tilt
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
    QTest.mouseMove(pad, pad.rect().topRight())
    pad.tilt_to((0.0, 1.0, 0.0))
    qtbot.waitUntil(lambda: virtual.world.state["acceleration"] == [0.0, 1.0, 0.0], timeout=LONG)
    assert virtual.eval("__import__('pyb').Accel().y()").result(30) == "21"
    qtbot.waitUntil(lambda: "y +1.00 g" in page.controls.text.text(), timeout=LONG)


def test_volts_are_applied_to_the_chosen_pin(page, virtual, qtbot):
    (x19,) = [pin for pin in PYBOARD if pin.name == "X19"]
    click(page.picture, page.picture.pin_place(x19))
    assert page.picture.chosen == "X19"
    assert "PC0" in page.pin_row.text.text()
    page.pin_row.volts.setValue(1.65)
    page.pin_row.apply.click()
    qtbot.waitUntil(lambda: "1.65 V" in page.pin_row.text.text(), timeout=LONG)
    page.pin_row.measure.click()
    qtbot.waitUntil(lambda: "last measured 1.650 V" in page.pin_row.text.text(), timeout=LONG)
    page.pin_row.take_off.click()
    qtbot.waitUntil(lambda: virtual.world.state["volts"] == {}, timeout=LONG)


def test_a_recording_is_chosen_from_the_folder_and_a_bad_one_is_told(page, virtual, qtbot, tmp_path):
    (tmp_path / "wave.csv").write_text("t,x,y,z\n0,0,1,0\n1,0,1,0\n")
    (tmp_path / "bad.csv").write_text("nothing\n")
    page.controls.fill_menu()
    actions = {action.text(): action for action in page.controls.menu.actions()}
    actions["wave.csv"].trigger()
    qtbot.waitUntil(lambda: page.controls.source.text() == "Replaying wave.csv", timeout=LONG)
    actions["bad.csv"].trigger()
    qtbot.waitUntil(lambda: "bad.csv" in page.controls.source.text(), timeout=LONG)
    page.controls.replay(None)
    qtbot.waitUntil(lambda: virtual.world.state["recording"] is None, timeout=LONG)


def test_pins_are_seen_while_a_program_runs_which_is_not_interrupted(page, virtual, qtbot):
    virtual.type(b"import pyb; pyb.Pin('Y3', pyb.Pin.OUT).high()\rwhile True: pass\r\r\r")
    qtbot.waitUntil(lambda: virtual.status.state is State.RUNNING, timeout=LONG)
    qtbot.waitUntil(lambda: page.picture.pins.get("Y3") is not None, timeout=LONG)
    assert page.picture.pins["Y3"].text() == "output, high"
    qtbot.waitUntil(lambda: "A program is running" in page.note.text(), timeout=LONG)
    assert "ago" in page.note.text()
    assert not page.ram.isEnabled()
    assert not page.set_clock.isEnabled()
    assert page.picture.isEnabled()
    page.reader.look(now=True)
    assert virtual.status.state is State.RUNNING
    with qtbot.waitSignal(page.reader.read, timeout=LONG):
        virtual.interrupt()
    assert page.ram.isEnabled()


@pytest.mark.feature("clock shown and set")
def test_the_clock_is_set(page, virtual, qtbot):
    virtual.exec("import pyb; pyb.RTC().datetime((2001, 2, 3, 6, 4, 5, 6, 0))").result(30)
    page.reader.look(now=True)
    qtbot.waitUntil(lambda: page.values["Clock"].text().startswith("2001-02-03"), timeout=LONG)
    page.set_clock.click()
    qtbot.waitUntil(lambda: not page.values["Clock"].text().startswith("2001"), timeout=LONG)


def test_the_memory_map_is_drawn_and_shrinks_by_collecting(page, virtual, qtbot):
    virtual.exec("held = [bytes(100) for _ in range(300)]").result(60)
    page.read_map.click()
    qtbot.waitUntil(page.map.isVisible, timeout=LONG)
    assert page.map.block_at(0, 0) == 0
    assert page.map.block_at(0, page.map.height()) is None
    before = page.map.info.used
    virtual.exec("del held").result(60)
    page.collect.click()
    qtbot.waitUntil(lambda: page.map.info.used < before, timeout=LONG)


def test_a_hidden_page_reads_nothing(page, virtual, qtbot):
    page.hide()
    operations = []
    virtual.status_changed.connect(lambda status: operations.append(status.text))
    read = []
    page.reader.read.connect(read.append)
    page.reader.look()
    assert page.reader._asked is None
    assert read == []


def test_a_killed_board_leaves_its_last_values_greyed(page, virtual, qtbot):
    virtual.disconnect()
    qtbot.waitUntil(lambda: not page.picture.isEnabled(), timeout=LONG)
    assert not page.ram.isEnabled()
    assert page.controls.isHidden()


def test_a_board_that_answers_nonsense_is_told(scripted, session, qtbot):
    page = DevicePage(session)
    qtbot.addWidget(page)
    page.show()
    assert page.values["Frequency"].text() == "–"
    assert page.board.isHidden()


def test_the_tilt_pad_by_keys(qtbot):
    pad = TiltPad()
    qtbot.addWidget(pad)
    told = []
    pad.tilted.connect(lambda *acceleration: told.append(acceleration))
    QTest.keyClick(pad, Qt.Key.Key_Right)
    assert told[-1][0] == pytest.approx(0.0872, abs=1e-3)
    for _ in range(35):
        QTest.keyClick(pad, Qt.Key.Key_Right)
    assert told[-1] == pytest.approx((0, 0, -1), abs=0.02)
    QTest.keyClick(pad, Qt.Key.Key_Home)
    assert told[-1] == FLAT
    QTest.keyClick(pad, Qt.Key.Key_F)
    assert told[-1] == (0, 0, -1)
    pad.grab()


def test_pins_are_chosen_by_keys_and_tell_what_they_are(page):
    QTest.keyClick(page.picture, Qt.Key.Key_Down)
    assert page.picture.chosen == "X1"
    QTest.keyClick(page.picture, Qt.Key.Key_Up)
    assert page.picture.chosen == "X22"
    x1 = page.picture.pin_place(PYBOARD[0])
    assert "PA0" in page.picture.tip_at(x1)
    assert "brightness 0" in page.picture.tip_at(page.picture.led_place(1))
    assert "USR" in page.picture.tip_at(page.picture.switch_place())
    page.grab()


def test_a_large_heap_is_drawn_with_several_blocks_to_a_square(qtbot):
    picture = BlockMap()
    qtbot.addWidget(picture)
    picture.resize(300, 300)
    blocks = "h===" + "." * 262_140
    picture.show_memory(MemInfo(len(blocks) * 16, 64, len(blocks) * 16 - 64, blocks=blocks))
    assert picture.sizeHint().height() < 600
    assert picture.block_at(0, 0) == 0
    assert picture.block_at(4, 0) == 21
    picture.grab()
    picture.setEnabled(False)
    picture.grab()


def test_an_empty_map_takes_no_room(qtbot):
    empty = BlockMap()
    qtbot.addWidget(empty)
    assert empty.sizeHint().height() == 0
    assert empty.block_at(0, 0) is None


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (192_064, "192 kB"),
        (83_577_774_080, "83.6 GB"),
        (2e12, "2 TB"),
    ],
)
def test_sizes_in_words(count, text):
    assert in_bytes(count) == text
