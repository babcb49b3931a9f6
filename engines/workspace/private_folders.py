"""Folders that only this user can enter, with paths short enough for sockets. Standard library only."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LONGEST_SOCKET_PATH = 103
"""Bytes: ``sun_path`` holds 104 on macOS and 108 on Linux, the ending zero included."""


def temporary_base(room: int) -> Path:
    """The folder to make a temporary one in, where a socket's path needs ``room`` more bytes.

    Raises:
        OSError: there is none; the message says what to set.
    """
    for base in _bases():
        if _fits(base, room) and base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return base
    raise OSError(
        f"no temporary folder has a path short enough for sockets; set TMPDIR to one (now {_tmp()})"
    )


def private_folder(name: str, room: int) -> Path:
    """The user's own folder of that name, the same one in every process; made if need be.

    It lies in the runtime folder (``XDG_RUNTIME_DIR``), else in a temporary one.

    Raises:
        OSError: there is no place for it; the message says what to set.
    """
    user = getattr(os, "getuid", lambda: "user")()
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    places = [Path(runtime) / name] if runtime else []
    places += [base / f"{name}-{user}" for base in _bases()]
    for place in dict.fromkeys(places):
        if _fits(place, room) and _is_private(place):
            return place
    raise OSError(
        f"none of {', '.join(map(str, places))} can be a private folder; set TMPDIR to another place"
    )


def _bases() -> Iterator[Path]:
    yield _tmp()
    if sys.platform != "win32":
        yield Path("/tmp")


def _tmp() -> Path:
    return Path(tempfile.gettempdir())


def _fits(folder: Path, room: int) -> bool:
    return sys.platform == "win32" or len(os.fsencode(folder)) + room <= LONGEST_SOCKET_PATH


def _is_private(folder: Path) -> bool:
    """Make it, or see that nobody else could have put anything into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform == "win32":  # the temporary folder is the user's own
            return True
        status = folder.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o022 or not folder.is_dir():
            return False
        folder.chmod(0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
