"""The smallest document there is, for tests of what all documents have in common."""

from __future__ import annotations

from app.project import Project
from engines.workspace.events import Event
from engines.workspace.files import DocumentError
from engines.workspace.history import History


class Note:
    """One text."""

    suffix = ".note"

    def __init__(self, name, text=""):
        self.name, self.text = name, text
        self.changed, self.history = Event(), History(lambda operation: None)

    def to_text(self):
        return self.text

    def snapshot(self):
        text = self.text
        return lambda: text

    @staticmethod
    def read(text, path):
        if "broken" in text:
            raise DocumentError(path, "is broken", line=2)
        return Note(path.name.removesuffix(".note"), text)


def opened(folder) -> Project:
    """A project of notes."""
    project = Project(folder, {".note": Note.read})
    project.open()
    return project
