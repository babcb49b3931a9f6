"""What every cell of a notebook view shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from engines.notebook.session import NotebookSession
from widgets.notebook.math_pictures import MathPictures
from widgets.workspace.completion import Complete, Inspect

OutputWidgets = Mapping[str, Callable[[object, QWidget], QWidget]]
"""Mime type to a function that makes a widget from the output's data and the widget's parent."""


@dataclass(frozen=True)
class EditorHooks:
    """What the editors of the cells hand on to the view."""

    on_key: Callable[[QKeyEvent], bool]
    """Sees every key first; True when it has dealt with it."""
    undo: Callable[[], object]
    redo: Callable[[], object]


@dataclass(frozen=True)
class Services:
    """The session, and what the app lends to the cells."""

    session: NotebookSession
    maths: MathPictures
    complete: Complete | None = None
    inspect: Inspect | None = None
    output_widgets: OutputWidgets = field(default_factory=dict)
    folder: Path | None = None
    """Where the notebook lies: pictures in its text are looked for there."""
