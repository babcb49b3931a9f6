"""The app's side over a kernel that answers late, in odd orders, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.sheet.document import SheetDocument
from engines.sheet.open_sheets import Calculated, OpenSheets
from engines.sheet.references import Rect
from engines.sheet.values import Shown


def opened(kernel: Any, sheets: OpenSheets, name: str = "Data", **texts: str) -> Any:
    from engines.sheet.references import parse_reference

    document = SheetDocument(name, {parse_reference(cell).rect[:2]: text for cell, text in texts.items()})
    session = sheets.open(document)
    kernel.settle()
    return session


def test_values_arrive_and_updates_tell(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = open_sheets.open(SheetDocument("Data", {(1, 1): "5", (2, 1): "=A1*2"}))
    updates: list[Any] = []
    session.updated.connect(updates.extend)
    session.look_at(Rect(1, 1, 5, 20))
    assert session.shown(1, 1) == Shown("5", "number")
    assert session.shown(2, 1) == Shown("", "stale")
    queued_kernel.settle()
    assert session.shown(2, 1) == Shown("10", "number")
    queued_kernel.settle()
    updates.clear()
    queued_kernel.sent.clear()
    session.document.edit({(1, 1): "6"})
    assert session.shown(1, 1) == Shown("6", "number")
    queued_kernel.settle()
    assert session.shown(2, 1) == Shown("12", "number")
    assert Rect(1, 1, 2, 1) in updates
    assert queued_kernel.sent == ["sheet.edit"]  # what is visible comes with the answer


def test_what_is_out_of_sight_is_asked_for_when_looked_at(
    queued_kernel: Any, open_sheets: OpenSheets
) -> None:
    session = opened(queued_kernel, open_sheets, A1="1", A500="=A1+1")
    session.look_at(Rect(1, 1, 5, 20))
    queued_kernel.settle()
    session.shown(1, 500)
    queued_kernel.settle()
    assert session.shown(1, 500) == Shown("2", "number")
    session.document.edit({(1, 1): "2"})
    queued_kernel.settle()
    session.shown(1, 500)
    queued_kernel.settle()
    assert session.shown(1, 500) == Shown("3", "number")


def test_an_old_answer_does_not_hide_a_newer_value(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="1", B1="=A1", C1="=A1+1")
    session.look_at(Rect(1, 1, 5, 20))
    queued_kernel.work()  # the display of the old values, not yet delivered
    late = queued_kernel.replies.popleft()
    session.document.edit({(1, 1): "2"})
    queued_kernel.settle()
    queued_kernel.replies.append(late)
    queued_kernel.settle()
    session.shown(2, 1)
    queued_kernel.settle()
    assert (session.shown(2, 1).text, session.shown(3, 1).text) == ("2", "3")


def test_one_request_at_a_time_and_the_rest_merged(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="1")
    queued_kernel.sent.clear()
    for number in range(50):
        session.document.edit({(1, 1): str(number), (2, number + 1): "x"})
        open_sheets.names_changed(["accel"])
    assert queued_kernel.sent == ["sheet.edit"]
    queued_kernel.settle()
    assert queued_kernel.sent == ["sheet.edit", "sheet.edit"]
    assert queued_kernel.texts("Data")["(1, 1)"] == "49"
    assert queued_kernel.texts("Data")["(2, 50)"] == "x"


def test_names_reach_the_formulas_and_the_event_tells(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="=gain*2")
    done: list[Calculated] = []
    open_sheets.calculated.connect(done.append)
    queued_kernel.workspace["gain"] = 4
    open_sheets.names_changed(["gain"])
    queued_kernel.settle()
    assert done == [Calculated({"Data": (Rect(1, 1, 1, 1),)}, computed=1)]
    session.shown(1, 1)
    queued_kernel.settle()
    assert session.shown(1, 1).text == "8"


def test_another_sheets_view_follows(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    one = opened(queued_kernel, open_sheets, "One", A1="1")
    two = opened(queued_kernel, open_sheets, "Two", A1="=One!A1+1")
    two.look_at(Rect(1, 1, 3, 3))
    queued_kernel.settle()
    one.document.edit({(1, 1): "5"})
    queued_kernel.settle()
    assert two.shown(1, 1).text == "6"


def test_what_waits_for_its_turn_is_stale_and_comes(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="=n", B1="=A1")
    session.look_at(Rect(1, 1, 5, 5))
    queued_kernel.settle()
    value = {
        "number": 9,
        "changed": {},
        "computed": 0,
        "errors": 0,
        "interrupted": False,
        "shown": {},
        "postponed": [],
    }
    queued_kernel.verbs["sheet.recalculate"] = _first(
        {**value, "unfinished": [["Data", [1, 1, 2, 1]]]}, queued_kernel
    )
    open_sheets.names_changed(["n"])
    queued_kernel.work()
    queued_kernel.deliver_reply()
    assert session.shown(1, 1).kind == "stale"
    queued_kernel.workspace["n"] = 3
    open_sheets.names_changed(["n"])
    queued_kernel.settle()
    assert session.shown(2, 1) == Shown("3", "number")


def _first(value: Any, kernel: Any) -> Callable[..., Any]:
    real = kernel.verbs["sheet.recalculate"]

    def verb(arguments: Any, buffers: Any) -> Any:
        kernel.verbs["sheet.recalculate"] = real
        return value

    return verb


def test_a_dead_kernel_leaves_values_as_stale(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="5", B1="=A1*2")
    session.look_at(Rect(1, 1, 5, 5))
    queued_kernel.settle()
    session.document.edit({(1, 1): "7"})
    open_sheets.kernel_lost()
    queued_kernel.start()
    assert not session.connected
    assert session.shown(1, 1) == Shown("7", "number")
    assert session.shown(2, 1) == Shown("10", "stale")
    session.document.edit({(1, 1): "8", (3, 1): "=B1"})
    assert not queued_kernel.requests
    open_sheets.kernel_ready()
    queued_kernel.settle()
    assert (session.shown(2, 1).text, session.shown(3, 1).text) == ("16", "16")


def test_an_answer_of_a_former_life_is_ignored(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="1")
    session.document.edit({(1, 1): "2"})
    queued_kernel.work()
    late = queued_kernel.replies.popleft()
    queued_kernel.start()
    open_sheets.kernel_lost()
    open_sheets.kernel_ready()
    queued_kernel.replies.append(late)
    queued_kernel.settle()
    assert queued_kernel.texts("Data") == {"(1, 1)": "2"}


def test_renaming_and_closing(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="=1+1")
    open_sheets.rename(session, "Raw")
    session.look_at(Rect(1, 1, 2, 2))
    queued_kernel.settle()
    assert queued_kernel.workspace["sheets"].names() == ["Raw"]
    assert session.shown(1, 1).text == "2"
    session.document.edit({(1, 1): "=1+2"})
    queued_kernel.settle()
    assert queued_kernel.texts("Raw") == {"(1, 1)": "=1+2"}
    open_sheets.close(session)
    queued_kernel.settle()
    assert queued_kernel.workspace["sheets"].names() == []
    assert open_sheets.session("Raw") is None


def test_explain_values_and_displays(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    session = opened(queued_kernel, open_sheets, A1="=1/0", B1="=2*2")
    answers: list[Any] = []
    session.explain((1, 1), answers.append)
    session.values(lambda reply: answers.append(reply.value))
    session.displays(Rect(2, 1, 2, 1), answers.append)
    queued_kernel.settle()
    assert answers[0]["error"] == {"name": "ZeroDivisionError", "message": "division by zero"}
    assert answers[1] == [[1, 1, "ZeroDivisionError: division by zero", "error"], [1, 2, 4, "number"]]
    assert answers[2] == {(2, 1): "4"}


def test_failed_requests_are_told(queued_kernel: Any, open_sheets: OpenSheets) -> None:
    opened(queued_kernel, open_sheets)
    problems: list[str] = []
    open_sheets.failed.connect(problems.append)
    queued_kernel.verbs["sheet.recalculate"] = lambda arguments, buffers: 1 / 0
    open_sheets.recalculate_all()
    queued_kernel.settle()
    assert problems == ["The sheet could not be computed: ZeroDivisionError: division by zero"]


class Clock:
    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, function: Callable[[], None]) -> Callable[[], None]:
        timer = (seconds, function)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer)


def test_the_watchdog_barks_only_while_formulas_run(queued_kernel: Any) -> None:
    clock = Clock()
    sheets = queued_kernel.sheets = OpenSheets(queued_kernel, clock.later, formula_seconds=2)
    sheets.kernel_ready()
    session = opened(queued_kernel, sheets, A1="1")
    barks: list[float] = []
    sheets.over_budget.connect(barks.append)
    session.document.edit({(1, 1): "2"})
    assert clock.timers == []  # the kernel is busy with something else
    queued_kernel.work()  # it began, and said so
    queued_kernel.deliver_event()
    assert [seconds for seconds, _ in clock.timers] == [2.5]
    clock.timers.pop()[1]()
    assert barks == [2]
    assert len(clock.timers) == 1  # it barks again if that did not help
    queued_kernel.settle()
    assert clock.timers == []


# Both sides edit at once.

steps = st.lists(
    st.one_of(
        st.tuples(st.just("app"), st.integers(1, 2), st.integers(0, 99)),
        st.tuples(st.just("script"), st.integers(1, 2), st.integers(100, 199)),
        st.sampled_from([("work",), ("reply",), ("event",), ("undo",), ("script undo",)]),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(steps=steps)
def test_app_and_scripts_end_with_the_same_texts(
    make_queued_kernel: Any, steps: list[tuple[Any, ...]]
) -> None:
    """Replies and events arrive in any order relative to each other; at rest both sides agree."""
    kernel = make_queued_kernel()
    sheets = kernel.sheets = OpenSheets(kernel)
    sheets.kernel_ready()
    session = sheets.open(SheetDocument("Data", {(1, 1): "start"}))
    kernel.settle()
    sheet = kernel.workspace["sheets"]["Data"]
    for step in steps:
        if step[0] == "app":
            session.document.edit({(1, step[1]): str(step[2])})
        elif step[0] == "script":
            sheet[1, step[1]] = step[2]
        elif step[0] == "undo":
            session.document.history.undo()
        elif step[0] == "script undo":
            sheet.undo()
        elif step[0] == "work" and kernel.requests:
            kernel.work()
        elif step[0] == "reply" and kernel.replies:
            kernel.deliver_reply()
        elif step[0] == "event" and kernel.events:
            kernel.deliver_event()
    kernel.settle()
    assert kernel.texts("Data") == {str(cell): text for cell, text in session.document.texts.items()}


def test_a_value_that_comes_before_its_formula_is_heard_of_is_shown(make_queued_kernel: Any) -> None:
    """A script's formula is computed by a stream's recalculation, whose answer overtakes the script's event."""
    kernel = make_queued_kernel()
    sheets = kernel.sheets = OpenSheets(kernel)
    sheets.kernel_ready()
    session = opened(kernel, sheets, A1="3")
    session.look_at(Rect(1, 1, 5, 20))
    kernel.settle()
    kernel.workspace["sheets"]["Data"]["B1"] = "=A1*2"
    sheets.names_changed(["accel"])
    while kernel.requests or kernel.replies:
        kernel.work() if kernel.requests else kernel.deliver_reply()
    kernel.settle()
    assert session.shown(2, 1) == Shown("6", "number")
