"""What a notebook's cells have read changes: their marks follow, in the real program."""

from __future__ import annotations

import json

CELLS = (
    "lst = [1, 2, 3]",
    "total = sheets['Data']['A1'].value",
    "length = len(lst)",
    "x = lst.pop()",
    "sheets['Data']['C1'] = 5",
)


def notebook(cells) -> str:
    made = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "outputs": [],
            "source": each,
            "execution_count": None,
        }
        for n, each in enumerate(cells)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_constants_of_a_sheet_and_hidden_changes_mark_their_readers(start, tmp_path):
    folder = tmp_path / "stale"
    folder.mkdir()
    (folder / "dirigent.toml").write_text('[project]\ntitle = "Stale"\n')
    (folder / "Data.sheet.json").write_text('{"sheet":1,"cells":{"A1":"1"}}')
    (folder / "N.ipynb").write_text(notebook(CELLS))
    program = start(folder, "--trust")

    def states(state):
        return state["notebooks"]["N"]["cells"]

    program.wait(lambda state: state["kernel"]["state"] == "idle" and "notebook:N" in state["panels"], 60)
    program.send("notebook.run_all", "N")
    program.wait(lambda state: states(state) == ["ok", "ok", "stale", "ok", "ok"])
    program.send("sheet.set_cell", "A1", "7", "Data")
    program.wait(lambda state: states(state) == ["ok", "stale", "stale", "ok", "ok"])
