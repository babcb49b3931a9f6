"""Programs of notebook cells on a board: what they print is fetched while they run."""

from __future__ import annotations

import codecs
import itertools
import re
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from engines.board.errors import RemoteError

if TYPE_CHECKING:
    from engines.board.operations import Operation
    from engines.board.requests import Respond
    from engines.board.session import BoardSession

_MOST_WAITING = 1 << 20
"""Characters that wait to be fetched; of what a faster program prints the newest ones are kept."""
_FRAME = re.compile(r'File "<(?:stdin|string)>", line (\d+)')


class CellRun:
    """One program; ``read`` answers as soon as there is something new to tell."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._operation: Operation[str] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._left_out = 0
        """Characters before the text that nobody fetched in time."""
        self._waiting: Respond | None = None
        self._guard = threading.Lock()

    def follow(self, operation: Operation[str]) -> None:
        """The operation that runs it."""
        self._operation = operation
        operation.add_done_callback(lambda done: self._tell())

    def heard(self, data: bytes) -> None:
        with self._guard:
            self._text += self._decoder.decode(data)
            if len(self._text) > 2 * _MOST_WAITING:
                self._left_out += len(self._text) - _MOST_WAITING
                self._text = self._text[-_MOST_WAITING:]
        self._tell()

    def read(self, respond: Respond) -> None:
        """Respond with new text as soon as there is some, with None at the end, or with an error."""
        with self._guard:
            self._waiting = respond
        self._tell()

    def _tell(self) -> None:
        with self._guard:
            respond = self._waiting
            if respond is None:
                return
            done = self._operation is not None and self._operation.done()
            # Line ends may be cut in two: the first half waits for the second.
            end = len(self._text) - (not done and self._text.endswith("\r"))
            text, self._text = self._text[:end].replace("\r\n", "\n"), self._text[end:]
            if not text and not done:
                return
            self._waiting = None
            if self._left_out:
                text, self._left_out = f"\n… {self._left_out} characters left out …\n{text}", 0
        if text:
            respond(text)
        else:
            self._end(respond)

    def _end(self, respond: Respond) -> None:
        from engines.board.requests import respond_error

        assert self._operation is not None
        if self._operation.cancelled():
            respond_error(respond, CancelledError())
            return
        error = self._operation.exception()
        if isinstance(error, RemoteError):
            error = RemoteError(locate(error.traceback, self._code), error.output)
        if error is not None:
            respond_error(respond, error)
        else:
            respond(None)


class CellRuns:
    """The programs of one board whose output is being fetched."""

    def __init__(self, session: BoardSession) -> None:
        self._session = session
        self._runs: dict[int, CellRun] = {}
        self._numbers = itertools.count(1)

    def start(self, code: str, *, timeout: float | None, interrupt: bool) -> int:
        """Queue a program; the number under which ``read`` knows it."""
        run = CellRun(code)
        operation = self._session.exec(code, timeout=timeout, interrupt=interrupt, on_output=run.heard)
        run.follow(operation)
        number = next(self._numbers)
        self._runs[number] = run
        operation.add_done_callback(lambda done: self._keep_few())
        return number

    def read(self, number: int, respond: Respond) -> None:
        """See ``CellRun.read``. Raises LookupError for a number that is not known (any more)."""
        if number not in self._runs:
            raise LookupError(f"no program {number} runs on {self._session.name}")
        self._runs[number].read(respond)

    def _keep_few(self) -> None:
        for number in list(self._runs)[:-20]:
            del self._runs[number]


def locate(traceback: str, code: str) -> str:
    """A board's traceback with the lines of the cell that it speaks of."""
    lines = code.splitlines()

    def named(match: re.Match[str]) -> str:
        number = int(match[1])
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return f"Cell, line {number}" + (f": {text}" if text else "")

    return "\n".join(
        _FRAME.sub(named, line).removesuffix(", in <module>") if _FRAME.search(line) else line
        for line in traceback.splitlines()
    )
