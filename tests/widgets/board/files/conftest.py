"""The file manager of a connected virtual pyboard, beside a project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engines.board.connection.transport import process_target
from engines.board.status import State
from engines.board.virtual import command
from tests.widgets.board.files.files_desk import LONG, shows
from widgets.board.files_view import FilesView


@pytest.fixture
def flash(tmp_path) -> Path:
    flash = tmp_path / "flash"
    (flash / "lib").mkdir(parents=True)
    (flash / "lib" / "deep.py").write_text("deep = 1")
    (flash / "notes.txt").write_text("12345")
    (flash / "main.py").write_text("")
    return flash


@pytest.fixture
def project(tmp_path) -> Path:
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (project / "local.py").write_text("print('local')")
    return project


@pytest.fixture
def memory() -> dict[str, str]:
    return {}


@pytest.fixture
def view(qtbot, session, project, memory):
    view = FilesView(session, None, project, memory)
    qtbot.addWidget(view)
    view.resize(800, 500)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def files(qtbot, view, session, flash, tmp_path):
    """The view of a connected board whose flash is listed."""
    (tmp_path / "sd").mkdir()
    arguments = command(flash, sd=tmp_path / "sd")
    session.connect(
        process_target("Virtual", [sys.executable, "-m", "engines.board.virtual", *arguments], "")
    )
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT, timeout=LONG)
    shows(qtbot, view, "/flash/notes.txt")
    view.tree.setFocus()
    return view
