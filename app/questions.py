"""Questions of kernel-side code to the app (``board.eval``, ``figures.new``), and their answers."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from engines.board.requests import REQUESTS as BOARD_REQUESTS
from engines.plot.requests import REQUESTS as FIGURE_REQUESTS
from engines.plot.requests import answer as answer_figure
from engines.workspace.kernel_api import KernelError
from engines.workspace.kernel_messages import AppCall

if TYPE_CHECKING:
    from app.conductor import Conductor


class Questions:
    """Every question is answered, by a value or by an error: the asking cell waits."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    def answer(self, call: AppCall) -> None:
        try:
            self._answer(call)
        except Exception as error:  # whatever it is, the asking code is told
            message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            call.respond.error(KernelError(type(error).__name__, message))

    def _answer(self, call: AppCall) -> None:
        if call.verb == "board.start_embedded":
            fresh = bool(call.arguments.get("fresh"))
            _respond_later(call, self._conductor.boards.embedded.start(fresh=fresh))
        elif call.verb in BOARD_REQUESTS:
            session = self._conductor.boards[call.arguments.get("board", "board")]
            BOARD_REQUESTS[call.verb](session, call.arguments, call.buffers, call.respond)
        elif call.verb in FIGURE_REQUESTS:
            store = self._conductor.figure_store
            call.respond(*answer_figure(store, call.verb, call.arguments, call.buffers))
        elif call.verb.startswith("stream."):
            _respond_later(call, self._conductor.recordings.answer(call.verb, call.arguments))
        elif call.verb.startswith("sheet."):
            call.respond(self._conductor.sheets.answer(call.verb, call.arguments))
        else:
            _respond_later(call, self._answer_workspace(call.verb, call.arguments))

    def _answer_workspace(self, verb: str, arguments: dict[str, Any]) -> Any:
        if verb == "workspace.lineage":
            return self._conductor.lineage(str(arguments["of"]))
        if verb == "workspace.boards":
            return self._conductor.boards.names
        if verb == "workspace.project":
            return str(self._conductor.project.folder)
        if verb == "workspace.save":
            return self._conductor.save_all()
        raise LookupError(f"Dirigent does not answer {verb!r}")


def _respond_later(call: AppCall, value: Any) -> None:
    """With a value, or with that of a future when it is done."""
    if not isinstance(value, Future):
        call.respond(value)
        return

    def done(future: Future[Any]) -> None:
        error = future.exception()
        if error is None:
            call.respond(future.result())
        else:
            call.respond.error(KernelError(type(error).__name__, str(error)))

    value.add_done_callback(done)
