"""Saving runs beside the window, and one document never keeps the others from being saved."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.background import Background
from app.notices import Notices
from app.recovery import Recovery
from app.saving import Saving, SavingError
from tests.app.notes import Note, opened


@pytest.fixture
def desk(tmp_path):
    """A project of two notes, its recovery and its saving; what is done is taken by `finish`."""
    (tmp_path / "one.note").write_text("first")
    (tmp_path / "two.note").write_text("second")
    writer = Background(lambda function: None)
    loop = SimpleNamespace(later=lambda seconds, function: lambda: None)
    project = opened(tmp_path)
    recovery = Recovery(project, writer)
    saving = Saving(project, recovery, writer, loop, Notices())

    def type_into(place, text):
        project.documents[place].document.text, project.documents[place].edited = text, True
        recovery.touch(project.documents[place].document)

    yield SimpleNamespace(
        folder=tmp_path, project=project, recovery=recovery, saving=saving, writer=writer, type=type_into
    )
    writer.close()


def journals(desk):
    return sorted(path.name for path in (desk.folder / ".dirigent" / "recovery").glob("*.unsaved"))


def test_what_changed_is_saved_and_its_journal_goes(desk):
    desk.type(0, "typed")
    desk.recovery.finish()
    assert journals(desk) == ["one.note.unsaved"]
    done = desk.saving.save_all()
    desk.writer.finish()
    assert done.result(0) == ["one.note"]
    assert (desk.folder / "one.note").read_text() == "typed"
    assert journals(desk) == []
    assert not desk.project.documents[0].edited


@pytest.mark.parametrize("fault", ["theirs", "unwritable"])
def test_what_cannot_be_saved_is_named_kept_and_keeps_nothing_else_out(desk, fault):
    desk.type(0, "typed")
    desk.type(1, "typed too")
    if fault == "theirs":
        (desk.folder / "one.note").write_text("theirs")
    else:
        desk.project.documents[0].document.text = "a\ud800"  # no bytes for that
    done = desk.saving.save_all()
    desk.writer.finish()
    with pytest.raises(SavingError, match=r"one\.note"):
        done.result(0)
    assert (desk.folder / "two.note").read_text() == "typed too"
    assert (desk.folder / "one.note").read_text() == ("theirs" if fault == "theirs" else "first")
    assert desk.project.documents[0].edited
    if fault == "theirs":
        desk.recovery.finish()
        assert journals(desk) == ["one.note.unsaved"]


def test_overwriting(desk):
    desk.type(0, "typed")
    (desk.folder / "one.note").write_text("theirs")
    done = desk.saving.save_all(overwrite=True)
    desk.writer.finish()
    assert done.result(0) == ["one.note"]
    assert (desk.folder / "one.note").read_text() == "typed"


def test_what_is_typed_while_it_is_saved_stays_unsaved(desk):
    desk.type(0, "typed")
    desk.saving.save_all()
    desk.type(0, "typed on")
    desk.recovery.finish()
    assert (desk.folder / "one.note").read_text() == "typed"
    assert desk.project.documents[0].edited
    assert desk.project.documents[0].dirty
    assert Recovery(again := opened(desk.folder), desk.writer).restore().edited == ["one.note"]
    assert again.documents[0].document.text == "typed on"


def test_saving_twice_in_a_row_is_no_conflict_with_oneself(desk):
    desk.type(0, "typed")
    first = desk.saving.save_all()
    desk.type(0, "typed on")
    second = desk.saving.save_all()
    desk.writer.finish()
    assert (first.result(0), second.result(0)) == (["one.note"], ["one.note"])
    assert (desk.folder / "one.note").read_text() == "typed on"


def test_a_new_document_is_saved(desk):
    desk.project.add(Note("three", "third"))
    done = desk.saving.save_all()
    desk.writer.finish()
    assert done.result(0) == ["three.note"]
    assert (desk.folder / "three.note").read_text() == "third"
