"""Where the program's own files lie: icons, board-side scripts, example projects."""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def resource(name: str) -> Path:
    """A file or folder under ``resources/``."""
    return RESOURCES / name


def example_names() -> list[str]:
    return sorted(folder.name for folder in resource("examples").iterdir() if folder.is_dir())
