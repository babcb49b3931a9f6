"""The real program under Xvfb. Without what that needs, these tests are skipped, with the line that installs
it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.driver import Program, copy_example, start_xvfb

KEPT = Path(__file__).resolve().parents[2] / "build" / "failures"
INSTALL = "sudo apt-get install -y --no-install-recommends"
X11_LIBRARIES = "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
SHOW = "from PySide6.QtWidgets import QApplication; QApplication([])"


@pytest.fixture(scope="session")
def display():
    if not shutil.which("Xvfb"):
        pytest.skip(f"needs Xvfb: {INSTALL} xvfb")
    server, name = start_xvfb()
    if problem := window_problem(name):
        server.terminate()
        server.wait()
        pytest.skip(problem)
    yield name
    server.terminate()
    server.wait()


def window_problem(display: str) -> str:
    """Why Qt cannot show a window on a display that is there; '' when it can. Qt ends the process over it."""
    xcb = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    shown = subprocess.run([sys.executable, "-c", SHOW], env=xcb, capture_output=True, text=True, timeout=60)
    if shown.returncode == 0:
        return ""
    said = (shown.stderr.strip().splitlines() or [f"exit code {shown.returncode}"])[0]
    return f"Qt's X11 plugin does not load ({said}): {INSTALL} {X11_LIBRARIES}"


@pytest.fixture
def start(display, tmp_path, request, shared_cache):
    """Start the program; on failure its window is kept as a picture in build/failures."""
    programs: list[Program] = []

    def starter(*arguments: object, environment: dict[str, str] | None = None) -> Program:
        program = Program(
            tmp_path, display, *map(str, arguments), environment=environment, cache=shared_cache
        )
        programs.append(program)
        return program

    yield starter
    failed = getattr(request.node, "failed", False)
    for program in programs:
        if failed and program.process.poll() is None:
            KEPT.mkdir(parents=True, exist_ok=True)
            picture = KEPT / f"{request.node.name}.png"
            try:
                program.send("window.screenshot", picture, timeout=5)
                print(f"the window at the failure: {picture}", file=sys.stderr)
            except Exception as error:
                print(f"no picture of the window: {error}", file=sys.stderr)
        program.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and report.failed:
        item.failed = True
    return report


@pytest.fixture
def headless(tmp_path):
    """An environment without a display."""
    left_out = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**environment, "HOME": str(tmp_path)}


@pytest.fixture
def project(tmp_path):
    return copy_example(tmp_path)
