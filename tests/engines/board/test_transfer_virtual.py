"""Transfers with the virtual pyboard, while timers sample and print."""

from __future__ import annotations

import os
import re
import sys

import pytest

from engines.board.connection.transport import process_target
from engines.board.device.device import read_facts
from engines.board.errors import BoardResetError
from engines.board.status import State
from engines.board.virtual import command

MAIN = """
import pyb
from stream import stream
count = 0
s = stream("ticks", "n", fmt="H")
def tick(timer):
    global count
    s.send(count & 0xffff)
    count += 1
    if count % 10 == 0:
        print("tick", count)
timer = pyb.Timer(4, freq=200, callback=tick)
"""


@pytest.fixture
def board(session, tmp_path):
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").write_text(MAIN)
    session.connect(
        process_target("Virtual pyboard", [sys.executable, "-m", "engines.board.virtual", *command(flash)])
    )
    session.watcher.until(lambda: session.traffic.samples > 0, timeout=60)
    session.watcher.until_state(State.PROMPT)
    return session


def test_samples_and_prints_go_on_while_files_travel(board, store, tmp_path):
    data = os.urandom(200_000)
    before = board.traffic.samples
    board.files.put("/flash/データ.bin", data).result(60)
    assert board.files.get("/flash/データ.bin").result(60) == data
    assert board.traffic.samples > before
    assert (tmp_path / "flash" / "データ.bin").read_bytes() == data
    sent = int(board.eval("count").result(10))
    board.watcher.until(lambda: board.traffic.samples >= sent)
    assert board.traffic.lost == 0
    assert [entry.name for entry in board.files.ls("/flash").result(10)] == ["main.py", "データ.bin"]
    free, total = board.files.space("/flash").result(10)
    assert 0 < free <= total


def test_ctrl_c_frees_a_board_from_a_transfer_that_nobody_continues(board):
    """What a host leaves behind when it dies in the middle of a block: the board waits, but is not deaf."""
    from engines.board.transfer import content as transfer

    program = transfer.put_program("/flash/x.dirigent-part", 1, 0, 1000, 1000)

    def leave(bench):
        with bench.converse(program) as talk:
            while not (payload := talk.hear(0.1)):
                pass
            assert payload[:1] == b"W"
            talk.say(transfer.encode_block(0, bytes(500))[:100])
            raise RuntimeError("the host is gone")

    with pytest.raises(RuntimeError):
        board.submit("Leaving", leave).result(20)
    assert board.eval("6 * 7", interrupt=True).result(20) == "42"


def test_what_a_timer_prints_is_shown_and_is_no_part_of_an_answer(board):
    for number in range(20):
        assert board.eval(f"{number} + 1").result(20) == str(number + 1)
    assert board.eval("print('by the way')").result(20) == "None"
    board.watcher.until_text("by the way")
    board.watcher.text = ""
    ticks = int(board.eval("count").result(20)) // 10
    for _ in range(20):
        board.files.ls("/flash").result(20)
        board.submit("Reading the device", read_facts).result(20)
    now = int(board.eval("count").result(20)) // 10
    board.watcher.until_text(f"tick {now * 10}")
    shown = [int(word) for word in re.findall(r"tick (\d+)\r\n", board.watcher.text)]
    assert shown == sorted(set(shown))
    assert len([tick for tick in shown if ticks * 10 < tick <= now * 10]) >= 0.9 * (now - ticks)


def test_what_a_timer_prints_during_a_transfer_is_shown(board):
    board.watcher.until_text("tick ")
    board.watcher.text = ""
    began = int(board.eval("count").result(20)) // 10
    board.files.put("/flash/a.bin", os.urandom(400_000)).result(60)
    board.files.get("/flash/a.bin").result(60)
    ended = int(board.eval("count").result(20)) // 10
    board.watcher.until_text(f"tick {ended * 10}")
    shown = {int(word) for word in re.findall(r"tick (\d+)\r\n", board.watcher.text)}
    assert len(shown & set(range(began * 10 + 10, ended * 10 + 10, 10))) >= 0.9 * (ended - began)
    assert "\x1e" not in board.watcher.text


@pytest.mark.parametrize("how", ["import machine; machine.reset()", "import sys; sys.exit()"])
def test_a_program_that_resets_the_board_ends_and_the_board_is_ready(board, how):
    with pytest.raises(BoardResetError):
        board.exec(f"print('going')\n{how}").result(20)
    board.watcher.until_state(State.PROMPT)
    assert board.eval("6 * 7").result(20) == "42"
    samples = board.traffic.samples
    if "machine" in how:  # its main.py runs again
        board.watcher.until(lambda: board.traffic.samples > samples + 20)
