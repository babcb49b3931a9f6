"""A folder of the computer on real MicroPython: files there are the computer's, and nothing else is."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.board.connection.transport import serial_target
from engines.board.errors import RemoteError
from engines.board.status import State
from engines.board.storage.mount import BoardMount
from engines.board.storage.remote_folder import RemoteFolder
from engines.board.streams.frames import MOUNT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def mount(board, folder):
    mount = BoardMount(board)
    mount.mount(folder, writable=True).result(20)
    return mount


def run(board, source: str) -> str:
    return board.exec(source).result(30)


@pytest.mark.feature("mount a folder of the computer")
def test_imports_come_from_the_computer(board, mount, folder):
    (folder / "helper.py").write_text("# ключ\n" + "def answer():\n    return 42\n" + "x = 'é' * 700\n" * 200)
    assert run(board, "import helper\nprint(helper.answer(), len(helper.x))") == "42 700\n"


def test_reading_and_writing(board, mount, folder):
    data = bytes(range(256)) * 40
    (folder / "data.bin").write_bytes(data)
    code = """
from hashlib import sha256
f = open('/remote/data.bin', 'rb')
data = f.read()
print(len(data), f.seek(1, 0), f.read(3), f.seek(-2, 2), f.read(), f.tell())
f.close()
with open('/remote/copy.bin', 'wb') as out:
    out.write(data)
with open('/remote/copy.bin', 'ab') as out:
    out.write(b'end')
with open('/remote/lines.txt', 'w') as out:
    for n in range(300):
        out.write('line é %d\\n' % n)
lines = [line for line in open('/remote/lines.txt')]
print(len(lines), repr(lines[299]), len(open('/remote/lines.txt').read()))
"""
    assert run(board, code) == (
        r"10240 1 b'\x01\x02\x03' 10238 b'\xfe\xff' 10240" + "\n" + r"300 'line \xe9 299\n' 3190" + "\n"
    )
    assert (folder / "copy.bin").read_bytes() == data + b"end"
    assert (folder / "lines.txt").read_text(encoding="utf-8") == "".join(f"line é {n}\n" for n in range(300))


def test_folders_and_names(board, mount, folder):
    code = """
import os
os.mkdir('/remote/日本')
open('/remote/日本/ファイル.txt', 'w').close()
os.rename('/remote/日本/ファイル.txt', '/remote/b.txt')
os.chdir('/remote')
open('c.txt', 'w').close()
print(sorted(os.listdir('/remote')), os.stat('/remote')[0] & 0x4000)
os.remove('/remote/b.txt')
os.rmdir('/remote/日本')
print(os.listdir())
for wrong in ('os.remove("/remote/none")', 'os.listdir("/remote/none")', 'os.mkdir("/remote/c.txt")', 'open("/remote/../../etc/hostname")'):
    try:
        exec(wrong)
    except OSError as error:
        print(error.errno)
"""
    (folder / "dir").mkdir()
    assert run(board, code).splitlines() == [
        r"['b.txt', 'c.txt', 'dir', '\u65e5\u672c'] 16384",
        "['c.txt', 'dir']",
        "2",
        "2",
        "17",
        "13",
    ]


def test_nothing_outside_is_reached_and_read_only_is_the_rule(board, folder, tmp_path):
    (tmp_path / "secret").write_text("s")
    (folder / "way-out").symlink_to(tmp_path / "secret")
    (folder / "a.txt").write_text("a")
    BoardMount(board).mount(folder).result(20)
    code = """
def number(f, *a):
    try:
        f(*a)
    except OSError as error:
        return error.errno
import os
print(number(open, '/remote/way-out'), number(open, '/remote/a.txt', 'w'), number(os.remove, '/remote/a.txt'), open('/remote/a.txt').read())
"""
    assert run(board, code) == "13 30 30 a\n"


def test_a_lost_and_a_damaged_answer_are_asked_for_again(board, mount, folder):
    """And nothing is done twice: a file that is removed was there once."""
    (folder / "a.txt").write_text("content")
    answer, spoils = board.services[MOUNT], ["damaged"] * 10 + ["lost"]

    def spoilt(request: bytes) -> bytes:
        right = answer(request)
        spoil = spoils.pop() if request != spoilt.seen and spoils else ""
        spoilt.seen = request
        return {"lost": b"", "damaged": right[:-3] + b"xx\n"}.get(spoil, right)

    spoilt.seen = b""
    board.services[MOUNT] = spoilt
    code = "import os\nprint(open('/remote/a.txt').read())\nos.remove('/remote/a.txt')\nprint(os.listdir('/remote'))"
    assert run(board, code) == "content\n[]\n"
    assert len(spoils) < 8


@settings(max_examples=300, deadline=None)
@given(request=st.binary(max_size=80), path=st.text(max_size=40), operation=st.integers(0, 12))
def test_any_request_is_answered_and_stays_within_the_folder(tmp_path_factory, request, path, operation):
    root = tmp_path_factory.getbasetemp() / "fuzzed"
    root.mkdir(exist_ok=True)
    (root.parent / "outside").write_text("untouched")
    folder = RemoteFolder(root, writable=True)
    name = path.encode("utf-8", "replace")
    for payload in (request, bytes([1, operation]) + struct.pack("<H", len(name)) + name + request):
        answer = folder.answer(payload)
        assert answer.startswith(b"\xfe\xd1") and answer.endswith(b"\n")
        assert b"\x03" not in answer and b"\n" not in answer[:-1]
    assert (root.parent / "outside").read_text() == "untouched"
    assert folder.root.is_dir()


def test_a_folder_of_many_files(board, mount, folder):
    for number in range(1000):
        (folder / f"file-{number:04}.txt").touch()
    assert run(board, "import os\nprint(len(os.listdir('/remote')))") == "1000\n"


def test_unmounting(board, mount, folder):
    mount.unmount().result(10)
    assert mount.folder is None
    with pytest.raises(RemoteError):
        run(board, "import os\nos.listdir('/remote')")


def test_a_folder_that_is_none(board, folder):
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        BoardMount(board).mount(folder / "none")
