"""A board's damaged disk is formatted, on real MicroPython whose memory plays the flash."""

from __future__ import annotations

import sys

import pytest

from engines.board.connection.transport import process_target, serial_target
from engines.board.errors import BoardError, DeadlineError, RemoteError
from engines.board.files.file_errors import BoardFileError
from engines.board.files.mass_storage import MassStorageError
from engines.board.status import State
from engines.board.storage.disk_format import Formatted, format_board, format_disk, suggests_damage
from engines.board.virtual import command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

RAM = """
import sys, vfs
class Ram:
    def __init__(self, blocks, block=512):
        self.block, self.data = block, bytearray(b'\\xa5' * blocks * block)
    def readblocks(self, n, buf, offset=0):
        at = n * self.block + offset
        buf[:] = self.data[at:at + len(buf)]
    def writeblocks(self, n, buf, offset=0):
        at = n * self.block + offset
        self.data[at:at + len(buf)] = buf
    def ioctl(self, op, arg):
        return {4: len(self.data) // self.block, 5: self.block, 6: 0}.get(op)
    def spoil(self):
        for n in range(len(self.data)):
            self.data[n] = 0xa5
def plays(name, module):
    sys.modules[name] = module
"""
PYBOARD = """
class pyb:
    ram = Ram(256)
    def Flash(start):
        assert start == 0
        return pyb.ram
plays('pyb', pyb)
"""
RP2 = """
class rp2:
    ram = Ram(64, 4096)
    def Flash():
        return rp2.ram
plays('rp2', rp2)
"""
ESP32 = """
class Partition:
    TYPE_DATA = 1
    ram = Ram(64, 4096)
    def find(type, label):
        return [Partition.ram] if (type, label) == (1, 'LABEL') else []
class esp32:
    pass
esp32.Partition = Partition
plays('esp32', esp32)
"""


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    session.exec(RAM).result(10)
    return session


def mounted(board, ram: str, kind: str, place: str = "/flash") -> None:
    board.exec(f"vfs.{kind}.mkfs({ram})\nvfs.mount(vfs.{kind}({ram}), {place!r})").result(10)


@pytest.mark.parametrize(("kind", "told"), [("VfsFat", "FAT"), ("VfsLfs2", "LittleFS")])
def test_a_pyboards_disk_is_made_anew_as_it_was(board, kind, told):
    board.exec(PYBOARD).result(10)
    mounted(board, "pyb.ram", kind)
    board.files.put("/flash/old.txt", b"old").result(10)
    done = format_board(board).result(20)
    assert (done.path, done.kind) == ("/flash", told) and done.size > 90_000
    assert board.files.ls("/flash").result(10) == []
    board.files.put("/flash/new.txt", b"new").result(10)
    assert board.files.get("/flash/new.txt").result(10) == b"new"
    assert board.eval("__import__('os').getcwd()").result(10) == "'/flash'"


@pytest.mark.feature("a damaged disk is formatted")
@pytest.mark.parametrize("kind", ["VfsFat", "VfsLfs2"])
def test_a_disk_of_which_nothing_is_left(board, kind):
    board.exec(PYBOARD).result(10)
    mounted(board, "pyb.ram", kind)
    board.exec("pyb.ram.spoil()").result(10)
    with pytest.raises(BoardFileError, match="damaged") as error:
        board.files.ls("/flash").result(10)
    assert suggests_damage(error.value)
    assert format_board(board).result(20).kind == "FAT"  # as its firmware makes it
    assert board.files.ls("/flash").result(10) == []


def test_a_disk_that_could_not_be_mounted(board):
    board.exec(PYBOARD).result(10)
    assert format_board(board).result(20).path == "/flash"
    assert board.files.ls("/flash").result(10) == []


def test_an_rp2_and_its_blocks(board):
    board.exec(RP2).result(10)
    assert format_board(board).result(20) == Formatted("/", "LittleFS", 64 * 4096)
    assert board.files.ls("/").result(10) == []
    assert board.eval("bytes(rp2.ram.data[8:16])").result(10) == "b'littlefs'"


@pytest.mark.parametrize(("label", "kind"), [("vfs", "LittleFS"), ("ffat", "FAT")])
def test_an_esp32_and_its_partition(board, label, kind):
    board.exec(ESP32.replace("LABEL", label)).result(10)
    done = format_board(board).result(20)
    assert (done.path, done.kind) == ("/", kind)


def test_a_flash_that_fails(board):
    board.exec(PYBOARD + "def fail(*a):\n raise OSError(5)\npyb.ram.writeblocks = fail\n").result(10)
    with pytest.raises(BoardError, match=r"could not be formatted .*EIO.* flash may be worn out"):
        format_board(board).result(20)


def test_other_boards_are_left_alone(board, board_folder):
    (board_folder / "kept.txt").write_text("kept")
    with pytest.raises(BoardError, match="no disk that can be formatted from here"):
        format_board(board).result(20)
    assert (board_folder / "kept.txt").read_text() == "kept"


def test_so_is_the_virtual_one(session, tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    arguments = command(tmp_path)
    session.connect(
        process_target("Virtual", [sys.executable, "-m", "engines.board.virtual", *arguments], "")
    )
    session.watcher.until_state(State.PROMPT)
    with pytest.raises(BoardError, match="A virtual board's disk is a folder of this computer"):
        format_board(session).result(20)
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_a_disk_that_the_computer_has_mounted_as_well_is_left_alone():
    class Bench:
        def before_write(self, bench):
            raise MassStorageError("mounted")

        def ask_one(self, program):
            raise AssertionError("it was formatted")

    with pytest.raises(MassStorageError):
        format_disk(Bench())


@pytest.mark.parametrize(
    ("error", "damaged"),
    [
        (BoardFileError("/", "", 5), True),
        (BoardFileError("/", "", 19), True),
        (BoardFileError("/", "", 2), False),
        (DeadlineError("Listing /flash: not done within 30 s"), True),
        (RemoteError("MemoryError"), False),
    ],
)
def test_which_errors_speak_for_damage(error, damaged):
    assert suggests_damage(error) is damaged
