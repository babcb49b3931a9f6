"""The whole application: its state as data, and its end. Scripts and end-to-end tests live on these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands.board_firmware import refuse_while_flashing
from app.commands.registry import command

if TYPE_CHECKING:
    from app.application import Application


@command("State of the application")
def state(app: Application) -> dict[str, Any]:
    """Kernel, board, streams, sheets, figures and notebooks as plain data."""
    from app.state import snapshot

    return snapshot(app)


@command("End the application")
def quit(app: Application, discard: bool = False) -> None:  # noqa: A001 - the command's name
    """End at once; with discard, unsaved work is thrown away."""
    refuse_while_flashing(app)
    if discard and app.conductor is not None:
        for opened in app.conductor.project.documents:
            app.conductor.recovery.discard(opened.document)
        app.conductor.recovery.forget()
    app.loop.later(0, app.qt.quit)
