"""The example that walks through the board panel runs from its first cell to its last."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat

from tests.e2e.driver import EXAMPLE, MAIN


def test_every_cell_of_the_tour_runs(tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [
            sys.executable,
            str(MAIN),
            "run",
            str(EXAMPLE.parent / "board-tour"),
            "--seconds",
            "2",
            "--out",
            "out",
        ],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["cells_failed"], summary["lost"], summary["errors"]) == (0, 0, [])
    notebook = nbformat.read(tmp_path / "out" / "Tour.ipynb", as_version=4)
    shown = ["\n".join(_texts(cell)) for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert "1267650600228229401496703205376" in shown[0]
    assert "MicroPython" in shown[1]
    assert "255" in shown[3]
    assert "micropython [0, 1, 4, 9, 16]" in shown[7]
    assert "MicroPython's str has no swapcase" in shown[8]
    assert shown[8].count("8995500500") == 3


def _texts(cell):
    for output in cell.outputs:
        yield str(output.get("text") or output.get("data", {}).get("text/plain", ""))
