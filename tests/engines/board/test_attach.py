"""Attaching in the middle of something: what is told about the other side, and what is sent to find out."""

from __future__ import annotations

import threading
import time

import pytest
from board_doubles import ScriptedTransport

from engines.board.connection.bootloaders import Found, _from_sysfs
from engines.board.connection.port_errors import MISSING, PERMISSION, PortError
from engines.board.connection.sleep import SleepWatch
from engines.board.connection.transport import Target
from engines.board.errors import DisconnectedError
from engines.board.session import BoardSession
from engines.board.status import Remedy, State
from engines.board.streams.frames import encode

RAW = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture
def transport():
    return ScriptedTransport()


def attach(session, transport, **options):
    session.connect(Target("scripted", "", lambda: transport, **options))
    session.watcher.until(lambda: session.status.state.connected)


def sample(number: int) -> bytes:
    header = b"s:a:h"
    return encode(1, bytes([len(header)]) + header + number.to_bytes(2, "little") + bytes(8) + b"\x05\x00")


def test_a_source_that_sends_only_samples_is_streaming(session, transport):
    attach(session, transport)
    number = 0
    while session.status.state is not State.STREAMING:
        transport.arrive(sample(number))
        number += 1
        time.sleep(0.01)
        assert number < 1000, session.status
    assert bytes(transport.sent) == b"\r\x02"
    assert "Nothing was interrupted" in session.status.text
    assert session.status.remedies == (Remedy.INTERRUPT,)


def test_a_source_that_prints_numbers_is_streaming(session, transport):
    attach(session, transport)
    number = 0
    while session.status.state is not State.STREAMING:
        transport.arrive(b"%d, %d\r\n" % (number, number * 2))
        number += 1
        time.sleep(0.01)
        assert number < 1000, session.status
    assert bytes(transport.sent) == b""
    assert "printed" in session._samples._store.names()


def test_a_prompt_of_the_boards_own_is_learnt(session, transport):
    attach(session, transport)
    transport.until_sent(b"\r")
    transport.arrive(b"\r\nmine$ ")
    transport.until_sent(b"\x01")
    transport.arrive(b"\r\n" + RAW)
    transport.until_sent(b"\x02")
    transport.arrive(b'\r\nMicroPython v9 vendor\r\nType "help()"\r\nHello from the vendor\r\nmine$ ')
    session.watcher.until_state(State.PROMPT)
    operation = session.eval("1")
    transport.until_sent(b"\x01")
    transport.arrive(RAW)
    transport.until_sent(b"\x05A\x01")
    transport.arrive(b"R\x00")
    transport.until_sent(b"\x04")
    transport.arrive(b"OK\x1e'1'\x1e\r\n\x04\x04>")
    transport.until_sent(b"\x02")
    transport.arrive(b"\r\nmine$ ")
    assert operation.result(10) == "1"


def test_what_is_not_micropython_is_shown(session, transport):
    attach(session, transport)
    transport.until_sent(b"\r")
    transport.arrive(b"\r\nlogin: ")
    transport.until_sent(b"\x01")
    session.watcher.until_state(State.FOREIGN)
    assert "login: " in session.status.text
    assert set(session.status.remedies) >= {Remedy.SPEED, Remedy.CHOOSE}
    transport.until_sent(b"\x7f")
    assert bytes(transport.sent) == b""


def test_a_wrong_speed_shows_as_bytes_that_are_no_text(session, transport):
    attach(session, transport)
    transport.arrive(bytes(range(0x80, 0xC0)))
    session.watcher.until_state(State.FOREIGN)
    assert Remedy.SPEED in session.status.remedies
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_a_board_that_never_said_anything_is_not_called_a_program(session, transport, monkeypatch):
    monkeypatch.setattr("engines.board.attendant._INTERRUPT_PERIOD", 0.01)
    attach(session, transport)
    session.watcher.until_state(State.SILENT)
    assert Remedy.RESCUE in session.status.remedies
    session.interrupt()
    session.watcher.until(lambda: "not even to Ctrl-C" in session.status.text)
    assert {Remedy.CHOOSE, Remedy.SPEED, Remedy.RESCUE} <= set(session.status.remedies)


def test_a_port_that_is_a_bootloaders_is_told_and_takes_no_operations(session, transport):
    session.connect(Target("COM7", "", lambda: transport, bootloader="SAMD21 in its UF2 bootloader"))
    session.watcher.until_state(State.BOOTLOADER)
    assert "SAMD21 in its UF2 bootloader" in session.status.text
    assert Remedy.FLASH in session.status.remedies
    with pytest.raises(DisconnectedError, match="SAMD21"):
        session.eval("1").result(5)
    transport.arrive(b"\r\n>>> ")  # it was left
    session.watcher.until_state(State.PROMPT)


def test_a_board_that_comes_back_as_a_bootloader_is_told(store, monkeypatch):
    from watcher import Watcher

    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    on_the_bus = {Found("1-1#3", "RP2040 in its UF2 bootloader")}  # another one, there all the time
    session = BoardSession("board", store, lambda: frozenset(on_the_bus))
    watcher = Watcher(session)
    ports = [ScriptedTransport(), ScriptedTransport()]
    waiting = list(ports)

    def open_port():
        if len(on_the_bus) > 1 or not waiting:
            raise PortError("/dev/x", "there is no such port", "Plug it in.", cause=MISSING)
        return waiting.pop(0)

    session.connect(Target("/dev/x", "", open_port))
    watcher.until(lambda: session.status.state.connected)
    on_the_bus.add(Found("1-2#9", "STM32 in its DFU bootloader"))
    ports[0].vanish()
    watcher.until_state(State.BOOTLOADER)
    assert "STM32 in its DFU bootloader" in session.status.text
    assert session.status.remedies[0] is Remedy.FLASH
    on_the_bus.remove(Found("1-2#9", "STM32 in its DFU bootloader"))
    watcher.until(lambda: session.status.state.connected)
    session.close()


def test_bootloaders_are_found_on_linuxs_bus(tmp_path):
    for place, vendor, product in (("1-1", "0483", "df11"), ("1-2", "1d6b", "0002")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "idVendor").write_text(vendor + "\n")
        (tmp_path / place / "idProduct").write_text(product + "\n")
        (tmp_path / place / "devnum").write_text("7\n")
    assert ("1-1#7", 0x0483, 0xDF11) in _from_sysfs(tmp_path)


def test_no_permission_gives_the_command_to_copy(session):
    def refuse():
        raise PortError("/dev/x", "no", "Do.", cause=PERMISSION, command="sudo usermod -a -G dialout $USER")

    session.connect(Target("/dev/x", "", refuse))
    session.watcher.until_state(State.REFUSED)
    assert session.status.remedies == (Remedy.COPY, Remedy.RETRY)
    assert session.status.command == "sudo usermod -a -G dialout $USER"


def test_a_raw_repl_that_the_user_opens_stays_open(session, scripted):
    session.type(b"\x01")
    scripted.until_sent(b"\x01")
    scripted.arrive(b"\r\n" + RAW)
    session.watcher.until(lambda: "raw REPL is open" in session.status.text)
    assert b"\x02" not in scripted.sent
    session.type(b"\x02")
    scripted.until_sent(b"\x02")
    scripted.arrive(b"\r\nMicroPython\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    scripted.arrive(b"\r\n" + RAW)  # this one is not the user's
    scripted.until_sent(b"\x02")


def test_a_user_in_the_raw_repl_finds_the_prompt_after_an_operation(session, unix_board):
    from engines.board.connection.transport import serial_target

    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    session.type(b"\x01")
    session.watcher.until(lambda: "raw REPL is open" in session.status.text)
    assert session.eval("6 * 7").result(10) == "42"
    session.watcher.until_state(State.PROMPT)
    session.watcher.until(lambda: session.watcher.text.endswith(">>> "))


def test_a_long_paste_over_a_uart_waits_for_its_echo(session):
    transport = ScriptedTransport(paced=True)
    session.connect(Target("uart", "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    text = b"x" * 1000 + b"\r"
    session.type(text)
    taken, most = 0, 0
    while taken < len(text):
        with transport._news:
            assert transport._news.wait_for(lambda: transport.sent, 10)
            portion = bytes(transport.sent)
            transport.sent.clear()
        most = max(most, len(portion))
        taken += len(portion)
        transport.arrive(portion)
    assert most <= 128
    assert taken == len(text)


def test_ctrl_c_calls_off_what_is_still_to_be_typed(session):
    transport = ScriptedTransport(paced=True)
    session.connect(Target("uart", "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    session.type(b"y" * 100_000)
    transport.until_sent(b"y" * 100)
    session.type(b"\x03")
    transport.until_sent(b"\x03")
    assert b"y" not in transport.sent


def test_a_paste_that_is_not_echoed_goes_on(session):
    transport = ScriptedTransport(paced=True)
    session.connect(Target("uart", "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    session.type(b"z" * 1000 + b"!")
    transport.until_sent(b"!")


def test_a_connection_that_slept_with_the_computer_is_made_anew(session, scripted):
    class Slept(SleepWatch):
        times = 0

        def slept(self):
            self.times += 1
            return self.times == 1

    scripted.is_stale = True
    session._sleep = Slept()
    session.type(b"x")  # wakes the thread
    session.watcher.until(lambda: State.LOST in session.watcher.states)
    session.watcher.until(lambda: session.status.state.connected)


@pytest.mark.parametrize(
    ("wall", "steady", "slept"),
    [(1.0, 1.0, False), (3600.0, 1.0, True), (3600.0, 3600.0, True), (-5.0, 1.0, False)],
)
def test_a_sleep_shows_in_the_clocks(wall, steady, slept):
    now = [1000.0, 50.0]
    watch = SleepWatch(lambda: now[0], lambda: now[1])
    now[:] = [now[0] + wall, now[1] + steady]
    assert watch.slept() is slept
    assert watch.slept() is False


def test_a_prompt_is_found_behind_a_timer_that_never_stops_printing(session, transport, monkeypatch):
    monkeypatch.setattr("engines.board.connection.diagnosis.STEADY", 0.5)
    attach(session, transport)
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.05):
            transport.arrive(b"tick\r\n")

    timer = threading.Thread(target=tick)
    timer.start()
    transport.until_sent(b"\r")
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    stop.set()
    timer.join()
    assert b"\x03" not in transport.sent
