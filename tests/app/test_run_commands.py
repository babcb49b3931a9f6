"""What a user starts from a menu or a button: whatever goes wrong is told, also when it goes wrong later."""

from __future__ import annotations

from concurrent.futures import Future
from types import MethodType, SimpleNamespace

from app.application import Application
from app.commands.registry import CommandError, NothingToDo
from app.notices import Level, Notices


def application(call) -> SimpleNamespace:
    """So much of the application as commands need; what is delivered to the GUI thread runs at once."""
    app = SimpleNamespace(
        call=call, notices=Notices(), loop=SimpleNamespace(deliver=lambda function: function())
    )
    app._show_outcome = MethodType(Application._show_outcome, app)
    return app


def told(app) -> list[tuple[Level, str]]:
    return [(notice.level, notice.text) for notice in app.notices.all]


def test_a_command_with_arguments_that_fails_later_is_told():
    done: Future[None] = Future()
    app = application(lambda name, arguments: done)
    Application.run_with(app, "board.unmount", ["board=second"])
    assert told(app) == []
    done.set_exception(ValueError("nothing is mounted"))
    assert told(app) == [(Level.ERROR, "nothing is mounted")]


def test_a_refusal_is_an_error_and_nothing_to_do_is_not():
    def refuse(name, arguments):
        raise CommandError("no project is open") if name == "file.save" else NothingToDo("nothing to undo")

    app = application(refuse)
    Application.run_with(app, "file.save", [])
    Application.run_with(app, "edit.undo", [])
    assert told(app) == [(Level.ERROR, "no project is open"), (Level.INFO, "nothing to undo")]
