"""Syncing a folder with real MicroPython (unix port)."""

from __future__ import annotations

import errno
import os
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.board.bench import RawBench
from engines.board.connection.transport import serial_target
from engines.board.errors import BoardBusyError, BoardError, CancelledError, DisconnectedError
from engines.board.files.board_files import BoardFileError, BoardFiles
from engines.board.status import State
from engines.board.sync.sync import Direction, Kind, Pair, apply, compare, undo_last, undo_refused

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def board(session, unix_board):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return session


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def there(board_folder):
    folder = board_folder / "flash"
    folder.mkdir()
    return folder


@pytest.fixture
def pair(here, there, tmp_path):
    return Pair(here, str(there), memory=tmp_path / "private")


def write(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def planned(comparison):
    return {action.path: action.kind for action in comparison.plan.actions}


def sync(board, pair, **options):
    comparison = compare(board, pair).result(60)
    return comparison, apply(board, comparison, **options).result(60)


@pytest.mark.feature("same files left out by hash")
def test_what_differs_is_copied_and_the_second_plan_is_empty(board, pair, here, there):
    write(here, main_py=b"print(1)", lib__a_py=b"same", lib__b_py=b"new1", deep__er__c_txt=b"")
    write(there, lib__a_py=b"same", lib__b_py=b"old1", other_txt=b"stays")
    comparison, result = sync(board, pair)
    assert planned(comparison) == {"main.py": Kind.PUT, "lib/b.py": Kind.PUT, "deep/er/c.txt": Kind.PUT}
    assert comparison.plan.same == 1
    assert (len(result.done), result.failed) == (3, ())
    assert tree(there) == {**tree(here), "other.txt": b"stays"}
    assert compare(board, pair).result(60).plan.is_empty


@pytest.mark.feature("delete extraneous")
def test_deleting_is_on_request_and_takes_folders_that_become_empty(board, pair, here, there):
    write(here, a_py=b"a")
    write(there, a_py=b"a", old__deep__b_py=b"b", kept__c_py=b"c", kept__d_py_=b"")
    assert compare(board, pair).result(60).plan.is_empty
    sync(board, replace(pair, delete=True, ignore=("*.py.",)))
    assert tree(there) == {"a.py": b"a", "kept/d.py.": b""}
    assert not (there / "old").exists()


def test_from_the_board(board, pair, here, there):
    write(there, a_py=b"a", lib__b_py=b"b")
    write(here, b_py=b"extra")
    sync(board, replace(pair, direction=Direction.FROM_BOARD, delete=True))
    assert tree(here) == tree(there)


@pytest.mark.feature("two-way sync")
def test_both_ways_remembers_the_last_time(board, pair, here, there):
    pair = replace(pair, direction=Direction.BOTH, delete=True)
    write(here, a_py=b"1", b_py=b"1", c_py=b"1", d_py=b"1")
    sync(board, pair)
    write(here, a_py=b"2", c_py=b"2")
    write(there, b_py=b"2", c_py=b"3")
    (there / "d.py").unlink()
    comparison, _ = sync(board, pair)
    assert planned(comparison) == {
        "a.py": Kind.PUT,
        "b.py": Kind.GET,
        "c.py": Kind.CONFLICT,
        "d.py": Kind.DELETE_HERE,
    }
    assert tree(here) == {"a.py": b"2", "b.py": b"2", "c.py": b"2"}
    assert tree(there) == {"a.py": b"2", "b.py": b"2", "c.py": b"3"}
    comparison = compare(board, pair).result(60)
    decided = replace(comparison, plan=comparison.plan.decided("c.py", Kind.GET))
    apply(board, decided).result(60)
    assert (here / "c.py").read_bytes() == b"3"
    assert compare(board, pair).result(60).plan.actions == ()


def test_a_damaged_memory_is_nobodys_loss(board, pair, here, there, tmp_path):
    pair = replace(pair, direction=Direction.BOTH)
    write(here, a_py=b"1")
    sync(board, pair)
    (memory,) = (tmp_path / "private").iterdir()
    memory.write_text("{ damaged")
    write(here, a_py=b"2")
    assert planned(compare(board, pair).result(60)) == {"a.py": Kind.CONFLICT}


def test_only_a_part_of_the_plan(board, pair, here, there):
    write(here, a_py=b"a", b_py=b"b")
    comparison = compare(board, pair).result(60)
    apply(board, replace(comparison, plan=comparison.plan.only(["b.py"]))).result(60)
    assert tree(there) == {"b.py": b"b"}


def test_what_changed_since_the_plan_is_left_alone(board, pair, here, there):
    pair = replace(pair, direction=Direction.FROM_BOARD)
    write(here, a_py=b"old", b_py=b"old")
    write(there, a_py=b"board", b_py=b"board")
    comparison = compare(board, pair).result(60)
    write(here, a_py=b"edited meanwhile")
    result = apply(board, comparison).result(60)
    assert [(action.path, "changed since" in why) for action, why in result.failed] == [("a.py", True)]
    assert tree(here) == {"a.py": b"edited meanwhile", "b.py": b"board"}


def test_undo_takes_back_both_sides_but_nothing_that_was_edited_since(board, pair, here, there):
    pair = replace(pair, direction=Direction.BOTH, delete=True)
    write(here, a_py=b"1", b_py=b"1", gone__c_py=b"1", d_py=b"1")
    sync(board, pair)
    write(here, a_py=b"22", new_py=b"n")
    (here / "gone/c.py").unlink()
    write(there, b_py=b"33", d_py=b"44")
    before = tree(here), tree(there)
    sync(board, pair)
    assert tree(here) == tree(there)
    assert undo_last(board).result(60) == ()
    assert (tree(here), tree(there)) == before
    sync(board, pair)
    write(here, d_py=b"edited")
    assert undo_last(board).result(60) == ("d.py",)
    assert (here / "d.py").read_bytes() == b"edited"
    assert (there / "a.py").read_bytes() == b"1"


def test_too_much_to_keep_is_told(board, pair, here, there):
    write(here, a_py=b"new")
    write(there, a_py=b"x" * 100)
    plan = compare(board, pair).result(60).plan
    assert "100 bytes" in undo_refused(plan, keep=50)
    assert undo_refused(plan, keep=100) == ""
    _, result = sync(board, pair, keep=50)
    assert result.steps == ()
    assert "100 bytes" in result.undo_refused
    with pytest.raises(BoardError, match="cannot be taken back: 100 bytes"):
        undo_last(board)


@pytest.mark.parametrize("failure", [CancelledError("cancelled"), BoardFileError("/x", "full", 28)])
def test_what_was_broken_off_is_taken_back_by_undo(board, pair, here, there, failure, monkeypatch):
    for number in range(6):
        (here / f"{number}.py").write_bytes(b"new")
    write(there, **{f"old{number}_py": b"old" for number in range(4)}, **{"0_py": b"other"})
    before = tree(there)
    board.last_sync = older = (None, None)
    comparison = compare(board, replace(pair, delete=True)).result(60)
    remove = BoardFiles.remove

    def fail(files, path, **options):
        remove(files, path, **options)  # done, only its answer is lost
        if path.endswith("old1.py"):
            raise failure

    monkeypatch.setattr(BoardFiles, "remove", fail)
    with pytest.raises(type(failure)):
        apply(board, comparison).result(60)
    monkeypatch.undo()
    assert board.last_sync is not older
    assert len(tree(there)) == 8
    if isinstance(failure, CancelledError):
        assert board.last_sync[1].deleted == ("old0.py", "old1.py")
        assert undo_last(board).result(60) == ()
        assert tree(there) == before


def test_a_sync_that_did_nothing_leaves_the_one_before_to_be_undone(board, pair, here, there, monkeypatch):
    write(here, a_py=b"1")
    sync(board, pair)
    last = board.last_sync
    write(here, b_py=b"1")
    comparison = compare(board, pair).result(60)
    full = BoardFileError("/x", "no space", errno.ENOSPC)
    monkeypatch.setattr(BoardFiles, "write_file", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(BoardFileError):
        apply(board, comparison).result(60)
    assert board.last_sync is last


def test_an_undo_that_was_broken_off_goes_on(board, pair, here, there, monkeypatch):
    write(here, a_py=b"1", b_py=b"2")
    write(there, a_py=b"old1", b_py=b"old2")
    before = tree(there)
    sync(board, pair)
    writing = BoardFiles.write
    done = []

    def fail(files, path, data, *rest):
        writing(files, path, data, *rest)
        done.append(path)
        raise CancelledError("cancelled")

    monkeypatch.setattr(BoardFiles, "write", fail)
    with pytest.raises(CancelledError):
        undo_last(board).result(60)
    monkeypatch.undo()
    assert len(done) == 1
    assert undo_last(board).result(60) == ()
    assert tree(there) == before


def test_compiled(board, pair, here, there):
    write(here, main_py=b"import tool\n", tool_py=b"def f():\n    return 6 * 7\n", data_txt=b"x")
    write(here, broken_py=b"x = 1\ndef f(:\n", alien_mpy=b"no module")
    write(there, tool_py=b"older source", broken_py=b"runs on the board")
    comparison, result = sync(board, replace(pair, compiled=True))
    assert planned(comparison) == {
        "main.py": Kind.PUT,
        "tool.mpy": Kind.COMPILE,
        "tool.py": Kind.DELETE_THERE,
        "data.txt": Kind.PUT,
    }
    assert [each.split(":")[0] for each in comparison.plan.problems] == ["alien.mpy", "broken.py, line 2"]
    assert result.failed == ()
    assert (there / "broken.py").exists()
    board.exec(f"import sys\nsys.path.insert(0, {str(there)!r})").result(10)
    assert board.exec("import tool\nprint(tool.f())").result(10) == "42\n"
    assert compare(board, replace(pair, compiled=True)).result(60).plan.is_empty
    with pytest.raises(BoardError, match="only go to the board"):
        compare(board, replace(pair, compiled=True, direction=Direction.BOTH)).result(60)


def test_names_that_differ_by_case_only(board, pair, here, there):
    """FAT takes them for one file: the old name has to go before the new one is written."""
    write(here, Main_py=b"new")
    write(there, main_py=b"old")
    _, result = sync(board, replace(pair, delete=True))
    assert [action.kind for action in result.done] == [Kind.DELETE_THERE, Kind.PUT]
    assert tree(there) == {"Main.py": b"new"}


def test_names_of_all_kinds(board, pair, here, there):
    for name in ("日本語.txt", "a'); print('x", 'q"uote', "back\\slash", "perc%s", " "):
        (here / name).write_bytes(name.encode())
    sync(board, pair)
    assert tree(there) == tree(here)
    sync(board, replace(pair, direction=Direction.BOTH, delete=True))
    assert len(tree(here)) == 6


def test_a_folder_that_is_missing(board, pair, here, there):
    write(here, lib__a_py=b"a")
    deep = replace(pair, board=f"{pair.board}/not/yet/")
    sync(board, deep)
    assert tree(there) == {"not/yet/lib/a.py": b"a"}
    with pytest.raises(BoardFileError, match="no such file"):
        compare(board, replace(pair, board="/nowhere", direction=Direction.FROM_BOARD)).result(60)
    with pytest.raises(BoardFileError, match="no such folder on this computer"):
        compare(board, replace(pair, local=here / "nothing")).result(60)


def test_the_working_folder_is_the_default(board, pair, here, board_folder):
    write(here, a_py=b"a")
    comparison, _ = sync(board, replace(pair, board=""))
    assert comparison.pair.board == str(board_folder)
    assert (board_folder / "a.py").read_bytes() == b"a"


def test_no_space_is_known_before_anything_is_written(board, pair, here, there):
    write(here, a_py=b"x" * 1000)
    free, _ = board.files.space(pair.board).result(10)
    os.truncate(here / "a.py", 2 * free + 10**9)  # a file with a hole takes no room here
    with pytest.raises(BoardFileError, match=r"\d+ bytes are needed, \d+ are free"):
        apply(board, compare(board, pair).result(60)).result(60)
    assert tree(there) == {}


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_a_listing_of_which_something_was_lost_is_no_plan(board, pair, here, there, lost, monkeypatch):
    write(here, a_py=b"a", b_py=b"b")
    write(there, a_py=b"a", b_py=b"b")
    ask = RawBench.ask

    def lose(bench, program, on_output=None):
        told = ask(bench, program, on_output)
        return told[:lost] + told[lost + 1 :] if "ilistdir" in program else told

    monkeypatch.setattr(RawBench, "ask", lose)
    with pytest.raises(BoardFileError, match="arrived damaged"):
        compare(board, replace(pair, direction=Direction.FROM_BOARD, delete=True)).result(60)


def test_what_the_board_cannot_look_at_is_left_out_not_missing(board, pair, here, there):
    write(here, a_py=b"a", b_py=b"b")
    write(there, a_py=b"a")
    (there / "b.py").symlink_to("nowhere")
    comparison = compare(board, replace(pair, direction=Direction.FROM_BOARD, delete=True)).result(60)
    assert comparison.plan.actions == ()
    assert comparison.plan.problems == ("b.py on the board: cannot be read.",)


def test_a_board_without_hashes_is_read_instead(board, pair, here, there):
    write(here, a_py=b"same", b_py=b"1234")
    write(there, a_py=b"same", b_py=b"4321")
    board.exec("import sys\nclass Nothing: pass\nsys.modules['hashlib'] = Nothing()").result(10)
    assert planned(compare(board, pair).result(60)) == {"b.py": Kind.PUT}


def test_a_name_from_the_board_cannot_leave_the_folder(board, pair, here, there):
    lie = (
        "import os\n"
        "class Liar:\n"
        "    def __getattr__(self, name):\n"
        "        return getattr(real, name)\n"
        "    def ilistdir(self, path):\n"
        "        return iter([('../../evil', 0x8000, 0, 4), ('..', 0x8000, 0, 4)])\n"
        "import sys\nreal = os\nsys.modules['os'] = Liar()"
    )
    board.exec(lie).result(10)
    comparison = compare(board, replace(pair, direction=Direction.FROM_BOARD)).result(60)
    assert comparison.plan.actions == ()
    assert len(comparison.plan.problems) == 2


def test_a_link_out_of_the_folder_is_not_written_through(board, pair, here, there, tmp_path):
    (tmp_path / "outside").mkdir()
    (here / "lib").symlink_to(tmp_path / "outside")
    write(there, lib__a_py=b"a")
    _, result = sync(board, replace(pair, direction=Direction.FROM_BOARD))
    assert "somewhere else" in result.failed[0][1]
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_running_program_is_not_disturbed(board, pair, here):
    write(here, a_py=b"a")
    board.type(b"import time\rwhile True: time.sleep_ms(5)\r\r")
    board.watcher.until_state(State.RUNNING)
    with pytest.raises(BoardBusyError):
        compare(board, pair).result(60)
    assert planned(compare(board, pair, interrupt=True).result(60)) == {"a.py": Kind.PUT}


def test_cancelling_leaves_whole_files_and_goes_on_later(board, pair, here, there):
    for number in range(30):
        (here / f"{number:02}.bin").write_bytes(os.urandom(20_000))
    comparison = compare(board, pair).result(60)
    operation = apply(board, comparison)
    operation.progress.connect(lambda progress: operation.cancel() if progress.done > 60_000 else None)
    with pytest.raises(CancelledError):
        operation.result(60)
    copied = {name: data for name, data in tree(there).items() if not name.endswith(".dirigent-part")}
    assert 0 < len(copied) < 30
    assert all(tree(here)[name] == data for name, data in copied.items())
    sync(board, pair)
    assert tree(there) == tree(here)


def test_a_board_that_is_unplugged_in_the_middle(board, unix_board, pair, here, there):
    for number in range(20):
        (here / f"{number:02}.bin").write_bytes(os.urandom(20_000))
    operation = apply(board, compare(board, pair).result(60))
    pulled = threading.Event()

    def pull(progress) -> None:
        if progress.done > 60_000 and not pulled.is_set():
            pulled.set()
            unix_board.unplug()

    operation.progress.connect(pull)
    with pytest.raises(DisconnectedError):
        operation.result(60)
    copied = {name: data for name, data in tree(there).items() if not name.endswith(".dirigent-part")}
    assert 0 < len(copied) < 20
    assert all(tree(here)[name] == data for name, data in copied.items())
    unix_board.plug()
    board.watcher.until(lambda: board.status.state.connected, 30)
    # What the board was doing when the cable was pulled ends by itself, or at a Ctrl-C.
    comparison = compare(board, pair, interrupt=True).result(60)
    apply(board, comparison, interrupt=True).result(60)
    assert {name: data for name, data in tree(there).items() if not name.endswith(".dirigent-part")} == tree(
        here
    )


FILES = st.dictionaries(
    st.sampled_from(["a.py", "lib/b.py", "lib/日.txt", "c"]), st.sampled_from([b"", b"1", b"2"])
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, FILES, st.sampled_from(Direction), st.booleans())
def test_after_any_sync_there_is_nothing_left_to_do(
    board, tmp_path, board_folder, files, others, way, delete
):
    number = len(list(board_folder.iterdir()))
    here, there = tmp_path / f"here{number}", board_folder / f"there{number}"
    here.mkdir()
    there.mkdir()
    for folder, content in ((here, files), (there, others)):
        for name, data in content.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    pair = Pair(here, str(there), way, delete, memory=tmp_path / "memory")
    before = tree(here), tree(there)
    board.last_sync = None
    comparison, result = sync(board, pair)
    assert result.failed == ()
    again = compare(board, pair).result(60).plan
    assert again.is_empty
    assert {each.path for each in again.conflicts} == {each.path for each in comparison.plan.conflicts}
    if board.last_sync and result.steps:
        undo_last(board).result(60)
    assert (tree(here), tree(there)) == before
