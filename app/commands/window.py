"""The window itself: raise it, picture it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application


@command("Bring the window to the front")
def show(app: Application) -> None:
    """Raise the window; a second start does this."""
    app.raise_window()


@command("Picture of the window")
def screenshot(app: Application, path: Path, panel: str = "") -> str:
    """Write a PNG of the window as it is now, or of one panel, such as board:board."""
    if app.window is None:
        raise CommandError("no window is open")
    docks = app.window.docks
    if panel and panel not in docks:
        raise CommandError(f"there is no panel {panel!r}; there are: {', '.join(docks.names())}")
    shown = docks.dock(panel).widget() if panel else app.window
    path.parent.mkdir(parents=True, exist_ok=True)
    if not shown.grab().save(str(path)):
        raise CommandError(f"{path} cannot be written")
    return str(path)


@command("Resize the window")
def resize(app: Application, width: int, height: int) -> None:
    """Give the window a size in pixels."""
    if app.window is not None:
        app.window.resize(width, height)
