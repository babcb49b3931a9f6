"""Nothing typed is lost: unsaved documents are journalled within a second and offered at the next start.

Each open project has a folder ``.dirigent/recovery`` with one file for each unsaved document: a line of JSON
(``file``; ``base``, the digest of the file that it began from; ``edited``), then the document's text. It is
written by temp file and rename, and removed when the document is saved. A start that finds such files takes
them as unsaved edits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from app.background import Background
from app.project import PRIVATE_FOLDER, OpenDocument, Project, digest_of
from engines.workspace.document import Document
from engines.workspace.files import DocumentError, write_atomically

JOURNAL_SECONDS = 0.5
REST = 4.0
"""After a write, the journal rests so many times as long as it took: huge documents leave room for work."""


@dataclass
class Restored:
    """What a start found of the session before, by file name."""

    edited: list[str] = field(default_factory=list)
    """What was typed is back."""
    changed: list[str] = field(default_factory=list)
    """The same, but another program has changed the file since: saving will be refused."""
    outdated: list[str] = field(default_factory=list)
    """Outputs were not brought back, because another program has changed the file since."""


@dataclass(frozen=True)
class _Entry:
    """One document for the journal; without ``text``, its file there is to go."""

    document: Document
    journal: Path
    file: str = ""
    opened: OpenDocument | None = None
    text: Callable[[], str] | None = None

    def write(self) -> None:
        if self.opened is None or self.text is None or (text := self.text()) == self.opened.saved:
            self.journal.unlink(missing_ok=True)
            return
        head = {"file": self.file, "base": self.opened.digest, "edited": self.opened.edited}
        write_atomically(self.journal, f"{json.dumps(head)}\n{text}")


@dataclass(frozen=True)
class _Written:
    """What came of writing entries. ``problem``: why those ``failed`` could not be written."""

    seconds: float
    failed: tuple[Document, ...]
    problem: str | None


@dataclass(frozen=True)
class _Found:
    """A journal's content."""

    path: Path
    text: str
    base: str | None
    edited: bool


class Recovery:
    """Keeps the recovery folder of one project in step with its unsaved documents.

    All files are written on ``writer``'s thread, one after the other, where documents are saved, too.
    """

    def __init__(
        self, project: Project, writer: Background, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._project = project
        self._writer = writer
        self._clock = clock
        self._folder = project.folder / PRIVATE_FOLDER / "recovery"
        self._touched: dict[int, Document] = {}
        self._under_way = 0
        self._rest_until = 0.0
        self.problem: str | None = None
        """Why something cannot be journalled (a read-only folder), or None."""

    def touch(self, document: Document) -> None:
        """The document has changed; ``write`` will look at it."""
        self._touched[id(document)] = document

    def write(self) -> None:
        """Begin to journal what was touched since the last time. Call it every ``JOURNAL_SECONDS``.

        While a write is under way, or the journal rests after a long one, nothing happens: the next call
        writes what is newest then.
        """
        if self._touched and not self._under_way and self._clock() >= self._rest_until:
            self._write_touched()

    def finish(self) -> None:
        """Journal everything at once; it is on disk when this returns."""
        self._writer.finish()
        if self._touched:
            self._write_touched()
            self._writer.finish()

    def discard(self, document: Document) -> None:
        """The document is saved or closed: its journal is history."""
        self._touched.pop(id(document), None)
        self._submit([_Entry(document, self.file_of(document))])

    def forget(self) -> None:
        """Throw away whatever is journalled, from earlier sessions too."""
        self._touched.clear()
        self._writer.finish()
        for path in self._folder.glob("*.unsaved"):
            path.unlink()

    def file_of(self, document: Document) -> Path:
        return self._folder / f"{document.name}{document.suffix}.unsaved"

    # -- writing -----------------------------------------------------------------------------------------

    def _write_touched(self) -> None:
        touched, self._touched = self._touched, {}
        found = [opened for opened in self._project.documents if id(opened.document) in touched]
        self._submit([self._entry(opened) for opened in found])

    def _entry(self, opened: OpenDocument) -> _Entry:
        document, path = opened.document, opened.path
        file = path.name if path.parent == self._project.folder else str(path)
        return _Entry(document, self.file_of(document), file, opened, document.snapshot())

    def _submit(self, entries: Sequence[_Entry]) -> None:
        self._under_way += 1
        self._writer.do(lambda: self._write(entries), self._written)

    def _write(self, entries: Sequence[_Entry]) -> _Written:
        """On the writer's thread. One document never keeps the others out."""
        began, problem = self._clock(), None
        failed: list[Document] = []
        for entry in entries:
            try:
                entry.write()
            except Exception as error:  # whatever is wrong with one, the others are written
                failed.append(entry.document)
                why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
                problem = f"{entry.journal}: unsaved work cannot be journalled: {why}. Save often."
        return _Written(self._clock() - began, tuple(failed), problem)

    def _written(self, done: Future[_Written]) -> None:
        written = done.result()
        self._under_way -= 1
        self._rest_until = self._clock() + REST * written.seconds
        self.problem = written.problem
        for document in written.failed:  # tried again
            self.touch(document)

    # -- restoring ---------------------------------------------------------------------------------------

    def restore(self) -> Restored:
        """Take journalled texts into the project's documents."""
        restored = Restored()
        for journal in sorted(self._folder.glob("*.unsaved")) if self._folder.is_dir() else ():
            try:
                self._restore(self._read(journal), journal, restored)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._project.problems.append(
                    f"{journal}: this recovery file cannot be read ({error}); left as it is"
                )
            except DocumentError as error:
                self._project.problems.append(str(error))
        return restored

    def _read(self, journal: Path) -> _Found:
        head, _, text = journal.read_bytes().decode().partition("\n")
        entry = json.loads(head)
        path = self._project.folder / str(entry["file"])
        if not path.is_file():  # what lay elsewhere and is gone comes back into the project
            path = self._project.folder / path.name
        return _Found(path, text, entry["base"], bool(entry["edited"]))

    def _restore(self, found: _Found, journal: Path, restored: Restored) -> None:
        path = found.path
        if self._project.suffix_of(path) is None:
            raise DocumentError(path, "was journalled, but is no document Dirigent knows")
        now = digest_of(path)
        changed = now != found.base
        known = next((each for each in self._project.documents if each.path == path), None)
        if known is None and now is not None and path.parent != self._project.folder:
            known = self._project.open_file(path)
        document = self._project.read(found.text, path)
        if (changed and not found.edited) or (known and known.document.to_text() == document.to_text()):
            restored.outdated += [path.name] if changed and not found.edited else []
            journal.unlink()
            return
        if known is None:
            known = self._project.take(OpenDocument(document, path, None))
        known.document, known.digest, known.edited = document, found.base, found.edited
        if found.edited:
            (restored.changed if changed and now is not None else restored.edited).append(path.name)
