"""Help: what commands there are, and about the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands.registry import command

if TYPE_CHECKING:
    from app.application import Application


@command("List all commands")
def commands(app: Application) -> list[dict[str, Any]]:
    """Every command with title, shortcut, arguments and description."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "key": each.shown_key,
            "arguments": [str(parameter) for parameter in each.parameters],
            "description": each.description,
        }
        for each in app.registry
    ]


@command("About Dirigent", menu="Help")
def about(app: Application) -> str:
    """Say the version and where things are."""
    from app.version import VERSION

    text = f"Dirigent {VERSION}. The manual is in docs/, starting with docs/index.md."
    app.notices.info(text)
    return text
