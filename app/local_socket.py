"""The door for ``main.py send``: where the running window listens, and how to talk to it without Qt.

One JSON object a line each way: ``{"version": 1, "command": "file.open", "arguments": ["path"]}`` gets
``{"ok": true, "value": ...}`` or ``{"ok": false, "error": "..."}``.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

VERSION = 1
DEFAULT_INSTANCE = "main"


class NotRunningError(Exception):
    """No window of this user listens under that instance name."""


def address(instance: str = DEFAULT_INSTANCE) -> str:
    """A socket path in a folder only this user can enter; a pipe name on Windows."""
    if sys.platform == "win32":
        return rf"\\.\pipe\dirigent-{getpass.getuser()}-{instance}"
    return str(_private_folder() / f"{instance}.socket")


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
    place = at or address(instance)
    try:
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


def _private_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "dirigent" if base else Path(tempfile.gettempdir()) / f"dirigent-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must belong to you alone (mode 0700); remove it and start again")
    return folder
