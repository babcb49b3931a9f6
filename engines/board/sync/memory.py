"""What two folders had in common when they were synced last: tells later which side has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engines.workspace.files import write_atomically


@dataclass(frozen=True)
class SyncMemory:
    """One file for each pair of a board's folder and one of this computer.

    Args:
        folder: where the files are kept (the project's ``.dirigent/sync``); None: nothing is remembered.
        board: the board's unique number, or its name.
    """

    folder: Path | None
    board: str
    root: str
    local: Path

    @property
    def path(self) -> Path | None:
        key = "\n".join([self.board, self.root, str(self.local)])
        name = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:16]
        return self.folder / f"{name}.json" if self.folder else None

    def read(self) -> dict[str, str]:
        """SHA-256 in hex by path. A damaged file counts as none: differences are conflicts."""
        if self.path is None:
            return {}
        try:
            files = json.loads(self.path.read_text(encoding="utf-8"))["files"]
            return {str(path): str(digest) for path, digest in files.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def write(self, files: Mapping[str, str]) -> None:
        """Raises OSError."""
        if self.path is None or files == self.read():
            return
        content = {"board": self.board, "root": self.root, "local": str(self.local), "files": dict(files)}
        write_atomically(self.path, json.dumps(content, indent=0, sort_keys=True, ensure_ascii=True))
