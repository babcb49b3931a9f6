"""From start to the first painted window and to a live plot, beside qtconsole's start to its prompt."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rows import Row
from tests.e2e.driver import Program, copy_example, start_xvfb

ROUNDS = 5
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a warm start has its modules compiled, ours and the peer's

# qtconsole as its users start it, with a clock that looks for the prompt.
QTCONSOLE = """
import sys, time
from qtpy.QtCore import QTimer
from qtconsole.qtconsoleapp import JupyterQtConsoleApp
app = JupyterQtConsoleApp()
app.initialize([])
def look():
    if "In [" in app.window.active_frontend._control.toPlainText():
        print("prompt", time.time(), flush=True)
        app.window.active_frontend.kernel_client.stop_channels()
        app.window.active_frontend.kernel_manager.shutdown_kernel(now=True)
        app.app.exit()
timer = QTimer(); timer.timeout.connect(look); timer.start(10)
app.start()
"""


def app_window() -> list[Row]:
    """Seconds; medians of warm starts, ours and the peer's in turn."""
    server, display = start_xvfb()
    try:
        with tempfile.TemporaryDirectory() as cache:
            _start_ours(display, Path(cache))  # the first start of all is cold
            ours = []
            peer = []
            for _ in range(ROUNDS):
                ours.append(_start_ours(display, Path(cache)))
                peer.append(_start_qtconsole(display))
    finally:
        server.terminate()
        server.wait()
    prompt = statistics.median(peer)
    window = statistics.median(each["window"] for each in ours)
    live = statistics.median(each["live"] for each in ours)
    return [
        Row("app.window", "s", window, prompt, "qtconsole's prompt"),
        Row("app.live", "s", live, prompt, "qtconsole's prompt"),
    ]


def _start_ours(display: str, cache: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        project = copy_example(home)
        began = time.time()
        program = Program(home, display, str(project), "--trust", cache=cache)
        try:
            times = program.wait(lambda state: "live" in state["times"])["times"]
        finally:
            program.close()
        return {name: moment - began for name, moment in times.items()}


def _start_qtconsole(display: str) -> float:
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", QTCONSOLE],
        env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_API": "pyside6"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    for line in done.stdout.splitlines():
        if line.startswith("prompt"):
            return float(line.split()[1]) - began
    raise AssertionError(f"qtconsole showed no prompt: {done.stderr[-500:]}")


BENCHES = [app_window]
