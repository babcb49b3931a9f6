"""A port that disappears in each state of each operation: it fails as disconnected, nothing hangs, and the
session is connected again as soon as the port is back."""

from __future__ import annotations

import re
import sys

import pytest
from board_doubles import ScriptedTransport
from board_model import ModelBoard

from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import SerialTransport, Target
from engines.board.errors import BoardError, DisconnectedError
from engines.board.status import State

OPERATIONS = {
    "exec": lambda session: session.exec("for i in range(40): print(i)"),
    "eval": lambda session: session.eval("list(range(100))"),
    "ls": lambda session: session.files.ls("/"),
    "put": lambda session: session.files.put("x.bin", bytes(range(256)) * 8),
    "get": lambda session: session.files.get("there.bin"),
    "reset": lambda session: session.reset(),
}
STATES = {
    "at the prompt": lambda sent: len(sent) > 0,
    "entering the raw REPL": lambda sent: b"\x01" in sent,
    "asking for raw-paste": lambda sent: b"\x05A" in sent,
    "pasting": lambda sent: len(sent.partition(b"\x05A\x01")[2]) > 5,
    "executing": lambda sent: b"\x04" in sent,
    "leaving": lambda sent: b"\x02" in sent,
}
NEVER_PASTED = {"reset"}
"""A soft reset is one ^D: there is no program to be pasted."""


class Mortal(ModelBoard):
    """A board whose port goes away in a certain state."""

    def __init__(self, dies) -> None:
        super().__init__()
        self._dies = dies
        self._sent = bytearray()

    def write(self, data: bytes) -> int:
        for at, byte in enumerate(data):
            self._sent.append(byte)
            if self._dies(bytes(self._sent)):
                self._out.put(PortError(self.name, "the port went away", "Plug it in.", gone=True))
                return len(data)
            super().write(data[at : at + 1])
        return len(data)


def connect(session, transports):
    waiting = list(transports)

    def open_port():
        transport = waiting.pop(0)
        transport.print(b"\r\n>>> ")
        return transport

    session.connect(Target("model", "", open_port))
    session.watcher.until_state(State.PROMPT)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_in_every_state(session, monkeypatch, name, state):
    if state == "leaving" and name in ("ls", "put", "get"):
        pytest.skip("the model has no board's files; see the test with real MicroPython")
    if name in NEVER_PASTED and state in ("asking for raw-paste", "pasting"):
        pytest.skip("a reset pastes nothing")
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    connect(session, [Mortal(STATES[state]), ModelBoard()])
    operation = OPERATIONS[name](session)
    if state == "leaving" or (name == "reset" and state == "executing"):
        # What was asked for has been done; the loss shows on its own.
        session.watcher.until(lambda: State.LOST in session.watcher.states)
    else:
        with pytest.raises(DisconnectedError, match="went away"):
            operation.result(20)
    session.watcher.until_state(State.PROMPT)
    assert session.eval("6 * 7").result(20) == "42"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (b"", State.LISTENING),
        (b"\r\n>>> ", State.PROMPT),
        (b"\r\n>>> if x:\r\n... ", State.ENTRY),
        (b"\r\n>>> ", State.RUNNING),
        (b"\xb1" * 40, State.FOREIGN),
    ],
)
def test_a_port_that_vanishes_while_nothing_is_asked(session, monkeypatch, said, state):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    transports = [ScriptedTransport(), ScriptedTransport()]
    waiting = list(transports)
    session.connect(Target("scripted", "", lambda: waiting.pop(0)))
    session.watcher.until(lambda: session.status.state.connected)
    transports[0].arrive(said)
    if state is State.RUNNING:
        session.watcher.until_state(State.PROMPT)
        session.type(b"work()\r")
        transports[0].arrive(b"work()\r\n")
    session.watcher.until_state(state)
    transports[0].vanish()
    session.watcher.until(lambda: State.LOST in session.watcher.states)
    transports[1].arrive(b"\r\n>>> ")
    session.watcher.until_state(State.PROMPT)


class CutOff:
    """A real port that goes away after so many bytes both ways."""

    starts_board = False
    paced = has_reset_line = False

    def __init__(self, path: str, bytes_left: int | None) -> None:
        self._port = SerialTransport(path)
        self.name = path
        self.passed = 0
        self._left = bytes_left

    def _pass(self, count: int) -> None:
        self.passed += count
        if self._left is not None and self.passed > self._left:
            raise PortError(self.name, "the port went away", "Plug it in.", gone=True)

    def read(self, timeout: float) -> bytes:
        data = self._port.read(timeout)
        self._pass(len(data))
        return data

    def write(self, data: bytes) -> int:
        count = self._port.write(data)
        self._pass(count)
        return count

    def wake(self) -> None:
        self._port.wake()

    def stale(self) -> bool:
        return False

    def close(self) -> None:
        self._port.close()


def _answer(session) -> str:
    """A board in the middle of a block waits for the rest of it, until Ctrl-C."""
    for _ in range(40):
        try:
            return session.eval("6 * 7", interrupt=True).result(30)
        except BoardError as error:
            assert "Ctrl-C" in str(error)
    raise AssertionError("the board does not come back")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "reset"])
def test_cut_off_at_any_byte_with_real_micropython(session, unix_board, board_folder, monkeypatch, name):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    monkeypatch.setattr("engines.board.attendant._INTERRUPT_PERIOD", 0.1)
    (board_folder / "there.bin").write_bytes(bytes(range(256)) * 8)
    opened: list[CutOff] = []
    lives: list[int] = []

    def open_port():
        opened.append(CutOff(unix_board.path, lives.pop() if lives else None))
        return opened[-1]

    session.connect(Target(unix_board.path, "", open_port))
    session.watcher.until_state(State.PROMPT)
    before = opened[-1].passed
    OPERATIONS[name](session).result(30)
    needed = opened[-1].passed - before
    for share in (0.2, 0.8):
        opened[-1]._left = opened[-1].passed + int(needed * share)
        count = len(opened)
        with pytest.raises(DisconnectedError):
            OPERATIONS[name](session).result(30)
        session.watcher.until(lambda count=count: len(opened) > count and session.status.state.connected)
        assert _answer(session) == "42"
    if name == "put":
        assert (board_folder / "x.bin").read_bytes() == bytes(range(256)) * 8


class Deafened(CutOff):
    """A real port that goes away with the first answer that looks so."""

    def __init__(self, path: str, last_words: bytes) -> None:
        super().__init__(path, None)
        self._last_words = last_words

    def read(self, timeout: float) -> bytes:
        data = super().read(timeout)
        if re.search(self._last_words, data):
            raise PortError(self.name, "the port went away", "Plug it in.", gone=True)
        return data


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    "last_words",
    [rb"R\x01", rb"\A\x01", rb"\x04", rb"raw REPL"],
    ids=["asked", "granted", "ended", "entered"],
)
def test_a_board_whose_answer_was_lost_comes_back_by_itself(session, unix_board, monkeypatch, last_words):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    opened = [Deafened(unix_board.path, last_words)]
    session.connect(
        Target(unix_board.path, "", lambda: opened.pop() if opened else CutOff(unix_board.path, None))
    )
    session.watcher.until_state(State.PROMPT)
    with pytest.raises(DisconnectedError):
        session.exec(f"x = {'1 + ' * 300}1").result(30)
    session.watcher.until(lambda: State.LOST in session.watcher.states)
    session.watcher.until_state(State.PROMPT)
    assert session.eval("6 * 7").result(20) == "42"
