"""What operations work with while the board's raw REPL is open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engines.board.board_program import besides, is_damaged, told, told_repr
from engines.board.connection.link import Link
from engines.board.errors import BoardError, DeadlineError, RemoteError, ResetRefusedError
from engines.board.files.board_files import BoardFiles
from engines.board.repl import SOFT_RESET, RawRepl
from engines.board.transfer.conversation import Conversation

_SENDINGS = 3
KEPT_OUTPUT = 1 << 16
"""Bytes of its output that the result of a program holds whose output was shown as it came."""


class RawBench:
    """The free prompt, as operations see it. Output comes with Python's line ends.

    Args:
        show: takes what a program prints that is run for the user to see.
        progress: told of bytes done and bytes in all, by what moves many of them.
    """

    def __init__(
        self,
        repl: RawRepl,
        link: Link,
        show: Callable[[bytes], object],
        progress: Callable[[int, int], object] = lambda done, total: None,
    ) -> None:
        self.progress = progress
        self.before_write: Callable[[RawBench], object] = lambda bench: None
        """Asked before a file operation changes anything; refuses by an exception."""
        self._repl = repl
        self._link = link
        self._show = show
        self.gone = False
        """The board was reset: there is no raw REPL to leave."""
        self.last_words = b""
        """What it has said since then."""
        self.shown = False
        """The terminal was written to: it needs a prompt again."""

    @property
    def files(self) -> BoardFiles:
        return BoardFiles(self, lambda: self.before_write(self))

    def exec(
        self, source: str, on_output: Callable[[bytes], object] | None = None, keep: int | None = None
    ) -> str:
        """Run a program: what it prints, the last ``keep`` bytes of it. Raises RemoteError when it fails."""
        done = self._repl.exec(source, on_output, keep)
        output = done.output.decode(errors="replace")
        if done.error:
            raise RemoteError(_lines(done.error.decode(errors="replace")), _lines(output))
        return _lines(output)

    def ask(self, program: str, on_output: Callable[[bytes], object] | None = None) -> list[Any]:
        """Run a ``board_program``: what it tells. What a timer prints meanwhile is shown.

        Raises:
            RemoteError: it failed. One that arrived damaged is sent again, three times at most.
        """
        for sending in range(1, _SENDINGS + 1):
            try:
                text = self.exec(program, on_output)
                break
            except RemoteError as error:
                self._show_besides(error.output)
                if sending == _SENDINGS or not is_damaged(error):
                    raise
        self._show_besides(text)
        return told(text)

    def ask_one(self, program: str) -> Any:
        """The value that a ``board_program`` tells. Raises as ``ask``, and BoardError when none arrived."""
        return _last(self.ask(program))

    def eval(self, expression: str) -> str:
        """The ``repr`` of an expression in the board's workspace. Raises as ``ask_one``."""
        text = self.exec(told_repr(expression))
        self._show_besides(text)
        return str(_last(told(text)))

    def _show_besides(self, text: str) -> None:
        if rest := besides(text):
            self._show(rest.replace("\n", "\r\n").encode())

    @contextmanager
    def converse(self, source: str) -> Iterator[Conversation]:
        """Let a program run, to talk with it in frames; whoever talks waits for its end."""
        talk = Conversation(self._repl, self._link)
        before, self._link.on_transfer = self._link.on_transfer, talk.take
        try:
            self._repl.begin(source)
            yield talk
        finally:
            self._link.on_transfer = before

    @contextmanager
    def tidying(self, seconds: float = 8.0) -> Iterator[None]:
        """Within it the operation's cancel and deadline do not count, but these seconds."""
        guard, end = self._link.guard, time.monotonic() + seconds

        def check() -> None:
            if time.monotonic() > end:
                raise DeadlineError("The board did not answer while it was tidied up.")

        self._link.guard = check
        try:
            yield
        finally:
            self._link.guard = guard

    def exec_shown(self, source: str, rename: Callable[[str], str] = str) -> str:
        """As ``exec``, with output and traceback in the terminal, the latter after ``rename``."""
        self.shown = True
        self._show(b"\r\n")
        try:
            return self.exec(source, self._show, KEPT_OUTPUT)
        except RemoteError as error:
            self._show(rename(error.traceback).replace("\n", "\r\n").encode())
            return _lines(error.output)

    def soft_reset(self) -> None:
        """Start MicroPython anew in the raw REPL: boot.py runs, with its output shown; main.py does not."""
        self.shown = True
        self._show(b"\r\n" + self._repl.soft_reset())

    def depart(self, source: str) -> None:
        """Start what the board does not come back from: its bootloader. Raises RemoteError when it fails."""
        begun = self._repl.start(source)
        if begun.error:
            raise RemoteError(_lines(begun.error.decode(errors="replace")))
        self.gone, self.last_words = True, begun.output

    def reset(self, hard: bool) -> None:
        """Raises BoardError where the board's MicroPython cannot reset it, which is then as it was."""
        if hard:
            try:
                self.depart("import machine\nmachine.reset()")
            except RemoteError as error:
                raise ResetRefusedError(error.summary) from error
            return
        self.gone = True
        # From the raw REPL a soft reset would leave out main.py.
        self._repl.leave()
        self._link.write(SOFT_RESET)


def _last(values: list[Any]) -> Any:
    if not values:
        raise BoardError("The board's answer was lost on its way; try again.")
    return values[-1]


def _lines(text: str) -> str:
    """The board's line ends (print makes them CR LF) as Python's."""
    return text.replace("\r\n", "\n")
