"""Opening a target on a thread of its own, so that who waits for it can give up at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import Target, Transport

_ABANDONED = 1.0
"""So long the next attempt waits for one that was abandoned, which may hold the port."""


class Opening:
    """One attempt. A port may take seconds to open (a network, Bluetooth); an attempt that was abandoned ends
    by itself, and closes what it has opened.

    Args:
        ready: called from the attempt's thread when ``result`` can be asked for.
    """

    def __init__(self, target: Target, ready: Callable[[], object]) -> None:
        self._target = target
        self._ready = ready
        self._transport: Transport | None = None
        self._error: PortError | None = None
        self._abandoned = False
        self._guard = threading.Lock()
        self.done = False
        self._thread = threading.Thread(target=self._open, name=f"open-{target.name}", daemon=True)
        self._thread.start()

    def result(self) -> Transport:
        """What was opened. Raises PortError."""
        if self._error is not None:
            raise self._error
        assert self._transport is not None
        return self._transport

    def abandon(self) -> None:
        """Nobody wants it any more."""
        with self._guard:
            self._abandoned = True
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        self._target.cancel(self._thread)

    def wait(self, seconds: float) -> None:
        """Let an abandoned attempt end, so that it does not stand in the way of the next."""
        self._thread.join(seconds)

    def _open(self) -> None:
        try:
            transport = self._target.open()
        except PortError as error:
            self._error = error
        except Exception as error:  # whatever a driver raises: the session goes on
            self._error = PortError(
                self._target.name,
                f"cannot be opened ({error})",
                "Plug the board in again, or pick another port.",
            )
        else:
            with self._guard:
                if not self._abandoned:
                    self._transport = transport
            if self._transport is None:
                transport.close()
        self.done = True
        self._ready()


class Openings:
    """Opens targets, one at a time, for a thread that has other wishes to heed.

    Args:
        wakeup: set when something may have changed.
    """

    def __init__(self, wakeup: threading.Event) -> None:
        self._wakeup = wakeup
        self._abandoned: Opening | None = None

    def open(self, target: Target, called_off: Callable[[], bool]) -> Transport | None:
        """Open a target; None as soon as it is called off. Raises PortError."""
        if self._abandoned is not None:
            self._abandoned.wait(_ABANDONED)
            self._abandoned = None
        opening = Opening(target, self._wakeup.set)
        while True:
            self._wakeup.clear()
            if opening.done:
                return opening.result()
            if called_off():
                opening.abandon()
                self._abandoned = opening
                return None
            self._wakeup.wait()
