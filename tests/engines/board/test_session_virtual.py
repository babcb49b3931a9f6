"""The session with the virtual pyboard: a sampler on a timer beside everything else, resets, a kill."""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pytest

from engines.board.connection.transport import process_target
from engines.board.errors import BoardBusyError, BoardError
from engines.board.status import Remedy, State
from engines.board.virtual import command
from engines.workspace.streams.layout import Kind

SAMPLER = """
import pyb
from stream import stream
count = 0
s = stream("ticks", "n", fmt="H")
def tick(timer):
    global count
    s.send(count & 0xffff)
    count += 1
timer = pyb.Timer(4, freq=100, callback=tick)
"""


@pytest.fixture
def flash(tmp_path):
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").write_text(SAMPLER)
    return flash


@pytest.fixture
def board(session, flash):
    session.connect(
        process_target("Virtual pyboard", [sys.executable, "-m", "engines.board.virtual", *command(flash)])
    )
    session.watcher.until(lambda: session.status.state is State.PROMPT, timeout=30)
    return session


def test_the_prompt_is_free_while_it_streams_and_nothing_is_lost(board, store, flash):
    data = os.urandom(8000)
    board.files.put("/flash/data.bin", data).result(60)
    assert board.files.get("/flash/data.bin").result(60) == data
    for number in range(30):
        assert board.eval(f"{number} * 2").result(10) == str(number * 2)
    assert board.exec("t = 0\nfor i in range(20000): t += i\nprint(t)").result(30) == "199990000\n"
    assert {entry.name for entry in board.files.ls("/flash").result(10)} == {"data.bin", "main.py"}
    board.type(b"'typed'\r")
    board.watcher.until_text("'typed'")
    sent = int(board.eval("count").result(10))
    board.watcher.until(lambda: board.traffic.samples >= sent)
    block = store.reader("ticks").since(0)
    assert (np.diff(block.values[0]) == 1).all()
    assert block.values[0][0] == 0
    traffic = board.traffic
    assert (traffic.lost, traffic.damaged, traffic.malformed) == (0, 0, 0)
    assert "\ufffd" not in board.watcher.text
    assert "raw REPL" not in board.watcher.text


def test_a_running_program_is_interrupted_only_when_asked(board):
    board.type(b"while True: pass\r\r")
    board.watcher.until_state(State.RUNNING)
    with pytest.raises(BoardBusyError):
        board.eval("1").result(10)
    board.interrupt()
    board.watcher.until_text("KeyboardInterrupt")
    board.watcher.until_state(State.PROMPT)
    assert int(board.eval("count").result(10)) > 0


def test_cancel_in_the_raw_repl(board):
    operation = board.exec("print('on')\nwhile True: pass", on_output=lambda data: operation.cancel())
    with pytest.raises(BoardError, match="cancelled"):
        operation.result(20)
    assert board.eval("3").result(10) == "3"


def test_ctrl_c_in_the_raw_repl(board):
    operation = board.exec("print('on')\nwhile True: pass", on_output=lambda data: board.interrupt())
    with pytest.raises(BoardError, match="KeyboardInterrupt"):
        operation.result(20)


def test_a_soft_reset_runs_main_again(board):
    board.exec("kept = 1").result(10)
    board.reset().result(10)
    board.watcher.until_text("soft reboot")
    board.watcher.until_state(State.PROMPT)
    assert board.eval("'kept' in globals(), 'timer' in globals()").result(10) == "(False, True)"


def test_a_hard_reset_keeps_the_connection(board):
    board.exec("kept = 1").result(10)
    board.reset(hard=True).result(10)
    assert board.eval("'kept' in globals()").result(20) == "False"
    assert board.status.state is State.PROMPT


def test_a_killed_board_says_so_restarts_and_leaves_a_gap(board, store):
    board.watcher.until(lambda: board.traffic.samples > 10)
    os.kill(board._link._transport.pid, 9)
    board.watcher.until_state(State.ENDED)
    assert "exit code" in board.status.text
    assert board.status.remedies == (Remedy.RESTART,)
    before = store.reader("ticks").total
    time_before = store.reader("ticks").last(1).t[0]
    killed = time.monotonic()
    board.restart()
    board.watcher.until(lambda: store.reader("ticks").total > before + 10, timeout=30)
    ring = store.reader("ticks")
    assert [segment.kind for segment in ring.segments[1:]] in ([Kind.RESET], [Kind.GAP])
    assert ring.segments[1].start == before
    first = ring.read(before, before + 1).t[0]
    assert time_before < first < time_before + (time.monotonic() - killed) + 5
    assert (np.diff(ring.since(0).t) >= 0).all()


def test_a_folder_of_the_computer_is_mounted(board, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "tool.py").write_text("def double(x):\n    return 2 * x\n" + "# a comment\n" * 300)
    board.remote.mount(folder, writable=True).result(60)
    code = "import tool, os\nopen('/remote/out.txt', 'w').write('written')\nprint(tool.double(21), os.listdir('/remote'))"
    assert board.exec(code).result(60) == "42 ['out.txt', 'tool.py']\n"
    assert (folder / "out.txt").read_text() == "written"
