"""`main.py run` and `main.py board`, as a script or a server without a display uses them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.e2e.driver import EXAMPLE, MAIN

RESULTS = ("motion.png", "motion.svg", "Motion.xlsx", "Explore.html", "Explore.ipynb", "summary.json")


@pytest.fixture
def headless(tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    environment.pop("QT_QPA_PLATFORM", None)
    return {**environment, "HOME": str(tmp_path)}


def run(environment, *arguments, cwd=None):
    return subprocess.run(
        [sys.executable, str(MAIN), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        cwd=cwd,
    )


def test_without_a_display_the_example_runs_in_batch_mode_and_says_so(headless, tmp_path):
    done = run(headless, "--example", "accelerometer", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "No display" in done.stdout
    out = tmp_path / "build" / "accelerometer"
    assert {path.name for path in out.iterdir()} >= set(RESULTS)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["lost"] == 0
    assert summary["samples"] >= 450
    assert summary["errors"] == []
    assert summary["cells_run"] == 4

    import nbformat
    import openpyxl

    notebook = nbformat.read(out / "Explore.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert any("samples so far" in str(cell.get("outputs")) for cell in notebook.cells)
    sheet = openpyxl.load_workbook(out / "Motion.xlsx").active
    assert isinstance(sheet["B5"].value, float)
    assert sheet["B13"].value == pytest.approx(2 * sheet["B5"].value)
    assert (out / "motion.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (out / "motion.svg").read_text()[:600]
    html = (out / "Explore.html").read_text()
    assert "strongest at" in html
    assert 'src="http' not in html


@pytest.mark.feature("plotter")
def test_numbers_that_a_board_prints_are_drawn(headless, tmp_path):
    project, out = tmp_path / "p", tmp_path / "out"
    (project / "board").mkdir(parents=True)
    (project / "dirigent.toml").write_text('[board]\nport = "virtual"\nflash = "board"\n')
    program = 'import time\nfor i in range(40):\n    print("height:", i * i)\n    time.sleep_ms(5)\n'
    (project / "board" / "main.py").write_text(program)
    figure = {
        "data": [{"type": "scatter", "mode": "lines", "y": {"expr": "printed.height"}}],
        "layout": {"xaxis": {"range": [0, 39]}, "yaxis": {"range": [0, 39**2]}},
    }
    (project / "Height.plot.json").write_text(json.dumps(figure))
    done = run(headless, "run", project, "--seconds", "2", "--out", out)
    assert done.returncode == 0, done.stderr
    lines = re.findall(r'<polyline [^>]*points="([^"]*)"', (out / "height.svg").read_text())
    points = max(([tuple(map(float, pair.split(","))) for pair in line.split()] for line in lines), key=len)
    assert len(points) == 40
    (left, bottom), (right, top) = points[0], points[-1]
    for number, (x, y) in enumerate(points):
        assert x == pytest.approx(left + (right - left) * number / 39, abs=0.1)
        assert y == pytest.approx(bottom + (top - bottom) * number**2 / 39**2, abs=0.1)


def test_a_run_never_changes_the_project(headless, tmp_path):
    before = {path: path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file()}
    done = run(headless, "run", EXAMPLE, "--seconds", "1", "--out", tmp_path / "out", "-p", "gain=3")
    assert done.returncode == 0, done.stderr
    after = {path: path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file()}
    assert after == before


def test_what_does_not_work_is_said_and_fails_the_run(headless, tmp_path):
    project = tmp_path / "p"
    project.mkdir()
    (project / "dirigent.toml").write_text("[board]\n")
    (project / "Bad.ipynb").write_text(
        json.dumps(
            {
                "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": "1/0",
                           "execution_count": None}],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
            }
        )
    )  # fmt: skip
    done = run(headless, "run", project, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "1 notebook cells failed" in done.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["cells_failed"] == 1


def test_a_wrong_port_is_refused_with_its_name(headless, tmp_path):
    done = run(headless, "run", EXAMPLE, "--port", "/dev/nonexistent", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "/dev/nonexistent" in done.stderr


def test_send_without_a_window(headless):
    done = run(headless, "send", "app.state", "--instance", "nobody")
    assert done.returncode == 2
    assert "not running" in done.stdout


def test_a_port_for_each_of_several_boards(headless, tmp_path):
    project = tmp_path / "two"
    project.mkdir()
    (project / "dirigent.toml").write_text('[boards.left]\nport = "/dev/nowhere"\n[boards.right]\n')
    for name in ("left", "right"):
        (project / f"board-{name}").mkdir()
        (project / f"board-{name}" / "main.py").write_text(
            f"import pyb\nfrom stream import stream\ns = stream('{name}', 'n', fmt='h')\n"
            "timer = pyb.Timer(2, freq=50, callback=lambda timer: s.send(1))\n"
        )
    out = tmp_path / "out"
    arguments = ("run", project, "--seconds", "3", "--out", out)
    done = run(headless, *arguments, "--port", "virtual", "--port", "right=virtual")
    assert done.returncode == 0, done.stderr
    assert set(json.loads((out / "summary.json").read_text())["streams"]) == {"left", "right"}

    refused = run(headless, *arguments, "--port", "middle=virtual")
    assert refused.returncode == 1
    assert "there is no board 'middle' in the project; it has left, right" in refused.stderr
    refused = run(headless, *arguments, "--port", "tcp://")
    assert refused.returncode == 1
    assert "this is no network address. Write it as tcp://host:port" in refused.stderr


def test_what_the_command_line_names_and_is_not_there(headless, tmp_path):
    for arguments, problem in (
        (("--example", "nope"), "there is no example 'nope'; there are: accelerometer, board-tour"),
        ((tmp_path / "none",), "there is no"),
        (("run", "--seconds", "-1"), "seconds are a number from 0 on, not '-1'"),
        (("board", "--recording", tmp_path / "none.csv"), "none.csv: No such file or directory"),
    ):
        done = run(headless, *arguments)
        assert done.returncode != 0
        assert problem in done.stderr
        assert "Traceback" not in done.stderr
