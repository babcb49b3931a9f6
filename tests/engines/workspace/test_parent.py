"""The kernel ends with the app."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
from engines.workspace.kernel_side.parent import end_with_parent
import os
end_with_parent()
print(os.getpid(), flush=True)
sum(range(10**12))
"""
PARENT = """
import os, subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]], env=os.environ | {"JPY_PARENT_PID": str(os.getpid())})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_kernel_in_c_code_ends_at_once_with_an_app_that_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    parent.wait()
    with parent.stdout as output:
        assert output.read() == "", "the pipe is closed, so nobody writes to it any more"


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_kernel_whose_app_is_gone_already_does_not_start():
    environment = os.environ | {"JPY_PARENT_PID": "1"}
    ended = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == b""
