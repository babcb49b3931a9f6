"""What is kept of a project's boards: in dirigent.toml, and on this computer only."""

from __future__ import annotations

import pytest

from app.board_memory import BoardMemory, Pick
from app.board_tables import add_board, remove_board, rename_board, take_port_out
from app.commands.board import keystrokes
from app.project import BoardSettings, board_names, read_settings
from engines.board.connection.targets import target_of
from engines.workspace.files import DocumentError

TOML = """# mine
[project]
title = "Two"  # said here

[board]
port = "virtual"
recording = "a.csv"

[boards.left]  # by the window
port = "/dev/ttyACM0"
flash = "left files"
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "dirigent.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_a_board_is_added_and_taken_out_without_touching_the_rest(toml):
    add_board(toml, "right", "tcp://10.0.0.7:23")
    settings = read_settings(toml)
    assert settings.board_names == ["board", "left", "right"]
    assert settings.board("right") == BoardSettings("tcp://10.0.0.7:23", "board-right")
    assert settings.board("left") == BoardSettings("/dev/ttyACM0", "left files")
    assert settings.board("board").recording == "a.csv"
    assert toml.read_text(encoding="utf-8").startswith(TOML)
    remove_board(toml, "right")
    assert toml.read_text(encoding="utf-8").strip() == TOML.strip()
    remove_board(toml, "right")


def test_a_board_gets_another_port_and_another_name(toml):
    add_board(toml, "left", "COM3@9600")
    rename_board(toml, "left", "Brücke-2")
    settings = read_settings(toml)
    assert settings.board("Brücke-2") == BoardSettings("COM3@9600", "left files")
    assert "left" not in settings.boards


def test_the_single_board_can_be_taken_out(toml):
    take_port_out(toml)
    settings = read_settings(toml)
    assert settings.board_names == ["left"]
    assert settings.board_recording == "a.csv"


def test_a_project_without_a_file_gets_one(tmp_path):
    add_board(tmp_path / "dirigent.toml", "one", None)
    assert board_names(tmp_path) == ["one"]
    assert board_names(tmp_path / "nowhere") == ["board"]


def test_what_cannot_be_edited_is_left_alone(tmp_path):
    path = tmp_path / "dirigent.toml"
    for text in ('boards = { left = { port = "x" } }\n', "this is = not toml = at all\n"):
        path.write_text(text)
        with pytest.raises(DocumentError, match="by hand"):
            add_board(path, "left", "y")
        assert path.read_text() == text


def test_a_pick_is_remembered_by_its_serial_number(tmp_path):
    memory = BoardMemory(tmp_path)
    memory.remember(
        "left", target_of("/dev/ttyACM0", "a pyboard", serial_number="77", interface="1.0"), "virtual"
    )
    memory.remember("right", target_of("tcp://10.0.0.7:23"), None)
    memory.remember("right", target_of("ws://10.0.0.8", password="secret"), None)
    memory.rename("left", "west")
    again = BoardMemory(tmp_path)
    assert again.pick("west") == Pick("/dev/ttyACM0", "a pyboard", "77", "1.0", "virtual")
    assert again.pick("left") is None
    assert again.recent == ("ws://10.0.0.8:8266", "tcp://10.0.0.7:23")
    assert "secret" not in (tmp_path / "boards.json").read_text()
    again.forget("west")
    assert BoardMemory(tmp_path).pick("west") is None


@pytest.mark.parametrize("text", ["", "[]", '{"boards": {"a": {"nothing": 1}}, "recent": []}', "\x00"])
def test_a_damaged_memory_counts_as_empty(tmp_path, text):
    (tmp_path / "boards.json").write_text(text)
    memory = BoardMemory(tmp_path)
    assert (memory.pick("a"), memory.recent) == (None, ())
    memory.remember("a", target_of("COM3"), None)
    assert BoardMemory(tmp_path).pick("a") == Pick("COM3")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("1+1\\r", b"1+1\r"),
        ("print('Grüße, 世界')\\r", "print('Grüße, 世界')\r".encode()),
        ("\\x03\\x04", b"\x03\x04"),
        ("\\xff", b"\xff"),
        ("C:\\\\new", b"C:\\new"),
        ("\\q", b"\\q"),
        ("", b""),
    ],
)
def test_keystrokes(text, data):
    assert keystrokes(text) == data
