"""board.format: nothing is lost without a word of the user's."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from app.commands import board_disks
from app.commands.registry import CommandError, Registry
from engines.board.storage.disk_format import Formatted, format_disk


class Session:
    name = "board"

    def __init__(self) -> None:
        self.submitted = []

    def submit(self, title, work, *, timeout):
        self.submitted.append(work)
        done = Future()
        done.set_result(Formatted("/flash", "FAT", 1000))
        return done


@pytest.fixture
def app():
    return SimpleNamespace(window=None, project=SimpleNamespace(boards=SimpleNamespace(first=Session())))


def call(app, *arguments: str):
    return Registry([board_disks]).call("board.format", app, list(arguments))


def test_who_confirms_it_gets_an_empty_disk(app):
    assert call(app, "confirm=yes").result(5) == {"path": "/flash", "kind": "FAT", "size": 1000}
    assert app.project.boards.first.submitted == [format_disk]


def test_without_a_window_nothing_is_done_unasked(app):
    with pytest.raises(CommandError, match="confirm=yes"):
        call(app)
    assert app.project.boards.first.submitted == []


def test_the_window_asks_on_the_page_with_the_files(app):
    asked = []
    app.window = SimpleNamespace(
        is_filled=False,
        show_board_page=lambda session, title: asked.append(title),
        panels=SimpleNamespace(ask_format=asked.append),
    )
    assert call(app) is None
    assert asked == ["Files", app.project.boards.first]
    assert app.project.boards.first.submitted == []
