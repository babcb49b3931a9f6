"""A board-side program that runs and is talked with: bytes to it, frames from it."""

from __future__ import annotations

from collections import deque

from engines.board.connection.link import Link
from engines.board.errors import RemoteError
from engines.board.repl import RawRepl


class Conversation:
    """Made by ``RawBench.converse``. What the program or a timer prints meanwhile does not disturb it."""

    def __init__(self, repl: RawRepl, link: Link) -> None:
        self._repl = repl
        self._link = link
        self._heard: deque[bytes] = deque()
        self._spoke = False
        self._quiet = False

    def take(self, payload: bytes) -> None:
        """A frame came (called by the link)."""
        self._heard.append(payload)
        self._spoke = True

    def say(self, data: bytes) -> None:
        self._link.write(data)

    def owes(self, size: int) -> None:
        """See ``Link.owed``; until the program ends."""
        self._link.owed = size

    @property
    def sending(self) -> bool:
        """Some of what was said is still on this side."""
        return bool(self._link.sending)

    @property
    def ended(self) -> bool:
        """The program is over, and all it said was heard.

        A damaged frame is text, of any bytes: once there were frames, what looks like the end of a program is
        believed in silence only.
        """
        return not self._heard and (self._quiet or not self._spoke) and self._repl.ended

    def hear(self, timeout: float) -> bytes | None:
        """The next frame's payload, waiting so many seconds at most; also None as soon as text comes."""
        if not self._heard:
            self._quiet = not self._repl.hear(timeout) and not self._heard
        return self._heard.popleft() if self._heard else None

    def finish(self) -> None:
        """Wait for the program's end. Raises RemoteError for an exception there."""
        error = self._repl.finish_noisy()
        self._link.owed = 0
        if error:
            raise RemoteError(error.decode(errors="replace").replace("\r\n", "\n"))
