"""Why a port cannot be used, and what to do about it."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

PERMISSION = "permission"
BUSY = "busy"
MISSING = "missing"


class PortError(Exception):
    """A port that cannot be opened or is gone: where, what and what to do next.

    ``gone`` says that it was open and went away.
    """

    def __init__(self, port: str, problem: str, remedy: str, *, gone: bool = False, cause: str = "") -> None:
        super().__init__(f"{port}: {problem}. {remedy}")
        self.port = port
        self.problem = problem
        self.remedy = remedy
        self.gone = gone
        self.cause = cause


def explain(port: str, error: OSError | ValueError) -> PortError:
    """What an error of opening a port means for its user."""
    number = getattr(error, "errno", None)
    text = str(error)
    if number in (errno.EACCES, errno.EPERM):
        return _no_permission(port)
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text or "Access is denied" in text:
        return _busy(port)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError" in text:
        return PortError(
            port, "there is no such port", "Plug the board in, or pick another port.", cause=MISSING
        )
    return PortError(port, f"cannot be opened ({text})", "Plug the board in again, or pick another port.")


def _no_permission(port: str) -> PortError:
    group = group_of(port)
    problem = (
        f"you may not use this port (it belongs to the group {group})" if group else "you may not use it"
    )
    remedy = (
        f"Run `sudo usermod -a -G {group} $USER`, then log out and in again."
        if group
        else "Ask the owner of this computer for access to it."
    )
    return PortError(port, problem, remedy, cause=PERMISSION)


def _busy(port: str) -> PortError:
    holders = holders_of(port)
    problem = f"it is in use by {', '.join(holders)}" if holders else "another program uses it"
    return PortError(port, problem, "Close that program, then connect again.", cause=BUSY)


def group_of(port: str) -> str:
    """The group that may use a device file, or '' (Windows, no such file, group without a name)."""
    if sys.platform == "win32":
        return ""
    import grp

    try:
        return grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        return ""


def holders_of(port: str) -> list[str]:
    """Programs that have the port open, as ``name (pid)``; only Linux tells, and only about one's own."""
    if sys.platform != "linux":
        return []
    device = os.path.realpath(port)
    holders = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) == device for link in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                holders.append(f"{name} ({process.name})")
    return holders
