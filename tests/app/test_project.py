"""Projects: open what can be opened, name what cannot, never overwrite what others wrote."""

from __future__ import annotations

import pytest

from app.project import BoardSettings, ProjectSettings
from engines.workspace.files import DocumentError
from tests.app.notes import Note, opened


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.note").write_text("first")
    (tmp_path / "two.note").write_text("second")
    return tmp_path


def test_a_damaged_file_is_named_and_the_rest_opens(folder):
    (folder / "two.note").write_text("fine\nbroken")
    (folder / "three.note").write_bytes(b"caf\xe9\n")
    project = opened(folder)
    assert [each.document.name for each in project.documents] == ["one"]
    assert len(project.problems) == 2
    assert any("two.note, line 2: is broken" in problem for problem in project.problems)
    assert any("three.note, line 1: is not UTF-8" in problem for problem in project.problems)


def test_damaged_settings_are_named_with_their_line(folder):
    (folder / "dirigent.toml").write_text("[board]\nport = \n")
    project = opened(folder)
    assert "dirigent.toml, line 2" in project.problems[0]
    assert len(project.documents) == 2


def test_settings(folder):
    (folder / "dirigent.toml").write_text(
        '[project]\ntitle = "T"\n[board]\nport = "virtual"\n[start]\nnotebooks = ["E.ipynb"]\nafter = {accel = 200}\n'
    )
    settings = opened(folder).settings
    assert (settings.title, settings.board_port) == ("T", "virtual")
    assert (settings.run_at_start, settings.start_after) == (("E.ipynb",), {"accel": 200})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[board]\nport = 5\n", "port = 5 must be a text in quotes"),
        ("[boards.left]\nflash = true\n", "flash = True must be a text in quotes"),
        ('[boards."a b"]\n', "'a b' cannot be a board's name; use letters"),
        ("[boards.micropython]\n", "'micropython' cannot be a board's name"),
    ],
)
def test_wrong_entries_of_boards_are_said_and_the_rest_is_open(folder, text, problem):
    (folder / "dirigent.toml").write_text(text)
    project = opened(folder)
    assert problem in project.problems[0]
    assert project.settings.board_names == ["board"]
    assert len(project.documents) == 2


def test_another_port_for_the_first_board_or_a_named_one():
    single = ProjectSettings(board_port="/dev/ttyACM0").with_port("virtual")
    assert single.board("board").port == "virtual"
    two = ProjectSettings(boards={"left": BoardSettings("COM3"), "right": BoardSettings(flash="r")})
    assert two.with_port("virtual").board("left").port == "virtual"
    right = two.with_port("right=tcp://127.0.0.1:23")
    assert right.board("right") == BoardSettings("tcp://127.0.0.1:23", flash="r")
    assert right.board_names == ["left", "right"]
    both = ProjectSettings(board_port="a", boards={"left": BoardSettings()}).with_port("left=b")
    assert (both.board("board").port, both.board("left").port) == ("a", "b")
    assert two.with_port("rfc2217://h:1?x=y").board("left").port == "rfc2217://h:1?x=y"
    with pytest.raises(ValueError, match=r"no board 'up' in the project; it has left, right"):
        two.with_port("up=virtual")


def test_saving_clears_dirty_and_refuses_to_overwrite_foreign_changes(folder):
    project = opened(folder)
    first = project.documents[0]
    first.document.text = "edited"
    assert first.dirty
    first.save("edited")
    assert not first.dirty
    assert (folder / "one.note").read_text() == "edited"
    first.document.text = "mine"
    (folder / "one.note").write_text("theirs")
    with pytest.raises(DocumentError, match="changed by another program"):
        first.save("mine")
    assert (folder / "one.note").read_text() == "theirs"
    first.save("mine", overwrite=True)
    assert (folder / "one.note").read_text() == "mine"


def test_a_new_document_does_not_overwrite_a_file_that_it_did_not_come_from(folder):
    project = opened(folder)
    project.remove(project.find("one", ".note"))  # closed; its file stays
    new = project.add(Note("one", "mine"))
    with pytest.raises(DocumentError, match=r"is there already\. Overwrite it \(file.save_overwriting\)"):
        new.save("mine")
    assert (folder / "one.note").read_text() == "first"


def test_a_document_of_the_same_name_from_elsewhere_is_refused(folder, tmp_path_factory):
    project = opened(folder)
    other = tmp_path_factory.mktemp("elsewhere") / "One.note"
    other.write_text("another")
    with pytest.raises(DocumentError, match=r"a document named one is open already .*close that one first"):
        project.open_file(other)
    with pytest.raises(DocumentError, match="is open already"):
        project.add(Note("TWO"))
    assert len(project.documents) == 2


@pytest.mark.parametrize("name", ["../../evil", "a/b", "x\n y", ""])
def test_a_name_that_leads_elsewhere_is_refused(folder, name):
    project = opened(folder)
    with pytest.raises(ValueError, match="cannot be a document's name"):
        project.add(Note(name))
    assert len(project.documents) == 2
