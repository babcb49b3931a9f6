"""The device page and the world around the virtual board, by commands in the running program."""

from __future__ import annotations

import struct

import pytest

from tests.e2e.test_story import live


@pytest.fixture
def playing(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    return program


def test_the_device_is_read_and_acted_on_while_it_streams(playing, project):
    facts = playing.send("board.device")
    assert facts["machine"] == "Virtual pyboard with WASM"
    assert set(facts["pins"]) >= {"X1", "Y12", "X22"}
    playing.send("board.show_device")
    assert playing.send("board.set_clock").startswith("20")

    playing.send("board.tilt", "0", "-1", "0")
    playing.wait(lambda state: playing.send("board.evaluate", "__import__('pyb').Accel().y()") == "-21")
    recording = project / "still.csv"
    recording.write_text("x,y,z\n1,0,0\n1,0,0\n")
    playing.send("board.replay", "still.csv")
    playing.wait(lambda state: playing.send("board.evaluate", "__import__('pyb').Accel().x()") == "21")

    for command, arguments, problem in (
        ("board.apply_volts", ("X19", "99"), "a pin takes 0 to 5 volts, not 99"),
        ("board.replay", ("none.csv",), "none.csv: No such file or directory"),
        ("board.replay", ("dirigent.toml",), "no column ax, ay, az"),
        ("board.put", ("none.txt", "/flash/x"), "none.txt: cannot be read"),
    ):
        assert problem in playing.reply(command, *arguments)["error"]
    playing.send("board.apply_volts", "X19", "1.65")
    playing.wait(lambda state: abs(playing.send("board.measure", "X19") - 1.65) < 0.01)
    playing.send("board.execute", "import pyb\nn = []\npyb.Switch().callback(lambda: n.append(1))")
    playing.send("board.press_switch")
    playing.wait(lambda state: playing.send("board.evaluate", "len(n)") == "1")
    assert playing.state["streams"]["accel"]["lost"] == 0


def test_every_page_of_the_panel_can_be_shown_and_pictured_and_moves_nothing(playing, tmp_path):
    playing.send("window.resize", "1280", "768")
    terminal = tmp_path / "terminal.png"
    playing.send("window.screenshot", terminal, "board:board")
    for page in ("files", "device", "variables", "sync", "packages"):
        playing.send(f"board.show_{page}")
        picture = tmp_path / f"{page}.png"
        playing.send("window.screenshot", picture, "board:board")
        assert size(picture) == size(terminal)
        assert picture.read_bytes() != terminal.read_bytes()
    assert "there is no panel 'nothing'" in playing.reply("window.screenshot", terminal, "nothing")["error"]


def size(png):
    """Width and height, which stand behind the signature and the head of the first chunk."""
    return struct.unpack(">II", png.read_bytes()[16:24])
