"""The real program under Xvfb. Without Xvfb these tests are skipped, with the line that installs it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.driver import Program, copy_example, start_xvfb

KEPT = Path(__file__).resolve().parents[2] / "build" / "failures"
MISSING = "needs Xvfb: sudo apt-get install -y --no-install-recommends xvfb"


@pytest.fixture(scope="session")
def display():
    if not shutil.which("Xvfb"):
        pytest.skip(MISSING)
    server, name = start_xvfb()
    yield name
    server.terminate()
    server.wait()


@pytest.fixture
def start(display, tmp_path, request):
    """Start the program; on failure its window is kept as a picture in build/failures."""
    programs: list[Program] = []

    def starter(*arguments: object, environment: dict[str, str] | None = None) -> Program:
        program = Program(tmp_path, display, *map(str, arguments), environment=environment)
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
