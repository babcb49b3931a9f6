"""Why a port cannot be used, and what to do about it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from pathlib import Path

PERMISSION = "permission"
BUSY = "busy"
MISSING = "missing"
PASSWORD = "password"
WRONG_PASSWORD = "wrong password"
UNREACHABLE = "unreachable"


class PortError(Exception):
    """A port that cannot be opened or is gone: where, what and what to do next.

    ``gone`` says that it was open and went away. ``command`` is a line for a shell that helps.
    """

    def __init__(
        self,
        port: str,
        problem: str,
        remedy: str,
        *,
        gone: bool = False,
        cause: str = "",
        command: str = "",
    ) -> None:
        super().__init__(f"{port}: {problem}. {remedy}")
        self.port = port
        self.problem = problem
        self.remedy = remedy
        self.gone = gone
        self.cause = cause
        self.command = command


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
    if group and group != "root":
        command = f"sudo usermod -a -G {group} $USER"
        remedy = f"Run `{command}`, then log out and in again."
    elif sys.platform == "linux":
        from engines.board.firmware import udev

        command = udev.command()
        remedy = f"Run `{command}`, then plug the board in again."
    else:
        command, remedy = "", "Ask the owner of this computer for access to it."
    return PortError(port, problem, remedy, cause=PERMISSION, command=command)


def _busy(port: str) -> PortError:
    holders = holders_of(port)
    problem = f"it is in use by {', '.join(holders)}" if holders else "another program uses it"
    return PortError(port, problem, "Close that program, then connect again.", cause=BUSY)


def explain_network(name: str, host: str, port: int, error: OSError) -> PortError:
    """What an error of connecting to a network address means for its user."""
    problem, remedy = _network_problem(host, port, error)
    return PortError(name, problem, remedy, cause=UNREACHABLE)


def _network_problem(host: str, port: int, error: OSError) -> tuple[str, str]:
    if isinstance(error, socket.gaierror):
        return (
            f"no computer or board of the name {host} is known",
            "See how it is written, or use its number.",
        )
    if error.errno == errno.ECONNREFUSED:
        return (
            f"{host} is there, but nothing listens at its port {port}",
            "Start the server there, or see whether the port is right.",
        )
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return f"there is no way to {host} from here", "See that this computer is in the board's network."
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return f"{host} does not answer", "See that it is on, and in the same network as this computer."
    said = error.strerror or str(error)
    return f"no connection to port {port} of {host} ({said})", "See that the address is right."


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
