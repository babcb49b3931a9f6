"""The door for ``main.py send``: where the running window listens, and how to talk to it without Qt.

One JSON object a line each way: ``{"version": 1, "command": "file.open", "arguments": ["path"]}`` gets
``{"ok": true, "value": ...}`` or ``{"ok": false, "error": "..."}``.
"""

from __future__ import annotations

import getpass
import json
import socket
import sys
from pathlib import Path
from typing import Any

from engines.workspace.private_folders import private_folder

VERSION = 1
DEFAULT_INSTANCE = "main"
LONGEST_INSTANCE = 40


class NotRunningError(Exception):
    """No window of this user listens under that instance name."""


def address(instance: str = DEFAULT_INSTANCE) -> str:
    """A socket path in a folder only this user can enter; a pipe name on Windows. Raises OSError."""
    if sys.platform == "win32":
        return rf"\\.\pipe\dirigent-{getpass.getuser()}-{instance}"
    return str(door_folder() / f"{instance}.socket")


def answers(place: str) -> bool:
    """Whether somebody listens at an address."""
    if sys.platform == "win32":
        return Path(place).exists()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(place) == 0


def send(
    command: str,
    arguments: list[str],
    *,
    instance: str = DEFAULT_INSTANCE,
    timeout: float = 60.0,
    at: str = "",
) -> dict[str, Any]:
    """Send one command to the running window and wait for its reply.

    Args:
        at: the address, where it is not what ``address`` says here (another session's window).

    Raises:
        NotRunningError: nobody listens there.
        TimeoutError: no reply within ``timeout`` seconds.
    """
    request = json.dumps({"version": VERSION, "command": command, "arguments": arguments}).encode() + b"\n"
    try:
        place = at or address(instance)
        line = (
            _exchange_pipe(request, place) if sys.platform == "win32" else _exchange(request, place, timeout)
        )
    except TimeoutError:
        raise
    except OSError as error:
        raise NotRunningError(f"Dirigent is not running (instance {instance!r})") from error
    if not line:
        raise NotRunningError("the window closed before it answered")
    reply: dict[str, Any] = json.loads(line)
    return reply


def _exchange(request: bytes, place: str, timeout: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(place)
        connection.sendall(request)
        with connection.makefile("rb") as replies:
            return replies.readline()


def _exchange_pipe(request: bytes, place: str) -> bytes:
    with open(place, "r+b", buffering=0) as pipe:  # noqa: PTH123 - a pipe, not a file
        pipe.write(request)
        line = b""
        while not line.endswith(b"\n") and (chunk := pipe.read(65536)):
            line += chunk
        return line


def door_folder() -> Path:
    """Where this user's windows have their sockets and locks. Raises OSError: there is no place for it."""
    return private_folder(
        "dirigent", LONGEST_INSTANCE + len("/123456/.socket")
    )  # Qt makes it in a folder first
