"""The board's variables in their page: read at a free prompt only, objects open, nothing is asked twice."""

from __future__ import annotations

import pytest
from board_model import ModelBoard

from engines.board.connection.transport import Target
from engines.board.status import State, Status
from widgets.board.variables_page import VariablesPage


@pytest.fixture
def page(session, qtbot, monkeypatch):
    """A page over a model of a board that knows two variables."""
    rows = {
        "variables": [("a", "int", -1, "6"), ("sensor", "Accel", -1, "<Accel>")],
        "attributes": [("x", "int", -1, "3")],
    }
    read = []

    def ask(bench, source):
        kind = "attributes" if "attributes(" in source.splitlines()[-1] or "sensor" in source else "variables"
        read.append(kind)
        return rows[kind]

    monkeypatch.setattr("engines.board.bench.RawBench.ask", ask)
    session.connect(Target("model", "", ModelBoard))
    page = VariablesPage(session)
    page.rows, page.read = rows, read
    qtbot.addWidget(page)
    page.show()
    return page


def texts(page):
    return [(item.text(0), item.text(3)) for item in page._items()]


def test_variables_show_at_the_prompt_and_objects_open(page, qtbot):
    qtbot.waitUntil(lambda: texts(page) == [("a", "6"), ("sensor", "<Accel>")], timeout=10_000)
    item = page._items()[1]
    item.setExpanded(True)
    qtbot.waitUntil(lambda: item.childCount() == 1, timeout=10_000)
    assert (item.child(0).text(0), item.child(0).text(3)) == ("x", "3")
    page.filter.setText("SENS")
    assert [each.isHidden() for each in page._items()] == [True, False]


def test_they_are_read_again_only_after_something_ran(page, session, qtbot):
    qtbot.waitUntil(lambda: len(texts(page)) == 2, timeout=10_000)
    qtbot.waitUntil(lambda: session.status.state is State.PROMPT)
    assert page.read == ["variables"]
    page.rows["variables"] = [("a", "int", -1, "7")]
    session.type(b"x\r")
    qtbot.waitUntil(lambda: texts(page) == [("a", "7")], timeout=10_000)


def test_without_a_board_it_says_what_to_do(page, session, qtbot):
    qtbot.waitUntil(lambda: len(texts(page)) == 2, timeout=10_000)
    session.disconnect()
    qtbot.waitUntil(lambda: not texts(page))
    assert "Connect a board" in page.note.text()


def test_a_page_that_is_made_while_a_program_runs_says_so(session, qtbot, monkeypatch):
    running = Status(State.RUNNING, "A program is running.")
    monkeypatch.setattr(session, "status", running)
    page = VariablesPage(session)
    qtbot.addWidget(page)
    page.show()
    assert "A program is running" in page.note.text()
