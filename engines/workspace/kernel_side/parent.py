"""The kernel ends with the app that started it, however that ended and whatever the kernel is doing."""

from __future__ import annotations

import os
import signal
import sys

PARENT_VARIABLE = "JPY_PARENT_PID"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Ask Linux for SIGKILL at the parent's death: ipykernel's own watch is deaf while C code runs."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is not None and parent != str(os.getppid()):  # it has died already
        os.kill(os.getpid(), signal.SIGKILL)
