"""The world acts on a running board: the switch, voltages, tilt, a new recording, the reset button."""

from __future__ import annotations

import threading

import pytest

from engines.board.virtual import artifact, offsets
from engines.board.virtual.board import Board
from engines.board.virtual.cli import HEAP, RESOURCES
from engines.board.virtual.console import Console
from engines.board.virtual.device_state import DeviceState
from engines.board.virtual.files import Files, Mount
from engines.board.virtual.guest import Machine
from engines.board.virtual.recordings import Recording
from engines.board.virtual.session import probe_imports


class Bench:
    """A board in this process, at its prompt."""

    def __init__(self, flash) -> None:
        build = artifact.load()
        machine = Machine(build)
        files = Files({"flash": Mount(flash), "firmware": Mount(RESOURCES / "virtual", writable=False)})
        self.console = Console()
        self.state = DeviceState()
        self.board = Board(
            machine, offsets.of(build, machine, probe_imports), files, self.console, self.state, HEAP
        )
        previous = threading.stack_size(32 << 20)
        self.threads = [threading.Thread(target=self.board.run)]
        self.threads[0].start()
        threading.stack_size(previous)
        self.threads.append(threading.Thread(target=self.board.interrupts.run_clock))
        self.threads[1].start()
        self.shown = b""

    def expect(self, wanted: bytes) -> bytes:
        while wanted not in self.shown:
            self.shown += self.console.next_output()
        taken, _, self.shown = self.shown.partition(wanted)
        return taken

    def run(self, line: bytes) -> bytes:
        self.console.feed(line + b"\r")
        self.expect(line + b"\r\n")
        return self.expect(b">>> ")

    def close(self) -> None:
        self.board.stop()
        self.board.interrupts.close()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.expect(b">>> ")
    yield bench
    bench.close()


def test_the_switch_is_seen_and_calls_back(bench):
    bench.run(b"import pyb; s = pyb.Switch(); s.callback(lambda: print('pressed', s()))")
    bench.board.press_switch(True)
    bench.expect(b"pressed True\r\n")
    bench.board.press_switch(False)
    assert bench.run(b"s()") == b"False\r\n"


def test_a_voltage_is_read_by_pin_and_adc(bench):
    bench.run(b"import pyb; p = pyb.Pin('X20', pyb.Pin.IN, pyb.Pin.PULL_UP); adc = pyb.ADC('X19')")
    assert bench.run(b"p()") == b"1\r\n"
    for pin in ("X19", "X20"):
        bench.board.apply(pin, 1.1)
    assert bench.run(b"p(), adc.read()") == b"(0, 1365)\r\n"
    for pin in ("X19", "X20"):
        bench.board.apply(pin, 5)
    assert bench.run(b"p(), adc.read()") == b"(1, 4095)\r\n"
    bench.board.apply("X20", None)
    assert bench.run(b"p()") == b"1\r\n"


def test_edges_at_a_pin_call_back(bench):
    bench.run(
        b"import pyb; e = pyb.ExtInt('X1', pyb.ExtInt.IRQ_RISING, pyb.Pin.PULL_DOWN, lambda n: print('line', n))"
    )
    bench.run(
        b"q = pyb.Pin('Y2', pyb.Pin.IN); q.irq(lambda p: print(p.names()[1], p()), pyb.Pin.IRQ_FALLING)"
    )
    bench.board.apply("X1", 0.0)
    bench.board.apply("X1", 3.3)
    bench.expect(b"line 0\r\n")
    bench.board.apply("Y2", 3.3)
    bench.board.apply("Y2", 0.2)
    bench.expect(b"Y2 0\r\n")
    bench.run(b"e.disable()")
    bench.board.apply("X1", 0.0)
    bench.board.apply("X1", 3.3)
    assert bench.run(b"7") == b"7\r\n"


def test_outputs_are_seen_from_outside(bench):
    bench.run(b"import pyb; pyb.LED(1).intensity(80); pyb.Pin('Y3', pyb.Pin.OUT).high()")
    assert bench.state.leds == [80, 0, 0, 0]
    assert vars(bench.state.pins["Y3"]) == {"mode": "OUT", "pull": "", "level": 1, "signal": ""}


def test_the_board_can_be_tilted_and_given_a_recording(bench):
    bench.run(b"import pyb; a = pyb.Accel()")
    bench.state.tilt(1.0, 0.0, 0.0)
    assert bench.run(b"a.x(), a.y(), a.z()") == b"(21, 0, 0)\r\n"
    bench.state.play(Recording((0.0, 1.0), ((0.0, -1.0, 0.0), (0.0, -1.0, 0.0)), 2.0))
    assert bench.run(b"a.x(), a.y(), a.z()") == b"(0, -21, 0)\r\n"


def test_the_reset_button_restarts_a_busy_board(bench):
    bench.run(b"import pyb; pyb.LED(2).on()")
    bench.console.feed(b"while True: pass\r\r\r")
    bench.expect(b"... \r\n")
    bench.board.stop("hard")
    bench.expect(b"Virtual pyboard with WASM\r\n")
    bench.expect(b">>> ")
    assert bench.state.leds == [0, 0, 0, 0]
    assert bench.run(b"1+1") == b"2\r\n"


def test_a_host_error_in_a_call_is_a_fault_and_not_the_end(bench, monkeypatch):
    def broken(_pin, _volts=None):
        raise AttributeError("broken")

    monkeypatch.setattr(bench.state, "counts", broken)
    bench.console.feed(b"import pyb; pyb.Accel().x()\r")
    bench.expect(b"MPY: fault: ")
    bench.expect(b">>> ")
    assert bench.run(b"1+1") == b"2\r\n"
