"""Changes to the board's files and their undo, on real MicroPython and on the virtual pyboard."""

from __future__ import annotations

import errno
import sys

import pytest
from board_doubles import ScriptedTransport
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.board.connection.transport import Target, process_target, serial_target
from engines.board.errors import DisconnectedError
from engines.board.files.board_files import BoardFileError
from engines.board.files.disks import list_disks
from engines.board.files.file_edits import FileEdits
from engines.board.files.kept_copies import TooLargeToKeepError
from engines.board.files.walk import walk
from engines.board.status import State
from engines.board.virtual import command

WAIT = 30


@pytest.fixture
def edits(session):
    edits = FileEdits(session)
    yield edits
    edits.close()


@pytest.fixture
def unix(session, unix_board, board_folder, edits):
    """The folder that real MicroPython works in; its paths are the host's."""
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    root = board_folder / "flash"
    root.mkdir()
    return root


@pytest.fixture
def virtual(session, tmp_path, edits):
    flash, sd = tmp_path / "flash", tmp_path / "sd"
    flash.mkdir()
    sd.mkdir()
    session.connect(
        process_target("Virtual", [sys.executable, "-m", "engines.board.virtual", *command(flash, sd=sd)], "")
    )
    session.watcher.until(lambda: session.status.state is State.PROMPT, WAIT)
    return flash


def tree(folder):
    """Every path in a folder with its content; None for a folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


def test_a_renamed_file_gets_its_old_name_back(unix, edits):
    (unix / "a.py").write_bytes(b"a")
    edited = edits.rename(f"{unix}/a.py", "測定 ü.py").result(WAIT)
    assert edited.text == "Renamed a.py to 測定 ü.py"
    assert edited.folders == (str(unix),)
    assert tree(unix) == {"測定 ü.py": b"a"}
    assert edits.undo().result(WAIT).text == "Undone: Renamed a.py to 測定 ü.py"
    assert tree(unix) == {"a.py": b"a"}
    edits.redo().result(WAIT)
    assert tree(unix) == {"測定 ü.py": b"a"}


def test_a_deleted_folder_comes_back_with_every_byte(unix, edits):
    data = bytes(range(256)) * 20
    (unix / "lib" / "deep").mkdir(parents=True)
    (unix / "lib" / "deep" / "data.bin").write_bytes(data)
    (unix / "lib" / "empty").write_bytes(b"")
    before = tree(unix)
    edits.delete([f"{unix}/lib"]).result(WAIT)
    assert tree(unix) == {}
    assert edits.undo_label == "Deleted lib"
    edits.undo().result(WAIT)
    assert tree(unix) == before


def test_what_is_too_large_to_keep_is_not_deleted_unless_wanted(unix, session):
    edits = FileEdits(session, limit=999)
    (unix / "big").write_bytes(b"x" * 1000)
    with pytest.raises(TooLargeToKeepError) as caught:
        edits.delete([f"{unix}/big"]).result(WAIT)
    assert caught.value.size == 1000
    assert (unix / "big").exists()
    assert edits.undo_label is None
    assert not edits.delete([f"{unix}/big"], keep=False).result(WAIT).undoable
    assert not (unix / "big").exists()


def test_nothing_is_ever_overwritten(unix, edits):
    (unix / "a").write_bytes(b"a")
    (unix / "b").write_bytes(b"b")
    for operation in (
        edits.rename(f"{unix}/a", "b"),
        edits.make_file(f"{unix}/a"),
        edits.make_folder(f"{unix}/b"),
    ):
        with pytest.raises(BoardFileError, match="one of this name") as caught:
            operation.result(WAIT)
        assert caught.value.number == errno.EEXIST
    assert tree(unix) == {"a": b"a", "b": b"b"}
    assert edits.undo_label is None


def test_what_is_moved_onto_is_replaced_only_when_wanted_and_comes_back(unix, edits):
    (unix / "a").write_bytes(b"new")
    (unix / "lib").mkdir()
    (unix / "lib" / "a").write_bytes(b"old")
    before = tree(unix)
    edits.move([f"{unix}/a"], f"{unix}/lib", replace=[f"{unix}/lib/a"]).result(WAIT)
    assert tree(unix) == {"lib": None, "lib/a": b"new"}
    edits.undo().result(WAIT)
    assert tree(unix) == before


def test_of_several_moves_all_are_made_or_none(unix, edits):
    for name in ("a", "b"):
        (unix / name).write_bytes(name.encode())
    (unix / "lib").mkdir()
    (unix / "lib" / "b").write_bytes(b"in the way")
    before = tree(unix)
    with pytest.raises(BoardFileError):
        edits.move([f"{unix}/a", f"{unix}/b"], f"{unix}/lib").result(WAIT)
    assert tree(unix) == before


def test_a_folder_is_not_moved_into_itself(unix, edits):
    (unix / "lib" / "in").mkdir(parents=True)
    with pytest.raises(BoardFileError, match="into itself"):
        edits.move([f"{unix}/lib"], f"{unix}/lib/in").result(WAIT)
    assert tree(unix) == {"lib": None, "lib/in": None}


def test_a_new_folder_that_was_filled_is_not_taken_away_by_undo(unix, edits):
    edits.make_folder(f"{unix}/lib").result(WAIT)
    (unix / "lib" / "kept").write_bytes(b"x")
    with pytest.raises(BoardFileError, match="not empty any more"):
        edits.undo().result(WAIT)
    assert edits.undo_label == f"Made the folder {unix}/lib"  # and can be tried again
    (unix / "lib" / "kept").unlink()
    edits.undo().result(WAIT)
    assert tree(unix) == {}


def test_an_undo_that_cannot_be_is_skipped_for_those_before_it(unix, edits):
    (unix / "a").write_bytes(b"a")
    edits.rename(f"{unix}/a", "b").result(WAIT)
    edits.rename(f"{unix}/b", "c").result(WAIT)
    (unix / "c").rename(unix / "b")  # a program did
    with pytest.raises(BoardFileError):
        edits.undo().result(WAIT)
    edits.skip_undo()
    edits.undo().result(WAIT)
    assert tree(unix) == {"a": b"a"}


def test_undo_on_nothing_says_so(unix, edits):
    assert edits.undo().result(WAIT).text == "Nothing to undo"


def test_another_board_has_another_undo_stack(unix, edits, session):
    (unix / "a").write_bytes(b"a")
    edits.rename(f"{unix}/a", "b").result(WAIT)
    transport = ScriptedTransport()
    session.connect(Target("another", "", lambda: transport))
    session.watcher.until(lambda: session.target.name == "another")
    assert edits.undo_label is None


def test_without_a_board_an_edit_says_so(session, edits):
    with pytest.raises(DisconnectedError):
        edits.make_file("/flash/a").result(WAIT)


def test_files_move_from_one_disk_to_the_other_and_back(virtual, edits, session, tmp_path):
    (virtual / "lib").mkdir()
    (virtual / "lib" / "x.py").write_bytes(b"x" * 1500)
    before = tree(virtual)
    edits.move(["/flash/lib"], "/sd").result(WAIT)
    assert tree(virtual) == {}
    assert tree(tmp_path / "sd") == {"lib": None, "lib/x.py": b"x" * 1500}
    edits.undo().result(WAIT)
    assert tree(virtual) == before
    assert tree(tmp_path / "sd") == {}
    with pytest.raises(BoardFileError, match="read-only"):
        edits.make_file("/rom/x").result(WAIT)


def test_the_virtual_boards_disks_are_flash_and_card(virtual, session):
    disks = session.submit("disks", list_disks).result(WAIT)
    assert disks[0].path == "/flash"
    assert "/sd" in [disk.path for disk in disks]
    assert all(0 <= disk.free <= disk.total for disk in disks if not disk.is_rom)


def test_one_file_system_is_one_disk(unix, session):
    disks = session.submit("disks", list_disks).result(WAIT)
    assert [disk.path for disk in disks] == ["/"]
    assert disks[0].total > disks[0].free > 0


NAMES = ["a", "b.py", "ü", "測定"]
PATHS = [*NAMES, *(f"{folder}/{name}" for folder in NAMES for name in NAMES)]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    edits_wanted=st.lists(
        st.tuples(st.sampled_from(["rename", "move", "folder", "file", "delete"]),
                  st.sampled_from(PATHS), st.sampled_from(PATHS)),
        max_size=12,
    )
)  # fmt: skip
def test_any_edits_are_taken_back_by_as_many_undos(unix, session, edits_wanted):
    import shutil

    for path in unix.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (unix / "a").mkdir()
    (unix / "a" / "b.py").write_bytes(b"\x03\x04\xff" * 100)
    (unix / "b.py").write_bytes(b"b")
    edits = FileEdits(session)
    states = [tree(unix)]
    for kind, one, other in edits_wanted:
        first, second = f"{unix}/{one}", f"{unix}/{other}"
        arguments = {
            "rename": (edits.rename, first, other.rpartition("/")[2]),
            "move": (edits.move, [first], second),
            "folder": (edits.make_folder, first),
            "file": (edits.make_file, first),
            "delete": (edits.delete, [first]),
        }
        do, *rest = arguments[kind]
        operation = do(*rest)
        if operation.exception(WAIT) is None:
            states.append(tree(unix))
        else:
            assert tree(unix) == states[-1]
    for state in reversed(states[:-1]):
        edits.undo().result(WAIT)
        assert tree(unix) == state
    for state in states[1:]:
        edits.redo().result(WAIT)
        assert tree(unix) == state
    edits.close()


@pytest.mark.feature("file manager: tree")
def test_walking_tells_folders_before_what_they_hold(unix, session):
    (unix / "lib").mkdir()
    (unix / "lib" / "x").write_bytes(b"12")
    found = session.submit("walk", lambda bench: walk(bench, str(unix))).result(WAIT)
    assert [(each.path, each.size) for each in found] == [
        (str(unix), 0), (f"{unix}/lib", 0), (f"{unix}/lib/x", 2),
    ]  # fmt: skip
