"""What is imported before the window is painted: everything else waits until it is wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATER = [
    *("numpy", "serial", "usb", "libusb_package", "esptool", "mpremote", "jedi", "parso", "pyflakes", "ssl"),
    *("IPython", "nbformat", "nbconvert", "openpyxl", "wasmtime", "sympy", "plotly", "qtconsole"),
    *("engines.board.session", "engines.board.packages.packages", "engines.board.sync.sync", "widgets.board"),
]


def test_the_window_is_there_before_the_tools_are():
    code = f"import sys, app.application; print(*set({LATER}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
