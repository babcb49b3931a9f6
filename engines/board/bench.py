"""What operations work with while the board's raw REPL is open."""

from __future__ import annotations

from collections.abc import Callable

from engines.board.errors import RemoteError
from engines.board.files import BoardFiles
from engines.board.link import Link
from engines.board.repl import SOFT_RESET, RawRepl


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
        self._repl = repl
        self._link = link
        self._show = show
        self.gone = False
        """The board was reset: there is no raw REPL to leave."""
        self.shown = False
        """The terminal was written to: it needs a prompt again."""

    @property
    def files(self) -> BoardFiles:
        return BoardFiles(self.exec)

    def exec(self, source: str, on_output: Callable[[bytes], object] | None = None) -> str:
        done = self._repl.exec(source, on_output)
        output = done.output.decode(errors="replace")
        if done.error:
            raise RemoteError(_lines(done.error.decode(errors="replace")), _lines(output))
        return _lines(output)

    def exec_shown(self, source: str) -> str:
        """As ``exec``, with output and traceback in the terminal."""
        self.shown = True
        self._show(b"\r\n")
        try:
            return self.exec(source, self._show)
        except RemoteError as error:
            self._show(error.traceback.replace("\n", "\r\n").encode())
            return _lines(error.output)

    def reset(self, hard: bool) -> None:
        self.gone = True
        if hard:
            self._repl.start("import machine\nmachine.reset()")
            return
        # From the raw REPL a soft reset would leave out main.py.
        self._repl.leave()
        self._link.write(SOFT_RESET)


def _lines(text: str) -> str:
    """The board's line ends (print makes them CR LF) as Python's."""
    return text.replace("\r\n", "\n")
