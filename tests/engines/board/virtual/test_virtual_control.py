"""The side channel: another process presses, tilts, applies volts, replays, and sees the LEDs."""

from __future__ import annotations

import os
import socket
import sys
import threading

import pytest

from engines.board.connection.transport import ProcessTransport
from engines.board.virtual import World, command


class Watched:
    """A virtual board at its prompt with its world, and what was heard from it."""

    def __init__(self, folder) -> None:
        self.world = World()
        self.news = threading.Condition()
        self.problems: list[str] = []
        self.world.changed.connect(self._on_change)
        self.world.problem.connect(self._on_problem)
        self.board = ProcessTransport(
            "board",
            [sys.executable, "-m", "engines.board.virtual", *command(folder, control=self.world.address)],
            self.world.environment,
            self.world,
        )
        self.shown = b""
        self.expect(b">>> ")

    def _on_change(self, _state) -> None:
        with self.news:
            self.news.notify_all()

    def _on_problem(self, text: str) -> None:
        with self.news:
            self.problems.append(text)
            self.news.notify_all()

    def expect(self, wanted: bytes) -> bytes:
        for _ in range(200):
            if wanted in self.shown:
                break
            self.shown += self.board.read(0.2)
        head, found, self.shown = self.shown.partition(wanted)
        assert found, head
        return head

    def run(self, line: bytes) -> bytes:
        data = line + b"\r"
        while data:
            data = data[self.board.write(data) :]
        self.expect(line + b"\r\n")
        return self.expect(b">>> ")

    def until(self, true) -> None:
        with self.news:
            assert self.news.wait_for(true, 30), (self.world.state, self.problems)


@pytest.fixture
def watched(tmp_path):
    flash = tmp_path / "flash"
    flash.mkdir()
    watched = Watched(flash)
    yield watched
    watched.board.close()


def test_leds_and_pins_are_seen_while_a_program_runs(watched):
    watched.board.write(
        b"import pyb; pyb.LED(2).on(); pyb.Pin('Y3', pyb.Pin.OUT).high()\rwhile True: pass\r\r\r"
    )
    watched.until(lambda: watched.world.state.get("leds") == [0, 255, 0, 0])
    watched.until(lambda: watched.world.state["pins"].get("Y3", {}).get("level") == 1)
    assert watched.world.state["pins"]["Y3"]["mode"] == "OUT"
    watched.board.write(b"\x03")
    watched.expect(b"KeyboardInterrupt")


def test_the_switch_the_tilt_and_a_voltage_reach_a_program(watched):
    watched.run(b"import pyb; s = pyb.Switch(); a = pyb.Accel(); p = pyb.ADC('X19')")
    watched.run(b"s.callback(lambda: print('pressed'))")
    watched.world.press()
    watched.expect(b"pressed\r\n")
    watched.until(lambda: watched.world.state["switch"] is True)
    assert watched.run(b"s(), pyb.Pin('SW')()") == b"(True, 0)\r\n"
    watched.world.press(False)
    watched.world.tilt(0, -1, 0)
    watched.world.apply("X19", 1.65)
    watched.until(lambda: watched.world.state["volts"] == {"X19": 1.65})
    assert watched.run(b"s(), a.y(), p.read()") == b"(False, -21, 2048)\r\n"


def test_a_recording_is_replayed_and_a_bad_one_is_a_problem(watched, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("x,y,z\n0,1,0\n0,1,0\n")
    bad.write_text("hello\n")
    watched.world.replay(bad)
    watched.until(lambda: watched.problems)
    assert "no column ax, ay, az" in watched.problems[0]
    watched.world.replay(good)
    watched.until(lambda: watched.world.state["recording"] == "good.csv")
    watched.run(b"import pyb; a = pyb.Accel()")
    assert watched.run(b"a.x(), a.y(), a.z()") == b"(0, 21, 0)\r\n"
    watched.world.replay(None)
    watched.until(lambda: watched.world.state["recording"] is None)
    assert watched.run(b"a.z()") == b"21\r\n"


def test_the_reset_button_and_a_message_that_makes_no_sense(watched):
    watched.world.tilt("up", 0, 0)
    watched.until(lambda: watched.problems)
    watched.run(b"import pyb; pyb.LED(1).on()")
    watched.until(lambda: watched.world.state["leds"][0] == 255)
    watched.world.reset()
    watched.expect(b"Virtual pyboard")
    watched.until(lambda: watched.world.state["leds"] == [0, 0, 0, 0])


def test_the_end_of_the_world_leaves_the_board_alone(watched):
    watched.world.close()
    assert watched.run(b"1+1") == b"2\r\n"
    assert [thread for thread in threading.enumerate() if thread.name == "board-world"] == []


def test_a_stranger_is_not_taken_for_the_board():
    world = World()
    heard = []
    world.changed.connect(heard.append)
    host, port = world.address.split(":")
    for first in (b'{"key": "guess"}\n{"state": {}}\n', b"GET / HTTP/1.0\r\n\r\n", b"[]\n"):
        with socket.create_connection((host, int(port)), timeout=10) as stranger:
            stranger.sendall(first)
            assert stranger.recv(10) == b""
    world.press()
    with socket.create_connection((host, int(port)), timeout=10) as board:
        key = world.environment["DIRIGENT_BOARD_KEY"]
        board.sendall(b'{"key": "%s"}\n' % key.encode())
        assert board.recv(100) == b'{"press": true}\n'
    world.close()
    assert heard == []
    assert "DIRIGENT_BOARD_KEY" not in os.environ
