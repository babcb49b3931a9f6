"""Transfers with the virtual pyboard, while timers sample and print."""

from __future__ import annotations

import os
import sys

import pytest

from engines.board.connection.transport import process_target
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

    program = transfer.put_program("/flash/x.part", 1, 0, 1000, 1000)

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
