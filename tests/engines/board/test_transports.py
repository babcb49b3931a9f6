"""Serial ports and child processes as byte streams, and what their errors say."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time

import pytest

from engines.board.connection import port_errors
from engines.board.connection.port_errors import BUSY, MISSING, PERMISSION, PortError, explain
from engines.board.connection.ports import identify, list_ports
from engines.board.connection.transport import ProcessTransport, SerialTransport

ECHO = [
    sys.executable,
    "-u",
    "-c",
    "import os\nwhile data := os.read(0, 65536):\n    while data: data = data[os.write(1, data):]",
]


def read_all(transport, count, timeout=10.0):
    data, deadline = b"", time.monotonic() + timeout
    while len(data) < count and time.monotonic() < deadline:
        data += transport.read(0.1)
    return data


@pytest.fixture
def echo():
    transport = ProcessTransport("echo", ECHO)
    yield transport
    transport.close()


def test_a_process_gives_back_what_was_sent(echo):
    assert echo.write(b"hello\x00\xff") == 7
    assert read_all(echo, 7) == b"hello\x00\xff"
    assert echo.read(0) == b""


def test_more_than_a_pipe_holds_goes_through_without_blocking(echo):
    data = os.urandom(2_000_000)
    got, sent = b"", 0
    deadline = time.monotonic() + 20
    while len(got) < len(data) and time.monotonic() < deadline:
        sent += echo.write(data[sent : sent + 65536])
        got += echo.read(0.001)
    assert got == data


def test_wake_ends_a_read(echo):
    timer = threading.Timer(0.05, echo.wake)
    timer.start()
    start = time.monotonic()
    assert echo.read(10) == b""
    assert time.monotonic() - start < 5
    timer.join()


def test_a_killed_process_is_told_with_its_exit_code(echo):
    os.kill(echo.pid, 9)
    with pytest.raises(PortError, match="ended \\(exit code") as error:
        read_all(echo, 1)
    assert error.value.gone
    with pytest.raises(PortError):
        echo.read(0)


def test_what_a_process_said_last_is_told():
    transport = ProcessTransport("board", [sys.executable, "-c", "import sys; sys.exit('no firmware')"])
    try:
        with pytest.raises(PortError, match=r"exit code 1\): no firmware"):
            read_all(transport, 1)
    finally:
        transport.close()


def test_closing_ends_a_process_that_floods():
    code = "import os\nwhile True: os.write(1, b'x' * 65536)"
    transport = ProcessTransport("flood", [sys.executable, "-c", code])
    assert read_all(transport, 1)
    time.sleep(0.05)
    transport.close()
    with pytest.raises(ProcessLookupError):
        os.kill(transport.pid, 0)


def test_a_program_that_is_not_there():
    with pytest.raises(PortError, match="cannot be started"):
        ProcessTransport("board", ["/nowhere/micropython"])


pty_only = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def line():
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    ends = {"master": master, "path": os.ttyname(slave), "slave": slave}
    yield ends
    for end in (ends["master"], ends["slave"]):
        if end is not None:
            os.close(end)


@pty_only
def test_a_serial_port_both_ways(line):
    port = SerialTransport(line["path"])
    assert port.write(b"abc") == 3
    assert os.read(line["master"], 10) == b"abc"
    os.write(line["master"], b"def")
    assert read_all(port, 3) == b"def"
    assert port.read(0.01) == b""
    timer = threading.Timer(0.05, port.wake)
    timer.start()
    assert port.read(10) == b""
    timer.join()
    port.close()


@pty_only
def test_what_has_gathered_comes_with_few_reads_and_in_order(line):
    """A terminal device gives 4 kB at a time; a round of the session for each would be too slow."""
    port = SerialTransport(line["path"])
    os.set_blocking(line["master"], False)
    data = b""
    with contextlib.suppress(BlockingIOError):  # so much it takes without a reader
        while len(data) < 1 << 16:
            piece = os.urandom(1000)
            data += piece[: os.write(line["master"], piece)]
    reads = []
    while sum(map(len, reads)) < len(data):
        reads.append(port.read(10))
    assert b"".join(reads) == data
    assert max(map(len, reads)) > 4096
    port.close()


@pty_only
def test_a_serial_port_that_takes_nothing_does_not_block(line):
    port = SerialTransport(line["path"])
    start = time.monotonic()
    taken = sum(port.write(b"x" * 4096) for _ in range(100))
    assert taken < 100 * 4096
    assert time.monotonic() - start < 8
    port.close()


@pty_only
def test_an_unplugged_port_says_so(line):
    port = SerialTransport(line["path"])
    os.close(line["slave"])
    os.close(line["master"])
    line["master"] = line["slave"] = None
    with pytest.raises(PortError, match="went away") as error:
        read_all(port, 1, timeout=2)
    assert error.value.gone
    port.close()


@pty_only
def test_a_port_is_for_one_program(line):
    port = SerialTransport(line["path"])
    with pytest.raises(PortError, match=r"another program uses it|in use by") as error:
        SerialTransport(line["path"])
    assert error.value.cause == BUSY
    port.close()


@pty_only
def test_a_port_that_is_not_there():
    with pytest.raises(PortError, match="there is no such port") as error:
        SerialTransport("/dev/ttyNOTHING")
    assert error.value.cause == MISSING


def test_permission_names_the_group_and_the_command(monkeypatch):
    monkeypatch.setattr(port_errors, "group_of", lambda port: "dialout")
    error = explain("/dev/ttyACM0", OSError(errno.EACCES, "Permission denied"))
    assert error.cause == PERMISSION
    assert "group dialout" in error.problem
    assert "usermod -a -G dialout" in error.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="udev is Linux's")
@pytest.mark.parametrize("group", ["", "root"])
def test_where_no_group_helps_the_udev_rules_do(monkeypatch, group):
    monkeypatch.setattr(port_errors, "group_of", lambda port: group)
    error = explain("/dev/ttyACM0", OSError(errno.EACCES, "Permission denied"))
    assert "udevadm control --reload" in error.command
    assert error.command in error.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a port")
def test_busy_names_the_program(tmp_path):
    import subprocess

    held = tmp_path / "ttyX"
    held.touch()
    child = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(held)!r}); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.stdout.readline()
    error = explain(str(held), OSError(errno.EBUSY, "busy"))
    child.communicate(b"\n")
    assert f"({child.pid})" in error.problem


@pytest.mark.parametrize(
    ("ids", "rank", "text"),
    [
        ((0xF055, 0x9800), 0, "pyboard"),
        ((0x2E8A, 0x0005), 0, "Pico"),
        ((0x10C4, 0xEA60), 1, "CP210x"),
        ((0x1234, 0x5678), 3, "1234:5678"),
        ((None, None), 4, "serial port"),
    ],
)
def test_ports_are_identified(ids, rank, text):
    found = identify(*ids)
    assert found[0] == rank
    assert text in found[1]


def test_ports_are_listed_likeliest_first():
    ports = list_ports()
    assert ports == sorted(ports)
