"""The board's file system: it works as on a board, and nothing outside of its folders can be reached."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.virtual.files import Files, Mount


def prints(board, source: str) -> str:
    output, error = board.raw(source.encode())
    assert error == b"", error.decode()
    return output.decode().replace("\r\n", "\n").strip()


def test_files_are_written_and_read_in_all_modes(raw_board):
    assert (
        prints(
            raw_board,
            """
with open('a.txt', 'w') as f: f.write('one\\ntwo\\n')
with open('a.txt', 'a') as f: f.write('three')
with open('a.txt', 'rb') as f: print(f.read())
with open('a.txt', 'r+') as f: f.write('ONE'); f.seek(4); print(f.readline(), end='')
with open('/flash/a.txt') as f: print([line for line in f])
with open('a.txt', 'rb') as f: print(f.seek(-2, 2), f.read(), f.tell())
""",
        )
        == "b'one\\ntwo\\nthree'\ntwo\n['ONE\\n', 'two\\n', 'three']\n11 b'ee' 13"
    )
    assert (raw_board.flash / "a.txt").read_bytes() == b"ONE\ntwo\nthree"


def test_folders_and_listings(raw_board):
    assert prints(
        raw_board,
        """
import os
os.mkdir('lib'); os.mkdir('lib/sub')
open('lib/x.py', 'w').close()
with open('b.bin', 'wb') as f: f.write(bytes(1234))
print(os.getcwd(), sorted(os.listdir()), os.listdir('/'))
print(sorted((e[0], e[1], e[3]) for e in os.ilistdir()))
print(os.stat('b.bin')[0] & 0xf000 == 0x8000, os.stat('b.bin')[6], os.stat('lib')[0] & 0xf000 == 0x4000)
os.chdir('lib'); print(os.getcwd(), os.listdir()); os.chdir('..'); print(os.getcwd())
os.rename('b.bin', 'lib/c.bin'); os.remove('lib/x.py'); os.rmdir('lib/sub'); print(os.listdir('lib'))
print(len(os.statvfs('/flash')), os.statvfs('/flash')[0])
""",
    ) == (
        "/flash ['b.bin', 'lib'] ['flash', 'rom']\n"
        "[('b.bin', 32768, 1234), ('lib', 16384, 0)]\n"
        "True 1234 True\n/flash/lib ['sub', 'x.py']\n/flash\n['c.bin']\n10 4096"
    )


@pytest.mark.parametrize(
    "action",
    [
        "open('none')",
        "os.remove('none')",
        "os.listdir('/none')",
        "os.ilistdir('/none')",
        "os.stat('none')",
        "os.chdir('none')",
        "os.rename('none', 'some')",
    ],
)
def test_what_is_not_there_is_enoent(raw_board, action):
    raw_board.raw(b"import os")
    assert b"OSError: [Errno 2] ENOENT" in raw_board.raw(action.encode())[1]


def test_an_imported_module_comes_from_flash_or_its_lib(start_board):
    board = start_board(files={"mine.py": "WHERE = __file__"})
    (board.flash / "lib").mkdir()
    (board.flash / "lib" / "other.py").write_text("WHERE = __file__")
    board.expect(b">>> ")
    board.enter_raw()
    assert (
        prints(board, "import mine, other; print(mine.WHERE, other.WHERE)") == "mine.py /flash/lib/other.py"
    )


def test_an_sd_card(start_board, tmp_path):
    card = tmp_path / "card"
    card.mkdir()
    board = start_board("--sd", str(card))
    board.expect(b">>> ")
    board.enter_raw()
    assert prints(
        board, "import os\nopen('/sd/log', 'w').write('x')\nprint(os.listdir('/'), os.listdir('/sd'))"
    ) == ("['flash', 'sd', 'rom'] ['log']")
    assert b"OSError" in board.raw(b"os.rename('/sd/log', '/flash/log')")[1]


@pytest.mark.parametrize("skipped", [False, True])
def test_a_board_starts_from_its_card_unless_it_shall_skip_it(start_board, tmp_path, skipped):
    card = tmp_path / "card"
    (card / "lib").mkdir(parents=True)
    (card / "boot.py").write_text("print('boot of the card')\n")
    (card / "main.py").write_text("import where\nprint('main of the card', where.here)\n")
    (card / "lib" / "where.py").write_text("here = __file__\n")
    files = {"main.py": "print('main of the flash')\n", **({"SKIPSD": ""} if skipped else {})}
    board = start_board("--sd", str(card), files=files)
    printed = board.expect(b">>> ").partition(b"MicroPython")[0]
    if skipped:
        assert printed == b"main of the flash\r\n"
        assert board.run(b"import os; os.getcwd()") == b"'/flash'\r\n"
        return
    assert printed == b"boot of the card\r\nmain of the card /sd/lib/where.py\r\n"
    assert board.run(b"import os, sys; os.getcwd(), sys.path[2:6]") == (
        b"('/sd', ['/sd', '/sd/lib', '/flash', '/flash/lib'])\r\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_nothing_outside_can_be_reached(raw_board, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (raw_board.flash / "link.txt").symlink_to(secret)
    (raw_board.flash / "out").symlink_to(tmp_path)
    attempts = [
        "open('../secret.txt').read()",
        "open('/flash/../../secret.txt').read()",
        f"open('{secret}').read()",
        "open('link.txt').read()",
        "open('link.txt', 'w').write('x')",
        "open('out/secret.txt').read()",
        "open('out/new.txt', 'w')",
        "os.listdir('out')",
        "os.mkdir('out/folder')",
        "os.remove('out/secret.txt')",
        "os.rename('out/secret.txt', 'mine.txt')",
        "open('flash', 'w'); os.rename('flash', 'out/flash')",
        "open('/etc/passwd').read()",
        "open('/proc/self/environ').read()",
        "os.mkdir('/new')",
        "os.rmdir('/flash')",
        "os.rename('/flash', '/sd')",
        "open('/firmware/pyb.py', 'w')",
        "os.remove('/firmware/pyb.py')",
    ]
    raw_board.raw(b"import os")
    for attempt in attempts:
        output, error = raw_board.raw(attempt.encode())
        assert b"OSError" in error, (attempt, output)
    assert secret.read_text() == "secret"
    assert not (tmp_path / "new.txt").exists()
    assert raw_board.raw(b"os.remove('link.txt')") == (b"", b"")
    assert secret.exists()


def test_a_removed_folder_is_an_error_and_not_the_end(raw_board):
    shutil.rmtree(raw_board.flash)
    raw_board.raw(b"import os")
    assert b"OSError" in raw_board.raw(b"open('x', 'w')")[1]
    assert b"OSError" in raw_board.raw(b"os.listdir()")[1]
    raw_board.send(b"\x04")
    raw_board.expect(b"exit\r\n>")
    assert raw_board.raw(b"print(1)") == (b"1\r\n", b"")


def test_open_files_are_limited_and_closed_at_a_reset(raw_board, until):
    _, error = raw_board.raw(b"f = []\nwhile True: f.append(open(str(len(f)), 'w'))")
    assert b"OSError" in error
    open_files = Path(f"/proc/{raw_board.process.pid}/fd")
    if not open_files.is_dir():
        pytest.skip("no /proc")
    before = len(list(open_files.iterdir()))
    raw_board.send(b"\x04")
    raw_board.expect(b"exit\r\n>")
    assert len(list(open_files.iterdir())) < before - 30


@given(st.text(alphabet="ab./", max_size=30))
def test_no_path_leaves_its_folder(tmp_path_factory, path):
    root = tmp_path_factory.getbasetemp() / "sandbox" / "flash"
    root.mkdir(parents=True, exist_ok=True)
    files = Files({"flash": Mount(root), "a": Mount(root)})
    try:
        place = files.place(path)
    except OSError:
        return
    assert place.is_root or place.path.resolve().is_relative_to(root.resolve())
