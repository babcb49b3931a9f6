"""The prompt against MicroPython's own: the unix port gets the same keys, and the bytes must agree.

The unix port leaves CR LF to its terminal, so both transcripts are compared with plain newlines.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the unix port needs a pseudo-terminal")

UNIX_PORT = Path(sys.executable).parent / "micropython"
PS1, PS2, DONE = b">>> ", b"... ", b"\x04>"
RAW = (b"\x01", b"CTRL-B to exit\r\n>")

SESSIONS = {
    "expressions": [(b"1+1\r", PS1), (b"'a'\r", PS1), (b"None\r", PS1), (b"x=5\r", PS1), (b"x;x+1\r", PS1)],
    "empty lines": [(b"\r", PS1), (b"   \r", PS1), (b"# only a comment\r", PS1)],
    "newlines": [(b"1\n", PS1), (b"2\n", PS1)],
    "an exception": [
        (b"1/0\r", PS1),
        (b"int('x')\r", PS1),
        (b"def f(): 1/0\r", PS2),
        (b"\r", PS1),
        (b"f()\r", PS1),
    ],
    "a syntax error": [(b"1 +\r", PS1), (b"x y\r", PS1)],
    "a compound statement": [
        (b"for i in range(3):\r", PS2),
        (b"i\r", PS2 + b"    "),
        (b"print(-i)\r", PS2 + b"    "),
        (b"\r", PS2 + b"    "),
        (b"\r", PS2),
        (b"\r", PS1),
    ],
    "nested and dedented": [
        (b"def f(a):\r", PS2 + b"    "),
        (b"if a:\r", PS2 + b"        "),
        (b"return 1\r", PS2 + b"        "),
        (b"\x7freturn 2\r", PS2 + b"    "),
        (b"\r", PS2),
        (b"\x7f\r", PS1),
        (b"f(0), f(1)\r", PS1),
    ],
    "auto-indent refused": [
        (b"if 1:\r", PS2 + b"    "),
        (b" 7\r", PS2),
        (b"\r", PS1),
    ],
    "open brackets and quotes": [
        (b"(1,\r", PS2),
        (b"2)\r", PS1),
        (b"'''a\r", PS2),
        (b"b'''\r", PS1),
        (b"1 + \\\r", PS2),
        (b"2\r", PS1),
        (b"{'(': \")\"}\r", PS1),
    ],
    "cancelled compound": [(b"while 1:\r", PS2 + b"    "), (b"\x03", PS1), (b"1\r", PS1)],
    "ended by control D": [(b"if 1: 8\r", PS2), (b"\x04", PS1)],
    "backspace": [(b"12\x7f3\x7f\x7f\x7f\x7f7\r", PS1), (b"abc\x08\x08\x08'q'\r", PS1)],
    "arrows": [(b"24\x1b[D\x1b[D1\x1b[C3\x1b[C\x1b[C5\r", PS1), (b"34\x1b[H12\x1b[F56\r", PS1)],
    "home, end and delete": [
        (b"9876\x1b[1~\x1b[3~\x1b[4~5\x1b[7~1\x1b[8~\r", PS1),
        (b"12\x1bOH3\x1bOF4\r", PS1),
    ],
    "control keys in a line": [
        (b"abc\x01'\x05'\r", PS1),
        (b"1234\x02\x02\x0b\r", PS1),
        (b"1234\x02\x15\r", PS1),
        (b"1234\x01\x04\x06\x04\r", PS1),
        (b"12345678\x01\x1b[F\x01'\x05'\r", PS1),
    ],
    "history": [
        (b"11\r", PS1),
        (b"22\r", PS1),
        (b"\x1b[A\x1b[A\r", PS1),
        (b"\x1b[A\x1b[A\x1b[B\x1b[B5\r", PS1),
        (b"\x10\x10\x0e\r", PS1),
        (b"abc\x1b[A\x7f9\r", PS1),
    ],
    "unknown sequences": [(b"1\x1b[Z\x1bx\x1b[5~2\r", PS1), (b"\x1b[2~3\x00\x07\r", PS1)],
    "tab completes": [
        (b"value_one = 1\r", PS1),
        (b"val\t + 1\r", PS1),
        (b"impo\tgc\r", PS1),
        (b"gc.mem_a\t\r", PS1),
        (b"nothing.x\t\r", PS1),
    ],
    "tab lists": [
        (b"class A:\r", PS2 + b"    "),
        (b"abc1 = 1\r", PS2 + b"    "),
        (b"abc2 = 1\r", PS2 + b"    "),
        (b"\r", PS2 + b"    "),
        (b"\r", PS2),
        (b"\r", PS1),
        (b"A.a\t", b"A.abc"),
        (b"\t", b"A.abc"),
        (b"1\r", PS1),
    ],
    "tab after a space": [(b"1\t\t+ 1\r", PS1), (b"if 1:\r", PS2 + b"    "), (b"\t5\r", PS2), (b"\r", PS1)],
    "paste": [
        (b"\x05", b"=== "),
        (b"for i in range(2):\r    print(i)\r\r7\r'x'; 8\r", b"8\r\n=== "),
        (b"\x04", PS1),
    ],
    "paste with an error": [(b"\x05", b"=== "), (b"1\rdef f():\r  1/0\rf()\r2\r\x04", PS1)],
    "paste with a syntax error": [(b"\x05", b"=== "), (b"1\r2 3\r\x04", PS1)],
    "paste with strings over lines": [
        (b"\x05", b"=== "),
        (b"s = '''a\r  b\r'''; s\r@id\rdef f(): pass\r\x04", PS1),
    ],
    "paste with values": [
        (b"\x05", b"=== "),
        (b"a=4; a; 5; a+1\r(1,2); 1+1; -3\r[a,\ra]\rif a: a\rNone\r\x04", PS1),
    ],
    "paste cancelled": [(b"\x05", b"=== "), (b"1\r2\x03", PS1), (b"3\r", PS1)],
    "raw": [RAW, (b"print(1)\x04", DONE), (b"1/0\x04", DONE), (b"x=1\nx\x04", DONE), (b"\x02", PS1)],
    "raw keys": [RAW, (b"abc\x03print(2)\x04", DONE), (b"abc\x01", b"exit\r\n>"), (b"print(3)\x04", DONE)],
    "raw with carriage returns": [RAW, (b"print(1)\rprint(2)\r\nprint(3)\x04", DONE)],
    "raw syntax error": [RAW, (b"x y\x04", DONE), (b"\n\n  bad\n\x04", DONE)],
    "raw bytes and text": [
        RAW,
        ("print('\u00e4\u20ac')\x04".encode(), DONE),
        (b"print(len('\\xff\\u20ac'))\x04", DONE),
    ],
    "raw-paste": [
        RAW,
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"print('pasted')\n\x04", DONE),
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"1/0\x04", DONE),
    ],
    "raw-paste of windows": [
        RAW,
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"a = 1\n" * 20 + b"b = 2567\n", b"\x01"),
        (b"c = 345678\n" * 12, b"\x01"),
        (b"print(c)\x04", DONE),
    ],
    "raw-paste stopped by a syntax error": [
        RAW,
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"x y z\n" + b"# more\n" * 10, b"\x04"),
        (b"# on the way\n" * 3 + b"\x04", DONE),
        (b"print(1)\x04", DONE),
    ],
    "raw-paste cancelled": [
        RAW,
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"print(1)\n\x03", DONE),
        (b"print(2)\x04", DONE),
    ],
    "an unknown raw command": [RAW, (b"\x05B\x01", b"R\x00>"), (b"print(1)\x04", DONE)],
    "names live on between modes": [
        (b"n = 6\r", PS1),
        RAW,
        (b"n += 1\x04", DONE),
        (b"\x02", PS1),
        (b"n\r", PS1),
    ],
    "input": [(b"input('? ')\r", b"? "), (b"abc\x7fd\r", PS1)],
}


class UnixPort:
    """MicroPython's unix port on a raw pseudo-terminal."""

    def __init__(self) -> None:
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._process = subprocess.Popen([UNIX_PORT], stdin=slave, stdout=slave, stderr=slave, close_fds=True)
        os.close(slave)
        self.received = b""
        self._arrived = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65536):
                with self._arrived:
                    self.received += data
                    self._arrived.notify_all()

    def send(self, data: bytes) -> None:
        os.write(self._master, data)

    def expect(self, wanted: bytes) -> bytes:
        with self._arrived:
            found = self._arrived.wait_for(lambda: wanted in self.received, 10)
            assert found, (wanted, self.received)
            end = self.received.index(wanted) + len(wanted)
            taken, self.received = self.received[:end], self.received[end:]
            return taken

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
        os.close(self._master)


@pytest.fixture
def unix_port(monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    port = UnixPort()
    port.expect(PS1)
    yield port
    port.close()


def _transcript(board, session) -> list[bytes]:
    shown = []
    for keys, until in session:
        board.send(keys)
        shown.append(board.expect(until).replace(b"\r\n", b"\n"))
    return shown


def _comparable(text: bytes) -> bytes:
    """Without what must differ: the banner's version and machine."""
    return re.sub(rb"MicroPython [^\n]*\n(Type|Use)[^\n]*\n", b"<banner>\n", text)


@pytest.mark.parametrize("session", SESSIONS.values(), ids=list(SESSIONS))
def test_the_same_keys_give_the_same_bytes(session, board, unix_port):
    ours = b"".join(_transcript(board, session))
    theirs = b"".join(_transcript(unix_port, session))
    assert _comparable(ours) == _comparable(theirs)
