"""Boards over the network: plain TCP and WebREPL, on loopback, with real MicroPython behind."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time

import pytest
from network_doubles import TcpBoard, WebReplBoard

from engines.board.connection.port_errors import PASSWORD, UNREACHABLE, WRONG_PASSWORD, PortError
from engines.board.connection.socket_transport import Attempt, SocketTransport
from engines.board.connection.targets import at_speed, has_speed, is_network, target_of
from engines.board.status import Remedy, State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
PASSWORD_TEXT = "geheim-ß"


@pytest.fixture
def tcp_board(unix_board):
    board = TcpBoard(unix_board.path)
    yield board
    board.close()


@pytest.fixture
def webrepl(unix_board):
    board = WebReplBoard(unix_board.path, PASSWORD_TEXT)
    yield board
    board.close()


@pytest.fixture
def silent_server():
    """Takes connections and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def pair():
    """A transport and the socket at its other end."""
    near, far = socket.socketpair()
    near.setblocking(False)
    transport = SocketTransport("tcp://test", near)
    yield transport, far
    transport.close()
    far.close()


@pytest.mark.feature("socket")
def test_a_board_behind_tcp_is_a_board_like_any_other(session, tcp_board):
    session.connect(target_of(f"tcp://127.0.0.1:{tcp_board.port}"))
    session.watcher.until_state(State.PROMPT)
    assert session.eval("6 * 7").result(10) == "42"
    data = os.urandom(20_000)
    session.files.put("data.bin", data).result(30)
    assert session.files.get("data.bin").result(30) == data
    assert tcp_board.connections == 1


def test_a_tcp_connection_that_is_closed_is_made_anew(session, tcp_board, monkeypatch):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    session.connect(target_of(f"socket://127.0.0.1:{tcp_board.port}"))
    session.watcher.until_state(State.PROMPT)
    tcp_board.hang_up()
    session.watcher.until(lambda: tcp_board.connections == 2)
    session.watcher.until_state(State.PROMPT)
    assert State.LOST in session.watcher.states
    assert session.eval("1 + 1").result(10) == "2"


def test_refused_says_so_with_the_address(session):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    session.connect(target_of(f"tcp://127.0.0.1:{port}"))
    session.watcher.until_state(State.REFUSED)
    assert f"nothing listens at its port {port}" in session.status.text
    assert session.status.remedies == (Remedy.RETRY,)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no computer or board of the name there is known"),
        (OSError(101, "Network is unreachable"), "there is no way to there"),
        (OSError(113, "No route to host"), "there is no way to there"),
        (TimeoutError(), "there does not answer"),
        (OSError(22, "Invalid argument"), "Invalid argument"),
    ],
)
def test_why_there_is_no_connection(monkeypatch, error, problem):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(PortError, match=problem) as raised:
        target_of("tcp://there:99").open()
    assert raised.value.cause == UNREACHABLE
    assert raised.value.remedy


class _Unanswered(socket.socket):
    """Connecting to nowhere: neither refused nor accepted."""

    def connect(self, place):
        raise BlockingIOError


def test_no_answer_within_the_deadline(monkeypatch):
    monkeypatch.setattr(socket, "socket", _Unanswered)
    monkeypatch.setattr("engines.board.connection.socket_transport._STEP", 0.01)
    monkeypatch.setattr("selectors.EpollSelector.select", lambda self, timeout: [])
    with pytest.raises(PortError, match="does not answer"):
        Attempt().connect("tcp://nowhere:1", "127.0.0.1", 1, seconds=0.05)


def test_disconnecting_while_connecting_ends_the_attempt_at_once(session, silent_server):
    session.connect(target_of(f"ws://127.0.0.1:{silent_server}", password="x"))
    session.watcher.until_state(State.CONNECTING)
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    session.watcher.until(lambda: not any(t.name.startswith("open-ws") for t in threading.enumerate()))


def test_an_attempt_that_succeeds_too_late_is_closed(session):
    from board_doubles import ScriptedTransport

    from engines.board.connection.transport import Target

    go_on, transport = threading.Event(), ScriptedTransport()

    def open_slowly():
        go_on.wait(10)
        return transport

    session.connect(Target("slow", "", open_slowly))
    session.watcher.until_state(State.CONNECTING)
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    go_on.set()
    session.watcher.until(lambda: transport.closed)


def test_what_a_driver_raises_does_not_end_the_session(session, scripted):
    from engines.board.connection.transport import Target

    session.connect(Target("odd", "", lambda: 1 / 0))
    session.watcher.until_state(State.REFUSED)
    assert "division by zero" in session.status.text


def test_a_sleeping_read_is_woken(pair):
    transport, far = pair
    timer = threading.Timer(0.05, transport.wake)
    start = time.monotonic()
    timer.start()
    assert transport.read(20) == b""
    assert time.monotonic() - start < 10
    timer.join()
    far.send(b"abc")
    assert transport.read(10) == b"abc"


def test_a_full_network_does_not_block(pair):
    transport, far = pair
    data = os.urandom(4_000_000)
    sent, got = 0, b""
    far.setblocking(False)
    while transport.write(data[sent : sent + 65536]):
        sent += 65536
    while len(got) < len(data):
        try:
            got += far.recv(1 << 20)
        except BlockingIOError:
            transport.read(0)  # sends what waits
            taken = transport.write(data[sent : sent + 65536]) if sent < len(data) else 0
            sent += taken
    assert got == data


def test_the_other_side_closes(pair):
    transport, far = pair
    far.send(b"last words")
    far.close()
    assert transport.read(5) == b"last words"
    with pytest.raises(PortError, match="closed the connection") as error:
        transport.read(5)
    assert error.value.gone


@pytest.mark.feature("WebREPL")
def test_webrepl_with_its_password(session, webrepl):
    session.connect(target_of(f"ws://127.0.0.1:{webrepl.port}", password=PASSWORD_TEXT))
    session.watcher.until_state(State.PROMPT)
    assert session.eval("6 * 7").result(10) == "42"
    data = bytes(range(256)) * 40
    session.files.put("data.bin", data).result(60)
    assert session.files.get("data.bin").result(60) == data
    webrepl.ping()
    session.type(b"print(chr(252) * 3)\r")
    session.watcher.until_text("üüü")
    assert PASSWORD_TEXT not in session.watcher.text


def test_webrepl_without_and_with_a_wrong_password(session, webrepl):
    target = target_of(f"ws://127.0.0.1:{webrepl.port}")
    with pytest.raises(PortError) as error:
        target.open()
    assert error.value.cause == PASSWORD
    session.connect(target_of(target.address, password="wrong"))
    session.watcher.until_state(State.REFUSED)
    assert "the password is wrong" in session.status.text
    assert session.status.remedies == (Remedy.PASSWORD,)
    session.connect(target_of(target.address, password=PASSWORD_TEXT))
    session.watcher.until_state(State.PROMPT)


def test_webrepl_connects_again_with_the_same_password(session, webrepl, monkeypatch):
    monkeypatch.setattr("engines.board.session._RETRY_PERIOD", 0.01)
    session.connect(target_of(f"ws://127.0.0.1:{webrepl.port}", password=PASSWORD_TEXT))
    session.watcher.until_state(State.PROMPT)
    webrepl.hang_up()
    session.watcher.until(lambda: State.LOST in session.watcher.states)
    session.watcher.until_state(State.PROMPT)


def test_what_is_no_webrepl_is_said(session, tcp_board):
    session.connect(target_of(f"ws://127.0.0.1:{tcp_board.port}", password="x"))
    session.watcher.until(lambda: session.status.state is State.REFUSED, timeout=30)
    assert "does not answer as a WebREPL does" in session.status.text


def test_wrong_password_is_a_cause_of_its_own(webrepl):
    with pytest.raises(PortError) as error:
        target_of(f"ws://127.0.0.1:{webrepl.port}", password="no").open()
    assert error.value.cause == WRONG_PASSWORD


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("tcp://pico.local:23", "tcp://pico.local:23"),
        ("socket://10.0.0.7:4000", "tcp://10.0.0.7:4000"),
        ("tcp://[::1]:23", "tcp://[::1]:23"),
        ("ws://192.168.4.1", "ws://192.168.4.1:8266"),
        ("webrepl://esp:99/", "ws://esp:99"),
        (" /dev/ttyACM0 ", "/dev/ttyACM0"),
        ("rfc2217://host:2217", "rfc2217://host:2217"),
    ],
)
def test_addresses(address, name):
    assert target_of(address).name == name


@pytest.mark.parametrize("address", ["", "tcp://host", "tcp://:23", "ws://", "tcp://host:seven"])
def test_what_is_no_address_says_how_to_write_one(address):
    with pytest.raises(PortError, match=r"Write it as|Give a port"):
        target_of(address)


def test_the_speed_of_a_serial_port_is_a_part_of_its_address():
    target = target_of("COM3@9600")
    assert (target.name, target.address) == ("COM3", "COM3@9600")
    assert at_speed(target, 115200).address == "COM3"
    assert at_speed(target, 57600).address == "COM3@57600"
    assert has_speed(target)
    assert not has_speed(target_of("tcp://a:1"))
    assert is_network("ws://a") and not is_network("COM3")
