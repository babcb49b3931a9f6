"""Keeps the kernel's aside lane going: one slow ``__repr__`` must not end completion and variables."""

from __future__ import annotations

from collections.abc import Callable

from engines.workspace.kernel_api import HELP_SECONDS

ASIDE_SECONDS = 2.0
"""What answers later than that answers nobody."""

LaterCall = Callable[[float, Callable[[], object]], object]


class AsideLane:
    """Knows what the lane's subshell has not answered yet, and acts in two steps when that is late.

    Args:
        later: calls a function after some seconds.
        stop: ends the user code that runs in the lane.
        renew: asks for a new subshell, when that did not help; tell it by ``opened``.
        delete: ends a subshell that is no longer needed.
        lose: is told of every request that the old subshell did not answer.
    """

    def __init__(
        self,
        later: LaterCall,
        stop: Callable[[], object],
        renew: Callable[[], object],
        delete: Callable[[str], object],
        lose: Callable[[str], object],
    ) -> None:
        self._later = later
        self._stop = stop
        self._renew = renew
        self._delete = delete
        self._lose = lose
        self._subshell = ""
        self._renewing = False
        self._sent: dict[str, str] = {}
        """What is not answered, in order, and which subshell it went to."""

    def opened(self, subshell: str) -> None:
        """Requests go to this subshell from now on."""
        before, self._subshell = self._subshell, subshell
        self._renewing = False
        lost = [message_id for message_id, where in self._sent.items() if where == before]
        if before and not lost:
            self._delete(before)
        for message_id in lost:
            self._lose(message_id)

    def sent(self, message_id: str) -> None:
        self._sent[message_id] = self._subshell
        self._later(ASIDE_SECONDS, lambda: self._look(message_id))

    def answered(self, message_id: str) -> None:
        subshell = self._sent.pop(message_id, "")
        if subshell and subshell != self._subshell and subshell not in self._sent.values():
            self._delete(subshell)

    def close(self) -> None:
        """The kernel is gone."""
        self._sent.clear()

    def _look(self, message_id: str) -> None:
        if not self._is_late(message_id):
            return
        if (
            next(filter(self._is_late, self._sent)) != message_id
        ):  # it waits behind another, which is not its fault
            self._later(ASIDE_SECONDS, lambda: self._look(message_id))
            return
        self._stop()
        self._later(HELP_SECONDS, lambda: self._look_again(message_id))

    def _look_again(self, message_id: str) -> None:
        if self._is_late(message_id) and not self._renewing:
            self._renewing = True
            self._renew()

    def _is_late(self, message_id: str) -> bool:
        """Not if it has gone with an earlier subshell."""
        return self._sent.get(message_id) == self._subshell
