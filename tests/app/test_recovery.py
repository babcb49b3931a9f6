"""What was typed survives a kill, and what others wrote meanwhile is not overwritten by it."""

from __future__ import annotations

import pytest

from app.background import Background
from app.recovery import Recovery, Restored
from engines.workspace.files import DocumentError
from tests.app.notes import Note, opened

ONE = ".dirigent/recovery/one.note.unsaved"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.note").write_text("first")
    (tmp_path / "two.note").write_text("second")
    return tmp_path


@pytest.fixture
def writer():
    writer = Background(lambda function: None)  # outcomes are taken by `finish`
    yield writer
    writer.close()


@pytest.fixture
def typed(folder, writer):
    """A project in which something was typed and journalled, as if killed then."""

    def typed(text="typed", *, edited=True):
        project = opened(folder)
        recovery = Recovery(project, writer)
        project.documents[0].document.text, project.documents[0].edited = text, edited
        recovery.touch(project.documents[0].document)
        recovery.finish()
        return project, recovery

    return typed


@pytest.fixture
def again(folder, writer):
    """The next start: its project, and what it brought back."""

    def again():
        project = opened(folder)
        return project, Recovery(project, writer).restore()

    return again


def texts(project):
    return {each.document.name: each.document.text for each in project.documents}


def test_unsaved_edits_come_back_after_a_kill(typed, again):
    project, recovery = typed()
    recovery.touch(project.add(Note("new", "a new one")).document)
    recovery.finish()
    project, restored = again()
    assert restored == Restored(edited=["new.note", "one.note"])
    assert texts(project) == {"one": "typed", "two": "second", "new": "a new one"}
    assert {each.document.name for each in project.dirty()} == {"one", "new"}
    project.documents[0].save("typed")  # nobody touched the file


def test_outputs_alone_come_back_without_a_word(typed, again):
    typed("the same, with new outputs", edited=False)
    project, restored = again()
    assert restored == Restored()
    assert texts(project)["one"] == "the same, with new outputs"


def test_a_file_that_others_changed_is_told_and_not_overwritten(typed, again, folder):
    typed()
    (folder / "one.note").write_text("theirs")
    for _ in range(2):  # another start changes nothing
        project, restored = again()
        assert restored == Restored(changed=["one.note"])
        assert texts(project)["one"] == "typed"
        with pytest.raises(DocumentError, match="was changed by another program"):
            project.documents[0].save("typed")
    assert (folder / "one.note").read_text() == "theirs"
    project.documents[0].save("typed", overwrite=True)
    assert (folder / "one.note").read_text() == "typed"


def test_outputs_never_cover_a_file_that_others_changed(typed, again, folder):
    typed("gain = 2, with outputs", edited=False)
    (folder / "one.note").write_text("gain = 99")
    project, restored = again()
    assert restored == Restored(outdated=["one.note"])
    assert texts(project)["one"] == "gain = 99"
    assert again()[1] == Restored()


def test_the_same_text_from_elsewhere_is_no_conflict(typed, again, folder):
    typed()
    (folder / "one.note").write_text("typed")
    project, restored = again()
    assert restored == Restored()
    assert not project.documents[0].dirty


def test_a_new_document_does_not_cover_a_file_that_came_meanwhile(folder, writer, again):
    project = opened(folder)
    recovery = Recovery(project, writer)
    recovery.touch(project.add(Note("new", "mine")).document)
    recovery.finish()
    (folder / "new.note").write_text("theirs")
    project, restored = again()
    assert restored == Restored(changed=["new.note"])
    with pytest.raises(DocumentError, match="is there already"):
        project.of(project.find("new", ".note")).save("mine")


def test_typing_in_a_file_that_is_gone_comes_back(typed, again, folder):
    typed()
    (folder / "one.note").unlink()
    project, restored = again()
    assert restored == Restored(edited=["one.note"])
    project.of(project.find("one", ".note")).save("typed")


def test_a_file_that_became_unreadable_is_not_overwritten(typed, again, folder):
    typed()
    (folder / "one.note").write_text("broken")
    project, restored = again()
    assert restored == Restored(changed=["one.note"])
    with pytest.raises(DocumentError, match="was changed by another program"):
        project.of(project.find("one", ".note")).save("typed")


def test_a_document_from_elsewhere_comes_back_to_its_own_file(folder, writer, again, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "three.note"
    elsewhere.write_text("third")
    project = opened(folder)
    recovery = Recovery(project, writer)
    third = project.open_file(elsewhere)
    third.document.text, third.edited = "typed", True
    recovery.touch(third.document)
    recovery.finish()
    project, restored = again()
    assert restored == Restored(edited=["three.note"])
    project.of(project.find("three", ".note")).save("typed")
    assert elsewhere.read_text() == "typed"


def test_saved_documents_leave_no_journal(typed, again, folder):
    project, recovery = typed()
    project.documents[0].save("typed")
    recovery.discard(project.documents[0].document)
    recovery.finish()
    assert not (folder / ONE).exists()
    assert again()[1] == Restored()


def test_an_edit_that_was_undone_leaves_no_journal(typed, folder):
    project, recovery = typed()
    project.documents[0].document.text = "first"
    recovery.touch(project.documents[0].document)
    recovery.finish()
    assert not (folder / ONE).exists()


def test_a_damaged_journal_is_named_and_kept(folder, again):
    journal = folder / ONE
    journal.parent.mkdir(parents=True)
    journal.write_text("{ half")
    project, restored = again()
    assert restored == Restored()
    assert "one.note.unsaved" in project.problems[0]
    assert journal.exists()


def test_one_document_never_keeps_the_others_out(folder, writer, again):
    project = opened(folder)
    recovery = Recovery(project, writer)
    for each in project.documents:
        each.document.text, each.edited = f"typed in {each.document.name}", True
        recovery.touch(each.document)
    project.documents[0].document.snapshot = lambda: lambda: 1 / 0
    recovery.finish()
    assert "one.note.unsaved: unsaved work cannot be journalled: ZeroDivisionError" in recovery.problem
    assert again()[1] == Restored(edited=["two.note"])
    del project.documents[0].document.snapshot
    recovery.finish()  # it is tried again
    assert recovery.problem is None
    assert again()[1] == Restored(edited=["one.note", "two.note"])


def test_writes_do_not_pile_up_and_the_newest_text_wins(folder, writer):
    project = opened(folder)
    document, times = project.documents[0].document, [0.0]
    recovery = Recovery(project, writer, clock=lambda: times[0])
    made = []

    def snapshot():
        text = document.text

        def slow():
            times[0] += 1.0  # a huge document
            made.append(text)
            return text

        return slow

    document.snapshot = snapshot
    for count in range(5):
        document.text = f"typed {count}"
        recovery.touch(document)
        recovery.write()  # the first begins; it is under way for all the others
    writer.finish()
    recovery.write()  # the journal rests
    assert made == ["typed 0"]
    times[0] += 4.0
    recovery.write()
    writer.finish()
    assert made == ["typed 0", "typed 4"]
    assert (folder / ONE).read_text().endswith("\ntyped 4")
