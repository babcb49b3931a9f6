"""A stream is recorded while it runs, the program is killed, and the recording comes back as a stream."""

from __future__ import annotations

import pytest

from engines.workspace.streams.recording import Recording
from tests.e2e.driver import CommandFailedError


def playing(state):
    return state["streams"]["accel"]["samples"] > 100 and state["kernel"]["state"] == "idle"


def output(program, code):
    return program.send("kernel.execute", code, timeout=60)["output"]


@pytest.mark.feature("recording")
def test_record_stop_open_and_export(start, project, tmp_path):
    program = start(project, "--trust")
    program.wait(playing, 60)
    files = program.send("stream.record", "accel", "run.stream", "past=yes")
    assert files == {"accel": str(project / "run.stream")}
    state = program.wait(lambda state: state["recordings"]["accel"]["samples"] > 150)
    assert state["recordings"]["accel"]["bytes"] == state["recordings"]["accel"]["samples"] * 32
    with pytest.raises(CommandFailedError, match="being recorded already"):
        program.send("stream.record", "accel")
    (ended,) = program.send("stream.stop", "accel")
    assert (ended["running"], ended["missed"], ended["problem"]) == (False, 0, "")
    assert Recording(project / "run.stream").total == ended["samples"]

    assert program.send("file.open_file", project / "run.stream") == "accel_2"
    program.wait(lambda state: state["streams"]["accel_2"]["samples"] == ended["samples"])
    assert output(program, "print(len(accel_2), accel_2.units['x'])").strip() == f"{ended['samples']} g"
    assert "run.stream" in program.send("kernel.lineage", "accel_2")
    path = tmp_path / "run.csv"
    assert program.send("stream.export", "accel_2", path) == str(path)
    assert len(path.read_text().splitlines()) == ended["samples"] + 1

    said = output(
        program,
        "print(list(streams.record('accel', 'again.stream')))\nprint(streams.stop()[0]['problem'] == '')",
    )
    assert said.split() == ["['accel']", "True"]
    assert output(program, "print(streams.open('again.stream').name)").strip() == "accel_3"
    program.send("stream.close", "accel_2")
    program.wait(lambda state: "accel_2" not in state["streams"])


def test_a_kill_leaves_the_recording(start, project):
    program = start(project, "--trust")
    program.wait(playing, 60)
    program.send("stream.record")
    recorded = program.wait(lambda state: state["recordings"]["accel"]["samples"] > 100)["recordings"][
        "accel"
    ]
    program.kill()
    recording = Recording(next(project.glob("accel *.stream")))
    assert recording.total >= recorded["samples"]
    assert recording.damaged() == []
