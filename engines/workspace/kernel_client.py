"""The app's side of the kernel: requests out, answers, outputs and events back, on one delivering thread."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from engines.workspace.aside_lane import ASIDE_SECONDS, AsideLane, LaterCall
from engines.workspace.events import Event
from engines.workspace.executions import Execution, Executions
from engines.workspace.kernel_api import HELP_SECONDS, Executed, KernelError, Lane, Output, Reply
from engines.workspace.kernel_messages import AppCall, KernelEvent, Respond
from engines.workspace.kernel_process import Death, KernelProcess
from engines.workspace.kernel_wire import Incoming, KernelWire, Outgoing

Then = Callable[[Reply], object]
Deliver = Callable[[Callable[[], object]], object]

RESTART_SECONDS = 1.0
"""For a kernel's last words before the next one starts: ``atexit``, buffered files. Then it is killed."""
CLOSE_SECONDS = 3.0
"""Likewise at the end of the program, whose window is gone already."""
BLINK_SECONDS = 0.3
"""What takes no longer is not worth a word: streams ask for a recalculation 14 times a second."""
DEATH = KernelError("KernelDied", "the kernel died before it answered")
TOO_SLOW = KernelError("TimeoutError", "the kernel is too busy to answer")
NOT_RUNNING = KernelError(
    "KernelNotRunning", "no kernel is running; start one with Kernel > Restart the kernel"
)
RESTART = KernelError("KernelRestarted", "the kernel was restarted before it answered")
OUTPUTS = frozenset(
    {
        "stream",
        "display_data",
        "execute_result",
        "error",
        "clear_output",
        "update_display_data",
        "execute_input",
    }
)


class KernelState(Enum):
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    DEAD = "dead"


class KernelClient:
    """Implements ``kernel_api.Kernel`` over a ``KernelProcess``.

    ``deliver(function)`` runs a function on the thread that owns the client (Qt: posted to the GUI thread);
    ``later(seconds, function)`` does so after a while. Only an ``AppCall`` may be answered elsewhere.
    """

    def __init__(
        self,
        command: Sequence[str],
        deliver: Deliver,
        later: LaterCall,
        *,
        environment: dict[str, str] | None = None,
        working_folder: Path | None = None,
    ) -> None:
        self._deliver = deliver
        self._later = later
        self.process = KernelProcess(
            command, self._on_death, environment=environment, working_folder=working_folder
        )
        self.state = KernelState.DEAD
        self.state_changed: Event[KernelState] = Event()
        self.events: Event[KernelEvent] = Event()
        self.calls: Event[AppCall] = Event()
        self.ready: Event[None] = Event()
        self.died: Event[Death] = Event()
        self.unmoved: Event[None] = Event()
        """An interrupt has not ended what the main lane does: code written in C need not listen."""
        self._wire: KernelWire | None = None
        self._life = 0
        self._numbers = itertools.count(1)
        self._prefix = uuid.uuid4().hex
        self._published_seen = False
        self._reset()

    @property
    def is_ready(self) -> bool:
        """Whether requests are answered now rather than kept until the kernel is up."""
        return self._is_ready

    @property
    def activity(self) -> KernelState:
        """``state`` for the eye: busy, too, while what is not a cell takes longer than a blink."""
        if self.state is KernelState.IDLE and self._main:
            waited = time.monotonic() - next(iter(self._main.values()))
            return KernelState.BUSY if waited > BLINK_SECONDS else KernelState.IDLE
        return self.state

    # -- life ------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start the process only: the cheap first half of ``start``, before the window is painted."""
        self.process.start()

    def start(self) -> None:
        """Start the kernel; requests may be made at once and wait until it is ready."""
        self._life += 1
        life = self._life
        self.process.start()
        self._set_state(KernelState.STARTING)

        def on_messages(messages: list[Incoming]) -> None:
            self._deliver(lambda: self._take(life, messages))

        self._wire = KernelWire(self.process.connection_file, on_messages)
        self._wire.send(Outgoing("shell", "kernel_info_request", {}, self._new_id()))

    def restart(self) -> None:
        """End this kernel and start another; everything pending is told so.

        The end takes a moment, in which nobody waits; what is asked meanwhile is for the new kernel.
        """
        finish = self._end(RESTART)
        self._set_state(KernelState.STARTING)
        life = self._life

        def end_then_start() -> None:
            finish()
            self._deliver(lambda: self.start() if life == self._life else None)

        threading.Thread(target=end_then_start, name="kernel-end", daemon=True).start()

    def close(self) -> None:
        """End the kernel and wait for it, at most ``CLOSE_SECONDS``."""
        self._end(patience=CLOSE_SECONDS)()
        self.process.close()

    def interrupt(self) -> None:
        self.process.interrupt()
        working_on = next(iter(self._main), None)
        if working_on is not None:
            self._later(HELP_SECONDS, lambda: self._look_after_interrupt(working_on))

    def _look_after_interrupt(self, working_on: str) -> None:
        if next(iter(self._main), None) == working_on:
            self.unmoved.emit(None)

    def stop_live(self) -> None:
        """End what the live lane computes (SIGINT does not reach subshells)."""
        self._stop_lane(Lane.LIVE)

    # -- requests ----------------------------------------------------------------------------------------

    def request(
        self,
        verb: str,
        arguments: dict[str, Any],
        then: Then | None = None,
        *,
        buffers: Sequence[bytes | memoryview] = (),
        lane: Lane = Lane.MAIN,
    ) -> None:
        content = {"verb": verb, "arguments": arguments, "lane": lane.value}
        self._ask("dirigent_request", content, then or (lambda reply: None), lane, buffers)

    def execute(
        self,
        code: str,
        *,
        on_output: Callable[[Output], object],
        then: Callable[[Executed], object],
        on_input: Callable[[str, bool], object] | None = None,
        silent: bool = False,
    ) -> None:
        message_id = self._new_id()
        if self.state is KernelState.DEAD:
            then(Executed("died", error=NOT_RUNNING))
            return
        self._executions.add(message_id, Execution(on_output, then, on_input))
        self._main[message_id] = time.monotonic()
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "allow_stdin": on_input is not None,
            "stop_on_error": True,
        }
        self._send_when_ready("shell", "execute_request", content, message_id)

    def answer_input(self, text: str) -> None:
        self._send("stdin", "input_reply", {"value": text}, self._new_id())

    def complete(self, code: str, cursor: int, then: Then) -> None:
        self._ask_aside("complete_request", {"code": code, "cursor_pos": cursor}, then)

    def inspect(self, code: str, cursor: int, then: Then) -> None:
        content = {"code": code, "cursor_pos": cursor, "detail_level": 0}
        self._ask_aside("inspect_request", content, then)

    def _ask_aside(self, message_type: str, content: dict[str, Any], then: Then) -> None:
        message_id = self._ask(message_type, content, then, Lane.ASIDE)

        def give_up() -> None:
            late = self._pending.pop(message_id, None)
            if late is not None:
                late(Reply(error=TOO_SLOW))

        if message_id:
            self._later(ASIDE_SECONDS, give_up)

    def _ask(
        self,
        message_type: str,
        content: dict[str, Any],
        then: Then,
        lane: Lane,
        buffers: Sequence[bytes | memoryview] = (),
    ) -> str:
        if self.state is KernelState.DEAD:
            then(Reply(error=NOT_RUNNING))
            return ""
        message_id = self._new_id()
        self._pending[message_id] = then
        if lane is Lane.MAIN:
            self._main[message_id] = time.monotonic()
        self._send_when_ready("shell", message_type, content, message_id, lane=lane, buffers=buffers)
        return message_id

    # -- sending -----------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"

    def _send_when_ready(
        self,
        channel: str,
        message_type: str,
        content: dict[str, Any],
        message_id: str,
        *,
        lane: Lane = Lane.MAIN,
        buffers: Sequence[bytes | memoryview] = (),
    ) -> None:
        def send() -> None:
            if lane is Lane.ASIDE:
                self._aside.sent(message_id)
            header = {} if lane is Lane.MAIN else {"subshell_id": self._subshells[lane]}
            self._send(channel, message_type, content, message_id, header, buffers)

        if self._is_open(lane):
            send()
        else:
            self._waiting[lane].append(send)

    def _is_open(self, lane: Lane) -> bool:
        return self._is_ready if lane is Lane.MAIN else lane in self._subshells

    def _send(
        self,
        channel: str,
        message_type: str,
        content: dict[str, Any],
        message_id: str,
        header: dict[str, Any] | None = None,
        buffers: Sequence[bytes | memoryview] = (),
    ) -> None:
        if self._wire is not None:
            self._wire.send(Outgoing(channel, message_type, content, message_id, header or {}, buffers))

    # -- receiving ---------------------------------------------------------------------------------------

    def _take(self, life: int, messages: list[Incoming]) -> None:
        for message in messages:
            if life != self._life:  # it came from a kernel that is gone
                return
            if message.channel == "iopub":
                self._take_published(message)
            elif message.channel == "stdin":
                self._take_input_request(message)
            else:
                self._take_reply(message)

    def _take_reply(self, message: Incoming) -> None:
        self._aside.answered(message.parent_id)
        if message.message_type == "kernel_info_reply":
            self._info_seen = True
            self._open_when_ready()
        elif message.message_type == "create_subshell_reply":
            self._open_lane(self._lanes_asked.pop(0), message.content["subshell_id"])
        elif execution := self._executions.get(message.parent_id):
            execution.reply = message.content
            self._finish_execution(message.parent_id)
        else:
            self._main.pop(message.parent_id, None)
            then = self._pending.pop(message.parent_id, None)
            if then is not None:
                then(_as_reply(message))

    def _take_published(self, message: Incoming) -> None:
        if not self._published_seen:
            self._published_seen = True
            self._open_when_ready()
        kind = message.message_type
        if kind == "status":
            self._take_status(message)
        elif kind == "dirigent_event":
            self._take_event(message)
        elif kind == "dirigent_call":
            self.calls.emit(self._as_call(message))
        elif kind in OUTPUTS:
            self._executions.show(message.parent_id, Output(kind, message.content))

    def _take_status(self, message: Incoming) -> None:
        state = message.content["execution_state"]
        if message.parent_type == "execute_request":
            self._note_cell(message.parent_id, state == "busy")
        execution = self._executions.get(message.parent_id)
        if execution is not None and state == "idle":
            execution.idle = True
            self._finish_execution(message.parent_id)

    def _note_cell(self, message_id: str, busy: bool) -> None:
        """Also of cells that the console, a client of its own, has sent."""
        if busy:
            self._main.setdefault(message_id, time.monotonic())
        elif message_id not in self._executions:
            self._main.pop(message_id, None)
        self._set_state(KernelState.BUSY if busy else KernelState.IDLE)

    def _take_event(self, message: Incoming) -> None:
        content = message.content
        execution = self._executions.get(message.parent_id)
        if execution is not None and content["event"] == "names.changed":
            execution.names = content["data"]
        self.events.emit(KernelEvent(content["event"], content["data"], message.buffers, message.parent_id))

    def _take_input_request(self, message: Incoming) -> None:
        execution = self._executions.get(message.parent_id)
        if execution is not None and execution.on_input is not None:
            execution.on_input(message.content["prompt"], message.content["password"])

    def _as_call(self, message: Incoming) -> AppCall:
        content = message.content
        respond = Respond(self._answer, content["id"])
        return AppCall(content["verb"], content["arguments"], message.buffers, respond)

    def _answer(self, arguments: dict[str, Any], buffers: Sequence[bytes | memoryview]) -> None:
        """By the control channel: the asking cell keeps the main lane busy while it waits."""
        content = {"verb": "app.reply", "arguments": arguments}
        self._send("control", "dirigent_request", content, self._new_id(), buffers=buffers)

    def _finish_execution(self, message_id: str) -> None:
        execution = self._executions.get(message_id)
        if execution is None or not execution.has_ended:
            return
        self._executions.end(message_id)
        self._main.pop(message_id, None)
        execution.then(execution.executed())

    # -- state -------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._pending: dict[str, Then] = {}
        self._executions = Executions()
        self._main: dict[str, float] = {}
        """What the main lane has to do, in order, and since when."""
        self._waiting: dict[Lane, list[Callable[[], None]]] = {lane: [] for lane in Lane}
        self._subshells: dict[Lane, str] = {}
        self._aside = AsideLane(
            self._later,
            stop=lambda: self._stop_lane(Lane.ASIDE),
            renew=self._renew_aside,
            delete=self._delete_subshell,
            lose=self._lose,
        )
        self._lanes_asked: list[Lane] = []
        self._info_seen = False
        self._published_seen = False
        self._is_ready = False

    def _open_when_ready(self) -> None:
        """Ready means: it answers, and we hear what it publishes, so that no output of a cell is lost."""
        if self._is_ready or not (self._info_seen and self._published_seen):
            return
        self._is_ready = True
        for lane in (Lane.LIVE, Lane.ASIDE):
            self._ask_for_lane(lane)
        self._set_state(KernelState.IDLE)
        self.complete(
            "", 0, lambda reply: None
        )  # loads the completer now: beside a busy cell it takes seconds
        self.ready.emit(None)
        self._release(Lane.MAIN)

    def _open_lane(self, lane: Lane, subshell: str) -> None:
        self._subshells[lane] = subshell
        if lane is Lane.ASIDE:
            self._aside.opened(subshell)
        self._release(lane)

    def _ask_for_lane(self, lane: Lane) -> None:
        self._lanes_asked.append(lane)
        self._send("control", "create_subshell_request", {}, self._new_id())

    def _stop_lane(self, lane: Lane) -> None:
        content = {"verb": "lane.stop", "arguments": {"lane": lane.value}}
        self._send("control", "dirigent_request", content, self._new_id())

    def _renew_aside(self) -> None:
        """Its thread hangs in a call that no exception reaches."""
        self._subshells.pop(Lane.ASIDE, None)
        self._ask_for_lane(Lane.ASIDE)

    def _delete_subshell(self, subshell: str) -> None:
        self._send("control", "delete_subshell_request", {"subshell_id": subshell}, self._new_id())

    def _lose(self, message_id: str) -> None:
        then = self._pending.pop(message_id, None)
        if then is not None:
            then(Reply(error=TOO_SLOW))

    def _release(self, lane: Lane) -> None:
        waiting, self._waiting[lane] = self._waiting[lane], []
        for send in waiting:
            send()

    def _on_death(self, death: Death) -> None:
        """On the watching thread."""
        life = self._life
        self._deliver(lambda: self._mourn(life, death))

    def _mourn(self, life: int, death: Death) -> None:
        if life != self._life or self.state is KernelState.DEAD:
            return
        self._end()()
        self.died.emit(death)

    def _end(self, why: KernelError = DEATH, patience: float = RESTART_SECONDS) -> Callable[[], None]:
        """Tell the kernel to end, and everyone who waits. Returns what waits for the end, on any thread."""
        self._life += 1
        self.process.expect_end()
        seconds = patience if self._is_ready else 0.0
        if self._is_ready:
            if self._main:
                self.process.interrupt()
            self._send("control", "shutdown_request", {"restart": False}, self._new_id())
        wire, self._wire = self._wire, None
        self._aside.close()
        pending, executions = self._pending, self._executions
        self._reset()
        self._set_state(KernelState.DEAD)
        for execution in executions.unfinished():
            execution.then(Executed("died", error=why))
        for then in pending.values():
            then(Reply(error=why))

        def finish() -> None:
            self.process.finish(seconds)
            if wire is not None:
                wire.close()

        return finish

    def _set_state(self, state: KernelState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


def _as_reply(message: Incoming) -> Reply:
    content = message.content
    if message.message_type != "dirigent_reply":  # complete_reply, inspect_reply
        return Reply(content)
    if "error" in content:
        error = content["error"]
        return Reply(error=KernelError(error["name"], error["message"], tuple(error["traceback"])))
    return Reply(content["value"], message.buffers)
