"""Getting a board into its bootloader, and finding it there."""

from __future__ import annotations

import errno

import pytest
from dfuse_device import FakeDfu

from engines.board.connection.port_errors import PortError
from engines.board.connection.ports import Behind, Port
from engines.board.connection.transport import serial_target
from engines.board.firmware.bootloader import (
    Host,
    enter,
    find_bootloaders,
    touch_1200,
)
from engines.board.firmware.errors import DRIVER, FirmwareError
from engines.board.firmware.image import Kind
from engines.board.firmware.uf2_drive import INFO
from engines.board.status import State

BOOTLOADER = """
def bootloader():
    open("entered", "w").close()
    while True:
        pass
"""


class TestEntering:
    @pytest.mark.feature("bootloader entry")
    @pytest.mark.parametrize("module", ["pyb", "machine"])
    def test_a_board_that_can_is_restarted(self, session, unix_board, board_folder, module):
        (board_folder / f"{module}.py").write_text(BOOTLOADER)
        self.connect(session, unix_board)
        enter(session).result(20)
        session.watcher.until((board_folder / "entered").exists)

    def test_a_board_that_cannot_says_what_to_do(self, session, unix_board, board_folder):
        self.connect(session, unix_board)
        with pytest.raises(FirmwareError, match=r"cannot start the bootloader.*button"):
            enter(session).result(20)
        assert session.eval("6*7").result(20) == "42"

    @staticmethod
    def connect(session, unix_board):
        session.connect(serial_target(unix_board.path, bridge=False))
        session.watcher.until_state(State.PROMPT)


class TestTouch:
    def test_the_port_is_opened_at_1200_baud_with_dtr_down_and_closed(self):
        log = []

        class FakePort:
            def __init__(self, port, baud_rate):
                log.append((port, baud_rate))

            def __setattr__(self, name, value):
                log.append((name, value))

            def close(self):
                log.append("close")
                raise OSError(errno.EIO, "it went at once")

        touch_1200("/dev/ttyACM0", FakePort)
        assert log == [("/dev/ttyACM0", 1200), ("dtr", False), "close"]

    def test_a_port_that_cannot_be_opened(self, tmp_path):
        with pytest.raises(PortError, match="no such port"):
            touch_1200(str(tmp_path / "ttyACM9"))


@pytest.fixture
def host(dfu, tmp_path):
    drive = tmp_path / "RPI-RP2"
    drive.mkdir()
    (drive / INFO).write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
    ports = [
        Port(Behind.BRIDGE, "/dev/ttyUSB0", "CP210x serial bridge"),
        Port(Behind.BOARD, "/dev/ttyACM0", "ESP32 (built-in USB)"),
        Port(Behind.OTHER, "/dev/ttyS0", "serial port"),
    ]
    return Host(usb=lambda: dfu, volumes=lambda: [drive, tmp_path], ports=lambda: ports)


class TestFinding:
    def test_every_kind_is_found(self, host):
        search = find_bootloaders(host)
        assert [(each.kind, each.automatic) for each in search.found] == [
            (Kind.DFU, True), (Kind.UF2, True), (Kind.ESP, False), (Kind.ESP, False),
        ]  # fmt: skip
        assert [each.name for each in search.found][2:] == ["/dev/ttyACM0", "/dev/ttyUSB0"]
        assert not search.problems

    def test_only_what_is_asked_for(self, host):
        assert [each.kind for each in find_bootloaders(host, [Kind.UF2]).found] == [Kind.UF2]

    def test_the_same_one_is_found_again(self, host):
        assert find_bootloaders(host) == find_bootloaders(host)

    def test_what_stands_in_the_way_is_told_and_the_rest_is_found(self, host):
        search = find_bootloaders(Host(usb=lambda: None, volumes=host.volumes, ports=host.ports))
        assert [error.cause for error in search.problems] == [DRIVER]
        assert search.found

    def test_a_drive_that_is_not_mounted_is_told(self, tmp_path):
        (tmp_path / "RP2350").touch()
        host = Host(usb=lambda: None, volumes=list, labels=tmp_path)
        (error,) = find_bootloaders(host, [Kind.UF2]).problems
        assert "not mounted" in error.problem and "udisksctl mount" in error.remedy

    def test_of_this_computer_nothing_goes_wrong(self):
        find_bootloaders(Host())


def test_two_bootloaders_are_told_apart():
    one, other = FakeDfu(), FakeDfu(ids=(0xF055, 0x9801))
    names = {
        find_bootloaders(Host(usb=lambda dfu=dfu: dfu), [Kind.DFU]).found[0].name for dfu in (one, other)
    }
    assert len(names) == 2
