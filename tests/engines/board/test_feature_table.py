"""Every feature that a tool for MicroPython boards has somewhere is proved by a test here, or the manual says why not.

The rows are the union of what mpremote, Thonny, ViperIDE, Arduino Lab, mpflash, Mu, rshell and mpytool do, one for
each verb, and what they are asked for. A test proves a row by its marker: ``@pytest.mark.feature("mpy-cross")``. Here it
is required that pytest collects such tests and would run them; whether they passed is told at the end of their run.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.feature_report import FeatureReport

ROOT = Path(__file__).resolve().parents[3]
MANUAL = ROOT / "docs" / "board.md"
ROWS = (
    "connect, find the port",
    "reconnect after unplug and reset",
    "see that it is busy without interrupting",
    "raw REPL",
    "raw-paste with window flow control",
    "adaptive block size",
    "atomic write",
    "file manager: ls",
    "file manager: df",
    "file manager: cp",
    "file manager: rm",
    "file manager: mkdir",
    "file manager: mv",
    "file manager: rename",
    "file manager: touch",
    "file manager: tree",
    "recursive copy",
    "same files left out by hash",
    "two-way sync",
    "delete extraneous",
    "mount a folder of the computer",
    "packages",
    "run a file",
    "run a selection",
    "run a buffer",
    "soft and hard reset",
    "bootloader entry",
    "DFU",
    "UF2",
    "esptool",
    "mpy-cross",
    "clock shown and set",
    "memory, flash, device info",
    "plotter",
    "several boards at once",
    "WebREPL",
    "socket",
    "stubs, completion",
    "unicode output",
    "binary data streaming",
    "traceback line to editor",
    "ROMFS",
    "partitions read and written",
    "update over the air",
    "virtual board",
    "objects and variables",
    "rescue from a looping main.py",
    "log to a file",
    "recording",
    "USB mass storage conflict",
    "a damaged disk is formatted",
)
LEFT_OUT = ("Firmware download", "Bluetooth", "Breakpoints", "Compression")


@pytest.fixture(scope="module")
def proofs(tmp_path_factory) -> list[dict[str, str]]:
    """All marked tests of the suite, whichever of them run now."""
    found = tmp_path_factory.mktemp("features") / "proofs.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.feature_report", str(found)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(found.read_text("utf-8"))


@pytest.mark.parametrize("row", ROWS)
def test_it_is_proved(row, proofs):
    mine = [proof for proof in proofs if proof["row"] == row]
    assert mine, f'no test has the marker feature("{row}")'
    assert [f"{proof['test']}: {proof['problem']}" for proof in mine if proof["problem"]] == []


def test_nothing_else_is_proved(proofs):
    assert {proof["row"] for proof in proofs} <= set(ROWS)


def test_a_proof_that_did_not_pass_is_named():
    lines: list[str] = []
    report = FeatureReport()
    for name, outcome in (("a", "passed"), ("b", "skipped"), ("c", "failed")):
        properties = [("feature", f"row {name}"), ("other", "row d")]
        report.pytest_runtest_logreport(
            SimpleNamespace(outcome=outcome, nodeid=f"test_{name}", user_properties=properties)
        )
    report.pytest_terminal_summary(SimpleNamespace(section=lines.append, write_line=lines.append))
    assert lines[1:] == ["row b: test_b (skipped)", "row c: test_c (failed)"]


@pytest.mark.parametrize("feature", LEFT_OUT)
def test_what_is_left_out_has_its_reason_in_the_manual(feature):
    section = MANUAL.read_text(encoding="utf-8").partition("## What it does not do")[2]
    assert re.search(rf"^\| {feature}\b[^|]*\| \S.{{30,}}", section, re.MULTILINE), feature
