"""Example projects are opened as the user's own copies: the shipped ones are never written to."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from app.project import PRIVATE_FOLDER
from app.resources import resource
from app.user_folders import user_folder

MANIFEST = "example.json"


def open_example(name: str) -> Path:
    """The user's copy of an example: made now, or renewed when a new version shipped and it is unedited."""
    shipped = resource("examples") / name
    copy = user_folder("data") / "examples" / name
    if copy.exists() and (_digest(shipped) == _copied_from(copy) or _digest(copy) != _copied_from(copy)):
        return copy
    if copy.exists():
        shutil.rmtree(copy)
    shutil.copytree(shipped, copy)
    manifest = copy / PRIVATE_FOLDER / MANIFEST
    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text(json.dumps({"shipped": _digest(shipped)}))
    return copy


def _copied_from(copy: Path) -> str | None:
    try:
        return str(json.loads((copy / PRIVATE_FOLDER / MANIFEST).read_text())["shipped"])
    except (OSError, ValueError, KeyError):
        return None


def _digest(folder: Path) -> str:
    """One hash over all files but the private ones."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] != PRIVATE_FOLDER and "__pycache__" not in relative.parts:
            total.update(str(relative).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
