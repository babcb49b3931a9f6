"""A board whose disk is mounted on this computer, too: real MicroPython with a ``pyb`` of the test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engines.board.connection.transport import serial_target
from engines.board.errors import RemoteError
from engines.board.files.mass_storage import DiskGuard, MassStorageError, fat_mounts, mass_storage_conflict
from engines.board.status import State
from engines.board.sync.sync import Pair, apply, compare
from engines.board.transfer.queue import TransferQueue

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

PYB = "def usb_mode(): return {mode!r}\n"
FLASH = """
import sys, os
class Os:
    def __getattr__(self, name):
        return getattr(real, name)
    def ilistdir(self, path=""):
        if path == "/flash":
            return iter([("boot.py", 0x8000, 0, 1), ("LIB", 0x4000, 0)])
        return real.ilistdir(path)
real = os
sys.modules["os"] = Os()
"""


@pytest.fixture
def volume(tmp_path) -> Path:
    """A stick with the same files, and what a computer puts beside them."""
    volume = tmp_path / "A STICK"
    for folder in ("lib", "System Volume Information", ".Trash-1000"):
        (volume / folder).mkdir(parents=True)
    (volume / "boot.py").touch()
    return volume


@pytest.fixture
def connect(session, unix_board, board_folder, volume):
    """Connect to a board in a USB mode, with ``volume`` mounted here."""

    def connect(mode: str | None, *volumes: Path):
        (board_folder / "pyb.py").write_text(PYB.format(mode=mode))
        session.disk_guard.volumes = lambda: volumes or (volume,)
        session.connect(serial_target(unix_board.path))
        session.watcher.until_state(State.PROMPT)
        session.exec(FLASH).result(10)
        return session

    return connect


def test_the_sentence_names_the_place(connect, volume):
    session = connect("VCP+MSC")
    sentence = session.submit("asking", lambda bench: mass_storage_conflict(bench, lambda: [volume])).result(
        10
    )
    assert str(volume) in sentence
    assert session.submit("asking", lambda bench: mass_storage_conflict(bench, list)).result(10) is None


@pytest.mark.feature("USB mass storage conflict")
def test_nothing_is_written_until_the_user_wants_it(connect, board_folder, tmp_path):
    session = connect("VCP+MSC")
    warned = []
    session.disk_guard.warned.connect(warned.append)
    for operation in (
        session.files.put("x", b"1"),
        session.files.mkdir("y"),
        session.files.rm("pyb.py"),
        session.files.rename("pyb.py", "z"),
    ):
        with pytest.raises(MassStorageError, match=r"mounted .* pyb.usb_mode\('VCP'\)"):
            operation.result(10)
    assert sorted(path.name for path in board_folder.iterdir()) == ["port", "pyb.py"]
    assert len(warned) == 4
    session.disk_guard.allow()
    session.files.put("x", b"1").result(10)
    assert (board_folder / "x").read_bytes() == b"1"


def test_it_is_asked_once_a_connection(connect, unix_board):
    session = connect("VCP+MSC")
    session.disk_guard.allow()
    session.files.put("x", b"1").result(10)
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    with pytest.raises(MassStorageError):
        session.files.put("x", b"2").result(10)


def test_sync_and_transfers_are_held_back_as_well(connect, tmp_path, board_folder):
    session = connect("VCP+MSC")
    here = tmp_path / "here"
    here.mkdir()
    (here / "a.py").write_text("1")
    comparison = compare(session, Pair(here)).result(10)
    with pytest.raises(MassStorageError):
        apply(session, comparison).result(10)
    queue = TransferQueue(session)
    queue.put(here / "a.py", "a.py")
    session.watcher.until(lambda: queue.items[0].state == "failed")
    assert "also mounted" in queue.items[0].error
    assert not (board_folder / "a.py").exists()


@pytest.mark.parametrize("mode", ["VCP", None, "VCP+HID"])
def test_a_board_without_usb_disk_is_written_at_once(connect, board_folder, mode):
    connect(mode).files.put("x", b"1").result(10)
    assert (board_folder / "x").exists()


def test_another_stick_does_not_matter(connect, tmp_path, board_folder):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "holiday.jpg").touch()
    connect("VCP+MSC", tmp_path / "other", tmp_path / "gone").files.put("x", b"1").result(10)
    assert (board_folder / "x").exists()


def test_the_label_is_enough(connect, tmp_path):
    (tmp_path / "PYBFLASH").mkdir()
    with pytest.raises(MassStorageError):
        connect("VCP+MSC", tmp_path / "PYBFLASH").files.put("x", b"1").result(10)


class Asked:
    """A bench whose board answers so, one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def ask(self, program):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


NO_MEMORY = RemoteError("Traceback (most recent call last):\nMemoryError: memory allocation failed")


@pytest.mark.parametrize("answers", [([], []), (NO_MEMORY, NO_MEMORY), ([], NO_MEMORY)])
def test_without_an_answer_nothing_is_written_and_it_is_asked_again_the_next_time(answers):
    guard = DiskGuard(lambda: [Path("/media/me/PYBFLASH")])
    warned = []
    guard.warned.connect(warned.append)
    with pytest.raises(MassStorageError, match="did not tell"):
        guard.check(Asked(*answers))
    assert len(warned) == 1
    with pytest.raises(MassStorageError, match="also mounted"):
        guard.check(Asked([], [("VCP+MSC", [["main.py"]])]))
    guard.check(Asked(NO_MEMORY, [("None", [])]))
    guard.check(Asked())  # now it is known


def test_a_mount_table():
    table = (
        "/dev/sda2 / ext4 rw 0 0\n"
        "/dev/sdb1 /media/me/PYB\\040FLASH vfat rw 0 0\n"
        "/dev/sdc1 /media/me/Gr\u00fcn exfat rw 0 0\nshort line\n"
    )
    assert fat_mounts(table) == [Path("/media/me/PYB FLASH"), Path("/media/me/Gr\u00fcn")]
