"""What the tools' own keys and menus do is in the command registry, under the same titles."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.commands import COMMAND_MODULES
from app.commands.registry import Registry
from app.new_project import make_project
from app.project import read_settings
from app.suggestions import suggest
from widgets.notebook.commands import COMMANDS
from widgets.sheet.keys import Action
from widgets.sheet.menu import ENTRIES

REGISTRY = Registry(COMMAND_MODULES)
ELSEWHERE = {
    "notebook.interrupt": "kernel.interrupt",
    "notebook.restart": "kernel.restart",
    "notebook.undo": "edit.undo",
    "notebook.redo": "edit.redo",
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_notebook_is_a_command_of_the_window(command):
    if command.name in ELSEWHERE:
        assert REGISTRY[ELSEWHERE[command.name]]
        return
    found = REGISTRY[command.name]
    assert found.title == command.title
    if found.hint:
        assert found.hint in command.keys


def test_everything_in_the_sheets_menu_is_a_command_of_the_window():
    names = {Action.EDIT: "edit_cell"}
    actions = [entry[1] for entry in ENTRIES if entry is not None]
    assert all(REGISTRY[f"sheet.{names.get(action, action.value)}"] for action in actions)


def suggestions(app, name, parameter, typed=""):
    command = REGISTRY[name]
    wanted = next(each for each in command.parameters if each.name == parameter)
    return suggest(app, command, wanted, typed)


def test_suggestions_for_documents_begin_with_the_one_in_use(tmp_path):
    documents = [SimpleNamespace(path=tmp_path / name, document=name) for name in ("a.ipynb", "b.ipynb")]
    app = SimpleNamespace(
        project=SimpleNamespace(project=SimpleNamespace(documents=documents)),
        has_focus=lambda document: document == "b.ipynb",
    )
    found = suggestions(app, "file.reload", "name")
    assert found.texts == ("b.ipynb", "a.ipynb")
    assert found.only


def test_suggestions_for_paths_are_the_projects(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("notes.txt", "numbers.csv", ".hidden", "data/deep.csv"):
        (tmp_path / name).touch()
    app = SimpleNamespace(window=SimpleNamespace(folder=tmp_path))
    assert suggestions(app, "file.save_copy", "path").texts == ("data/", "notes.txt", "numbers.csv")
    assert suggestions(app, "file.save_copy", "path", "nu").texts == ("numbers.csv",)
    assert suggestions(app, "file.save_copy", "path", "data/d").texts == ("data/deep.csv",)
    assert suggestions(app, "file.save_copy", "path", f"{tmp_path}/no").texts == (f"{tmp_path}/notes.txt",)
    assert suggestions(app, "file.save_copy", "path", "nowhere/x").texts == ()


def test_a_new_project_can_be_opened_and_takes_no_folder_with_something_in_it(tmp_path):
    folder = make_project(tmp_path / 'Größe "x"')
    assert read_settings(folder / "dirigent.toml").title == 'Größe "x"'
    assert (folder / "Notebook.ipynb").exists()
    with pytest.raises(ValueError, match="not empty"):
        make_project(folder)
