"""The mark that both processes see."""

from __future__ import annotations

from engines.workspace.running_mark import SIZE, RunningMark, make_mark_file, read_mark


def test_a_mark_is_set_seen_and_cleared(tmp_path):
    path = tmp_path / "running"
    assert read_mark(path) == ""
    make_mark_file(path)
    mark = RunningMark(path)
    assert read_mark(path) == ""
    mark.set("'Mein Blatt ü'!F1")
    assert read_mark(path) == "'Mein Blatt ü'!F1"
    mark.set("A!B2")
    assert read_mark(path) == "A!B2"
    mark.clear()
    assert read_mark(path) == ""


def test_what_is_too_long_is_cut(tmp_path):
    make_mark_file(tmp_path / "running")
    RunningMark(tmp_path / "running").set("x" * 5000)
    assert set(read_mark(tmp_path / "running")) == {"x"}
    assert (tmp_path / "running").stat().st_size == SIZE


def test_without_a_file_nobody_sees_it():
    RunningMark().set("A!B2")
