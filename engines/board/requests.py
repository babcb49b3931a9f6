"""App-side answers to what the kernel's ``board`` asks.

Each answer is a function ``(session, arguments, buffers, respond)``: it returns at once and answers later, on
the session's thread, by ``respond(value, buffers=())`` or ``respond.error(KernelError)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any, Protocol

from engines.board.errors import BoardError, RemoteError
from engines.board.packages.packages import install
from engines.board.session import BoardSession
from engines.board.sync.sync import Direction, Pair, put_compiled, undo_last
from engines.board.sync.sync import run as sync
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
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            respond_error(respond, error)
        elif reply:
            reply(future.result())
        else:
            respond(future.result())

    operation.add_done_callback(done)


def respond_error(respond: Respond, error: BaseException) -> None:
    """Tell the asking code what went wrong; an exception on the board comes with its traceback."""
    if isinstance(error, RemoteError):
        name, _, message = error.summary.partition(": ")
        respond.error(KernelError(name, message, tuple(error.traceback.strip().splitlines())))
    elif isinstance(error, CancelledError):
        respond.error(KernelError("CancelledError", "the operation was cancelled"))
    else:
        respond.error(KernelError(type(error).__name__, str(error)))


def _exec(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    operation = session.exec(
        arguments["code"], timeout=arguments.get("timeout"), interrupt=_interrupt(arguments)
    )
    _answer(operation, respond)


def _start(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    respond(
        session.cell_runs.start(
            arguments["code"], timeout=arguments.get("timeout"), interrupt=_interrupt(arguments)
        )
    )


def _read_output(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    session.cell_runs.read(arguments["number"], respond)


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
            "connected": session.status.state.connected,
            "status": session.status.text,
            "streams": list(session.streams),
            "samples": traffic.samples,
            "lost": traffic.lost,
            "received": traffic.received,
            "damaged": traffic.damaged,
            "malformed": traffic.malformed,
            "problem": traffic.problem,
            "unread": traffic.unread,
            "unread_line": traffic.unread_line,
        }
    )


def _mount(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    try:
        operation = session.remote.mount(
            Path(arguments["folder"]),
            writable=bool(arguments.get("writable")),
            interrupt=_interrupt(arguments),
        )
    except OSError as error:
        respond.error(KernelError(type(error).__name__, str(error)))
    else:
        _answer(operation, respond)


def _unmount(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    _answer(session.remote.unmount(interrupt=_interrupt(arguments)), respond)


def _sync(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    pair = Pair(
        Path(arguments["folder"]),
        arguments.get("path", ""),
        Direction(arguments.get("direction", "to_board")),
        delete=bool(arguments.get("delete")),
        compiled=bool(arguments.get("compiled")),
    )
    done = sync(session, pair, dry_run=bool(arguments.get("dry_run")), interrupt=_interrupt(arguments))
    _answer(done, respond)


def _undo_sync(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    try:
        _answer(undo_last(session), respond, lambda changed: respond(list(changed)))
    except BoardError as error:
        respond.error(KernelError("BoardError", str(error)))


def _put_compiled(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    _answer(put_compiled(session, Path(arguments["file"]), arguments.get("path") or ""), respond)


def _install(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    names = ("index", "version", "compiled", "target")
    options = {name: arguments[name] for name in names if name in arguments}
    installation = install(session, arguments["spec"], interrupt=_interrupt(arguments), **options)
    _answer(
        installation.result,
        respond,
        lambda installed: respond([[each.name, each.version, list(each.files)] for each in installed]),
    )


def _cancel(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    session.cancel()
    respond(None)


def _write_anyway(session: BoardSession, arguments: Arguments, buffers: Buffers, respond: Respond) -> None:
    session.disk_guard.allow()
    respond(None)


def _interrupt(arguments: Arguments) -> bool:
    return bool(arguments.get("interrupt"))


REQUESTS: dict[str, Request] = {
    "board.exec": _exec,
    "board.start": _start,
    "board.read_output": _read_output,
    "board.eval": _eval,
    "board.put": _put,
    "board.get": _get,
    "board.ls": _ls,
    "board.rm": _rm,
    "board.mkdir": _mkdir,
    "board.reset": _reset,
    "board.mount": _mount,
    "board.unmount": _unmount,
    "board.sync": _sync,
    "board.undo_sync": _undo_sync,
    "board.put_compiled": _put_compiled,
    "board.install": _install,
    "board.cancel": _cancel,
    "board.write_anyway": _write_anyway,
    "board.interrupt": _stop,
    "board.info": _info,
}
"""Every request takes ``board`` (the session's name, which the caller has looked up) and what its ``board``
method takes."""
