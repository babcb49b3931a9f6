"""The console over a real kernel that is restarted."""

from __future__ import annotations

import pytest

from app.boot import program
from app.loop import QtLoop
from engines.workspace.kernel_client import KernelClient, KernelState
from widgets.workspace.console import ConsoleView


@pytest.fixture
def kernel(qtbot):
    loop = QtLoop()
    client = KernelClient([*program(), "--kernel"], loop.deliver, loop.later)
    yield client
    client.close()
    loop.close()


def test_the_first_line_after_a_restart_has_its_output(kernel, qtbot):
    view = ConsoleView(kernel.interrupt, kernel.restart)
    qtbot.addWidget(view)
    kernel.ready.connect(lambda nothing: view.attach(kernel.process.connection_file))
    kernel.state_changed.connect(
        lambda state: view.hold() if state in (KernelState.DEAD, KernelState.STARTING) else None
    )
    kernel.start()
    view.show()
    qtbot.waitUntil(lambda: "In [" in view.text(), timeout=60_000)
    view.run("6 * 7")
    qtbot.waitUntil(lambda: "42" in view.text(), timeout=60_000)
    for number in (11, 12):
        kernel.restart()
        view.run(f"{number} * 1000")  # there is no kernel at this moment
        qtbot.waitUntil(lambda number=number: f"{number}000" in view.text(), timeout=60_000)
    view.close_client()
