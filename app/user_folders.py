"""Where the user's settings, logs and example copies lie; another place where the home cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from app.version import APPLICATION
from engines.workspace.private_folders import private_folder


def user_folder(kind: str) -> Path:
    """The user's ``config``, ``data`` or ``log`` folder of Dirigent, made if need be.

    Where it cannot be written, a folder beside the sockets, which goes with the next restart of the computer.

    Raises:
        OSError: there is no place at all.
    """
    wanted = _wanted(kind)
    if _is_usable(wanted):
        return wanted
    instead = private_folder(APPLICATION, 0) / kind
    instead.mkdir(exist_ok=True)
    return instead


def home_problem() -> str:
    """What the user should know when nothing is kept in the home folder; '' when all is well."""
    wanted = _wanted("config")
    if _is_usable(wanted):
        return ""
    return (
        f"{wanted} cannot be written: settings and examples are in {user_folder('config').parent}, which "
        "does not outlive a restart of the computer. Save your work elsewhere."
    )


def _wanted(kind: str) -> Path:
    return Path(getattr(platformdirs, f"user_{kind}_dir")(APPLICATION))


def _is_usable(folder: Path) -> bool:
    if not folder.is_absolute():  # "~", of a user without a home
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
