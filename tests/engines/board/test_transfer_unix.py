"""Files to and from real MicroPython: any bytes, any size, called off, continued, refused, and without streams."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from pathlib import Path

import pytest

from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import serial_target
from engines.board.errors import BoardError, CancelledError, DisconnectedError
from engines.board.files import file_operations
from engines.board.files.file_errors import BoardFileError
from engines.board.operations import Operation, Progress
from engines.board.status import State
from engines.board.transfer import content, file_copy
from engines.board.transfer import pace as transfer_pace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
AWKWARD = (
    bytes(range(256)) * 8 + b"\x03" * 3000 + b"\x04" * 100 + b"\xfe\xd1\x04\x08\x00" * 50 + b"\xff\xc3\x28"
)
# As board-side memory: what of it a program defines lives until the next soft reset.
NO_STREAMS = """
import sys
class Nothing: pass
sys.modules["select"] = Nothing()
"""
SMALL_DISK = """
import builtins
class Small:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *error): self.file.close()
    def write(self, data):
        global room
        room -= len(data)
        if room < 0: raise OSError(28)
        return self.file.write(data)
_open = builtins.open
room = 20000
builtins.open = lambda path, mode="r": Small(_open(path, mode)) if mode[0] in "wa" else _open(path, mode)
"""
NO_SPACE = """
import os, sys
class Os:
    pass
for name in dir(os): setattr(Os, name, getattr(os, name))
Os.statvfs = lambda path: (1024, 1024, 100, 4, 4, 0, 0, 0, 0, 255)
sys.modules["os"] = Os
"""


# Every write is one block of the wire.
FREE_MEMORY = """
import builtins, sys
class Gc: pass
Gc.collect = lambda: None
Gc.mem_free = lambda: {}
sys.modules["gc"] = Gc
taken = []
class Counted:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *error): self.file.close()
    def write(self, data):
        taken.append(len(data))
        return self.file.write(data)
_open = builtins.open
builtins.open = lambda path, mode="r": Counted(_open(path, mode)) if mode[0] in "wa" else _open(path, mode)
"""


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"port"}


@pytest.mark.parametrize(
    "data", [b"", b"\x03", AWKWARD, os.urandom(100_000)], ids=["none", "one", "awkward", "many"]
)
def test_any_bytes_go_both_ways(board, board_folder, data):
    board.files.put("data.bin", data).result(30)
    assert (board_folder / "data.bin").read_bytes() == data
    assert board.files.get("data.bin").result(30) == data
    assert names(board_folder) == {"data.bin"}
    assert board.traffic.damaged == 0


def test_files_larger_than_the_boards_memory_go_from_disk_to_disk(board, board_folder, tmp_path):
    large = tmp_path / "大きい.bin"
    large.write_bytes(os.urandom(1 << 16) * 80)
    board.files.put_file(large, "大きい.bin").result(60)
    back = tmp_path / "back.bin"
    board.files.get_file("大きい.bin", back).result(60)
    digests = [hashlib.sha256(p.read_bytes()).digest() for p in (large, board_folder / "大きい.bin", back)]
    assert len(set(digests)) == 1
    assert int(board.eval("__import__('gc').mem_alloc()").result(5)) < 2_000_000


def test_progress_is_told_from_the_beginning_with_rate_and_time(board):
    for operation in (board.files.put("x", os.urandom(300_000)), board.files.get("x")):
        seen: list[Progress] = []
        operation.progress.connect(seen.append)
        operation.result(30)
        assert (seen[0].done, seen[0].total) == (0, 300_000)
        assert seen[-1].done == seen[-1].total
        assert [p.done for p in seen] == sorted(p.done for p in seen)
        assert len(seen) > 20
        middle = seen[len(seen) // 2]
        assert middle.rate > 0
        assert middle.remaining == pytest.approx((300_000 - middle.done) / middle.rate)


def test_cancel_leaves_the_old_file_and_no_part(board, board_folder, tmp_path):
    old = os.urandom(4_000_000)
    (board_folder / "data.bin").write_bytes(old)
    for begin in (
        lambda: board.files.put("data.bin", os.urandom(4_000_000)),
        lambda: board.files.get_file("data.bin", tmp_path / "copy"),
    ):
        operation = begin()
        operation.progress.connect(lambda progress, operation=operation: progress.done and operation.cancel())
        with pytest.raises(CancelledError):
            operation.result(30)
        assert names(board_folder) == {"data.bin"}
        assert (board_folder / "data.bin").read_bytes() == old
    assert not list(tmp_path.glob("copy*"))
    assert board.eval("1 + 1").result(10) == "2"
    assert board.status.state is State.PROMPT


def test_a_part_of_the_same_content_is_continued_and_another_is_not(board, board_folder):
    data = os.urandom(50_000)
    for part, begins in (
        (data[:30_000], 30_000),
        (os.urandom(30_000), 0),
        (data + b"more", 0),
        (data, 50_000),
    ):
        (board_folder / "data.bin.dirigent-part").write_bytes(part)
        seen: list[Progress] = []
        operation = board.files.put("data.bin", data)
        operation.progress.connect(seen.append)
        operation.result(30)
        assert seen[0].done == begins
        assert (board_folder / "data.bin").read_bytes() == data
        assert names(board_folder) == {"data.bin"}


def test_a_part_here_is_continued_when_it_is_the_beginning(board, board_folder, tmp_path):
    data = os.urandom(50_000)
    (board_folder / "data.bin").write_bytes(data)
    local = tmp_path / "copy"
    for part, begins in (
        (data[:30_000], 30_000),
        (os.urandom(30_000), 0),
        (data + b"more", 0),
        (data, 50_000),
    ):
        (tmp_path / "copy.dirigent-part").write_bytes(part)
        seen: list[Progress] = []
        operation = board.files.get_file("data.bin", local)
        operation.progress.connect(seen.append)
        operation.result(30)
        assert seen[0].done == begins
        assert local.read_bytes() == data
        assert not (tmp_path / "copy.dirigent-part").exists()


SLOW_HASH = """
import sys, time, hashlib
class sha256:
    def __init__(self): self.real = real()
    def update(self, data):
        time.sleep(0.005)
        self.real.update(data)
    def digest(self): return self.real.digest()
real = hashlib.sha256
class Slow: pass
Slow.sha256 = sha256
sys.modules["hashlib"] = Slow
"""


def test_a_hash_that_takes_longer_than_the_deadline_is_waited_for(board, board_folder, tmp_path, monkeypatch):
    """The deadline is for silence, however large the file."""
    monkeypatch.setattr(file_operations, "TRANSFER_TIMEOUT", 1.0)
    data = os.urandom(400_000)  # 2 s
    board.exec(SLOW_HASH).result(10)
    seen: list[Progress] = []
    operation = board.files.put("big.bin", data)
    operation.progress.connect(seen.append)
    operation.result(60)
    assert (board_folder / "big.bin").read_bytes() == data
    assert [each.done for each in seen[-3:]] == [400_000] * 3
    (tmp_path / "copy.dirigent-part").write_bytes(data[:300_000])
    board.files.get_file("big.bin", tmp_path / "copy").result(60)
    assert (tmp_path / "copy").read_bytes() == data


def test_files_of_the_users_own_are_never_taken_for_parts(board, board_folder, tmp_path):
    (board_folder / "data.csv.part").write_bytes(b"mine")
    board.files.put("data.csv", b"new").result(10)
    assert (board_folder / "data.csv.part").read_bytes() == b"mine"
    (tmp_path / "movie.bin.part").write_bytes(b"mine")
    with pytest.raises(BoardFileError):
        board.files.get_file("movie.bin", tmp_path / "movie.bin").result(10)
    assert (tmp_path / "movie.bin.part").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["x" * 255, "測" * 85])
def test_the_longest_names_can_be_copied(board, board_folder, tmp_path, name):
    board.files.put(name, b"data").result(10)
    assert names(board_folder) == {name}
    board.files.get_file(name, tmp_path / name).result(10)
    assert (tmp_path / name).read_bytes() == b"data"


# As FAT: it does not replace a file by another.
NO_REPLACING = """
import os, sys
class Os:
    def __getattr__(self, name): return getattr(real, name)
    def rename(self, old, new):
        real.stat(old)
        try:
            real.stat(new)
        except OSError:
            return real.rename(old, new)
        raise OSError(17)
real = os
sys.modules["os"] = Os()
"""


@pytest.mark.parametrize("disk", ["", NO_REPLACING])
def test_renaming_replaces_a_file_or_leaves_it(board, board_folder, disk):
    board.exec(disk).result(10)
    (board_folder / "new.py").write_bytes(b"new")
    (board_folder / "victim.py").write_bytes(b"old")
    (board_folder / "folder").mkdir()
    for old, new in (("missing.py", "victim.py"), ("folder", "victim.py"), ("new.py", "folder")):
        with pytest.raises(BoardFileError):
            board.files.rename(old, new).result(10)
    assert (board_folder / "victim.py").read_bytes() == b"old"
    board.files.rename("new.py", "victim.py").result(10)
    assert (board_folder / "victim.py").read_bytes() == b"new"
    assert names(board_folder) == {"victim.py", "folder"}


def test_too_little_space_is_told_before_anything_is_written(board, board_folder):
    board.exec(NO_SPACE).result(5)
    (board_folder / "data.bin").write_bytes(b"old")
    with pytest.raises(
        BoardFileError, match=r"data.bin: needs 12 kB, 4 kB are free on the board; delete"
    ) as error:
        board.files.put("data.bin", bytes(12_000)).result(10)
    assert error.value.number == 28
    assert names(board_folder) == {"data.bin"}
    board.files.put("data.bin", bytes(4096)).result(10)


def test_a_disk_that_is_full_half_way_keeps_the_old_file(board, board_folder):
    board.exec(SMALL_DISK).result(5)
    (board_folder / "data.bin").write_bytes(b"old")
    with pytest.raises(BoardFileError, match="no space left on the board; delete something"):
        board.files.put("data.bin", os.urandom(100_000)).result(20)
    assert (board_folder / "data.bin").read_bytes() == b"old"
    assert names(board_folder) == {"data.bin"}
    assert board.eval("1").result(5) == "1"


def test_a_board_without_binary_streams_gets_text(board, board_folder, tmp_path):
    board.exec(NO_STREAMS).result(5)
    data = os.urandom(20_000)
    operation = board.files.put("data.bin", data)
    seen: list[Progress] = []
    operation.progress.connect(seen.append)
    operation.result(30)
    assert (board_folder / "data.bin").read_bytes() == data
    assert len(seen) > 5
    board.files.get_file("data.bin", tmp_path / "copy").result(30)
    assert (tmp_path / "copy").read_bytes() == data
    board.files.put("empty", b"").result(10)
    assert names(board_folder) == {"data.bin", "empty"}


def test_a_folder_is_no_file(board, board_folder, tmp_path):
    (board_folder / "lib").mkdir()
    with pytest.raises(BoardFileError, match="this is a folder"):
        board.files.get("lib").result(10)
    with pytest.raises(BoardFileError, match="folder"):
        board.files.put("lib", b"data").result(10)
    assert names(board_folder) == {"lib"}
    with pytest.raises(BoardFileError, match="no such file"):
        board.files.get_file("nothing", tmp_path / "copy").result(10)
    assert not list(tmp_path.glob("copy*"))


def test_troubles_of_this_computer_are_told(board, tmp_path):
    with pytest.raises(BoardError, match="missing: cannot be read"):
        board.files.put_file(tmp_path / "missing", "x").result(10)
    board.files.put("x", b"data").result(10)
    with pytest.raises(BoardError, match="cannot be written"):
        board.files.get_file("x", tmp_path / "nowhere" / "copy").result(10)


def test_amounts_are_told_in_round_numbers():
    assert [file_copy._amount(n) for n in (0, 999, 1999, 9_999_999, 10_999_999)] == [
        "0 bytes", "999 bytes", "1 kB", "9999 kB", "10 MB",
    ]  # fmt: skip
    assert file_copy._amount(1001, 1) == "2 kB"


@pytest.mark.feature("adaptive block size")
@pytest.mark.parametrize(
    ("memory", "largest"),
    [(1000, transfer_pace.SMALLEST_BLOCK), (20_000, 2000), (1 << 20, transfer_pace.LARGEST_BLOCK)],
)
def test_blocks_are_as_large_as_the_boards_memory_allows(board, board_folder, memory, largest):
    board.exec(FREE_MEMORY.format(memory)).result(5)
    data = os.urandom(60_000)
    board.files.put("data.bin", data).result(30)
    assert (board_folder / "data.bin").read_bytes() == data
    assert int(board.eval("max(taken)").result(5)) == largest


def test_five_thousand_files_are_listed_bit_by_bit(board, board_folder):
    folder = board_folder / "many"
    folder.mkdir()
    for number in range(5000):
        (folder / f"ファイル{number}.txt").touch()
    batches: list[int] = []
    seen: set[str] = set()
    first = threading.Event()

    def heard(entries) -> None:
        batches.append(len(entries))
        seen.update(entry.name for entry in entries)
        first.set()

    operation: Operation = board.files.ls("many", on_entries=heard)
    assert first.wait(20)
    entries = operation.result(60)
    assert len(entries) == 5000
    assert seen == {entry.name for entry in entries}
    assert len(batches) > 1


def test_samples_come_through_while_a_file_is_written(board, board_folder, store):
    """The board sends frames, numbers and broken frames between its answers, as timers and interrupts do."""
    (board_folder / "stream.py").write_bytes(
        (Path(__file__).parents[3] / "resources/board/stream.py").read_bytes()
    )
    board.exec(
        "import sys, builtins\nfrom stream import stream\ns = stream('beat', 'n', fmt='H')\nsent = 0\n"
        "_open = builtins.open\n"
        "class Beating:\n"
        "    def __init__(self, file): self.file = file\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *error): self.file.close()\n"
        "    def tick(self):\n"
        "        global sent\n"
        "        s.send(sent); sent += 1\n"
        "        print('tick', sent)\n"
        "        sys.stdout.buffer.write(b'\\xfe\\xd1\\x03\\x00\\x01broken')\n"
        "    def write(self, data):\n"
        "        self.tick()\n"
        "        return self.file.write(data)\n"
        "    def seek(self, place): return self.file.seek(place)\n"
        "    def readinto(self, view):\n"
        "        self.tick()\n"
        "        return self.file.readinto(view)\n"
        "builtins.open = lambda path, mode='r': Beating(_open(path, mode)) if 'data' in path else _open(path, mode)"
    ).result(10)
    data = os.urandom(5_000)  # the host waits for the rest of each broken frame
    board.files.put("data.bin", data).result(30)
    assert (board_folder / "data.bin").read_bytes() == data
    assert board.files.get("data.bin").result(30) == data
    sent = int(board.eval("sent").result(5))
    assert sent > 15
    assert store.reader("beat").total == sent
    assert board.traffic.lost == 0


def test_a_board_that_waits_for_a_lost_connection_is_free_at_once(
    session, unix_board, board_folder, monkeypatch
):
    """By itself it would wait for two minutes here."""
    monkeypatch.setattr(content, "_BOARD_PATIENCE", 120_000)
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    program = content.put_program("x.bin.dirigent-part", 1, 0, 1000, 512)

    def cut(bench):
        with bench.converse(program) as talk:
            while talk.hear(0.1) is None:
                pass
            raise PortError("port", "the port went away", "Plug it in.", gone=True)

    with pytest.raises(DisconnectedError):
        session.submit("Copying", cut).result(30)
    session.watcher.until_state(State.PROMPT)
    assert session.eval("6 * 7").result(30) == "42"
