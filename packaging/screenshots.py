"""Makes the README's picture: the real program with the accelerometer example, on a virtual display.

make screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.driver import Program, copy_example, start_xvfb  # noqa: E402 - the path comes first

PICTURES = ROOT / "docs" / "pictures"
SAMPLES = 1200  # enough to fill the plot's window


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    server, display = start_xvfb("1280x800")
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder), display, str(copy_example(Path(folder))), "--trust")
        try:
            program.wait(lambda state: state["streams"]["accel"]["samples"] > SAMPLES, 60)
            print(program.send("window.screenshot", PICTURES / "window.png"))
        finally:
            program.close()
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
