"""The live lane of a real kernel: what goes on while a cell is busy."""

from __future__ import annotations

import numpy as np
import pytest

from engines.sheet.document import SheetDocument
from engines.sheet.open_sheets import OpenSheets
from engines.sheet.references import Rect
from engines.workspace.kernel_api import Lane
from engines.workspace.kernel_client import KernelState

BUSY = "import time\nprint('busy', flush=True)\nwhile True: time.sleep(0.01)"
ENDLESS = "sum(1 for _ in iter(int, 1))"


def feed(kernel, count=1):
    """x counts the samples from 1, at 100 Hz."""
    writer = kernel.store.open("accel", ["x"])
    number = np.arange(writer.total + 1, writer.total + count + 1, dtype=float)
    kernel.store.append("accel", number / 100, [number])


@pytest.fixture
def sheets(streaming_kernel):
    """The sheets as the app has them: streams go on by the kernel's pump."""
    kernel = streaming_kernel
    feed(kernel, 300)
    sheets = OpenSheets(
        kernel.client,
        kernel.later,
        formula_seconds=0.5,
        busy=lambda: kernel.client.state is KernelState.BUSY,
        running=kernel.client.process.running,
    )

    def heard(event):
        if event.event == "streams.changed":
            sheets.streams_grew(event.data["names"])
        elif event.event == "names.changed":
            sheets.names_changed(event.data["changed"])
        else:
            sheets.kernel_event(event.event, event.data)

    kernel.client.events.connect(heard)
    sheets.live_over_budget.connect(lambda seconds: kernel.client.stop_live())
    sheets.over_budget.connect(lambda seconds: kernel.client.interrupt())
    kernel.run("gain = 2")
    sheets.kernel_ready()
    return sheets


def open_sheet(kernel, sheets, **texts):
    session = sheets.open(SheetDocument("Data", {(ord(n[0]) - 64, int(n[1:])): t for n, t in texts.items()}))
    session.look_at(Rect(1, 1, 10, 20))
    kernel.wait(lambda: all(session.shown(*cell).kind != "stale" for cell in session.document.texts))
    return session


def make_busy(kernel, code=BUSY):
    ended, outputs = kernel.start(code)
    kernel.wait(lambda: outputs and kernel.client.state is KernelState.BUSY)
    return ended


def test_formulas_follow_streams_beside_a_busy_cell(streaming_kernel, sheets):
    kernel = streaming_kernel
    session = open_sheet(kernel, sheets, A1="=accel.x[-1]", A2="=len(accel)", A3="=gain*A1")
    ended = make_busy(kernel, f"gain = 5\n{BUSY}")
    for _ in range(3):
        feed(kernel, 10)
        newest = str(kernel.store.count("accel")[0])
        kernel.wait(lambda newest=newest: session.shown(1, 1).text == newest)
        assert session.shown(1, 2).text == session.shown(1, 1).text
    assert session.shown(1, 3).text == "600"
    assert session.shown(1, 3).kind == "stale"
    kernel.client.interrupt()
    kernel.wait(lambda: ended and session.shown(1, 3).text == str(5 * 330))
    assert session.shown(1, 3).kind == "number"


def test_a_runaway_formula_beside_a_busy_cell_is_stopped_and_the_cell_goes_on(streaming_kernel, sheets):
    kernel = streaming_kernel
    session = open_sheet(kernel, sheets, A1="=1", A2="=len(accel)")
    ended = make_busy(kernel, f"sheets['Data']['B1'] = '=({ENDLESS}, accel.x[-1])'\n{BUSY}")
    kernel.wait(lambda: session.shown(2, 1).text.startswith("KeyboardInterrupt: interrupted after"))
    feed(kernel, 10)
    kernel.wait(lambda: session.shown(1, 2).text == "310")
    assert not ended
    assert session.shown(2, 1).kind == "error"
    kernel.client.interrupt()
    kernel.wait(lambda: ended)
    feed(kernel, 10)
    kernel.wait(lambda: session.shown(1, 2).text == "320")
    assert session.shown(2, 1).text.startswith("KeyboardInterrupt"), "it does not start again by itself"


def test_a_busy_cell_can_edit_sheets_while_the_live_lane_runs_away(streaming_kernel, sheets):
    kernel = streaming_kernel
    session = open_sheet(kernel, sheets, A1="0")
    code = f"sheet = sheets['Data']\nsheet['B1'] = '={ENDLESS}'\n"
    code += "import time\nprint('busy', flush=True)\ntime.sleep(0.3)\nfor number in range(100): sheet['A1'] = number"
    executed, _ = kernel.run(code)
    assert executed.status == "ok"
    kernel.wait(lambda: session.shown(1, 1).text == "99")
    kernel.wait(lambda: session.shown(2, 1).text.startswith("KeyboardInterrupt"))


def test_expressions_of_one_request_belong_together(streaming_kernel):
    kernel = streaming_kernel
    feed(kernel, 3000)
    kernel.run("gain = 2")
    for lane in (Lane.LIVE, Lane.MAIN):
        reply = kernel.ask(
            "workspace.arrays",
            lane,
            expressions=["accel.t", "gain * accel.x", "accel.x[-20:]", "[len(accel)]"],
            seconds=12.5,
        )
        t, x, last, length = (np.frombuffer(buffer) for buffer in reply.buffers)
        assert len(t) == len(x) == length[0] == 1250
        assert x[-1] == 6000
        assert last.tolist() == list(range(2981, 3001))
    reply = kernel.ask("workspace.arrays", expressions=["accel.x"])
    assert reply.value == [{"dtype": "<f8", "shape": [3000]}]


def test_expressions_stay_together_while_samples_arrive(streaming_kernel):
    kernel = streaming_kernel
    feed(kernel, 10)
    replies = []
    for _ in range(50):
        kernel.client.request(
            "workspace.arrays", {"expressions": ["accel.t", "accel.x * 1.0"]}, replies.append, lane=Lane.LIVE
        )
        feed(kernel, 7)
    kernel.wait(lambda: len(replies) == 50)
    for reply in replies:
        t, x = (np.frombuffer(buffer) for buffer in reply.buffers)
        assert len(t) == len(x)


def test_an_endless_expression_of_a_figure_can_be_stopped(streaming_kernel):
    kernel = streaming_kernel
    replies = []
    kernel.client.request("workspace.arrays", {"expressions": [ENDLESS]}, replies.append, lane=Lane.LIVE)
    kernel.run("1")

    def stopped():
        kernel.client.stop_live()
        return replies

    kernel.wait(stopped)
    assert replies[0].error.name == "KeyboardInterrupt"
    assert kernel.ask("workspace.arrays", Lane.LIVE, expressions=["1 + 1"]).error is None


def test_a_formula_in_c_that_never_ends_is_named_and_left_out_by_the_next_kernel(streaming_kernel, sheets):
    kernel = streaming_kernel
    endless, unmoved = [], []
    sheets.endless.connect(endless.append)
    kernel.client.unmoved.connect(unmoved.append)
    session = open_sheet(kernel, sheets, A1="=1+1", B1="1")
    session.document.edit({(1, 2): "=sum(range(10**12))"})
    kernel.wait(lambda: endless and unmoved)
    assert endless == ["Data!A2"]
    assert kernel.client.activity is KernelState.BUSY
    kernel.client.ready.connect(lambda nothing: sheets.kernel_ready())
    kernel.client.restart()
    kernel.wait(lambda: "left out" in session.shown(1, 2).text)
    assert session.shown(1, 1).text == "2"
    assert session.document.text(1, 2) == "=sum(range(10**12))"
    kernel.wait(lambda: sheets.idle)
    assert kernel.client.activity is KernelState.IDLE


def test_a_kernel_that_a_formula_ends_names_it(streaming_kernel, sheets):
    kernel = streaming_kernel
    deaths = []
    kernel.client.died.connect(lambda death: deaths.append(sheets.kernel_died()))
    open_sheet(kernel, sheets, A1="=1+1").document.edit({(3, 4): "=__import__('os')._exit(3)"})
    kernel.wait(lambda: deaths)
    assert deaths == ["Data!C4"]


def names(reply):
    return {row["name"]: row["value"] for row in reply.value}


def complete(kernel, code):
    """Completions, asked for again while the answer is that the kernel is too busy."""
    replies = []
    while not replies or replies[-1].error is not None:
        kernel.client.complete(code, len(code), replies.append)
        count = len(replies)
        kernel.wait(lambda count=count: len(replies) > count)
    return replies[-1].value["matches"]


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(1000)"])
def test_a_repr_that_never_ends_does_not_end_the_aside_lane(mortal_kernel, body):
    kernel = mortal_kernel
    kernel.run(f"class Bad:\n    def __repr__(self):\n        {body}\nbad, good = Bad(), 5")
    kernel.client.request("workspace.variables", {}, lane=Lane.ASIDE)
    assert "good" in complete(kernel, "goo")
    shown = {"good": "…"}
    while shown["good"] == "…":  # the time of that summary went into the bad one
        shown = names(kernel.ask("workspace.variables", Lane.ASIDE))
    assert (shown["good"], shown["bad"]) == ("5", "(its repr takes too long)")


def test_completion_of_an_object_that_never_answers_can_be_stopped(mortal_kernel):
    kernel = mortal_kernel
    kernel.run("class Bad:\n    def __dir__(self):\n        while True: pass\nbad, good = Bad(), 5")
    kernel.client.complete("bad.", 4, lambda reply: None)
    assert "good" in complete(kernel, "goo")


def test_the_repr_of_a_cells_value_can_be_stopped(streaming_kernel, sheets):
    kernel = streaming_kernel
    kernel.run("class Bad:\n    def __repr__(self):\n        while True: pass\nbad = Bad()")
    session = sheets.open(SheetDocument("Data", {(1, 1): "=bad", (1, 2): "=1+1"}))
    session.look_at(Rect(1, 1, 10, 20))
    kernel.wait(lambda: session.shown(1, 2).text == "2" and "takes too long" in session.shown(1, 1).text)
