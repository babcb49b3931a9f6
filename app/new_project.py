"""A new project: a folder with its settings and an empty notebook."""

from __future__ import annotations

import json
from pathlib import Path

from app.project import SETTINGS_FILE
from engines.notebook.document import NotebookDocument
from engines.workspace.files import write_atomically


def make_project(folder: Path) -> Path:
    """Make the folder, with its parents.

    Raises:
        ValueError: there is something in it already.
        OSError: it cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty; open it with File > Open project, or take another name")
    folder.mkdir(parents=True, exist_ok=True)
    title = json.dumps(folder.name, ensure_ascii=False)  # TOML's basic strings are escaped as JSON's
    write_atomically(folder / SETTINGS_FILE, f"[project]\ntitle = {title}\n")
    notebook = NotebookDocument("Notebook")
    write_atomically(folder / f"Notebook{notebook.suffix}", notebook.to_text())
    return folder
