"""The session when things go wrong: silence, garbage, floods, a port that vanishes in any state."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc

import pytest
from board_doubles import ScriptedTransport

from engines.board.connection.port_errors import MISSING, PERMISSION, PortError
from engines.board.connection.transport import Target, serial_target
from engines.board.errors import BoardBusyError, BoardError, DisconnectedError, RemoteError
from engines.board.remedies import apply
from engines.board.status import Remedy, State
from engines.board.streams.frames import TRANSFER, encode

RAW = b"\r\nraw REPL; CTRL-B to exit\r\n>"


def test_connecting_to_a_silent_board_asks_once_and_interrupts_nothing(session):
    transport = ScriptedTransport()
    session.connect(Target("scripted", "", lambda: transport))
    session.watcher.until_state(State.SILENT)
    assert bytes(transport.sent) == b"\r\x02"
    assert Remedy.INTERRUPT in session.status.remedies
    session.interrupt()
    transport.until_sent(b"\x03")
    transport.arrive(b"Traceback...\r\nKeyboardInterrupt: \r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_connecting_to_a_printing_board_sends_nothing(session):
    transport = ScriptedTransport()
    session.connect(Target("scripted", "", lambda: transport))
    for number in range(30):
        transport.arrive(b"value %d so far\r\n" % number)
        session.watcher.until_text(f"value {number}")
        if session.status.state is State.RUNNING:
            break
        time.sleep(0.05)
    session.watcher.until_state(State.RUNNING)
    assert bytes(transport.sent) == b""


def test_a_program_that_ignores_ctrl_c_is_told_as_stuck(session, scripted, monkeypatch):
    monkeypatch.setattr("engines.board.attendant._INTERRUPT_PERIOD", 0.01)
    session.type(b"loop()\r")
    scripted.arrive(b"loop()\r\n")
    session.watcher.until_state(State.RUNNING)
    session.interrupt()
    session.watcher.until_state(State.STUCK)
    assert bytes(scripted.sent).count(b"\x03") == 8
    assert "reset button" in session.status.text
    assert Remedy.RESET not in session.status.remedies
    with pytest.raises(BoardError, match="does not react"):
        session.eval("1", interrupt=True).result(5)


def test_a_board_behind_a_bridge_is_reset_by_its_line(session, monkeypatch):
    monkeypatch.setattr("engines.board.attendant._INTERRUPT_PERIOD", 0.01)
    transport = ScriptedTransport(resets=True)
    session.connect(Target("scripted", "", lambda: transport))
    transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    session.type(b"loop()\r")
    transport.arrive(b"loop()\r\n")
    session.watcher.until_state(State.RUNNING)
    session.interrupt()
    session.watcher.until_state(State.STUCK)
    assert Remedy.RESET in session.status.remedies
    apply(session, Remedy.RESET)
    session.watcher.until(lambda: transport.pulses == 1)
    transport.arrive(b"\r\nMicroPython v1.99 on model\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_a_reset_that_the_board_has_not_is_told(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    with pytest.raises(BoardError, match=r"cannot reset itself .*reset button"):
        session.reset(hard=True).result(20)
    assert session.eval("6 * 7").result(20) == "42"


def test_a_fault_of_our_own_ends_the_connection_and_not_the_board(session, scripted, monkeypatch):
    faults = []
    monkeypatch.setattr(threading, "excepthook", lambda found: faults.append(found.exc_type))

    def fail(payload: bytes) -> bytes:
        raise ZeroDivisionError

    session.services[5] = fail
    scripted.arrive(encode(5, b"x"))
    session.watcher.until_state(State.ENDED)
    assert faults == [ZeroDivisionError]
    assert "inside Dirigent" in session.status.text
    with pytest.raises(DisconnectedError):
        session.eval("1").result(5)
    again = ScriptedTransport()
    session.connect(Target("again", "", lambda: again))
    again.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_a_program_that_prints_what_looks_like_the_raw_repl_is_left_alone(session, scripted):
    session.type(b"go()\r")
    scripted.until_sent(b"go()\r")
    scripted.arrive(b"go()\r\n\x10binary\x04>")
    session.watcher.until_text("binary")
    scripted.arrive(b"raw REPL; CTRL-B to exit\r\n>")
    session.watcher.until_text("CTRL-B")
    scripted.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    assert bytes(scripted.sent) == b""


def test_a_prompt_that_the_user_renames_is_known(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    session.type(b"import sys; sys.ps1 = 'pyb> '\r")
    session.watcher.until_text("pyb> ")
    session.watcher.until_state(State.PROMPT)
    session.type(b"print(6 * 7)\r")
    session.watcher.until_text("42")
    session.watcher.until_state(State.PROMPT)
    assert session.eval("1").result(10) == "1"


def test_a_raw_repl_that_a_killed_tool_left_is_left(session):
    transport = ScriptedTransport()
    session.connect(Target("scripted", "", lambda: transport))
    transport.until_sent(b"\r")
    transport.until_sent(b"\x02")  # a raw REPL does not answer to Enter
    transport.arrive(b"\r\nMicroPython v1.99\r\n>>> ")
    session.watcher.until_state(State.PROMPT)
    assert bytes(transport.sent) == b""


def test_a_stray_raw_repl_is_left(session, scripted):
    scripted.arrive(RAW)
    scripted.until_sent(b"\x02")


def test_a_transfer_that_an_earlier_connection_was_cut_out_of_is_ended(session):
    """Its program is ours, so ending it is no interruption of anything of the user's."""
    transport = ScriptedTransport()
    session.connect(Target("scripted", "", lambda: transport))
    transport.arrive(encode(TRANSFER, b"W" + bytes(6)))
    transport.arrive(encode(TRANSFER, b"W" + bytes(6)))
    transport.until_sent(b"QQQ")
    transport.arrive(b"\x04Traceback...\r\nOSError: called off\r\n\x04>")
    transport.until_sent(b"\x02")
    assert b"\x03" not in transport.sent
    transport.arrive(b"\r\nMicroPython\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_the_end_of_a_transfer_and_other_frames_interrupt_nothing(session, scripted):
    scripted.arrive(encode(TRANSFER, b"E" + bytes(6)) + encode(TRANSFER, b"W" + bytes(6)) + b"1\r\n>>> ")
    session.watcher.until_text("1")
    assert b"\x03" not in scripted.sent


def test_a_prompt_that_was_none_is_not_interrupted(session, scripted, monkeypatch):
    """The board was reset by its button and runs main.py: the last thing seen was a prompt."""
    with pytest.raises(BoardBusyError):
        session.eval("1").result(10)
    assert b"\x03" not in scripted.sent
    session.watcher.until_state(State.RUNNING)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([], "entering the raw REPL"),
        ([(b"\x01", RAW)], "asking for raw-paste"),
        ([(b"\x01", RAW), (b"\x05A\x01", b"R\x01")], "before the window"),
        ([(b"\x01", RAW), (b"\x05A\x01", b"R\x01\x80\x00\x01")], "pasting"),
        ([(b"\x01", RAW), (b"\x05A\x01", b"R\x01\x80\x00\x01"), (b"\x04", b"\x04")], "running"),
        ([(b"\x01", RAW), (b"\x05A\x01", b"R\x01\x80\x00\x01"), (b"\x04", b"\x04out\x04")], "in the error"),
    ],
)
def test_a_port_that_vanishes_in_each_state(session, scripted, answers, state):
    operation = session.eval("1")
    for sent, answer in answers:
        scripted.until_sent(sent)
        scripted.arrive(answer)
    if state == "entering the raw REPL":
        scripted.until_sent(b"\x01")
    scripted.vanish()
    with pytest.raises(DisconnectedError, match="went away"):
        operation.result(5)
    session.watcher.until(lambda: scripted.closed)


def test_what_was_done_stays_done_when_the_port_vanishes_after_it(session, scripted):
    operation = session.eval("1")
    answers = [
        (b"\x01", RAW),
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"\x04", b"\x04\x1e'1'\x1e\r\n\x04\x04>"),
    ]
    for sent, answer in answers:
        scripted.until_sent(sent)
        scripted.arrive(answer)
    assert operation.result(5) == "1"
    scripted.until_sent(b"\x02")  # on its way back to the prompt
    scripted.vanish()
    session.watcher.until(lambda: State.LOST in session.watcher.states)


def test_a_process_that_ended_offers_a_restart(session):
    opened = []

    def start():
        opened.append(ScriptedTransport(starts_board=True))
        return opened[-1]

    session.connect(Target("virtual", "", start, returns=False))
    session.watcher.until(lambda: opened)
    opened[0].arrive(b">>> ")
    session.watcher.until_state(State.PROMPT)
    opened[0].vanish()
    session.watcher.until_state(State.ENDED)
    assert session.status.remedies == (Remedy.RESTART,)
    session.restart()
    session.watcher.until(lambda: len(opened) == 2 and session.status.state.connected)


def test_refused_ports_say_why_and_wait(session):
    attempts = []

    def refuse():
        attempts.append(1)
        raise PortError("/dev/x", "you may not use this port", "Ask.", cause=PERMISSION)

    session.connect(Target("/dev/x", "", refuse))
    session.watcher.until_state(State.REFUSED)
    assert "Ask." in session.status.text
    assert session.status.remedies == (Remedy.RETRY,)
    session.restart()
    session.watcher.until(lambda: len(attempts) == 2)


def test_a_port_that_is_not_there_yet_is_connected_when_it_comes(session, monkeypatch):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    attempts = []

    def open_late():
        attempts.append(1)
        if len(attempts) < 4:
            raise PortError("/dev/x", "there is no such port", "Plug it in.", cause=MISSING)
        return ScriptedTransport()

    session.connect(Target("/dev/x", "", open_late))
    session.watcher.until(lambda: session.status.state.connected)
    assert session.watcher.states.count(State.REFUSED) == 1


def test_without_a_board_operations_fail_at_once(session):
    with pytest.raises(DisconnectedError, match="No board is connected"):
        session.eval("1").result(1)


def test_queued_operations_fail_when_the_board_goes(session, scripted):
    operations = [session.eval("1") for _ in range(3)]
    scripted.vanish()
    for operation in operations:
        with pytest.raises(DisconnectedError):
            operation.result(5)


def test_closing_ends_everything_at_once(session, scripted):
    operation = session.exec("while True: pass")
    scripted.until_sent(b"\x01")
    scripted.arrive(RAW)
    scripted.until_sent(b"\x05A\x01")
    start = time.monotonic()
    scripted.vanish()
    session.close()
    assert time.monotonic() - start < 10
    assert operation.done()
    assert not session._thread.is_alive()


def test_a_flood_of_garbage_is_bounded_and_frames_still_arrive(session, scripted, store):
    """16 MB of random bytes with frames in between: nothing blocks, memory stays, every frame counts."""
    session.type(b"flood()\r")
    garbage = os.urandom(1 << 16).replace(b"\xfe", b"\xff").replace(b"\x01", b"\x00")
    frames = 0
    tracemalloc.start()
    for number in range(256):
        header = b"s:a:h"
        payload = bytes([len(header)]) + header + number.to_bytes(2, "little") + bytes(8) + b"\x05\x00"
        scripted.arrive(garbage + encode(1, payload))
        frames += 1
    before = tracemalloc.get_traced_memory()[0]
    session.watcher.until(lambda: session.traffic.samples == frames, timeout=120)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 24_000_000
    assert store.reader("s").total == frames
    assert session.traffic.lost == 0
    assert session.traffic.text + session.traffic.frames * len(encode(1, payload)) >= 256 << 16


def test_output_is_told_at_most_thirty_times_a_second(session, scripted):
    times = []
    session.output.connect(lambda text: times.append(time.monotonic()))
    start = time.monotonic()
    number = 0
    while time.monotonic() - start < 0.5:
        scripted.arrive(b"%d " % number)
        number += 1
        time.sleep(0.001)
    session.watcher.until_text(f"{number - 1} ")
    assert len(times) <= 30 * (times[-1] - start) + 2


def test_an_interrupt_before_the_program_runs_waits_for_it(session, scripted):
    """Sent at once, Ctrl-C would be taken for a part of the program's transfer."""
    operation = session.exec("work()")
    scripted.until_sent(b"\x01")
    scripted.arrive(b"raw REPL; CTRL-B to exit\r\n>")
    scripted.until_sent(b"\x05A\x01")
    session.interrupt()
    scripted.arrive(b"R\x00")
    scripted.until_sent(b"work()\x04")
    assert b"\x03" not in scripted.sent
    scripted.arrive(b"OK")
    scripted.until_sent(b"\x03")
    scripted.arrive(b"\x04KeyboardInterrupt: \r\n\x04>")
    scripted.until_sent(b"\x02")
    scripted.arrive(b"\r\n>>> ")
    with pytest.raises(RemoteError, match="KeyboardInterrupt"):
        operation.result(5)


def test_a_program_that_swallows_one_ctrl_c_gets_another(session, scripted):
    operation = session.exec("work()")
    scripted.until_sent(b"\x01")
    scripted.arrive(b"raw REPL; CTRL-B to exit\r\n>")
    scripted.until_sent(b"\x05A\x01")
    scripted.arrive(b"R\x00")
    scripted.until_sent(b"work()\x04")
    scripted.arrive(b"OK")
    session.interrupt()
    scripted.until_sent(b"\x03")
    scripted.until_sent(b"\x03")
    scripted.arrive(b"done\r\n\x04\x04>")
    scripted.until_sent(b"\x02")
    scripted.arrive(b"\r\n>>> ")
    assert operation.result(5) == "done\n"


def test_an_interrupt_finds_a_program_that_is_still_queued(session, scripted):
    """As when a cell is interrupted right after it was started."""
    first = session.submit("Looking", lambda bench: bench.exec("look()"))
    program = session.exec("loop()")
    session.interrupt()
    answers = [(b"\x01", RAW), (b"\x05A\x01", b"R\x00"), (b"look()\x04", b"OK\x04\x04>")]
    for sent, answer in [*answers, (b"loop()\x04", b"OK")]:
        scripted.until_sent(sent)
        scripted.arrive(answer)
    assert first.result(5) == ""
    scripted.until_sent(b"\x03")
    scripted.arrive(b"\x04KeyboardInterrupt: \r\n\x04>")
    with pytest.raises(RemoteError, match="KeyboardInterrupt"):
        program.result(5)
    scripted.until_sent(b"\x02")
    scripted.arrive(b"\r\n>>> ")
