"""Nothing typed is lost: unsaved documents are journalled within a second and offered at the next start.

Each open project has a folder ``.dirigent/recovery`` with one file for each unsaved document, written by
temp file and rename, and removed when the document is saved. A start that finds such files restores them as
unsaved edits.
"""

from __future__ import annotations

import json
from pathlib import Path

from app.project import PRIVATE_FOLDER, OpenDocument, Project
from engines.workspace.document import Document
from engines.workspace.files import DocumentError, write_atomically

JOURNAL_SECONDS = 0.5


class Recovery:
    """Keeps the recovery folder of one project in step with its unsaved documents."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.folder / PRIVATE_FOLDER / "recovery"
        self._touched: dict[int, Document] = {}
        self.problem: str | None = None
        """Why the journal cannot be written (a read-only folder), or None."""

    def touch(self, document: Document) -> None:
        """The document has changed; ``write`` will look at it."""
        self._touched[id(document)] = document

    def write(self) -> None:
        """Journal what was touched since the last call. Call it every ``JOURNAL_SECONDS``."""
        touched, self._touched = self._touched, {}
        for document in touched.values():
            self._write(document)

    def restore(self) -> list[str]:
        """Take journalled texts into the documents; the names of those in which something was typed."""
        restored = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                entry = json.loads(path.read_text(encoding="utf-8"))
                edited = bool(entry.get("edited", True))
                name = self._restore(str(entry["file"]), str(entry["text"]), edited=edited)
                restored += [name] if edited else []
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._project.problems.append(
                    f"{path}: this recovery file cannot be read ({error}); left as it is"
                )
            except DocumentError as error:
                self._project.problems.append(str(error))
        return restored

    def discard(self, document: Document) -> None:
        """The document is saved or closed: its journal is history."""
        self._touched.pop(id(document), None)
        self._file(document).unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw away whatever is journalled, from earlier sessions too."""
        self._touched.clear()
        for path in self._folder.glob("*.json"):
            path.unlink()

    def _write(self, document: Document) -> None:
        opened = next((each for each in self._project.documents if each.document is document), None)
        if opened is None:
            return
        text = document.to_text()
        try:
            if text == opened.saved:
                self._file(document).unlink(missing_ok=True)
                return
            write_atomically(
                self._file(document),
                json.dumps({"file": opened.path.name, "edited": opened.edited, "text": text}),
            )
            self.problem = None
        except OSError as error:
            self.problem = f"{self._folder}: unsaved work cannot be journalled: {error.strerror}. Save often."

    def _restore(self, file_name: str, text: str, *, edited: bool) -> str:
        path = self._project.folder / Path(file_name).name
        suffix = self._project.suffix_of(path)
        if suffix is None:
            raise DocumentError(path, "was journalled, but is no document Dirigent knows")
        document = self._project.read(text, path)
        known = next((each for each in self._project.documents if each.path == path), None)
        if known is None:
            self._project.documents.append(OpenDocument(document, path, None, edited=edited))
        else:
            known.document, known.edited = document, edited
        return file_name

    def _file(self, document: Document) -> Path:
        return self._folder / f"{document.name}{document.suffix}.json"
