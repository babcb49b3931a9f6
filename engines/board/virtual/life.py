"""What a board does from a reset on: boot.py, main.py, then what is typed at the prompt.

A life is a generator of jobs for the guest. It yields None while there is nothing to do, and is sent the
outcome of each job; it never waits itself.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

from engines.board.virtual.console import Console
from engines.board.virtual.files import Files
from engines.board.virtual.repl import (
    Complete,
    Execute,
    ExecutePaste,
    ExecuteStream,
    Mode,
    Repl,
    Request,
    SoftReset,
)

_FIRMWARE_FRAME = re.compile(rb'  File "/firmware/[^\n]*\n')
_EMPTY_TRACEBACK = re.compile(rb"Traceback \(most recent call last\):\n(?!  )")


@dataclass(frozen=True)
class Job:
    """Something the guest has to do: an operation letter (see firmware.py) and its text."""

    operation: bytes
    text: bytes = b""
    streamed: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a job ended: ``ok``, ``error`` (with its traceback) or ``exit`` (SystemExit)."""

    kind: str
    traceback: bytes = b""
    answer: str = ""


Script = Generator["Job | None", "Outcome | None", None]


class Life:
    """Called once a session. ``safe`` leaves the files alone; ``program`` is run after boot.py."""

    def __init__(self, repl: Repl, console: Console, files: Files, safe: bool) -> None:
        self.program = "main.py"
        self._repl = repl
        self._console = console
        self._files = files
        self._safe = safe

    def jobs(self) -> Script:
        healthy = not self._safe
        if healthy:
            healthy = yield from self._run_file("boot.py")
        if healthy and self._repl.mode is Mode.FRIENDLY:
            yield from self._run_file(self.program)
        self._repl.start()
        while True:
            request = self._repl.next_request()
            if request is None:
                yield None
            else:
                yield from self._serve(request)

    def _run_file(self, name: str) -> Generator[Job | None, Outcome | None, bool]:
        """Run a file of the folder it starts in if it is there; whether what comes next may run."""
        try:
            place = self._files.place(f"{self._files.home}/{name}")
            present = place.path is not None and place.path.is_file()
        except OSError:
            present = False
        if not present:
            return True
        outcome = yield from self._perform(Job(b"f", name.encode()))
        self._console.write_text(outcome.traceback)
        return not outcome.traceback

    def _serve(self, request: Request) -> Script:
        if isinstance(request, Complete):
            text = b"import" if request.after_import else request.path
            outcome = yield from self._perform(Job(b"c", text))
            self._repl.completed(outcome.answer.encode().split())
            return
        error = b""
        for job in _jobs(request):
            error = (yield from self._perform(job)).traceback
            if error:
                break
        self._repl.finished(error)

    def _perform(self, job: Job) -> Generator[Job | None, Outcome | None, Outcome]:
        outcome = yield job
        assert outcome is not None
        if outcome.kind == "exit":
            self._repl.left()
            raise SoftReset
        return outcome


def _jobs(request: Execute | ExecutePaste | ExecuteStream) -> list[Job]:
    if isinstance(request, Execute):
        return [Job(b"s" if request.single else b"x", request.source)]
    if isinstance(request, ExecutePaste):
        return [Job(b"k", request.source), *(Job(b"s", part) for part in request.parts)]
    return [Job(b"x", streamed=True)]


def clean_traceback(text: bytes) -> bytes:
    """Without the frames of the board's own firmware, which on a pyboard is not written in Python."""
    return _EMPTY_TRACEBACK.sub(b"", _FIRMWARE_FRAME.sub(b"", text))
