"""The session with real MicroPython (unix port) on a pseudo-terminal."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engines.board.connection.transport import serial_target
from engines.board.errors import BoardBusyError, BoardError, CancelledError, DeadlineError, RemoteError
from engines.board.files.board_files import BoardFileError, Entry
from engines.board.status import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
HELPER = Path(__file__).parents[3] / "resources/board/stream.py"


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


def test_attaching_finds_the_prompt(board):
    assert board.status.text.endswith("is ready.")
    assert State.RUNNING not in board.watcher.states


def test_exec_returns_what_was_printed_and_hides_the_talk(board):
    shown = board.watcher.text
    assert board.exec("x = 40\nprint(x + 2)").result(5) == "42\n"
    assert board.eval("x * 'ab'[:1]").result(5) == repr("a" * 40)
    assert board.watcher.text == shown
    assert board.status.state is State.PROMPT


@pytest.mark.feature("unicode output")
def test_unicode_goes_both_ways(board):
    assert board.exec("print('Grüße, 世界')").result(5) == "Grüße, 世界\n"


def test_an_exception_is_a_remote_error(board):
    with pytest.raises(RemoteError, match="ZeroDivisionError") as error:
        board.exec("print('before')\n1/0").result(5)
    assert error.value.output == "before\n"
    assert error.value.summary == "ZeroDivisionError: divide by zero"


def test_a_syntax_error_calls_the_raw_paste_off(board):
    with pytest.raises(RemoteError, match="SyntaxError"):
        board.exec("def f(:\n" + "x = 1\n" * 2000).result(10)
    assert board.eval("1 + 1").result(5) == "2"


@pytest.mark.feature("raw-paste with window flow control")
def test_a_long_program_goes_through_the_window(board):
    source = "".join(f"x = {number}\n" for number in range(5000)) + "print(x)"
    assert board.exec(source).result(20) == "4999\n"


def test_control_characters_in_a_program_are_refused(board):
    with pytest.raises(BoardError, match=r"holds a \^C"):
        board.exec("print('\x03')").result(5)
    assert board.eval("1").result(5) == "1"


def test_typing_goes_to_the_terminal(board):
    board.type(b"6 * 7\r")
    board.watcher.until_text("42")
    board.watcher.until_state(State.PROMPT)


def test_what_is_half_typed_survives_an_operation(board):
    board.type(b"12345")
    board.watcher.until_text("12345")
    assert board.eval("2").result(5) == "2"
    board.type(b" + 1\r")
    board.watcher.until_text("12346")
    assert board.watcher.text.count("12345") == 1


def test_what_is_just_typed_is_not_run_by_an_operation(board):
    for number in range(6):
        board.type(b"spoilt = %d" % number)
        assert board.eval("'spoilt' in globals()").result(5) == "False"
        board.type(b"\x03")
        assert board.eval("'spoilt' in globals()").result(5) == "False"
    board.type(b"6 * 7\r")
    board.watcher.until_text("42")


def test_a_running_program_is_not_disturbed(board):
    board.type(b"import time\rwhile True: time.sleep_ms(5)\r\r")
    board.watcher.until_state(State.RUNNING)
    with pytest.raises(BoardBusyError, match="A program is running"):
        board.eval("1").result(5)
    assert board.status.state is State.RUNNING
    assert board.eval("7", interrupt=True).result(5) == "7"


@pytest.mark.feature("see that it is busy without interrupting")
def test_attaching_to_a_running_program_does_not_stop_it(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    session.type(b"import time\rfor i in range(10**9): print('at', i, 'now'); time.sleep_ms(20)\r\r")
    session.watcher.until_text("at 3")
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.RUNNING)
    with pytest.raises(BoardBusyError):
        session.eval("1").result(5)
    seen = len(session.watcher.text)
    session.watcher.until(lambda: session.watcher.text[seen:].count("at ") > 5)
    session.interrupt()
    session.watcher.until_text("KeyboardInterrupt")
    session.watcher.until_state(State.PROMPT)
    assert int(session.eval("i").result(5)) > 3


def test_interrupt_ends_a_busy_loop_and_keeps_the_state(board):
    board.type(b"n = 5\rwhile True: pass\r\r")
    board.watcher.until_state(State.RUNNING)
    start = time.monotonic()
    board.interrupt()
    board.watcher.until_text("KeyboardInterrupt")
    assert time.monotonic() - start < 8
    assert board.eval("n").result(5) == "5"


def test_ctrl_c_typed_during_an_operation_interrupts_its_program(board, unix_board):
    unix_board.signals = 1
    operation = board.exec("print('on')\nwhile True: pass", on_output=lambda data: board.type(b"\x03"))
    with pytest.raises(RemoteError, match="KeyboardInterrupt"):
        operation.result(5)


def test_cancel_ends_the_program_and_gives_the_prompt_back(board, unix_board):
    unix_board.signals = 1
    operation = board.exec("print('on')\nwhile True: pass", on_output=lambda data: operation.cancel())
    with pytest.raises(CancelledError):
        operation.result(5)
    assert board.eval("3").result(5) == "3"


def test_a_deadline_ends_the_program(board, unix_board):
    unix_board.signals = 1
    with pytest.raises(DeadlineError, match="not done within 1 s"):
        board.exec("while True: pass", timeout=1.0).result(5)
    assert board.eval("4").result(5) == "4"


def test_run_shows_output_in_the_terminal(board):
    board.run("print('hello')\n1/0", "demo.py").result(5)
    board.watcher.until_text("hello")
    board.watcher.until_text("ZeroDivisionError")
    board.watcher.until(lambda: board.watcher.text.endswith(">>> "))


def test_numbers_that_a_run_program_prints_are_a_stream(board, store):
    board.run("for i in range(10): print('temp:', 20 + i)", "demo.py").result(5)
    assert "printed" in store.names()
    assert store.reader("printed").last(1).values[0][0] == 29


def test_a_prompt_of_its_own_is_learnt(board):
    board.type(b"import sys\rsys.ps1 = 'mine: '\r")
    board.watcher.until_text("mine: ")
    board.watcher.until_state(State.RUNNING)
    assert board.eval("1 + 1").result(10) == "2"
    assert board.status.state is State.PROMPT
    assert board.eval("2 + 2").result(10) == "4"


@pytest.mark.parametrize("size", [0, 1, 3072, 20_000])
def test_files_come_back_as_they_went(board, board_folder, size):
    data = os.urandom(size)
    board.files.put("data.bin", data).result(20)
    assert (board_folder / "data.bin").read_bytes() == data
    assert board.files.get("data.bin").result(20) == data
    assert [name.name for name in board_folder.glob("*.dirigent-part")] == []


def test_awkward_names_are_only_names(board, board_folder):
    for name in ("a'); print('x", 'q"uote', "日本語.txt", "back\\slash", "new\nline", "perc%s", "\x03\x04"):
        board.files.put(name, name.encode()).result(10)
        assert board.files.get(name).result(10) == name.encode()
        assert (board_folder / name).read_bytes() == name.encode()
    assert len(board.files.ls("").result(10)) >= 7


def test_files_are_listed_renamed_and_deleted(board, board_folder):
    board.files.mkdir("lib").result(5)
    board.files.put("lib/a.py", b"x = 1\n").result(5)
    board.files.put("b.py", b"12345").result(5)
    assert board.files.ls(".").result(5) == [
        Entry("lib", True, -1),
        Entry("b.py", False, 5),
        Entry("port", False, 0),
    ]
    assert board.files.stat("b.py").result(5) == Entry("b.py", False, 5)
    board.files.rename("b.py", "lib/a.py").result(5)
    assert (board_folder / "lib/a.py").read_bytes() == b"12345"
    with pytest.raises(BoardFileError, match=r"not empty|permitted"):
        board.files.rm("lib").result(5)
    board.files.rm("lib", tree=True).result(5)
    assert not (board_folder / "lib").exists()
    free, total = board.files.space(".").result(5)
    assert 0 < free <= total


def test_a_refused_write_leaves_the_old_file(board, board_folder):
    with pytest.raises(BoardFileError, match="no such file") as error:
        board.files.put("nowhere/x", b"new").result(5)
    assert error.value.number == 2
    with pytest.raises(BoardFileError, match="no such file"):
        board.files.get("nothing").result(5)
    assert (
        board.exec("print('_dirigent' in globals(), '_dirigent_file' in globals())").result(5)
        == "False False\n"
    )


def test_a_file_is_read_while_another_transfer_waits(board):
    digests = []
    for number in range(5):
        data = bytes([number]) * 5000
        board.files.put("f", data)
        digests.append((data, board.files.get("f")))
    for data, operation in digests:
        assert hashlib.sha256(operation.result(20)).digest() == hashlib.sha256(data).digest()


@pytest.mark.feature("binary data streaming")
def test_the_helper_streams_into_the_store_beside_operations(board, board_folder, store):
    (board_folder / "stream.py").write_bytes(HELPER.read_bytes())
    code = (
        "from stream import stream\n"
        "s = stream('accel', 'xyz', fmt='3f', unit='g')\n"
        "for i in range(500):\n"
        "    s.send(i, -i, 0.5)\n"
        "    if i % 100 == 0: print('text', i)\n"
    )
    assert board.exec(code).result(10) == "".join(f"text {number}\n" for number in range(0, 500, 100))
    ring = store.reader("accel")
    block = ring.since(0)
    assert block.values[0].tolist() == list(range(500))
    assert (block.values[2] == 0.5).all()
    assert (np.diff(block.t) >= 0).all()
    assert ring.units == ("g", "g", "g")
    assert (board.traffic.lost, board.traffic.damaged, board.traffic.frames) == (0, 0, 500)
    assert board.streams == ("accel",)


def test_printed_numbers_become_a_stream(board, store):
    board.type(b"for i in range(20): print((i, i * i))\r\r")
    board.watcher.until_text("(19, 361)")
    board.watcher.until(lambda: "printed" in store.names() and store.reader("printed").total == 20)
    assert store.reader("printed").last(1).values[1].tolist() == [361]


@pytest.mark.feature("reconnect after unplug and reset")
def test_unplugging_fails_the_operation_and_plugging_in_goes_on(board, unix_board):
    operation = board.exec("print('on')\nwhile True: pass", on_output=lambda data: unix_board.unplug())
    with pytest.raises(BoardError, match="went away"):
        operation.result(5)
    board.watcher.until_state(State.LOST)
    with pytest.raises(BoardError, match="went away"):
        board.eval("1").result(5)
    unix_board.signals = 1
    unix_board.plug()
    board.watcher.until(lambda: board.status.state.connected)
    assert board.eval("5", interrupt=True).result(10) == "5"
