"""What a newcomer does and sees: the example plays by itself, and one change goes through all four tools."""

from __future__ import annotations

import json

from PySide6.QtGui import QImage


def live(state):
    """Everything plays: samples arrive, the figure moves, the sheet computes, the notebook has run."""
    return (
        state["streams"]["accel"]["samples"] > 250
        and state["figures"]["Motion"]["frames"] > 20
        and state["sheets"]["Motion"]["computed"] > 20
        and "busy" not in state["board"]["state"]
        and set(state["notebooks"]["Explore"]["cells"]) <= {"idle", "ok", "stale"}
        and state["notebooks"]["Explore"]["cells"].count("idle") == 3
    )


def shown(program, cell):
    return program.send("sheet.cell", cell)["shown"]


def ratio(program):
    """Amplified over magnitude: the gain, seen through two cells of one recalculation."""
    (rows,) = [program.send("sheet.shown", "B5:B13")]
    magnitude, amplified = rows[0][0], rows[-1][0]
    return float(amplified) / float(magnitude) if magnitude and amplified else 0.0


def test_the_example_plays_by_itself(start, project, tmp_path):
    program = start(project, "--trust")
    state = program.wait(live, 60)
    assert state["streams"]["accel"]["lost"] == 0
    assert state["problems"] == []
    assert [notice for notice in state["notices"] if notice["level"] == "error"] == []
    picture = tmp_path / "window.png"
    program.send("window.screenshot", picture)
    image = QImage(str(picture))
    assert image.width() >= 960
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)
    }
    assert {"#0072b2", "#d55e00", "#009e73"} & colours, "the live plot's lines are not in the picture"


def test_changing_gain_in_the_notebook_changes_sheet_and_plot(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    program.wait(lambda state: abs(ratio(program) - 2) < 0.01)
    index = next(i for i, cell in enumerate(program.send("notebook.cells")) if cell["source"] == "gain = 2")
    program.send("notebook.set_source", index, "gain = 7")
    program.send("notebook.run_cell", index)
    program.wait(lambda state: abs(ratio(program) - 7) < 0.01)
    assert "gain" in program.send("kernel.lineage", "Motion!B13")
    assert "Virtual pyboard" in program.send("kernel.lineage", "Motion!B2")


def test_the_same_names_everywhere(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    said = program.send(
        "kernel.execute", "print(sheets['Motion']['B2'].value in accel.x, len(figures['Motion'].data))"
    )
    assert said["output"] == "True 4\n"
    assert program.send("kernel.execute", "board.eval('6 * 7')")["output"] == "42"
    program.send("kernel.execute", "fresh = 1")
    assert "fresh" in program.send("kernel.execute", "workspace.names()")["output"]


def test_the_prompt_is_free_while_the_board_streams(start, project, tmp_path):
    program = start(project, "--trust")
    program.wait(live, 60)
    before = program.state["streams"]["accel"]["samples"]
    data = bytes(range(256)) * 40
    source, back = tmp_path / "data.bin", tmp_path / "back.bin"
    source.write_bytes(data)
    program.send("board.put", source, "/flash/data.bin")
    program.send("board.get", "/flash/data.bin", back)
    assert back.read_bytes() == data
    assert program.send("board.evaluate", "sum(range(100))") == "4950"
    state = program.wait(lambda state: state["streams"]["accel"]["samples"] > before + 100)
    assert state["streams"]["accel"]["lost"] == 0
    assert state["streams"]["accel"]["segments"] == ["start"]


def test_a_second_start_hands_its_files_to_the_first(start, project):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle")
    other = project / "Second.ipynb"
    other.write_text((project / "Explore.ipynb").read_text())
    import subprocess
    import sys

    from tests.e2e.driver import MAIN

    second = subprocess.run(
        [sys.executable, str(MAIN), str(other), "--instance", program.instance],
        env=program.environment,
        timeout=30,
    )
    assert second.returncode == 0
    program.wait(lambda state: "notebook:Second" in state["panels"])


def test_saved_work_is_on_disk_and_layout_comes_back(start, project):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle")
    program.send("sheet.set_cell", "H1", "kept")
    program.send("file.save")
    assert '"H1": "kept"' in (project / "Motion.sheet.json").read_text()
    assert program.send("edit.undo", "Motion.sheet.json")
    program.wait(lambda state: "Motion.sheet.json" in state["dirty"])
    program.send("view.layout", "Notebook")
    program.send("window.resize", 1111, 777)
    program.send("app.quit")
    program.process.wait(20)

    again = start(project)
    again.wait(lambda state: state["kernel"]["state"] == "idle")
    assert again.send("sheet.cell", "H1")["text"] == ""  # the unsaved undo was brought back


def test_streams_sheet_and_plot_go_on_while_a_cell_is_busy(start, project, tmp_path):
    figure = project / "Motion.plot.json"
    figure.write_text(figure.read_text().replace("sheets['Motion']['F2:F21']", "sheets['Motion']['E2:E21']"))
    program = start(project, "--trust")
    program.wait(live, 60)
    program.wait(lambda state: abs(ratio(program) - 2) < 0.01)
    index = next(i for i, cell in enumerate(program.send("notebook.cells")) if cell["source"] == "gain = 2")
    program.send("notebook.set_source", index, "import time; gain = 5; time.sleep(30)")
    program.send("notebook.run_cell", index)
    program.wait(lambda state: state["kernel"]["state"] == "busy")
    program.wait(lambda state: program.send("sheet.cell", "B13")["kind"] == "stale")
    values, traces, amplified = set(), set(), []

    def keeps_moving(state):
        program.send("plot.export", tmp_path / "now.json")
        traces.add(json.dumps(json.loads((tmp_path / "now.json").read_text())["data"][3]["y"]))
        values.add(shown(program, "B2"))
        if len(values) > 2:  # what was computed before the cell began has arrived
            amplified.append(shown(program, "B13"))
        return len(values) > 5 and len(traces) > 5

    state = program.wait(keeps_moving, 20)
    assert state["kernel"]["state"] == "busy"
    assert amplified[0] and set(amplified) == {amplified[0]}, "it reads gain, which the cell may be changing"
    program.send("kernel.interrupt")
    program.wait(lambda state: state["kernel"]["state"] == "idle")
    program.wait(lambda state: abs(ratio(program) - 5) < 0.01)
    assert program.send("sheet.cell", "B13")["kind"] == "number"


def test_sheets_made_by_code_are_documents_of_the_project(start, project):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle" and "sheet:Motion" in state["panels"])
    program.send(
        "kernel.execute",
        "results = sheets.new('Results'); results['A1'] = [1, 2, 3]; results['B1'] = '=SUM(A1:A3)'",
    )
    program.wait(lambda state: "sheet:Results" in state["panels"])
    program.wait(lambda state: program.send("sheet.cell", "B1", "Results")["shown"] == "6")
    program.send("file.save")
    assert (project / "Results.sheet.json").exists()
    program.send("kernel.execute", "sheets.remove('Results')")
    program.wait(lambda state: "sheet:Results" not in state["panels"])


def test_tables_of_other_programs_come_in_as_sheets(start, project, tmp_path):
    program = start(project, "--trust")
    program.wait(lambda state: state["kernel"]["state"] == "idle" and "sheet:Motion" in state["panels"])
    table = tmp_path / "table.csv"
    table.write_text("name,value\na,1.5\n")
    program.send("file.open_file", table)
    program.wait(lambda state: program.send("sheet.cell", "B2", "table")["shown"] == "1.5")


def test_a_project_from_someone_else_runs_nothing_until_it_is_trusted(start, project):
    program = start(project)
    state = program.wait(lambda state: "sheet:Motion" in state.get("panels", ()) and state["notices"])
    assert state["kernel"]["state"] == "dead"
    assert state["streams"] == {}
    assert "until you trust it" in state["notices"][-1]["text"]
    program.send("file.trust_project")
    program.wait(live, 60)
