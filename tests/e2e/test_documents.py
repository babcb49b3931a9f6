"""Documents in the running program: what others wrote, what is odd, and what has no place."""

from __future__ import annotations

import json

import pytest

from tests.e2e.driver import CommandFailedError

pytestmark = pytest.mark.display


def ready(state):
    return state["kernel"]["state"] == "idle" and "sheet:Motion" in state["panels"]


def texts(state):
    return " ".join(notice["text"] for notice in state["notices"])


@pytest.fixture
def quiet(project):
    """The project without a board."""
    (project / "dirigent.toml").write_text('[project]\ntitle = "Quiet"\n')
    return project


def test_a_file_that_others_changed_while_work_was_unsaved_is_not_overwritten(start, quiet):
    program = start(quiet, "--trust")
    program.wait(ready)
    program.send("sheet.set_cell", "H1", "mine")
    program.send("app.quit")
    program.process.wait(20)
    file = quiet / "Motion.sheet.json"
    file.write_text(file.read_text().replace("Acceleration now", "CHANGED BY OTHERS"))

    again = start(quiet)
    state = again.wait(ready)
    assert "Motion.sheet.json: unsaved work was brought back, but another program" in texts(state)
    assert again.send("sheet.cell", "H1")["text"] == "mine"
    with pytest.raises(CommandFailedError, match="was changed by another program"):
        again.send("file.save")
    assert "CHANGED BY OTHERS" in file.read_text()
    again.send("file.reload", "Motion.sheet.json")
    assert again.send("sheet.cell", "H1")["text"] == ""
    assert again.send("file.save") == []


def test_outputs_of_a_killed_session_do_not_cover_a_notebook_that_others_changed(start, quiet):
    program = start(quiet, "--trust")
    program.wait(ready)
    program.send("notebook.set_source", 1, "gain = 2\nprint(gain)")
    program.send("file.save")
    program.send("notebook.run_cell", 1)
    journal = quiet / ".dirigent" / "recovery" / "Explore.ipynb.unsaved"
    program.wait(lambda state: journal.exists())
    program.kill()
    file = quiet / "Explore.ipynb"
    file.write_text(file.read_text().replace("gain = 2", "gain = 99"))

    again = start(quiet)
    state = again.wait(ready)
    assert "Explore.ipynb: another program has changed the file" in texts(state)
    assert again.send("notebook.cells")[1]["source"].startswith("gain = 99")


def test_odd_outputs_keep_neither_the_panels_nor_the_kernel_away(start, quiet):
    outputs = [
        {"output_type": "display_data", "data": {"text/html": 5}, "metadata": []},
        {"output_type": "error", "ename": "E", "evalue": None, "traceback": [1, None]},
    ]
    cells = [
        {"cell_type": "code", "source": "", "outputs": outputs, "metadata": {"jupyter": 5}},
        {
            "cell_type": "markdown",
            "source": "![](attachment:x.png)",
            "attachments": {"x.png": 5},
            "metadata": {},
        },
    ]
    odd = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (quiet / "Explore.ipynb").write_text(json.dumps(odd))
    program = start(quiet, "--trust")
    state = program.wait(ready)
    assert {"notebook:Explore", "plot:Motion", "console", "variables"} <= set(state["panels"])
    program.send("notebook.set_source", 0, "display({'text/html': 5}, raw=True)")
    program.send("notebook.run_cell", 0)
    program.wait(lambda state: state["notebooks"]["Explore"]["cells"][0] == "ok")
    assert program.send("notebook.cells")[0]["outputs"][0]["data"] == {"text/html": "5"}
    assert "went wrong" not in texts(program.state)


def test_names_that_are_taken_or_lead_elsewhere_are_refused(start, quiet, tmp_path):
    other = tmp_path / "elsewhere" / "Explore.ipynb"
    other.parent.mkdir()
    other.write_text((quiet / "Explore.ipynb").read_text())
    program = start(quiet, "--trust")
    program.wait(ready)
    with pytest.raises(CommandFailedError, match="a notebook named Explore is open already"):
        program.send("file.open_file", other)
    for command in ("file.new_sheet", "file.new_notebook", "file.new_figure"):
        with pytest.raises(CommandFailedError, match="cannot be a document's name"):
            program.send(command, "../../evil")
    for code in ("figures.new('a/b')", "sheets.new('a/b')"):
        with pytest.raises(CommandFailedError, match="cannot be a document's name"):
            program.send("kernel.execute", code)
    assert program.send("file.new_sheet", "Fine") == "Fine"
    assert program.send("file.save") == ["Fine.sheet.json"]
