"""Running cells: the queue, states, errors, input, death of the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import NotebookDocument
from engines.notebook.fileformat import NotebookContent
from engines.notebook.runs import CellState
from engines.notebook.session import NotebookSession
from engines.notebook.session_events import (
    CellFinished,
    InputEnded,
    InputRequested,
    OutputsPending,
    RunStopped,
    StatesChanged,
)
from engines.workspace.kernel_api import Executed, KernelError, Output


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(kernel, clock, tmp_path) -> NotebookSession:
    cells = (
        Cell("a", CellKind.CODE, "a = 1"),
        Cell("text", CellKind.MARKDOWN, "# Text"),
        Cell("b", CellKind.CODE, "a + 1"),
        Cell("c", CellKind.CODE, "a + 2"),
    )
    document = NotebookDocument("Test", NotebookContent(cells, {}))
    session = NotebookSession(document, kernel, spill_folder=tmp_path, clock=clock)
    session.seen = []
    session.events.connect(session.seen.append)
    return session


def states(session: NotebookSession) -> dict[str, str]:
    return {cell_id: session.state(cell_id).value for cell_id in "abc"}


def seen(session: NotebookSession, kind: type) -> list:
    return [event for event in session.seen if isinstance(event, kind)]


def test_cells_run_one_after_the_other(session, kernel, clock):
    session.run_all()
    assert kernel.codes == ["a = 1"]
    assert states(session) == {"a": "running", "b": "queued", "c": "queued"}
    clock.now += 2.5
    assert session.elapsed("a") == 2.5
    kernel.finish()
    assert session.elapsed("a") == 2.5
    kernel.output("execute_result", data={"text/plain": "2"}, metadata={}, execution_count=2)
    kernel.finish()
    kernel.finish()
    assert kernel.codes == ["a = 1", "a + 1", "a + 2"], "markdown is not run"
    assert states(session) == {"a": "ok", "b": "ok", "c": "ok"}
    assert not session.busy
    assert session.document.cell("b").outputs[0]["data"] == {"text/plain": "2"}
    assert [cell.execution_count for cell in session.document.cells] == [1, None, 2, 3]
    assert [event.source for event in seen(session, CellFinished)] == ["a = 1", "a + 1", "a + 2"]


def test_an_error_stops_the_rest_and_names_it(session, kernel):
    session.run_all()
    error = KernelError("ZeroDivisionError", "division by zero")
    kernel.output("error", ename=error.name, evalue=error.message, traceback=["line"])
    kernel.finish("error", error)
    assert kernel.codes == ["a = 1"]
    assert states(session) == {"a": "error", "b": "idle", "c": "idle"}
    (stopped,) = seen(session, RunStopped)
    assert stopped.skipped == ("b", "c")
    assert stopped.message == (
        "Stopped at cell 1: it failed (ZeroDivisionError: division by zero). Not run: cells 3 and 4."
    )


def test_above_and_below(session, kernel):
    session.run_above("c")
    kernel.finish()
    kernel.finish()
    session.run_below("c")
    kernel.finish()
    assert kernel.codes == ["a = 1", "a + 1", "a + 2"]


def test_what_was_pressed_is_what_runs_and_later_edits_make_it_stale(session, kernel):
    session.run(["a", "b"])
    session.document.edit("b", "a + 100")
    kernel.finish()
    assert kernel.codes[-1] == "a + 1"
    kernel.finish()
    assert session.state("b") is CellState.STALE
    assert session.stale_reason("b") == "edited since it ran"
    session.document.history.undo()
    assert session.state("b") is CellState.OK
    assert StatesChanged(("b",)) in session.seen


def test_stale_cells_run_again_on_request(session, kernel):
    session.run_all()
    for _ in range(3):
        kernel.finish()
    session.mark_stale(["b", "c", "nobody"], "a changed")
    assert states(session) == {"a": "ok", "b": "stale", "c": "stale"}
    assert session.stale_reason("b") == "a changed"
    session.run_stale()
    assert states(session) == {"a": "ok", "b": "running", "c": "queued"}
    kernel.finish()
    kernel.finish()
    assert session.stale_cells() == ()
    assert session.stale_reason("b") is None


def test_a_cell_that_never_ran_is_not_stale(session):
    session.mark_stale(["a"])
    session.document.edit("a", "a = 2")
    assert session.state("a") is CellState.IDLE


def test_interrupt_reaches_the_kernel_only_while_something_runs(session, kernel):
    session.interrupt()
    assert kernel.interrupts == 0
    session.run_all()
    session.interrupt()
    assert kernel.interrupts == 1
    kernel.finish("error", KernelError("KeyboardInterrupt", ""))
    assert seen(session, RunStopped)[0].skipped == ("b", "c")


def test_outputs_reach_the_document_when_collected_or_at_the_end(session, kernel):
    session.run(["a"])
    kernel.output("stream", name="stdout", text="one\n")
    kernel.output("stream", name="stdout", text="two\n")
    assert seen(session, OutputsPending) == [OutputsPending("a")] * 2
    assert session.document.cell("a").outputs == ()
    session.collect("a")
    assert session.document.cell("a").outputs[0]["text"] == "one\ntwo\n"
    kernel.output("stream", name="stdout", text="three\n")
    kernel.finish()
    assert session.document.cell("a").outputs[0]["text"] == "one\ntwo\nthree\n"


def test_old_outputs_stay_until_the_first_new_one(session, kernel):
    old = {"output_type": "stream", "name": "stdout", "text": "old\n"}
    session.document.set_outputs("a", [old], 1)
    session.run(["a"])
    kernel.output("execute_input", execution_count=2, code="a = 1")
    session.collect("a")
    assert session.document.cell("a").outputs == (old,)
    kernel.finish()
    assert session.document.cell("a").outputs == ()


def test_an_empty_cell_is_not_sent(session, kernel):
    session.document.set_outputs("a", [{"output_type": "stream", "name": "stdout", "text": "x"}], 1)
    session.document.edit("a", " \n")
    session.run(["a", "b"])
    assert kernel.codes == ["a + 1"]
    assert session.document.cell("a").outputs == ()
    assert session.document.cell("a").execution_count is None


def test_death_leaves_a_note_the_outputs_and_an_empty_queue(session, kernel):
    session.run_all()
    kernel.output("stream", name="stdout", text="half\n")
    session.kernel_died()
    kernel.output("stream", name="stdout", text="late\n")
    kernel.finish("died")
    assert states(session) == {"a": "died", "b": "idle", "c": "idle"}
    assert session.note("a") == "The kernel died while this cell ran."
    assert session.document.cell("a").outputs[0]["text"] == "half\n"
    assert "the kernel died. Not run: cells 3 and 4." in seen(session, RunStopped)[0].message
    assert len(seen(session, CellFinished)) == 1


def test_after_a_restart_what_ran_is_stale(session, kernel):
    session.run(["a", "b"])
    kernel.finish()
    kernel.finish()
    session.kernel_restarted()
    assert states(session) == {"a": "stale", "b": "stale", "c": "idle"}
    assert session.stale_reason("a") == "the kernel was restarted since it ran"
    session.run_stale()
    kernel.finish()
    assert session.state("a") is CellState.OK


def test_the_cell_that_killed_the_kernel_is_not_rerun_by_itself(session, kernel):
    session.run(["a"])
    session.kernel_died()
    session.kernel_restarted()
    assert session.stale_cells() == ()
    session.run(["a"])
    assert session.note("a") == ""


def test_a_refused_run_leaves_the_cell_as_it_was(session, kernel):
    session.run(["a"])
    kernel.finish()
    session.document.set_outputs("a", [{"output_type": "stream", "name": "stdout", "text": "x"}], 1)
    session.run(["a"])
    kernel.finish("aborted")
    assert session.state("a") is CellState.OK
    assert session.document.cell("a").outputs


def test_input_is_asked_answered_and_echoed(session, kernel):
    session.run(["a"])
    kernel.ask("name? ")
    assert seen(session, InputRequested) == [InputRequested("a", "name? ", False)]
    session.answer("Ada")
    session.answer("twice")
    assert kernel.answers == ["Ada"]
    assert session.input_request is None
    assert seen(session, InputEnded) == [InputEnded("a")]
    kernel.ask("secret: ", True)
    session.answer("1234")
    kernel.finish()
    text = session.document.cell("a").outputs[0]["text"]
    assert text == "name? Ada\nsecret: ········\n"


def test_a_run_that_ends_takes_its_question_back(session, kernel):
    session.run(["a"])
    kernel.ask("name? ")
    session.kernel_died()
    assert seen(session, InputEnded) == [InputEnded("a")]
    session.answer("late")
    assert kernel.answers == []


def test_a_display_is_updated_from_another_cell(session, kernel):
    session.run(["a", "b"])
    kernel.output(
        "display_data", data={"text/plain": "0 %"}, metadata={}, transient={"display_id": "progress"}
    )
    kernel.finish()
    kernel.output(
        "update_display_data", data={"text/plain": "50 %"}, metadata={}, transient={"display_id": "progress"}
    )
    assert OutputsPending("a") in session.seen
    session.collect_all()
    assert session.document.cell("a").outputs[0]["data"] == {"text/plain": "50 %"}


def test_a_flood_can_be_opened_in_full(session, kernel):
    session.run(["a"])
    flood = "".join(f"{n}\n" for n in range(50_000))
    kernel.output("stream", name="stdout", text=flood)
    kernel.finish()
    assert session.trimmed("a")
    assert Path(session.full_output("a")).read_text() == flood
    assert len(session.document.cell("a").outputs[0]["text"]) < 10_000
    session.close()


def test_deleting_a_queued_cell_takes_it_out_of_the_queue(session, kernel):
    session.run_all()
    session.document.delete(["b"])
    kernel.finish()
    assert kernel.codes == ["a = 1", "a + 2"]


def test_deleting_the_running_cell_keeps_its_outputs_for_the_undo(session, kernel):
    session.run(["a"])
    session.document.delete(["a"])
    kernel.output("stream", name="stdout", text="done\n")
    kernel.finish()
    session.document.history.undo()
    assert session.document.cell("a").outputs[0]["text"] == "done\n"


def test_a_kernel_that_is_not_there_says_what_to_do(session, kernel):
    kernel.execute = lambda code, *, then, **rest: then(Executed("died"))
    session.run_all()
    assert session.note("a") == "The kernel is not running. Restart it, then run this cell again."
    assert states(session) == {"a": "died", "b": "idle", "c": "idle"}


def test_a_kernel_that_answers_at_once_runs_thousands(kernel):
    def execute(code, *, on_output, then, on_input=None, silent=False):
        then(Executed("ok", 1))

    kernel.execute = execute
    cells = tuple(Cell(f"c{n}", CellKind.CODE, "1") for n in range(3_000))
    session = NotebookSession(NotebookDocument("Test", NotebookContent(cells, {})), kernel)
    session.run_all()
    assert session.state("c2999") is CellState.OK


def late(session, kernel, cell_id="a"):
    """Run the cell; the listener of its run, as its threads see it."""
    session.run([cell_id])
    on_output = kernel._pending[0][0]
    kernel.output("stream", name="stdout", text="early\n")
    kernel.finish()

    def show(text: str) -> str:
        on_output(Output("stream", {"name": "stdout", "text": text}))
        session.collect(cell_id)
        return "".join(each["text"] for each in session.document.cell(cell_id).outputs)

    return show


def test_what_comes_after_the_end_is_added_to_the_cell(session, kernel):
    show = late(session, kernel)
    told = []
    session.events.connect(told.append)
    assert show("late\n") == "early\nlate\n"
    assert told == [OutputsPending("a")]
    assert session.state("a") is CellState.OK


def test_a_new_run_or_a_clearing_ends_what_an_old_one_shows(session, kernel):
    show = late(session, kernel)
    again = late(session, kernel)
    assert show("of the old run\n") == "early\n"
    assert again("late\n") == "early\nlate\n"
    session.document.clear_outputs(["a"])
    assert again("later\n") == ""


def test_a_late_flood_is_in_the_whole_output_too(session, kernel):
    show = late(session, kernel)
    for number in range(30):
        show("".join(f"{number} {line}\n" for line in range(1000)))
    text = session.full_output("a").read_text()
    assert text.startswith("early\n0 0\n")
    assert text.endswith("29 999\n")
    assert text.count("\n") == 30_001


def test_a_closed_session_shows_nothing_more(session, kernel):
    show = late(session, kernel)
    session.close()
    assert show("late\n") == "early\n"
