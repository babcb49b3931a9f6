"""Makes the pictures of the README and of the manual's chapters on the board, from the real program.

make screenshots
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.driver import Program, copy_example, start_xvfb  # noqa: E402 - the path comes first

PICTURES = ROOT / "docs" / "pictures"
SAMPLES = 1200  # enough to fill the plot's window
SETTLED = 2  # seconds until a view has read and drawn what it shows

COMPARED = """\
%%compare
total = 0
for n in range(3000):
    total += n * n
print(total, 2 ** 100)
print("MicroPython".swapcase())
"""
TYPED = r"import pyb\rfor i in range(3):\r    print(i, pyb.Accel().z())\r\r"
EDITED = """\
import pyb
import time
from stream import scheduled, stream

accelerometer = pyb.Accel()
tilt = stream("tilt", "xyz", fmt="3h", unit="g")


def sample(timer):
    tilt.send(*accelerometer.filtered_xyz())
    lights[0].toggle()


pyb.Timer(4, freq=50, callback=scheduled(sample))
"""


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with program("1280x800", "accelerometer") as shown:
        shown.wait(lambda state: state["streams"]["accel"]["samples"] > SAMPLES, 60)
        picture(shown, "window")
    with program("2000x1000", "board-tour", {"Tour.ipynb": notebook(COMPARED)}) as shown:
        shown.wait(lambda state: state["notebooks"]["Tour"]["cells"] == ["ok"], 60)
        take_board(shown)
    return 0


def take_board(shown: Program) -> None:
    """The board's chapters: in the layout "Board bench" the panel is half as wide as the window."""
    shown.send("window.resize", 1320, 660)
    shown.send("view.layout", "Notebook")
    picture(shown, "compare", "notebook:Tour")
    shown.send("view.layout", "Board bench")
    shown.send("window.resize", 2000, 640)
    shown.send("board.type_text", TYPED)
    picture(shown, "board", "board:board")
    shown.send("window.resize", 1400, 480)
    shown.send("board.show_files")
    picture(shown, "files", "board:board")
    shown.send("window.resize", 1400, 860)
    shown.send("board.tilt", 0.34, -0.2, 0.92)
    shown.send("board.show_device")
    picture(shown, "device", "board:board")
    shown.send("code.new", EDITED)
    shown.send("window.resize", 1400, 940)
    picture(shown, "editor", next(name for name in shown.state["panels"] if name.startswith("code:")))


def picture(shown: Program, name: str, panel: str = "") -> None:
    """Of the window, or of one of its panels."""
    time.sleep(SETTLED)
    print(shown.send("window.screenshot", PICTURES / f"{name}.png", panel))


@contextmanager
def program(size: str, example: str, files: dict[str, str] | None = None) -> Iterator[Program]:
    """The window with a copy of an example, on a display of its own; ``files`` replace some of its files."""
    server, display = start_xvfb(size)
    with tempfile.TemporaryDirectory() as folder:
        project = copy_example(Path(folder), example)
        for name, text in (files or {}).items():
            (project / name).write_text(text, encoding="utf-8")
        shown = Program(Path(folder), display, str(project), "--trust")
        try:
            yield shown
        finally:
            shown.close()
            server.terminate()
            server.wait()


def notebook(source: str) -> str:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "id": "one", "source": source, "metadata": {}, "outputs": []}
    cells = [{**cell, "execution_count": None}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


if __name__ == "__main__":
    sys.exit(main())
