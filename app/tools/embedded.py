"""The MicroPython inside Dirigent that runs ``%%micropython`` cells: a virtual board without a panel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from engines.board.connection.transport import Target
from engines.board.magics import EMBEDDED
from engines.board.session import BoardSession
from engines.board.status import State, Status
from engines.workspace.streams.store import StreamStore


class EmbeddedMicroPython:
    """Started when it is first asked for.

    Args:
        target: makes the virtual board that it is.
    """

    def __init__(self, target: Callable[[], Target], streams: StreamStore) -> None:
        self._target = target
        self._streams = streams
        self._session: BoardSession | None = None

    @property
    def session(self) -> BoardSession:
        if self._session is None:
            self._session = BoardSession(EMBEDDED, self._streams)
        return self._session

    def start(self, *, fresh: bool) -> Future[None]:
        """Done as soon as it can take programs; with ``fresh`` it begins anew, else it runs on."""
        session, done = self.session, Future[None]()
        if session.status.state.connected and not fresh:
            done.set_result(None)
            return done

        def follow(status: Status) -> None:
            if done.done():
                return
            if status.state in (State.PROMPT, State.REFUSED, State.ENDED):
                stop()
                if status.state is State.PROMPT:
                    done.set_result(None)
                else:
                    done.set_exception(RuntimeError(status.text))

        stop = session.status_changed.connect(follow)
        session.connect(self._target())
        return done

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
