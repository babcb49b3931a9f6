"""Cells that run on MicroPython, in the real program: what ends them, and that the next one works."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

LOOP = "while True: pass"


@pytest.fixture
def window(start, tmp_path):
    project = tmp_path / "cells"
    (project / "board").mkdir(parents=True)
    (project / "dirigent.toml").write_text('[board]\nport = "virtual"\n')
    window = start("--trust", project)
    window.wait(lambda state: state["kernel"]["state"] == "idle" and state["board"]["state"] == "prompt", 60)
    return window


def run(window, cell):
    return window.send("kernel.execute", cell, timeout=90)["output"]


@pytest.mark.parametrize("magic", ["%%micropython", "%%board"])
def test_interrupt_ends_a_cell_that_loops_and_the_next_one_works(window, magic):
    assert run(window, f"{magic}\nx = 6") == ""
    with ThreadPoolExecutor(1) as pool:
        looping: Future[dict] = pool.submit(window.reply, "kernel.execute", f"{magic}\n{LOOP}", timeout=90)
        window.wait(lambda state: state["kernel"]["state"] == "busy")
        window.send("kernel.interrupt")
        assert looping.result(60) == {"ok": False, "error": "KeyboardInterrupt"}
    assert run(window, f"{magic}\nprint(x * 7)") == "42\n"


def test_an_endless_loop_that_is_compared_ends_everywhere(window):
    window.send("file.new_notebook", "Cells")
    window.send("notebook.set_source", 0, f"%%compare --timeout 1\n{LOOP}", "name=Cells")
    window.send("notebook.run_cell", 0, "name=Cells")
    window.wait(lambda state: window.send("notebook.cells", "Cells")[0]["outputs"], 90)
    (cell,) = window.send("notebook.cells", "Cells")
    shown = cell["outputs"][0]["data"]["text/plain"]
    assert shown.count("not done within 1 s") == 3
    assert all(name in shown for name in ("CPython", "MicroPython in Dirigent", "Board board"))
    assert run(window, "%%micropython\nprint(1)") == "1\n"
    assert run(window, "%%board\nprint(2)") == "2\n"
    assert run(window, "print(3)") == "3\n"


def test_what_is_wrong_in_a_cell_is_said(window):
    for cell, problem in (
        ("%%board --timeout 0\n1", "seconds are a number above 0, not '0'. Write it like this: %%board"),
        ("%%board nobody\n1", "there is no board 'nobody'; there is board"),
        ("%%micropython --no\n1", "unrecognized arguments: --no. Write it like this: %%micropython"),
        ("board.mount('nowhere')", "nowhere is not a folder; choose one that exists."),
        ("board.install('./nowhere')", "cells/nowhere: cannot be read"),
    ):
        reply = window.reply("kernel.execute", cell)
        assert not reply["ok"]
        assert problem in reply["error"]
