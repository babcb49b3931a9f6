"""What the shell needs of every document (sheet, figure, notebook) to save, recover and undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from engines.workspace.events import Event
from engines.workspace.history import History


class Document(Protocol):
    """A document knows its text form and its history; where it lies on disk is the project's business."""

    name: str
    suffix: str
    """How its file name ends: ``.sheet.json``, ``.plot.json`` or ``.ipynb``."""

    @property
    def changed(self) -> Event[Any]:
        """Emitted after every change, with the tool's own description of what changed."""

    @property
    def history(self) -> History[Any]: ...

    def to_text(self) -> str:
        """The whole document as the text of its file."""

    def snapshot(self) -> Callable[[], str]:
        """What ``to_text`` gives now, to be called on any thread and at any time. Costs next to nothing."""
