"""What can be given for an argument that the palette asks for."""

from __future__ import annotations

import inspect
import os
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.registry import Command
from app.docks import LAYOUTS
from app.resources import example_names

if TYPE_CHECKING:
    from app.application import Application

MOST_PATHS = 200


@dataclass(frozen=True)
class Suggestions:
    """Texts to choose from. ``only``: nothing else can be given."""

    texts: tuple[str, ...] = ()
    only: bool = False


def suggest(app: Application, command: Command, parameter: inspect.Parameter, typed: str) -> Suggestions:
    """What fits a parameter of a command, ``typed`` so far."""
    named = NAMES.get(f"{command.name}.{parameter.name}") or NAMES.get(parameter.name)
    if named is not None:
        return Suggestions(tuple(named(app)), only=True)
    hint = command.type_of(parameter)
    kinds = typing.get_args(hint) or (hint,)
    if bool in kinds:
        return Suggestions(("yes", "no"), only=True)
    if Path in kinds and app.window is not None:
        return Suggestions(tuple(_paths(app.window.folder, typed)))
    return Suggestions()


def _documents(app: Application) -> list[str]:
    """By their file names, the one in use first."""
    opened = sorted(app.project.project.documents, key=lambda each: not app.has_focus(each.document))
    return [each.path.name for each in opened]


def _recent(app: Application) -> list[str]:
    return [str(each) for each in app.settings.recent_projects if each.is_dir()]


def _streams(app: Application) -> list[str]:
    return list(app.project.streams.names())


def _panels(app: Application) -> list[str]:
    return app.window.docks.names() if app.window is not None else []


NAMES: dict[str, Callable[[Application], Iterable[str]]] = {
    "board": lambda app: app.project.boards.names,
    "file.save_copy.name": _documents,
    "file.reload.name": _documents,
    "file.rename_document.name": _documents,
    "file.close_document.name": _documents,
    "file.open_recent.folder": _recent,
    "file.open_example_project.name": lambda app: example_names(),
    "stream.close.name": _streams,
    "stream.export.name": _streams,
    "view.layout.name": lambda app: LAYOUTS,
    "view.panel.name": _panels,
    "view.theme.name": lambda app: ("system", "light", "dark"),
}
"""By command and parameter, or by a parameter that means the same in every command."""


def _paths(folder: Path, typed: str) -> list[str]:
    """Files and folders that begin with what is typed, relative to the project as that is."""
    start, _, beginning = typed.rpartition("/")
    place = folder / Path(f"{start}/" if start or typed.startswith("/") else "").expanduser()
    try:
        with os.scandir(place) as entries:
            found = sorted((each.name + "/" * each.is_dir()) for each in entries)
    except OSError:
        return []
    prefix = typed.removesuffix(beginning) if beginning else typed
    fitting = [each for each in found if each.startswith(beginning) and (beginning or each[0] != ".")]
    return [f"{prefix}{each}" for each in fitting[:MOST_PATHS]]
