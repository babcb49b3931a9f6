"""Facts, clock, pins and memory of a device: on the unix port, the virtual pyboard, and as other boards answer."""

from __future__ import annotations

import sys
from datetime import datetime

import pytest

from engines.board.connection.transport import process_target, serial_target
from engines.board.device.device import (
    DeviceFacts,
    Disk,
    collect_garbage,
    read_facts,
    read_memory,
    read_volts,
    set_rtc,
    set_rtc_now,
    toggle_led,
)
from engines.board.device.pinout import IO_NAMES, PYBOARD, PinState, describe
from engines.board.errors import BoardError, RemoteError
from engines.board.status import State
from engines.board.virtual import command


@pytest.fixture
def unix(session, unix_board):
    session.connect(serial_target(unix_board.path, bridge=False))
    session.watcher.until_state(State.PROMPT)
    return session


@pytest.fixture
def virtual(session, tmp_path):
    flash = tmp_path / "flash"
    (tmp_path / "sd").mkdir()
    flash.mkdir()
    (flash / "data.bin").write_bytes(bytes(10_000))
    arguments = command(flash, sd=tmp_path / "sd")
    session.connect(process_target("Virtual", [sys.executable, "-m", "engines.board.virtual", *arguments]))
    session.watcher.until(lambda: session.status.state is State.PROMPT, timeout=30)
    return session


def ask(session, work):
    return session.submit("Asking", work).result(60)


class Answers:
    """A bench whose board tells these values, and prints nothing else."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)

    def exec(self, source: str) -> str:
        return "hello\n"

    def ask(self, program: str) -> list[object]:
        return self.values


class Refuses:
    def ask(self, program: str) -> list[object]:
        raise RemoteError("Traceback (most recent call last):\nImportError: no module named 'machine'\n")


def test_the_unix_port_tells_what_it_knows(unix):
    names = ask(unix, lambda bench: bench.exec("print(dir())"))
    facts = ask(unix, read_facts)
    assert facts.platform == "linux"
    assert facts.version.startswith("1.")
    assert facts.memory_free > 100_000
    assert facts.memory_used > 0
    assert facts.clock.year >= 2024
    assert (facts.frequency, facts.pins, facts.leds, facts.switch) == (None, None, None, None)
    assert ask(unix, lambda bench: bench.exec("print(dir())")) == names


def test_the_unix_ports_memory_is_mapped(unix):
    info = ask(unix, read_memory)
    assert len(info.blocks) * info.block_size == pytest.approx(info.total, abs=64 * 32)
    assert 0 < info.used < info.total


def test_a_board_without_a_clock_or_pins_says_so(unix):
    with pytest.raises(BoardError, match="clock cannot be set"):
        ask(unix, set_rtc_now)
    with pytest.raises(BoardError, match="LED 1 cannot be switched"):
        ask(unix, lambda bench: toggle_led(bench, 1))
    with pytest.raises(BoardError, match="X19 cannot be measured"):
        ask(unix, lambda bench: read_volts(bench, "X19"))
    assert ask(unix, read_facts).platform == "linux"


@pytest.mark.feature("memory, flash, device info")
def test_the_virtual_pyboard_tells_everything(virtual):
    facts = ask(virtual, read_facts)
    assert facts.machine == "Virtual pyboard with WASM"
    assert facts.platform == "pyboard"
    assert facts.build.startswith("MicroPython v1.")
    assert facts.frequency == 168_000_000
    assert bytes.fromhex(facts.unique_id).startswith(b"virtual")
    assert 0 < facts.uptime < 600
    assert facts.memory_free + facts.memory_used == pytest.approx(192 * 1024, rel=0.05)
    assert {disk.path for disk in facts.disks} == {"/flash", "/sd", "/rom"}
    (flash,) = [disk for disk in facts.disks if disk.path == "/flash"]
    assert flash.total - flash.free == 12_288
    assert set(facts.pins) == set(IO_NAMES)
    assert (facts.leds, facts.switch) == ((0, 0, 0, 0), False)
    assert all(value is not None for value in vars(facts).values())
    assert DeviceFacts(**vars(facts)).as_json()["clock"] == facts.clock.isoformat()


def test_pins_leds_and_clock_of_the_virtual_pyboard(virtual):
    virtual.exec(
        "import pyb\npyb.Pin('Y3', pyb.Pin.OUT).high()\npyb.Pin('X2', pyb.Pin.IN, pyb.Pin.PULL_UP)\npyb.LED(4).intensity(9)"
    ).result(30)
    set_at = datetime(2024, 2, 29, 12, 30, 15, 500_000)
    ask(virtual, lambda bench: set_rtc(bench, set_at))
    ask(virtual, lambda bench: toggle_led(bench, 2))
    facts = ask(virtual, read_facts)
    assert facts.pins["Y3"] == PinState("output", "", 1)
    assert facts.pins["X2"] == PinState("input", "pull-up", 1)
    assert facts.leds == (0, 255, 0, 9)
    assert 0 <= (facts.clock - set_at).total_seconds() + 1 < 60
    assert virtual.eval("__import__('pyb').RTC().datetime()[3]").result(30) == "4", "a Thursday"
    assert ask(virtual, lambda bench: read_volts(bench, "X19")) == 0.0
    assert ask(virtual, read_facts).pins["X19"].mode == "analog"


def test_collecting_frees_memory(virtual):
    virtual.exec("b = bytearray(20000)\nb = None").result(30)
    before = ask(virtual, read_memory).used
    ask(virtual, collect_garbage)
    assert ask(virtual, read_memory).used < before - 10_000


def test_another_boards_answer():
    facts = read_facts(
        Answers(
            ("memory_free", 130_000),
            ("memory_used", 60_000),
            ("platform", "rp2"),
            ("frequency", 125_000_000),
            ("unique_id", b"\xe6\x61"),
            ("clock", (2021, 1, 1, 0, 0, 13)),
            ("uname", ("rp2", "rp2", "1.22.0", "v1.22.0", "Raspberry Pi Pico with RP2040")),
            ("disk", ("/", 1000, 4000)),
            ("uptime", 61_500),
        )
    )
    assert facts.machine == "Raspberry Pi Pico with RP2040"
    assert (facts.frequency, facts.unique_id, facts.uptime) == (125_000_000, "e661", 61.5)
    assert facts.disks == (Disk("/", 1000, 4000),)
    assert facts.pins is None
    assert facts.build is None


@pytest.mark.parametrize("clock", [(0, 0, 0, 0, 0, 0), "late", None])
def test_a_clock_that_makes_no_sense_is_none(clock):
    assert read_facts(Answers(("memory_free", 1), ("clock", clock))).clock is None


def test_nonsense_is_an_error():
    with pytest.raises(BoardError, match="told nothing"):
        read_facts(Answers())
    with pytest.raises(BoardError, match="does not show its memory"):
        read_memory(Answers())
    with pytest.raises(BoardError, match="no module named"):
        set_rtc(Refuses(), datetime(2024, 1, 1))
    with pytest.raises(BoardError, match="there is no pin 'Q1'"):
        read_volts(Answers(1), "Q1")


def test_every_pin_has_its_place_once():
    assert len(IO_NAMES) == len(set(IO_NAMES)) == 30
    assert len({(pin.side, pin.place) for pin in PYBOARD}) == len(PYBOARD) == 40
    assert len({pin.chip for pin in PYBOARD if pin.is_io}) == 30
    (x5,) = [pin for pin in PYBOARD if pin.name == "X5"]
    assert describe(x5) == "X5 (PA4): SPI1_NSS, DAC 1, ADC"
    assert all(describe(pin) for pin in PYBOARD)


def test_states_in_words():
    assert PinState.read(1, 0, 1).text() == "output, high"
    assert PinState.read(3, 0, 1).text() == "analog"
    assert PinState.read(99, 0, 0).text() == "mode 99, low"
    used = {"mode": "IN", "pull": "PULL_UP", "level": None, "signal": ""}
    assert PinState.of_virtual(used, None).text() == "input with pull-up, high"
    assert PinState.of_virtual(used, 0.25).text() == "input with pull-up, low, 0.25 V"
    assert PinState.of_virtual({}, 2.0).text() == "input, high, 2.00 V"
