"""The kernel as the app uses it: a real process, real sockets."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy
import pytest

from engines.workspace.kernel_api import Lane
from engines.workspace.kernel_client import KernelState


def texts(outputs):
    return "".join(each.content["text"] for each in outputs if each.kind == "stream")


def test_a_cell_prints_counts_and_tells_what_it_changed(kernel):
    kernel.run("gain = 2")
    executed, outputs = kernel.run("power = gain ** 3\nprint(power)")
    assert executed.status == "ok"
    assert texts(outputs) == "8\n"
    assert executed.changed == ("power",)
    assert executed.reads == ("gain", "power")


def test_an_error_comes_with_its_traceback(kernel):
    executed, outputs = kernel.run("1/0")
    assert executed.status == "error"
    assert executed.error.name == "ZeroDivisionError"
    assert [each.kind for each in outputs if each.kind == "error"] == ["error"]


def test_changes_made_by_any_client_are_announced(kernel):
    kernel.run("gain = 3")
    assert [each.data["changed"] for each in kernel.events if each.event == "names.changed"] == [["gain"]]


def test_arrays_cross_as_binary_buffers(kernel):
    kernel.run("import numpy as np; wave = np.arange(1_000_000.0)")
    reply = kernel.ask("workspace.arrays", expressions=["wave * 2", "nowhere", "['a', 'b']"])
    numbers, failed, items = reply.value
    assert numbers == {"dtype": "<f8", "shape": [1_000_000]}
    assert numpy.frombuffer(reply.buffers[0])[-1] == 1_999_998.0
    assert "nowhere" in failed["error"]
    assert items == {"items": ["a", "b"]}


def test_an_expression_cannot_rebind_the_workspace(kernel):
    kernel.run("gain = 1")
    kernel.ask("workspace.arrays", expressions=["(gain := 5)"])
    _, outputs = kernel.run("print(gain)")
    assert texts(outputs) == "1\n"


def test_aside_of_a_busy_cell_variables_and_completion_answer(kernel):
    kernel.run("measure = 1")
    ended, outputs = kernel.start(
        "import time\nprint('in the loop', flush=True)\nwhile True: time.sleep(0.01)"
    )
    kernel.wait(lambda: texts(outputs))
    assert kernel.client.state is KernelState.BUSY
    reply = kernel.ask("workspace.variables", Lane.ASIDE)
    assert "measure" in [row["name"] for row in reply.value]
    completions = []
    kernel.client.complete("meas", 4, completions.append)
    kernel.wait(lambda: completions)
    assert "measure" in completions[0].value["matches"]
    kernel.client.interrupt()
    kernel.wait(lambda: ended)


def test_interrupt_ends_a_busy_loop_and_keeps_the_names(kernel):
    kernel.run("kept = 1")
    ended, outputs = kernel.start("print('in the loop', flush=True)\nwhile True: pass")
    kernel.wait(lambda: texts(outputs))
    kernel.client.interrupt()
    kernel.wait(lambda: ended, 10)
    assert ended[0].error.name == "KeyboardInterrupt"
    assert texts(kernel.run("print(kept)")[1]) == "1\n"


def test_input_is_asked_for_and_answered(kernel):
    asked = []
    ended, outputs = kernel.start(
        "print('hello', input('name? '))", on_input=lambda *what: asked.append(what)
    )
    kernel.wait(lambda: asked)
    kernel.client.answer_input("Ada")
    kernel.wait(lambda: ended)
    assert asked == [("name? ", False)]
    assert texts(outputs) == "hello Ada\n"


def test_an_unknown_verb_is_an_error_not_a_silence(kernel):
    assert "nonsense" in kernel.ask("nonsense").error.message


@pytest.mark.parametrize("how", ["os._exit(3)", f"os.kill(os.getpid(), {int(signal.SIGKILL)})"])
def test_death_is_noticed_told_and_followed_by_a_new_life(mortal_kernel, how):
    deaths = []
    mortal_kernel.client.died.connect(deaths.append)
    ended, _ = mortal_kernel.start(f"import os; {how}")
    mortal_kernel.wait(lambda: ended)
    assert ended[0].status == "died"
    assert len(deaths) == 1
    assert mortal_kernel.client.state is KernelState.DEAD
    assert mortal_kernel.ask("workspace.variables").error.name == "KernelNotRunning"
    mortal_kernel.client.start()
    assert mortal_kernel.run("1 + 1")[0].status == "ok"


def test_a_killed_kernel_is_noticed_at_once(mortal_kernel):
    mortal_kernel.run("1")
    deaths = []
    mortal_kernel.client.died.connect(lambda death: deaths.append(time.monotonic()))
    killed = time.monotonic()
    os.kill(mortal_kernel.client.process.pid, signal.SIGKILL)
    mortal_kernel.wait(lambda: deaths)
    assert deaths[0] - killed < 2


def test_restart_gives_an_empty_workspace_and_ends_what_ran(mortal_kernel):
    mortal_kernel.run("old = 1")
    ended, _ = mortal_kernel.start("import time; time.sleep(100)")
    mortal_kernel.client.restart()
    assert ended[0].status == "died"
    assert mortal_kernel.run("old")[0].error.name == "NameError"


LAST_WORDS = """
import atexit, pathlib, subprocess
folder = pathlib.Path({folder!r})
unclosed = open(folder / "buffered", "w")
unclosed.write("kept")
atexit.register(lambda: (folder / "atexit").write_text("ran"))
child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE)
print(child.pid)
"""


@pytest.mark.skipif(os.name == "nt", reason="processes have no groups")
@pytest.mark.parametrize("how", ["restart", "close"])
def test_a_kernel_that_is_ended_has_its_last_words_and_leaves_no_children(mortal_kernel, tmp_path, how):
    client = mortal_kernel.client
    child = int(texts(mortal_kernel.run(LAST_WORDS.format(folder=str(tmp_path)))[1]))
    getattr(client, how)()
    if how == "restart":
        assert mortal_kernel.run("1")[0].status == "ok"
    assert (tmp_path / "buffered").read_text() == "kept"
    assert (tmp_path / "atexit").read_text() == "ran"
    mortal_kernel.wait(lambda: not is_alive(child), 5)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_busy_cell_can_tidy_up_before_the_end(mortal_kernel, tmp_path):
    code = f"try:\n    print('busy', flush=True)\n    while True: pass\nfinally: open({str(tmp_path / 'tidy')!r}, 'w').write('done')"
    _, outputs = mortal_kernel.start(code)
    mortal_kernel.wait(lambda: texts(outputs))
    mortal_kernel.client.close()
    assert (tmp_path / "tidy").read_text() == "done"


def test_nobody_waits_for_the_end_of_a_kernel_that_is_restarted(mortal_kernel, tmp_path):
    busy = tmp_path / "busy"  # what it prints may be held up: C code lets no other thread run
    mortal_kernel.start(f"open({str(busy)!r}, 'w').close()\nsum(range(10**12))")
    mortal_kernel.wait(busy.exists)
    began = time.monotonic()
    mortal_kernel.client.restart()
    assert time.monotonic() - began < 0.2
    assert mortal_kernel.client.state is KernelState.STARTING
    replies = []
    mortal_kernel.client.request("workspace.variables", {}, replies.append)
    mortal_kernel.wait(lambda: replies)
    assert replies[0].error is None, "what is asked meanwhile is for the new kernel"


def test_reset_keeps_the_tools_names(kernel):
    kernel.run("mine = 1")
    kernel.run("%reset -f")
    assert texts(
        kernel.run("print('sheets' in globals(), 'mine' in globals(), 'workspace' in globals())")[1]
    ) == ("True False True\n")
    names = [row["name"] for row in kernel.ask("workspace.variables").value]
    assert "sheets" not in names


def test_what_a_thread_or_a_task_shows_after_its_cell_has_ended_comes_to_that_cell(kernel):
    code = """
import asyncio, threading
from IPython.display import display
handle = display("before", display_id=True)
go_on = threading.Event()
def work():
    go_on.wait(20)
    print("late")
    handle.update("after")
async def task():
    await asyncio.sleep(0)
    print("task")
threading.Thread(target=work).start()
later = asyncio.ensure_future(task())
"""
    _, outputs = kernel.run(code)
    kernel.run("1")
    kernel.ask("workspace.variables")
    _, others = kernel.run("go_on.set()")
    kernel.wait(lambda: "late" in texts(outputs) and "task" in texts(outputs))
    kernel.wait(lambda: [each for each in outputs if each.kind == "update_display_data"])
    assert texts(others) == ""
