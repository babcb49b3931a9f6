"""Sync, watch and packages in the running program, by commands and from a notebook's cell."""

from __future__ import annotations

import pytest

from tests.e2e.test_story import live


@pytest.fixture
def playing(start, project):
    program = start(project, "--trust")
    program.wait(live, 60)
    return program


def test_sync_watch_and_packages(playing, project, tmp_path):
    flash, here = project / "board", tmp_path / "here"
    (here / "lib").mkdir(parents=True)
    (here / "lib" / "part.py").write_text("x = 1\n")

    planned = playing.send("board.sync", here, "dry_run=yes")
    assert [each["path"] for each in planned["actions"]] == ["lib/part.py"]
    assert not (flash / "lib" / "part.py").exists()
    done = playing.send("board.sync", here, "direction=both")
    assert ("copy to the board", "lib/part.py", True) in [
        (each["action"], each["path"], each["done"]) for each in done["actions"]
    ]
    assert (flash / "lib" / "part.py").read_text() == "x = 1\n"
    assert (here / "main.py").read_text() == (flash / "main.py").read_text()
    assert list((project / ".dirigent" / "sync").iterdir())

    answer = playing.send("kernel.execute", f"print(board.sync({str(here)!r})['same'])")["output"]
    assert int(answer) >= 2

    assert "is watched" in playing.send("board.watch", here, "on")
    playing.wait(lambda state: any("is watched" in notice["text"] for notice in state["notices"]))
    (here / "saved.py").write_text("y = 2\n")
    playing.wait(lambda state: (flash / "saved.py").exists(), 30)
    assert "is not watched" in playing.send("board.watch", here, "off")

    (tmp_path / "tool.py").write_text("z = 3\n")
    assert playing.send("board.install", tmp_path / "tool.py")[0]["files"] == ["tool.mpy"]
    assert playing.send("board.execute", "import tool\nprint(tool.z)") == "3\n"
    assert "tool" in [each["name"] for each in playing.send("board.packages")["packages"]]
    playing.send("board.remove_package", "tool")
    assert not (flash / "lib" / "tool.mpy").exists()
    playing.send("board.put_package_back")
    assert (flash / "lib" / "tool.mpy").exists()

    playing.send("board.show_sync")
    playing.send("board.show_packages")
    assert playing.state["streams"]["accel"]["lost"] == 0
