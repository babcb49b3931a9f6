"""A kernel in the same process: the real sheet service behind queues that a test moves as it likes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from engines.sheet.kernel_side.service import install
from engines.sheet.open_sheets import OpenSheets
from engines.workspace.kernel_api import KernelError, Lane, Reply
from engines.workspace.kernel_side.lanes import Stopper, on_lane


class QueuedKernel:
    """Requests wait until ``work``; replies and events wait, each in their order, until delivered.

    While ``busy``, as with a cell, requests on the main lane wait behind it.
    """

    def __init__(self) -> None:
        self.requests: deque[tuple[str, dict[str, Any], Callable[[Reply], object], Lane]] = deque()
        self.busy = False
        self.replies: deque[tuple[Callable[[Reply], object], Reply]] = deque()
        self.events: deque[tuple[str, Any]] = deque()
        self.sent: list[str] = []
        self.sheets: OpenSheets | None = None
        self.start()

    def start(self) -> None:
        """A new kernel life with an empty workspace."""
        self.verbs: dict[str, Callable[..., Any]] = {}
        self.workspace: dict[str, Any] = {}
        self.requests.clear()
        self.replies.clear()
        self.events.clear()
        install(self, self.workspace)

    # The server that the kernel side sees.

    def register(self, verb: str, function: Callable[..., Any]) -> None:
        self.verbs[verb] = function

    def flush(self) -> None:
        """Events wait for the test."""

    def emit(self, event: str, data: Any, buffers: Any = ()) -> None:
        self.events.append((event, json.loads(json.dumps(data))))

    def call(self, verb: str, arguments: dict[str, Any], buffers: Any = ()) -> tuple[Any, Any]:
        while self.events:  # events and calls go one way, in order
            self.deliver_event()
        return json.loads(json.dumps(self.sheets.answer(verb, arguments))), ()

    # The kernel that the app sees.

    def request(
        self,
        verb: str,
        arguments: dict[str, Any],
        then: Callable[[Reply], object] | None = None,
        *,
        buffers: Any = (),
        lane: Lane = Lane.MAIN,
    ) -> None:
        self.sent.append(verb if lane is not Lane.LIVE else f"{verb} live")
        self.requests.append((verb, json.loads(json.dumps(arguments)), then or (lambda reply: None), lane))

    def work(self) -> None:
        """The kernel answers the oldest request that it can."""
        request = next(each for each in self.requests if self._can_answer(each[3]))
        self.requests.remove(request)
        verb, arguments, then, lane = request
        try:
            with on_lane(None if lane is Lane.MAIN else Stopper()):
                reply = Reply(json.loads(json.dumps(self.verbs[verb](arguments, ()))))
        except Exception as error:
            reply = Reply(error=KernelError(type(error).__name__, str(error)))
        self.replies.append((then, reply))

    def _can_answer(self, lane: Lane) -> bool:
        return lane is not Lane.MAIN or not self.busy

    def deliver_reply(self) -> None:
        then, reply = self.replies.popleft()
        then(reply)

    def deliver_event(self) -> None:
        self.sheets.kernel_event(*self.events.popleft())

    def settle(self) -> None:
        """Everything under way arrives, but for what waits behind a busy cell."""
        while any(self._can_answer(each[3]) for each in self.requests) or self.replies or self.events:
            if self.events:
                self.deliver_event()
            elif self.replies:
                self.deliver_reply()
            else:
                self.work()

    def texts(self, name: str) -> dict[str, str]:
        sheet = self.workspace["sheets"][name]
        return {f"{c}": t for c, t in sheet._scripts.book.texts(name).items()}


@pytest.fixture
def queued_kernel() -> QueuedKernel:
    return QueuedKernel()


@pytest.fixture
def open_sheets(queued_kernel: QueuedKernel) -> OpenSheets:
    queued_kernel.sheets = OpenSheets(queued_kernel, busy=lambda: queued_kernel.busy)
    queued_kernel.sheets.kernel_ready()
    return queued_kernel.sheets


@pytest.fixture(scope="session")
def make_queued_kernel() -> type[QueuedKernel]:
    """For tests that need a new kernel for each hypothesis example."""
    return QueuedKernel
