"""Source files of both kinds: read, save, notice what others changed; recovery files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.code.file import (
    LARGEST,
    NEW,
    BoardCodeFile,
    ChangedElsewhereError,
    LocalCodeFile,
    SourceError,
    decode,
    digest_of,
    encode,
)
from engines.board.code.place import Place, parse
from engines.board.code.recovery import CodeRecovery, Unsaved
from engines.board.connection.transport import serial_target
from engines.board.errors import BoardBusyError, DisconnectedError
from engines.board.status import State


def test_places(tmp_path):
    assert parse("board:/flash/main.py", tmp_path) == Place("/flash/main.py", "board")
    assert parse("pump:/sd/a b.py", tmp_path).name == "a b.py"
    assert parse("lib/a.py", tmp_path) == Place(str(tmp_path / "lib" / "a.py"))
    for place in (Place("/flash/main.py", "board"), Place(str(tmp_path / "x.py"))):
        assert parse(str(place), tmp_path) == place


@given(st.text().filter(lambda text: "\r" not in text and "\0" not in text), st.sampled_from(["\n", "\r\n"]))
def test_a_text_comes_back_with_its_line_ends(text, line_end):
    place = Place("x.py")
    try:
        data = encode(text, line_end)
        again, end = decode(place, data)
    except SourceError:  # lone surrogates are no UTF-8
        assert any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)
        return
    assert again == text
    assert "\n" not in text or end == line_end


@pytest.mark.parametrize(
    ("data", "problem"), [(b"a\xff\n", "line 1"), (b"\0\1", "no text"), (b"x" * (LARGEST + 1), "kB")]
)
def test_what_is_no_source_is_refused_with_its_reason(data, problem):
    with pytest.raises(SourceError, match=problem):
        decode(Place("/flash/x.py", "board"), data)


def test_a_file_of_this_computer(tmp_path):
    file = LocalCodeFile(Place(str(tmp_path / "x.py")))
    with pytest.raises(FileNotFoundError):
        file.read().result(10)
    base = file.save(b"one", NEW).result(10)
    assert base == digest_of(b"one")
    assert file.read().result(10) == b"one"
    (tmp_path / "x.py").write_bytes(b"theirs")
    with pytest.raises(ChangedElsewhereError, match=r"x\.py"):
        file.save(b"mine", base).result(10)
    assert (tmp_path / "x.py").read_bytes() == b"theirs"
    with pytest.raises(ChangedElsewhereError):
        file.save(b"mine", NEW).result(10)
    file.save(b"mine", None).result(10)
    assert (tmp_path / "x.py").read_bytes() == b"mine"


@pytest.fixture
def connected(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


def test_a_file_on_the_board(connected, board_folder):
    path = str(board_folder / "x.py")
    file = BoardCodeFile(Place(path, "board"), connected)
    base = file.save(b"print(1)\n", NEW).result(30)
    assert file.read().result(30) == b"print(1)\n"
    base = file.save(b"print(2)\n", base).result(30)
    (board_folder / "x.py").write_bytes(b"print(3)\n")
    with pytest.raises(ChangedElsewhereError, match="on the board"):
        file.save(b"print(4)\n", base).result(30)
    assert (board_folder / "x.py").read_bytes() == b"print(3)\n"
    file.save(b"print(4)\n", None).result(30)
    assert (board_folder / "x.py").read_bytes() == b"print(4)\n"


def test_a_running_program_is_not_disturbed_unless_asked(connected, unix_board, board_folder):
    file = BoardCodeFile(Place(str(board_folder / "x.py"), "board"), connected)
    connected.type(b"import time\rwhile True: time.sleep_ms(10)\r\r\r")
    connected.watcher.until_state(State.RUNNING)
    with pytest.raises(BoardBusyError):
        file.save(b"1", NEW).result(30)
    file.save(b"1", NEW, interrupt=True).result(30)
    assert (board_folder / "x.py").read_bytes() == b"1"


def test_without_a_board_saving_fails_at_once(session):
    file = BoardCodeFile(Place("/flash/x.py", "board"), session)
    with pytest.raises(DisconnectedError):
        file.save(b"1", NEW).result(10)


def test_recovery_files_come_back_until_they_are_discarded(tmp_path):
    recovery = CodeRecovery(tmp_path / "code")
    assert recovery.restore() == ([], [])
    one = Unsaved("board:/flash/main.py", "main.py", "x = 'é'\n", "\r\n", "abc")
    two = Unsaved("", "untitled 1", "y")
    recovery.keep(one)
    recovery.keep(two)
    recovery.keep(one)
    found, problems = CodeRecovery(tmp_path / "code").restore()
    assert (sorted(found, key=lambda each: each.title), problems) == ([one, two], [])
    recovery.discard("untitled 1")
    recovery.discard("never kept")
    (tmp_path / "code" / "broken.json").write_text("{")
    found, problems = recovery.restore()
    assert found == [one]
    assert "broken.json" in problems[0]
