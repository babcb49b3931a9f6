"""The board on a port of its own: mpremote talks to it, programs come and go, signals end it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engines.board.virtual.console import Console
from engines.board.virtual.links import TcpLink, connect

ROOT = Path(__file__).resolve().parents[4]
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def port(tmp_path):
    """A served board: its process, its port's name and its flash folder."""
    flash = tmp_path / "flash"
    flash.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "engines.board.virtual", "--flash", str(flash), "--pty"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    name = process.stdout.readline().decode().strip()
    yield process, name, flash
    process.terminate()
    process.communicate(timeout=10)


def mpremote(port_name: str, *arguments: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).parent / "mpremote", "connect", port_name, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.feature("virtual board")
@posix
def test_mpremote_executes_and_evaluates(port):
    _, name, _ = port
    assert mpremote(name, "exec", "print(1)") == "1\n"
    assert mpremote(name, "eval", "6*7") == "42\n"
    assert mpremote(name, "resume", "exec", "x = 5") == ""
    assert mpremote(name, "resume", "exec", "print(x)") == "5\n"
    assert mpremote(name, "soft-reset", "eval", "'x' in globals()") == "False\n"


@posix
def test_mpremote_copies_files_both_ways(port, tmp_path):
    _, name, flash = port
    data = os.urandom(20_000)
    source, back = tmp_path / "data.bin", tmp_path / "back.bin"
    source.write_bytes(data)
    mpremote(name, "fs", "cp", str(source), ":data.bin")
    assert (flash / "data.bin").read_bytes() == data
    mpremote(name, "fs", "cp", ":data.bin", str(back))
    assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(data).digest()
    assert "20000 data.bin" in mpremote(name, "fs", "ls")
    mpremote(name, "fs", "mkdir", ":lib", "+", "fs", "rm", ":data.bin")
    assert sorted(entry.name for entry in flash.iterdir()) == ["lib"]


@posix
def test_mpremote_mounts_a_folder_and_runs_a_file(port, tmp_path):
    _, name, _ = port
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "module.py").write_text("VALUE = 9")
    (tmp_path / "script.py").write_text("print('script ran')")
    assert mpremote(
        name, "mount", str(tmp_path / "local"), "exec", "import module; print(module.VALUE)"
    ).endswith("9\n")
    assert mpremote(name, "run", str(tmp_path / "script.py")) == "script ran\n"


@posix
def test_mpremote_works_on_the_file_system(port, tmp_path):
    _, name, flash = port
    (flash / "sub").mkdir()
    (flash / "sub" / "note.txt").write_text("hello\n")
    assert "hello\n" in mpremote(name, "fs", "cat", ":sub/note.txt")
    assert hashlib.sha256(b"hello\n").hexdigest() in mpremote(name, "fs", "sha256sum", ":sub/note.txt")
    assert "note.txt" in mpremote(name, "fs", "tree", ":")
    mpremote(name, "fs", "touch", ":new.txt", "+", "fs", "mkdir", ":empty", "+", "fs", "rmdir", ":empty")
    assert sorted(entry.name for entry in flash.iterdir()) == ["new.txt", "sub"]
    (tmp_path / "back").mkdir()
    mpremote(name, "fs", "cp", "-r", ":sub", str(tmp_path / "back"))
    assert (tmp_path / "back" / "sub" / "note.txt").read_text() == "hello\n"
    mpremote(name, "fs", "rm", "-r", ":sub")
    assert not (flash / "sub").exists()
    shown = mpremote(name, "df")
    assert "/flash" in shown
    assert "/rom" in shown


@posix
def test_mpremote_sets_the_clock_and_resets(port, until):
    _, name, flash = port
    mpremote(
        name, "resume", "exec", "import pyb; pyb.RTC().datetime((2001, 1, 1, 1, 0, 0, 0, 0)); pyb.LED(1).on()"
    )
    assert mpremote(name, "resume", "rtc").startswith("(2001, 1, 1,")
    mpremote(name, "resume", "rtc", "--set")
    assert not mpremote(name, "resume", "rtc").startswith("(2001")
    # The board resets 100 ms after mpremote has left, and the next one begins with Ctrl-C: that must not come before.
    (flash / "main.py").write_text("open('started', 'w').close()\n")
    mpremote(name, "resume", "reset")
    until((flash / "started").exists)
    assert mpremote(name, "resume", "eval", "__import__('pyb').LED(1).intensity()") == "0\n"


@posix
def test_mpremote_installs_a_package_from_an_index(port, tmp_path):
    _, name, flash = port
    source = b"VALUE = 41\n"
    digest = hashlib.sha256(source).hexdigest()[:8]
    file = tmp_path / "file" / digest[:2] / digest
    package = tmp_path / "package" / "6" / "tiny" / "latest.json"
    for path in (file, package):
        path.parent.mkdir(parents=True)
    file.write_bytes(source)
    package.write_text(json.dumps({"v": 1, "hashes": [["tiny.py", digest]], "version": "1"}))
    with _index(tmp_path) as address:
        assert "Done" in mpremote(name, "mip", "install", "--index", address, "tiny")
        assert "Exists" in mpremote(name, "mip", "install", "--index", address, "tiny")
    assert (flash / "lib" / "tiny.py").read_bytes() == source
    assert mpremote(name, "exec", "import tiny; print(tiny.VALUE)") == "41\n"


@contextlib.contextmanager
def _index(folder):
    """A package index on this computer."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@posix
def test_mpremote_repl_through_a_terminal(port):
    _, name, _ = port
    import pty

    master, slave = pty.openpty()
    repl = subprocess.Popen(
        [Path(sys.executable).parent / "mpremote", "connect", name, "repl"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    try:
        shown = _until(master, b"Connected to MicroPython", b"")
        os.write(master, b"\r6*7\r")
        shown = _until(master, b"42\r\n", shown)
        os.write(master, b"while True: pass\r\r")
        shown = _until(master, b"... ", shown)
        os.write(master, b"\x03")
        shown = _until(master, b">>> ", shown[-5:])
        os.write(master, b"\x1d")  # Ctrl-]
        assert repl.wait(10) == 0
    finally:
        repl.kill()
        repl.wait(10)
        os.close(master)


def _until(descriptor: int, wanted: bytes, shown: bytes) -> bytes:
    while wanted not in shown:
        ready, _, _ = select.select([descriptor], [], [], 20)
        assert ready, (wanted, shown)
        shown += os.read(descriptor, 4096)
    return shown


@posix
def test_the_port_outlives_its_users_and_a_hard_reset(port):
    process, name, _ = port
    for _ in range(3):
        descriptor = os.open(name, os.O_RDWR | os.O_NOCTTY)
        os.write(descriptor, b"\rprint(1, 'round')\r")
        _until(descriptor, b"1 round\r\n>>> ", b"")
        os.close(descriptor)
    descriptor = os.open(name, os.O_RDWR | os.O_NOCTTY)
    os.write(descriptor, b"import machine; machine.reset()\r")
    _until(descriptor, b"Virtual pyboard", b"")
    os.write(descriptor, b"1+1\r")
    _until(descriptor, b"2\r\n>>> ", b"")
    os.close(descriptor)
    assert process.poll() is None


@posix
def test_a_board_that_nobody_reads_goes_on(port):
    _, name, flash = port
    descriptor = os.open(name, os.O_RDWR | os.O_NOCTTY)
    _until(descriptor, b">>> ", b"")
    os.write(descriptor, b"for i in range(2000): print('x' * 50)\r\r\ropen('done', 'w').close()\r")
    os.close(descriptor)
    pause = threading.Event()
    for _ in range(2000):
        if (flash / "done").exists():
            return
        pause.wait(0.01)
    raise AssertionError("the board stood still")


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(port, number):
    process, _, _ = port
    process.send_signal(number)
    assert process.wait(10) == 0
    assert process.stderr.read() == b""


def test_the_board_serves_a_tcp_port(tmp_path):
    """As it does on Windows, where there are no pseudo-terminals."""
    process = subprocess.Popen(
        [sys.executable, "main.py", "board", "--flash", str(tmp_path / "new"), "--tcp", "--heap", "256K"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        name = process.stdout.readline().decode().strip()
        assert name.startswith("socket://127.0.0.1:")
        total = mpremote(name, "eval", "__import__('gc').mem_alloc() + __import__('gc').mem_free()")
        assert 250_000 < int(total) <= 256 * 1024
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_a_tcp_port_serves_one_program_after_another():
    link = TcpLink()
    console = Console(link.patience)
    ended = threading.Event()
    threads = connect(link, console, ended.set)
    address = ("127.0.0.1", int(link.name.rpartition(":")[2]))
    for word in (b"first", b"second"):
        with socket.create_connection(address, timeout=10) as peer:
            peer.sendall(word)
            with console.bell:
                assert console.bell.wait_for(lambda word=word: console.available == len(word), 10)
            assert console.take(100) == word
            console.write(word.upper())
            assert peer.recv(100) == word.upper()
    console.close()
    link.close()
    assert ended.wait(10)
    for thread in threads:
        thread.join(10)
