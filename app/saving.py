"""Saving the project's documents beside the window: one refusal never keeps the others from being saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from app.background import Background, tell_if_slow
from app.loop import Loop
from app.notices import Notices
from app.project import OpenDocument, Project
from app.recovery import Recovery
from engines.workspace.files import DocumentError


@dataclass(frozen=True)
class _Draft:
    """A document at the moment of saving."""

    opened: OpenDocument
    text: Callable[[], str]
    was_edited: bool
    journal: Path

    def write(self, *, overwrite: bool) -> bool:
        """Whether it had changed and is written now. Its journal is history then. Raises DocumentError."""
        text = self.text()
        changed = text != self.opened.saved
        if changed:
            self.opened.save(text, overwrite=overwrite)
        self.journal.unlink(missing_ok=True)
        return changed


@dataclass
class _Outcome:
    saved: list[str]
    refused: list[_Draft]
    problems: list[str]


class Saving:
    """Saves a project's documents on the thread on which the journal is written, too."""

    def __init__(
        self, project: Project, recovery: Recovery, writer: Background, loop: Loop, notices: Notices
    ) -> None:
        self._project = project
        self._recovery = recovery
        self._writer = writer
        self._loop = loop
        self._notices = notices

    def save_all(self, *, overwrite: bool = False) -> Future[list[str]]:
        """Save every changed document as it is now; the file names of those.

        The future, which is done on the loop's thread, raises SavingError where some could not be saved.
        """
        drafts = [self._draft(opened) for opened in self._project.documents]
        be_quiet = tell_if_slow(self._loop, self._notices, "Saving …")

        def written(outcome: _Outcome) -> list[str]:
            be_quiet()
            return self._take(outcome)

        return self._writer.run(lambda: _write(drafts, overwrite=overwrite), written)

    def _draft(self, opened: OpenDocument) -> _Draft:
        document = opened.document
        draft = _Draft(opened, document.snapshot(), opened.edited, self._recovery.file_of(document))
        opened.edited = False  # what is typed from now on is not in the draft
        return draft

    def _take(self, outcome: _Outcome) -> list[str]:
        for draft in outcome.refused:
            draft.opened.edited = draft.opened.edited or draft.was_edited
            self._recovery.touch(draft.opened.document)
        if outcome.problems:
            raise SavingError(" ".join(outcome.problems))
        return outcome.saved


class SavingError(Exception):
    """Which documents could not be saved, and what to do; the others are saved."""


def _write(drafts: Sequence[_Draft], *, overwrite: bool) -> _Outcome:
    outcome = _Outcome([], [], [])
    for draft in drafts:
        try:
            outcome.saved += [draft.opened.path.name] if draft.write(overwrite=overwrite) else []
        except Exception as error:  # whatever is wrong with one, the others are saved
            outcome.refused.append(draft)
            told = isinstance(error, DocumentError)
            problem = str(error) if told else f"{draft.opened.path}: cannot be saved ({error!r})."
            outcome.problems.append(problem)
    return outcome
