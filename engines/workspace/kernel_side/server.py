"""The kernel's end of the conversation with the app: questions from it, events and questions to it.

On Jupyter's wire these are four message types of our own:

========================  =============  ====================================================
``dirigent_request``      app -> kernel  {verb, arguments} + buffers, on shell or control
``dirigent_reply``        kernel -> app  {value} or {error: {name, message, traceback}} + buffers
``dirigent_event``        kernel -> app  {event, data} + buffers, on iopub
``dirigent_call``         kernel -> app  {id, verb, arguments} + buffers, on iopub; the app answers
                                         with the request ``app.reply``
========================  =============  ====================================================
"""

from __future__ import annotations

import itertools
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from engines.workspace.kernel_side.lanes import Stopper, on_lane

Buffers = Sequence[bytes | memoryview]
Function = Callable[[dict[str, Any], Buffers], Any]


class AppError(Exception):
    """The app, or the board behind it, answered a question with an error; the message is its own."""


class Server:
    """Functions the app may call by verb, and the kernel's voice towards the app.

    ``send(message_type, content, buffers)`` publishes on iopub and may be called from any thread;
    ``flush()`` waits until that has left.
    """

    def __init__(
        self,
        send: Callable[[str, dict[str, Any], Buffers], object],
        flush: Callable[[], object] = lambda: None,
    ) -> None:
        self._send = send
        self._flush = flush
        self._functions: dict[str, Function] = {}
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Answer] = {}
        self._beside = {"live": Stopper(), "aside": Stopper()}
        self.register("app.reply", self._take_answer)
        self.register("lane.stop", self._stop_lane)

    def register(self, verb: str, function: Function) -> None:
        """Offer ``function(arguments, buffers) -> value`` or ``-> (value, buffers)`` to the app.

        ``value`` must be JSON-able; a tuple of two whose second is a list is taken as value and buffers.
        """
        if verb in self._functions:
            raise ValueError(f"the verb {verb!r} is registered already")
        self._functions[verb] = function

    def lane(self, name: str) -> AbstractContextManager[None]:
        """Put around what runs on this lane: main, live or aside."""
        return on_lane(self._beside.get(name))

    def handle(self, content: dict[str, Any], buffers: Buffers) -> tuple[dict[str, Any], list[Any]]:
        """Answer one request: the reply's content and buffers. Never raises, KeyboardInterrupt included."""
        try:
            function = self._functions[content["verb"]]
        except KeyError:
            return _failure(LookupError(f"the kernel knows no verb {content.get('verb')!r}")), []
        try:
            with self.lane(content.get("lane", "main")):
                result = function(content.get("arguments", {}), buffers)
        except (Exception, KeyboardInterrupt) as error:
            return _failure(error), []
        if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], list):
            return {"value": result[0]}, result[1]
        return {"value": result}, []

    def emit(self, event: str, data: dict[str, Any], buffers: Buffers = ()) -> None:
        """Tell the app that something happened."""
        self._send("dirigent_event", {"event": event, "data": data}, buffers)

    def flush(self) -> None:
        """Wait until what was told has left the process, which else happens soon, on another thread."""
        self._flush()

    def call(
        self, verb: str, arguments: dict[str, Any], buffers: Buffers = (), *, timeout: float | None = None
    ) -> tuple[Any, Buffers]:
        """Ask the app and wait for its answer: (value, buffers). An interrupt ends the wait.

        The app has deadlines of its own for what it does, so by default the wait has none.

        Raises:
            AppError: the app refused; the message says why.
            TimeoutError: no answer within ``timeout`` seconds.
        """
        answer = _Answer()
        number = next(self._numbers)
        self._waiting[number] = answer
        try:
            self._send("dirigent_call", {"id": number, "verb": verb, "arguments": arguments}, buffers)
            if not answer.arrived.wait(timeout):
                raise TimeoutError(f"Dirigent did not answer {verb!r} within {timeout:g} s")
        finally:
            self._waiting.pop(number, None)
        if answer.error is not None:
            raise _app_error(answer.error)
        return answer.value, answer.buffers

    def _take_answer(self, arguments: dict[str, Any], buffers: Buffers) -> None:
        answer = self._waiting.get(arguments["id"])
        if answer is None:  # it waits no more
            return
        answer.value, answer.error, answer.buffers = arguments.get("value"), arguments.get("error"), buffers
        answer.arrived.set()

    def _stop_lane(self, arguments: dict[str, Any], buffers: Buffers) -> bool:
        """End what the live or the aside lane computes; False when it computes nothing."""
        return self._beside[arguments["lane"]].stop()


class _Answer:
    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.value: Any = None
        self.error: dict[str, Any] | None = None
        self.buffers: Buffers = ()


def _app_error(error: dict[str, Any]) -> AppError:
    raised = AppError(f"{error['name']}: {error['message']}" if error["message"] else error["name"])
    if error["traceback"]:
        raised.add_note("\n".join(error["traceback"]))
    return raised


def _failure(error: BaseException) -> dict[str, Any]:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return {"error": {"name": type(error).__name__, "message": str(error), "traceback": lines}}
