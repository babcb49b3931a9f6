"""Unsaved sources in the project's recovery folder, so that a kill of the program loses nothing.

One file for each, written through a temporary file and a rename, and removed when the source is saved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engines.workspace.files import write_atomically


@dataclass(frozen=True)
class Unsaved:
    """A source as it stands in its editor."""

    place: str
    """As ``place.parse`` reads it; '' where it has none yet."""
    title: str
    text: str
    line_end: str = "\n"
    base: str | None = None
    """The digest of the file when it was read or written last; None: it was never saved."""


class CodeRecovery:
    """The sources in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, unsaved: Unsaved) -> None:
        """Raises OSError where the folder cannot be written."""
        write_atomically(self._file(unsaved.place or unsaved.title), json.dumps(asdict(unsaved)))

    def discard(self, key: str) -> None:
        """The source with this place, or title where it has no place, is saved or given up."""
        self._file(key).unlink(missing_ok=True)

    def restore(self) -> tuple[list[Unsaved], list[str]]:
        """What an earlier session could not save, and a sentence for each file that cannot be read."""
        found, problems = [], []
        for path in sorted(self._folder.glob("*.json")):
            try:
                found.append(Unsaved(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError) as error:
                problems.append(f"{path}: this recovery file cannot be read ({error}); left as it is")
        return found, problems

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
