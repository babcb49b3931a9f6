"""ROMFS images, ESP32 partitions and the board's variables, on real MicroPython with stand-ins for the hardware."""

from __future__ import annotations

import sys

import pytest

from engines.board.connection.transport import serial_target
from engines.board.device.variables import read_attributes, read_variables
from engines.board.errors import BoardError
from engines.board.status import State
from engines.board.storage import partitions, romfs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

# `vfs` with one ROMFS partition of memory-mapped flash and one that is a block device.
FAKE_VFS = """
import sys, vfs
class Blocks:
    def __init__(self, size):
        self.data = bytearray(b'\\xaa' * size)
    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // 512
        if op == 5:
            return 512
        if op == 6:
            self.data[512 * arg:512 * arg + 512] = b'\\xff' * 512
    def readblocks(self, n, buf):
        buf[:] = self.data[512 * n:512 * n + len(buf)]
    def writeblocks(self, n, buf, offset=0):
        self.data[512 * n + offset:512 * n + offset + len(buf)] = buf
class Vfs:
    mapped = bytearray(b'\\xaa' * 16384)
    blocks = Blocks(8192)
    done = False
    umount = vfs.umount
    def rom_ioctl(self, op, number=0, *args):
        if op == 1:
            return 2
        if op == 2:
            return self.mapped if number == 0 else self.blocks
        if op == 3:
            self.mapped[args[0]:args[0] + args[1]] = b'\\xff' * args[1]
            return 256
        if op == 4:
            self.mapped[args[0]:args[0] + len(args[1])] = args[1]
        if op == 5:
            self.done = True
        if op == 6:
            return 4096
sys.modules['vfs'] = rom = Vfs()
"""
FAKE_ESP32 = """
import sys
class Partition:
    TYPE_APP, TYPE_DATA, RUNNING, BOOT = 0, 1, 100, 101
    all, next_boot, valid = [], 'ota_0', False
    def __new__(cls, which):
        label = 'ota_0' if which == 100 else cls.next_boot
        return [p for p in cls.all if p.info()[4] == label][0]
    @classmethod
    def find(cls, kind):
        return [p for p in cls.all if p.info()[0] == kind]
    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        cls.valid = True
class Place:
    def __init__(self, kind, address, size, label):
        self._info = (kind, 16, address, size, label, False)
        self.data = bytearray(b'\\xaa' * size)
    def info(self):
        return self._info
    def ioctl(self, op, n):
        self.data[4096 * n:4096 * n + 4096] = b'\\xff' * 4096
    def readblocks(self, n, buf):
        buf[:] = self.data[4096 * n:4096 * n + len(buf)]
    def writeblocks(self, n, buf):
        self.data[4096 * n:4096 * n + len(buf)] = buf
    def get_next_update(self):
        return Partition.all[1]
    def set_boot(self):
        Partition.next_boot = self._info[4]
Partition.all = [Place(0, 0x10000, 16384, 'ota_0'), Place(0, 0x20000, 16384, 'ota_1'), Place(1, 0x30000, 8192, 'nvs')]
class esp32:
    pass
esp32.Partition = Partition
sys.modules['esp32'] = esp32
"""


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


def do(board, work, *arguments):
    return board.submit("Testing", lambda bench: work(bench, *arguments)).result(30)


@pytest.fixture
def image(tmp_path):
    folder = tmp_path / "rom"
    (folder / "lib").mkdir(parents=True)
    (folder / "hello.py").write_text("answer = 42\n" * 100)
    (folder / "lib" / "data.bin").write_bytes(bytes(range(256)) * 9)
    (folder / ".hidden").write_text("no")
    return romfs.build(folder)


def test_an_image_is_what_micropython_mounts(board, image):
    do(board, lambda bench: bench.files.write("image", image))
    code = """
import vfs, os, sys
vfs.mount(vfs.VfsRom(open('image', 'rb').read()), '/rom2')
print(sorted(os.listdir('/rom2')), os.stat('/rom2/lib/data.bin')[6])
sys.path.insert(0, '/rom2')
import hello
print(hello.answer)
"""
    assert board.exec(code).result(20) == "['hello.py', 'lib'] 2304\n42\n"


@pytest.mark.feature("ROMFS")
@pytest.mark.parametrize("number", [0, 1])
def test_an_image_is_deployed_and_compared(board, image, number):
    board.exec(FAKE_VFS).result(10)
    before = do(board, romfs.query)
    assert [(place.size, place.block, place.used) for place in before] == [
        (16384, 4096, None),
        (8192, 512, None),
    ]
    place = do(board, romfs.deploy, image, number)
    assert place.number == number
    assert do(board, romfs.query)[number].used == len(image)
    held = "rom.mapped" if number == 0 else "rom.blocks.data"
    digest = board.eval(f"bytes({held}[:{len(image)}]) == {image!r}").result(10)
    assert digest == "True"
    assert board.eval("rom.done").result(10) == str(number == 0)


def test_what_cannot_be_deployed_is_refused_before_anything_is_erased(board, image):
    with pytest.raises(BoardError, match=r"no ROMFS partition 0\. Its firmware must be built with ROMFS"):
        do(board, romfs.deploy, image)
    board.exec(FAKE_VFS).result(10)
    with pytest.raises(BoardError, match="no ROMFS image"):
        do(board, romfs.deploy, b"something else")
    large = romfs.HEADER + bytes([0x80 | 20000 >> 14, 0x80 | 20000 >> 7 & 127, 20000 & 127]) + bytes(20000)
    with pytest.raises(BoardError, match="20006 bytes, the partition 16384"):
        do(board, romfs.deploy, large)
    assert board.eval("set(rom.mapped)").result(10) == "{170}"


def test_a_name_that_an_image_cannot_hold(tmp_path):
    (tmp_path / "ä.py").touch()
    with pytest.raises(BoardError, match="ASCII names only"):
        romfs.build(tmp_path)


@pytest.mark.feature("partitions read and written")
def test_partitions_are_listed_read_and_written(board):
    with pytest.raises(BoardError, match="only boards with an ESP32"):
        do(board, partitions.partitions)
    board.exec(FAKE_ESP32).result(10)
    found = do(board, partitions.partitions)
    assert [(each.label, each.is_app, each.size, each.running) for each in found] == [
        ("ota_0", True, 16384, True),
        ("ota_1", True, 16384, False),
        ("nvs", False, 8192, False),
    ]
    data = bytes(range(251)) * 20
    do(board, partitions.write, "nvs", data)
    assert do(board, partitions.read, "nvs") == data.ljust(8192, b"\xff")
    for label, content, problem in (
        ("nvs", bytes(8193), "8192 bytes, the file 8193: it does not fit"),
        ("ota_0", b"x", "holds the firmware that runs now"),
        ("none", b"x", "There is no partition 'none'; the board has ota_0, ota_1, nvs"),
    ):
        with pytest.raises(BoardError, match=problem):
            do(board, partitions.write, label, content)


@pytest.mark.feature("update over the air")
def test_an_update_goes_to_the_other_place_and_is_started_next(board):
    board.exec(FAKE_ESP32).result(10)
    with pytest.raises(BoardError, match="no ESP32 firmware image"):
        do(board, partitions.update, b"\x7fELF")
    image = b"\xe9" + bytes(range(200)) * 30
    assert do(board, partitions.update, image).label == "ota_1"
    found = {each.label: each for each in do(board, partitions.partitions)}
    assert found["ota_1"].boot and found["ota_0"].running
    assert do(board, partitions.read, "ota_1")[: len(image)] == image
    do(board, partitions.confirm)
    assert board.eval("Partition.valid").result(10) == "True"


@pytest.mark.feature("objects and variables")
def test_variables_of_the_board(board):
    board.exec(
        "a = 6\nname = 'é' * 50\nmany = list(range(1000))\n_hidden = 1\nclass K:\n  x = 3\nk = K()"
    ).result(10)
    rows = {row.name: row for row in do(board, read_variables)}
    assert (rows["a"].type, rows["a"].size, rows["a"].value) == ("int", None, "6")
    assert (rows["many"].size, rows["many"].value[:9]) == (1000, "[0, 1, 2,")
    assert rows["name"].size == 50
    assert "_hidden" not in rows and not any("dirigent" in name for name in rows)
    assert ("x", "int", "3") in [(row.name, row.type, row.value) for row in do(board, read_attributes, "k")]
