"""Streams: record, open a recording, export."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command
from engines.workspace.streams.layout import StreamError

if TYPE_CHECKING:
    from app.application import Application


@command("Record the streams", menu="Board", separator=True)
def record(app: Application, name: str = "", path: Path | None = None, past: bool = False) -> dict[str, str]:
    """Write a stream (by default all) to disk while it runs, from now on; past=yes: what is in memory, too.

    The value is the file of each.
    """
    try:
        return app.project.recordings.start(name, path, past=past)
    except StreamError as error:
        raise CommandError(str(error)) from error


@command("Stop recording", menu="Board")
def stop(app: Application, name: str = "") -> Future[list[dict[str, Any]]]:
    """End the recording of a stream, or all of them."""
    try:
        return app.project.recordings.stop(name)
    except StreamError as error:
        raise CommandError(str(error)) from error


@command("Open a recording")
def open(app: Application, path: Path) -> Future[str]:  # noqa: A001 - the command is called stream.open
    """Show a .stream file as a stream of the workspace; the stream's name."""
    return app.project.recordings.open(path)


@command("Close a recording")
def close(app: Application, name: str) -> None:
    """Take an opened recording out of the workspace; its file stays."""
    try:
        app.project.recordings.close_recording(name)
    except StreamError as error:
        raise CommandError(str(error)) from error


@command("Export a stream")
def export(app: Application, name: str, path: Path) -> Future[str]:
    """Write a stream or an opened recording to a .csv or .parquet file."""
    try:
        return app.project.recordings.export(name, path)
    except StreamError as error:
        raise CommandError(str(error)) from error
