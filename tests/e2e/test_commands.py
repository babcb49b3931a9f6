"""The commands of the tools through the door: what keys and menus of the panels do, scripts can do."""

from __future__ import annotations

import pytest

from tests.e2e.driver import CommandFailedError


@pytest.fixture
def program(start, project):
    (project / "dirigent.toml").write_text('[project]\ntitle = "Quiet"\n')
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle" and "notebook:Explore" in state["panels"])
    return program


def sources(program, name="Explore"):
    return [cell["source"] for cell in program.send("notebook.cells", name)]


def test_cells_are_inserted_copied_changed_and_deleted(program):
    program.send("file.new_notebook", "N")
    program.send("notebook.set_source", 0, "a = 1", "N")
    program.send("notebook.insert_below", "index=0", "name=N")
    program.send("notebook.set_source", 1, "b = 2", "N")
    program.send("notebook.copy", "index=0", "name=N")
    program.send("notebook.paste_below", "index=1", "name=N")
    assert sources(program, "N") == ["a = 1", "b = 2", "a = 1"]
    program.send("notebook.make_markdown", "index=2", "name=N")
    assert program.send("notebook.cells", "N")[2]["kind"] == "markdown"
    program.send("notebook.move_up", "index=1", "name=N")
    program.send("notebook.delete", "index=2", "name=N")
    assert sources(program, "N") == ["b = 2", "a = 1"]
    program.send("notebook.run_above", "index=1", "name=N")
    program.wait(lambda state: state["notebooks"]["N"]["cells"] == ["ok", "idle"] or state["notebooks"]["N"])
    assert program.send("kernel.execute", "b")["output"] == "2"


def test_cells_of_a_sheet_are_copied_filled_and_cleared(program):
    program.send("file.new_sheet", "S")
    program.send("sheet.set_cell", "A1", "=1+1", "S")
    program.send("sheet.fill_down", "cells=A1:A3", "name=S")
    program.send("sheet.copy", "A1", "S")
    program.send("sheet.paste", "C5", "S")
    program.wait(lambda state: program.send("sheet.cell", "C5", "S")["shown"] == "2")
    assert program.send("sheet.cell", "A3", "S")["text"] == "=1+1"
    program.send("sheet.clear", "A1:A3", "S")
    assert program.send("sheet.cell", "A2", "S")["text"] == ""
    program.send("sheet.go_to", "C5", "S")
    program.send("edit.copy")  # what has the keyboard
    program.send("sheet.go_to", "D6", "S")
    program.send("edit.paste")
    assert program.send("sheet.cell", "D6", "S")["text"] == "=1+1"
    with pytest.raises(CommandFailedError, match="no place"):
        program.send("sheet.go_to", "nowhere!", "S")


def test_a_document_is_renamed_with_its_file(program, project):
    program.send("sheet.set_cell", "H1", "unsaved", "Motion")
    assert program.send("file.rename_document", "Motion.sheet.json", "Weg") == "Weg.sheet.json"
    assert "unsaved" in (project / "Weg.sheet.json").read_text()
    assert not (project / "Motion.sheet.json").exists()
    program.wait(lambda state: "sheet:Weg" in state["panels"] and "sheet:Motion" not in state["panels"])
    for taken, problem in (("Weg", "already"), ("../x", "cannot be"), (".x", "cannot be")):
        with pytest.raises(CommandFailedError, match=problem):
            program.send("file.rename_document", "Weg.sheet.json", taken)


def test_a_new_project_is_made_opened_and_left_for_a_recent_one(program, project, tmp_path):
    program.send("file.new_project", tmp_path / "fresh")
    program.wait(
        lambda state: state["project"] == str(tmp_path / "fresh") and state["kernel"]["state"] == "idle"
    )
    assert "notebook:Notebook" in program.state["panels"]
    program.send("file.open_recent", project)
    program.wait(lambda state: state["project"] == str(project))
