"""Changes to files that are broken off at any place, and what undo makes of them: nothing is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_board import MemoryBench, MemoryFiles, MemorySession

from engines.board.connection.port_errors import PortError
from engines.board.errors import CancelledError
from engines.board.files.board_files import BoardFileError
from engines.board.files.file_edits import FileEdits

CONTENT = {"/a": b"a", "/b": b"b", "/lib": None, "/lib/a": b"in lib", "/lib/c": b"c", "/lib/in": None}
FAILURES = {
    "cancelled": lambda: CancelledError("Deleting: cancelled."),
    "link lost": lambda: PortError("/dev/tty0", "the port went away", "Plug it in.", gone=True),
}
EDITS = {
    "delete": lambda edits: edits.delete(["/a", "/lib", "/b"]),
    "move": lambda edits: edits.move(["/a", "/b"], "/lib", replace=["/lib/a"]),
    "rename": lambda edits: edits.rename("/lib", "other"),
}


@pytest.fixture
def files():
    return MemoryFiles(**CONTENT)


@pytest.fixture
def edits(files):
    edits = FileEdits(MemorySession(files))
    yield edits
    edits.close()


def test_what_a_cancelled_deletion_took_comes_back_by_undo(files, edits):
    told = []
    edits.changed.connect(told.append)
    files.fails_at, files.failure, files.late = 11, FAILURES["cancelled"], True  # within /lib
    operation = edits.delete(["/a", "/lib", "/b"])
    assert isinstance(operation.exception(), CancelledError)
    assert "/b" in files.tree
    assert "/a" not in files.tree
    assert edits.undo_label == "Deleted 3 entries, broken off after 2 of 3"
    assert (told[0].broken_off, told[0].undoable, told[0].folders) == (True, True, ("/",))
    edits.undo().result()
    assert files.tree == {"/": None, **CONTENT}
    edits.redo().result()
    assert files.tree == {"/": None, "/b": b"b"}


def test_a_change_that_was_cancelled_before_it_did_anything_is_none(files, edits):
    files.fails_at, files.failure = 3, FAILURES["cancelled"]  # while copies are made
    assert edits.delete(["/a", "/lib"]).exception() is not None
    assert edits.undo_label is None
    assert files.tree == {"/": None, **CONTENT}


def test_a_deletion_for_good_tells_how_far_it_came(files, edits):
    told = []
    edits.changed.connect(told.append)
    files.fails_at, files.failure = 1, FAILURES["link lost"]
    assert isinstance(edits.delete(["/a", "/b"], keep=False).exception(), PortError)
    assert told[0].text == "Deleted 2 entries, broken off after 2 of 2"
    assert (told[0].broken_off, told[0].undoable) == (True, False)


@settings(deadline=None, max_examples=400)
@given(
    edit=st.sampled_from(sorted(EDITS)),
    failure=st.sampled_from(sorted(FAILURES)),
    places=st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.sampled_from("ur")), max_size=4),
    first=st.tuples(st.integers(0, 40), st.booleans()),
)
def test_undo_brings_everything_back_wherever_it_was_broken_off(edit, failure, places, first):
    files = MemoryFiles(**CONTENT)
    edits = FileEdits(MemorySession(files))
    files.failure = FAILURES[failure]
    files.fails_at, files.late = first
    EDITS[edit](edits)
    for place, late, which in places:  # undo and redo are broken off as well
        files.fails_at, files.late = place, late
        (edits.undo if which == "u" else edits.redo)()
    files.fails_at = -1
    while edits.undo_label is not None:
        edits.undo().result()
    if "/other" in files.tree:  # the answer of a whole rename was lost: it may be done, and nothing is lost
        files._rename("/other", "/lib")
    assert files.tree == {"/": None, **CONTENT}
    edits.close()


def test_what_cannot_be_put_back_after_a_refusal_waits_for_undo(files, edits):
    refusals = iter([BoardFileError("/b", "not permitted", 1), BoardFileError("/a", "no space", 28)])

    def refuse(path, *rest, **options):
        raise next(refusals)

    remove, write = files.remove, files.write
    files.remove = lambda path, **options: refuse(path) if path == "/b" else remove(path, **options)
    files.write = refuse
    with pytest.raises(BoardFileError, match="not permitted"):
        edits.delete(["/a", "/b"]).result()
    assert "/a" not in files.tree
    files.write = write
    edits.undo().result()
    assert files.tree == {"/": None, **CONTENT}


def replace(files, edits, path, content):
    """An upload, as the transfer queue does it."""
    with edits.replacing(MemoryBench(files), path):
        files.write(path, content)


def test_a_file_that_an_upload_replaces_comes_back(files, edits):
    replace(files, edits, "/a", b"new")
    replace(files, edits, "/new", b"there was none")
    assert edits.undo_label == "Replaced a"
    edits.undo().result()
    assert files.tree["/a"] == b"a"
    edits.redo().result()
    assert files.tree["/a"] == b"new"
    edits.undo().result()
    assert files.tree["/a"] == b"a"


def test_what_is_too_large_to_keep_is_replaced_for_good(files):
    edits = FileEdits(MemorySession(files), limit=3)
    files.tree["/a"] = b"1234"
    replace(files, edits, "/a", b"new")
    assert files.tree["/a"] == b"new"
    assert edits.undo_label is None


def test_an_upload_that_fails_is_no_change(files, edits):
    files.fails_at, files.failure = 3, FAILURES["cancelled"]
    with pytest.raises(CancelledError):
        replace(files, edits, "/a", b"new")
    assert files.tree["/a"] == b"a"
    assert edits.undo_label is None


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from("ur")), max_size=5))
def test_an_exchange_that_is_broken_off_loses_neither_content(places):
    files = MemoryFiles(**CONTENT)
    edits = FileEdits(MemorySession(files))
    files.failure = FAILURES["link lost"]
    replace(files, edits, "/a", b"new")
    for place, late, which in places:
        files.fails_at, files.late = place, late
        (edits.undo if which == "u" else edits.redo)()
    files.fails_at = -1
    while edits.redo_label is not None:
        edits.redo().result()
    edits.undo().result()
    assert files.tree["/a"] == b"a"
    edits.redo().result()
    assert files.tree["/a"] == b"new"
    edits.close()
