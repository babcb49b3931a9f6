"""Ports: what is behind them, finding a renumbered one again, two programs that want the same one."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import pytest

from engines.board.connection.port_errors import BUSY, MISSING, PortError
from engines.board.connection.ports import Behind, Port, find_again, identify, list_ports
from engines.board.connection.targets import target_of
from engines.board.connection.transport import SerialTransport
from engines.board.status import State

pty_only = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def usb(monkeypatch):
    """A list of ports to change: (device, vid, pid, serial number)."""
    from serial.tools import list_ports as pyserial

    found: list[tuple] = []

    def comports():
        return [
            types.SimpleNamespace(
                device=device, vid=vid, pid=pid, serial_number=number, product=None,
                description="n/a", location=f"1-{index}:1.0",
            )
            for index, (device, vid, pid, number) in enumerate(found)
        ]  # fmt: skip

    monkeypatch.setattr(pyserial, "comports", comports)
    return found


@pytest.mark.parametrize("product", range(0x9800, 0x980B))
def test_every_pyboard_is_known(product):
    behind, text = identify(0xF055, product)
    assert behind is Behind.BOARD
    assert "MicroPython" in text


@pytest.mark.parametrize(
    ("ids", "behind"),
    [
        ((0xF055, 0x1234), Behind.BOARD),
        ((0x2E8A, 0x0005), Behind.BOARD),
        ((0x303A, 0x1001), Behind.BOARD),
        ((0x303A, 0x4001), Behind.BOARD),
        ((0x0D28, 0x0204), Behind.BOARD),
        ((0x239A, 0x8029), Behind.USB),
        ((0x239A, 0x0029), Behind.BOOTLOADER),
        ((0x0483, 0xDF11), Behind.BOOTLOADER),
        ((0x2E8A, 0x0003), Behind.BOOTLOADER),
        *(((0x0403, product), Behind.BRIDGE) for product in (0x6001, 0x6010, 0x6011, 0x6014, 0x6015, 0x601C)),
        *(((0x1A86, product), Behind.BRIDGE) for product in (0x7523, 0x5523, 0x55D4, 0x55D2, 0x55D3)),
        ((0x10C4, 0xEA60), Behind.BRIDGE),
        ((0x04D8, 0x000A), Behind.USB),
        ((None, None), Behind.OTHER),
    ],
)
def test_what_is_behind_a_port(ids, behind):
    assert identify(*ids)[0] is behind


def test_all_ports_are_listed_with_what_is_behind_them(usb):
    usb += [
        ("/dev/ttyAMA0", None, None, None),
        ("/dev/ttyUSB0", 0x1A86, 0x7523, ""),
        ("/dev/ttyACM1", 0x2E8A, 0x0005, "e6"),
        ("/dev/ttyS0", None, None, None),
    ]
    listed = list_ports()
    assert [port.device for port in listed] == ["/dev/ttyACM1", "/dev/ttyUSB0", "/dev/ttyAMA0", "/dev/ttyS0"]
    assert [port.bridge for port in listed] == [False, True, False, False]


def test_equal_serial_numbers_keep_the_old_name_then_the_interface():
    first = Port(Behind.BOARD, "/dev/ttyACM0", "", "0001", "1.0")
    second = Port(Behind.BOARD, "/dev/ttyACM1", "", "0001", "1.2")
    assert find_again("/dev/ttyACM1", "0001", "1.0", [first, second]) is second
    assert find_again("/dev/ttyACM7", "0001", "1.2", [first, second]) is second
    assert find_again("/dev/ttyACM0", "0002", "1.0", [first, second]) is None
    assert find_again("/dev/ttyACM0", "", "", [first, second]) is None


@pytest.fixture
def renumbered(unix_board, usb, monkeypatch):
    """The board's port has the serial number 77; its name can be changed."""
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    usb.append((unix_board.path, 0xF055, 0x9802, "77"))

    def renumber():
        new = f"{unix_board.path}2"
        unix_board.link = type(unix_board.link)(new)
        usb[:] = [(new, 0xF055, 0x9802, "77")]
        return new

    return renumber


@pty_only
def test_a_port_that_is_renumbered_is_found_again_by_its_serial_number(session, unix_board, usb, renumbered):
    session.connect(target_of(unix_board.path, serial_number="77"))
    session.watcher.until_state(State.PROMPT)
    usb.clear()
    unix_board.unplug()
    session.watcher.until_state(State.LOST)
    new = renumbered()
    unix_board.plug()
    session.watcher.until_state(State.PROMPT)
    assert session.status.text.startswith(new)
    assert session.eval("6 * 7").result(10) == "42"


@pty_only
def test_another_board_under_the_old_name_is_left_alone(unix_board, usb):
    usb.append((unix_board.path, 0xF055, 0x9802, "88"))
    with pytest.raises(PortError, match="another board has this name") as error:
        target_of(unix_board.path, serial_number="77").open()
    assert error.value.cause == MISSING


@pty_only
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a port")
def test_a_second_program_on_the_port_is_named(session):
    """Another process has locked it, as pyserial and most terminals do."""
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import serial; p = serial.Serial({path!r}, exclusive=True); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    try:
        with pytest.raises(PortError, match=rf"in use by .*\({holder.pid}\)") as error:
            SerialTransport(path)
        assert error.value.cause == BUSY
        session.connect(target_of(path))
        session.watcher.until_state(State.REFUSED)
        assert f"({holder.pid})" in session.status.text
    finally:
        holder.communicate(b"\n")
    session.restart()
    session.watcher.until(lambda: session.status.state.connected)
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    os.close(master)
    os.close(slave)


@pty_only
def test_a_port_that_was_enumerated_anew_is_stale(unix_board):
    port = SerialTransport(unix_board.path)
    assert not port.stale()
    unix_board.unplug()
    assert port.stale()
    unix_board.plug()
    port.close()
