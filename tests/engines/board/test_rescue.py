"""Rescue: a main.py that locks everyone out, a port that goes and comes back, a deadline, a cancel."""

from __future__ import annotations

import sys

import pytest
from board_doubles import ScriptedTransport

from engines.board.connection.port_errors import MISSING, PortError
from engines.board.connection.transport import Target, serial_target
from engines.board.errors import BoardError, CancelledError, DeadlineError, DisconnectedError
from engines.board.main_file import disable_main, restore_main
from engines.board.remedies import apply
from engines.board.status import Remedy, State

RAW = b"\r\nraw REPL; CTRL-B to exit\r\n>"
STUBBORN = """
count = 0
print("locked")
while count < 12:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        count += 1
"""


@pytest.fixture
def locked_board(board_folder, unix_board_of):
    (board_folder / "main.py").write_text(STUBBORN)
    return unix_board_of("-i", "main.py")


@pytest.mark.feature("rescue from a looping main.py")
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_main_that_swallows_ctrl_c_is_ended_and_put_away_and_back(session, locked_board, board_folder):
    session.connect(serial_target(locked_board.path))
    session.watcher.until(lambda: session.status.state in (State.SILENT, State.RUNNING))
    assert session.rescue().result(60) == "main.py"
    session.watcher.until_state(State.PROMPT)
    assert session.status.remedies == (Remedy.DISABLE_MAIN,)
    assert session.eval("count").result(10) == "12"  # there was no reset
    apply(session, Remedy.DISABLE_MAIN)
    session.watcher.until(lambda: session.status.remedies == (Remedy.RESTORE_MAIN,))
    assert not (board_folder / "main.py").exists()
    assert (board_folder / "main.py.off").read_text() == STUBBORN
    apply(session, Remedy.RESTORE_MAIN)
    session.watcher.until((board_folder / "main.py").exists)
    session.watcher.until(lambda: session.status.remedies == ())
    assert (board_folder / "main.py").read_text() == STUBBORN


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_putting_away_never_overwrites(session, unix_board, board_folder):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    with pytest.raises(BoardError, match=r"no main\.py"):
        disable_main(session).result(10)
    (board_folder / "main.py.off").write_text("old")
    (board_folder / "main.py").write_text("new")
    assert disable_main(session).result(10) == ("main.py", "main.py.off2")
    (board_folder / "main.py").write_text("newest")
    with pytest.raises(BoardError, match=r"another main\.py"):
        restore_main(session, "main.py.off2").result(10)
    (board_folder / "main.py").unlink()
    assert restore_main(session, "main.py.off2").result(10) == "main.py"
    assert (board_folder / "main.py").read_text() == "new"
    assert (board_folder / "main.py.off").read_text() == "old"


class Ports:
    """A port that can be unplugged and plugged in."""

    def __init__(self) -> None:
        self.transport: ScriptedTransport | None = None
        self.target = Target("/dev/x", "", self._open)

    def plug(self) -> ScriptedTransport:
        self.transport = ScriptedTransport()
        return self.transport

    def unplug(self) -> None:
        gone, self.transport = self.transport, None
        gone.vanish()

    def _open(self) -> ScriptedTransport:
        if self.transport is None:
            raise PortError("/dev/x", "there is no such port", "Plug it in.", cause=MISSING)
        return self.transport


@pytest.fixture
def ports(session):
    ports = Ports()
    ports.plug()
    session.connect(ports.target)
    session.watcher.until(lambda: session.status.state.connected)
    return ports


def answer_find_main(transport: ScriptedTransport, path: bytes) -> None:
    transport.until_sent(b"\x05A\x01")
    transport.arrive(b"R\x00")
    transport.until_sent(b"\x04")
    transport.arrive(b"OK\x1e%r\x1e\r\n\x04\x04>" % path.decode())
    transport.until_sent(b"\x02")
    transport.arrive(b"\r\nMicroPython\r\n>>> ")


def test_ctrl_c_goes_on_across_unplugging(session, ports, monkeypatch):
    monkeypatch.setattr("engines.board.rescue._PATIENCE", 0.0)
    operation = session.rescue()
    ports.transport.until_sent(b"\x03" * 3)
    session.watcher.until(lambda: "Unplug the board" in session.status.text)
    assert session.status.remedies == (Remedy.CANCEL,)
    ports.unplug()
    session.watcher.until(lambda: "The port is gone" in session.status.text)
    back = ports.plug()
    back.until_sent(b"\x03")
    back.arrive(b"\r\nTraceback\r\nKeyboardInterrupt: \r\nMicroPython v1\r\n>>> ")
    back.until_sent(b"\x01")
    back.arrive(RAW)
    answer_find_main(back, b"/flash/main.py")
    assert operation.result(10) == "/flash/main.py"
    assert b"\x04\x04" not in back.sent
    session.watcher.until(lambda: Remedy.DISABLE_MAIN in session.status.remedies)
    assert "/flash/main.py" in session.status.text


def test_a_board_that_is_not_there_is_waited_for(session, monkeypatch):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 30)
    ports = Ports()
    session.connect(ports.target)
    session.watcher.until_state(State.REFUSED)
    operation = session.rescue()
    session.watcher.until(lambda: "plug the board in" in session.status.text)
    transport = ports.plug()
    transport.until_sent(b"\x03")
    transport.arrive(RAW)
    answer_find_main(transport, b"")
    assert operation.result(10) == ""
    session.watcher.until(lambda: session.status.text.endswith("is ready."))


def test_a_rescue_can_be_cancelled(session, ports):
    operation = session.rescue()
    ports.transport.until_sent(b"\x03\x03")
    session.cancel()
    with pytest.raises(CancelledError):
        operation.result(10)
    ports.transport.arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


def test_a_rescue_ends_at_its_deadline_with_and_without_the_port(session, ports):
    with pytest.raises(DeadlineError):
        session.rescue(0.05).result(10)
    session.watcher.until(lambda: session.status.state is not State.BUSY)
    ports.unplug()
    session.watcher.until_state(State.LOST)
    with pytest.raises(DeadlineError, match="did not come"):
        session.rescue(0.05).result(10)


def test_disconnecting_ends_a_rescue(session, ports):
    operation = session.rescue()
    ports.transport.until_sent(b"\x03")
    session.disconnect()
    with pytest.raises(CancelledError):
        operation.result(10)
    session.watcher.until_state(State.DISCONNECTED)
    with pytest.raises(DisconnectedError):
        session.rescue().result(10)


def test_typing_takes_the_offer_away(session, ports):
    operation = session.rescue()
    ports.transport.until_sent(b"\x03")
    ports.transport.arrive(RAW)
    answer_find_main(ports.transport, b"main.py")
    operation.result(10)
    session.watcher.until(lambda: Remedy.DISABLE_MAIN in session.status.remedies)
    session.type(b"1")
    session.watcher.until(lambda: session.status.remedies == ())
