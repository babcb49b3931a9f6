"""The application's state as plain data: for scripts, for end-to-end tests, for a look from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.application import Application
    from app.conductor import Conductor


def snapshot(app: Application) -> dict[str, Any]:
    """Everything a user could see, briefly; JSON-able."""
    state: dict[str, Any] = {
        "times": app.times,
        "notices": [{"level": each.level.name.lower(), "text": each.text} for each in app.notices.all],
    }
    if app.conductor is not None:
        state.update(_project_state(app.conductor))
    if app.window is not None and app.conductor is not None:
        state["panels"] = app.window.docks.names()
        state["figures"] = {
            name: {"frames": panel.frames, "rate": panel.frame_rate(), "gap95": panel.frame_gap()}
            for name, panel in app.window.panels.figure_panels()
        }
    return state


def _project_state(conductor: Conductor) -> dict[str, Any]:
    process = conductor.kernel.process
    board = conductor.boards.first
    return {
        "project": str(conductor.project.folder),
        "problems": conductor.project.problems,
        "dirty": [opened.path.name for opened in conductor.project.dirty()],
        "kernel": {"state": conductor.kernel.activity.value, "pid": process.pid},
        "board": {
            "state": board.status.state.value,
            "text": board.status.text,
            "port": board.target.name if board.target else None,
            "pid": conductor.boards.process_id,
        },
        "boards": {
            session.name: {
                "state": session.status.state.value,
                "text": session.status.text,
                "port": session.target.name if session.target else None,
                "streams": list(session.streams),
            }
            for session in conductor.boards
        },
        "streams": {name: stream_state(conductor, name) for name in conductor.streams.names()},
        "recordings": conductor.recordings.states(),
        "sheets": {
            session.name: {"computed": conductor.sheets.computed, "errors": conductor.sheets.errors}
            for session in conductor.sheets
        },
        "notebooks": {
            session.document.name: {
                "busy": session.busy,
                "cells": [session.state(cell.id).value for cell in session.document.cells],
            }
            for session in conductor.notebooks
        },
    }


def stream_state(conductor: Conductor, name: str) -> dict[str, Any]:
    """Samples received and lost, columns and gaps of one stream."""
    reader = conductor.streams.reader(name)
    try:
        return {
            "samples": reader.total,
            "lost": reader.lost,
            "columns": list(reader.columns),
            "segments": [segment.kind.name.lower() for segment in reader.segments],
        }
    finally:
        reader.close()
