"""App-side answers to what the kernel's ``board`` asks.

Each answer is a function ``(session, arguments, buffers, respond)``: it returns at once and answers later, on
the session's thread, by ``respond(value, buffers=())`` or ``respond.error(KernelError)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, Protocol

from engines.board.errors import RemoteError
from engines.board.session import BoardSession
from engines.workspace.kernel_api import KernelError

Arguments = dict[str, Any]
Buffers = Sequence[bytes | memoryview]


class Respond(Protocol):
    """How an answer goes back."""

    def __call__(self, value: Any, buffers: Buffers = ()) -> object: ...

    def error(self, error: KernelError) -> object: ...


Request = Callable[[BoardSession, Arguments, Buffers, Respond], None]


def _answer(operation: Future[Any], respond: Respond, reply: Callable[[Any], object] | None = None) -> None:
    """Respond when the operation is done: with its result, or what ``reply`` makes of it."""

    def done(future: Future[Any]) -> None:
        try:
            result = future.result()
        except CancelledError:
            respond.error(KernelError("CancelledError", "the operation was cancelled"))
        except RemoteError as error:
            name, _, message = error.summary.partition(": ")
            respond.error(KernelError(name, message, tuple(error.traceback.strip().splitlines())))
        except Exception as error:
            respond.error(KernelError(type(error).__name__, str(error)))
        else:
            _ = reply(result) if reply else respond(result)

    operation.add_done_callback(done)


def _exec(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.exec(
        arguments["code"], timeout=arguments.get("timeout"), interrupt=_interrupt(arguments)
    )
    _answer(operation, respond)


def _eval(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.eval(
        arguments["expression"], timeout=arguments.get("timeout", 30.0), interrupt=_interrupt(arguments)
    )
    _answer(operation, respond)


def _put(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    data = bytes(buffers[0]) if buffers else b""
    _answer(session.files.put(arguments["path"], data, interrupt=_interrupt(arguments)), respond)


def _get(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.files.get(arguments["path"], interrupt=_interrupt(arguments))
    _answer(operation, respond, lambda data: respond(len(data), [data]))


def _ls(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.files.ls(arguments.get("path", "/"), interrupt=_interrupt(arguments))
    _answer(
        operation,
        respond,
        lambda entries: respond([[entry.name, entry.is_dir, entry.size] for entry in entries]),
    )


def _rm(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.files.rm(
        arguments["path"], tree=bool(arguments.get("tree")), interrupt=_interrupt(arguments)
    )
    _answer(operation, respond)


def _mkdir(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    _answer(session.files.mkdir(arguments["path"], interrupt=_interrupt(arguments)), respond)


def _reset(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.reset(hard=bool(arguments.get("hard")), interrupt=_interrupt(arguments))
    _answer(operation, respond)


def _stop(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    session.interrupt()
    respond(None)


def _info(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    """What is known without asking the board: never disturbs it."""
    traffic = session.traffic
    respond(
        {
            "name": session.name,
            "port": session.target.name if session.target else None,
            "state": session.status.state.value,
            "status": session.status.text,
            "streams": list(session.streams),
            "samples": traffic.samples,
            "lost": traffic.lost,
            "received": traffic.received,
            "damaged": traffic.damaged,
        }
    )


def _interrupt(arguments: Arguments) -> bool:
    return bool(arguments.get("interrupt"))


REQUESTS: dict[str, Request] = {
    "board.exec": _exec,
    "board.eval": _eval,
    "board.put": _put,
    "board.get": _get,
    "board.ls": _ls,
    "board.rm": _rm,
    "board.mkdir": _mkdir,
    "board.reset": _reset,
    "board.interrupt": _stop,
    "board.info": _info,
}
"""Every request takes ``board`` (the session's name, which the caller has looked up) and what its ``board``
method takes."""
