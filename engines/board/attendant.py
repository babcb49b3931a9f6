"""What the session does on an open connection: listen, tell what it sees, and perform operations."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from typing import Any

from engines.board import status as say
from engines.board.bench import RawBench
from engines.board.errors import BoardBusyError, BoardError, ProtocolError, RemoteError
from engines.board.feed import TerminalFeed
from engines.board.files import BoardFileError
from engines.board.link import Link
from engines.board.operations import Operation
from engines.board.port_errors import PortError
from engines.board.printed import PrintedReader
from engines.board.prompt import Place, PromptWatch
from engines.board.repl import INTERRUPT, RAW_BANNER, RawRepl
from engines.board.status import Status

_QUIET = 0.3
"""After so much silence a board that was met in the middle of something is asked for its prompt."""
_SETTLED = 0.15
_ANSWER = 0.7
_STARTING = 3.0
"""So long a board that we started may take to show its prompt before it counts as running a program."""
_GRACE = 0.4
"""So long a short program may take to end before an operation says that one is running."""
_DEBOUNCE = 0.25
_ECHO = 0.2
_ECHO_PAUSE = 0.02
_INTERRUPTS = 8
_INTERRUPT_PERIOD = 0.5


class Attendant:
    """Belongs to one connection and to the session's thread.

    Args:
        starts_board: the board starts with the connection, so its prompt comes by itself.
    """

    def __init__(self, link: Link, starts_board: bool, feed: TerminalFeed, printed: PrintedReader) -> None:
        self._link = link
        self._feed = feed
        self._printed = printed
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._watch = PromptWatch()
        self._prompt = b">>> "
        self._raw_tail = b""
        self._opened = time.monotonic()
        self._starts_board = starts_board
        self._probed: float | None = None
        self._moved = self._opened
        """When the place changed last."""
        self._stuck = False
        self._typed_at = 0.0
        self._insist = 0
        """How many more times Ctrl-C is sent."""
        self._again = 0.0

    # Listening

    def listen(self, timeout: float) -> None:
        """Take what arrives within ``timeout`` seconds."""
        self._saw(self._link.read(timeout))
        now = time.monotonic()
        if now - self._link.heard_text >= _SETTLED:
            self._watch.settle()
        if self._watch.place is Place.UNKNOWN:
            self._probe(now)
        if self._insist:
            self._repeat_interrupt(now)

    def patience(self) -> float:
        """Seconds after which something should be looked at although nothing arrived."""
        if self._insist:
            return max(0.0, self._again - time.monotonic())
        undecided = self._watch.place in (Place.UNKNOWN, Place.RUNNING)
        return 0.05 if undecided and time.monotonic() - self._moved < _STARTING else 0.5

    def _saw(self, text: bytes) -> None:
        if not text:
            return
        place = self._watch.place
        self._watch.saw(text)
        if self._watch.place is not place:
            self._moved = time.monotonic()
            self._stuck = False
        self._feed.add(text)
        if self._watch.place is not Place.PROMPT or b"\n" in text:
            self._printed.take(self._decoder.decode(text), time.monotonic())
        self._leave_stray_raw_repl(text)

    def _show(self, text: bytes) -> None:
        """What a program prints that is run for the user: into the terminal, its numbers into a stream."""
        self._feed.add(text)
        self._printed.take(self._decoder.decode(text), time.monotonic())

    def _leave_stray_raw_repl(self, text: bytes) -> None:
        """Someone (an earlier tool, a probe that came late) left the board in its raw REPL."""
        self._raw_tail = (self._raw_tail + text)[-len(RAW_BANNER) :]
        if self._raw_tail.endswith(RAW_BANNER):
            self._raw_tail = b""
            self._link.write(b"\x02")

    def _probe(self, now: float) -> None:
        """Ask for the prompt with one Enter, once, when the board has been silent."""
        if self._probed is not None or self._starts_board or now - self._link.heard_text < _QUIET:
            return
        self._probed = now
        self._link.write(b"\r")

    def status(self) -> Status:
        now = time.monotonic()
        name = self._link.name
        place = self._watch.place
        if place is Place.PROMPT:
            return say.at_prompt(name)
        if self._stuck:
            return say.stuck()
        if place is Place.ENTRY:
            return say.entry()
        if place is Place.RUNNING:
            return say.running() if now - self._moved > _DEBOUNCE else say.at_prompt(name)
        if self._starts_board:
            return say.starting(name) if now - self._opened < _STARTING else say.running()
        if self._link.heard_text - self._opened > _ANSWER:
            return say.running()
        if self._probed is not None and now - self._probed > _ANSWER:
            return say.silent(name)
        return say.listening(name)

    def interrupt(self) -> None:
        """Ctrl-C now, and again while no prompt comes."""
        self._insist = _INTERRUPTS
        self._again = 0.0

    def _repeat_interrupt(self, now: float) -> None:
        if self._insist < _INTERRUPTS and self._watch.place is Place.PROMPT:
            self._insist = 0
        if not self._insist or now < self._again:
            return
        self._insist -= 1
        self._again = now + _INTERRUPT_PERIOD
        self._link.write(INTERRUPT)
        self._stuck = not self._insist

    def type(self, data: bytes) -> None:
        place = self._watch.place
        self._watch.sent(data)
        if self._watch.place is not place:
            self._moved = time.monotonic()
        self._typed_at = time.monotonic()
        self._link.write(data)

    # Performing

    def perform(self, operation: Operation[Any], check: Callable[[], object]) -> Any:
        """Do an operation in the raw REPL, then come back to the prompt.

        Raises:
            BoardError: of whatever kind; the prompt is restored as far as possible.
            PortError: the connection is lost.
        """
        self._link.guard = check
        try:
            self._need_prompt(operation.interrupt)
            return self._visit(operation)
        finally:
            self._link.guard = _nothing

    def _visit(self, operation: Operation[Any]) -> Any:
        repl = RawRepl(self._link, self._prompt, interrupted=operation.interrupted)
        typed = self._watch.line if self._watch.place is Place.PROMPT else b""
        self._enter(repl, typed, operation.interrupt)
        bench = RawBench(repl, self._link, self._show, operation.tell)
        try:
            result = operation.work(bench)
        except (RemoteError, BoardFileError):
            self._return(repl, typed)
            raise
        except PortError:
            raise
        except Exception:
            # Called off, out of time, or not understood: whatever runs there is ours to end.
            self._recover(repl)
            raise
        if bench.gone:
            self._expect_start()
        else:
            self._return(repl, typed, bench.shown)
        return result

    def _enter(self, repl: RawRepl, typed: bytes, interrupt: bool) -> None:
        """Open the raw REPL; where that fails a program runs after all."""
        try:
            if self._watch.place is Place.PROMPT:
                repl.enter(typed=bool(typed))
            else:
                # An Enter could answer a program's `input()`, so it is sent only where nothing is known.
                repl.probe(enter=self._watch.place is Place.UNKNOWN)
        except ProtocolError as error:
            self._watch.lost_prompt()
            self._moved = time.monotonic()
            self._saw(error.answer)
            if not interrupt:
                raise BoardBusyError() from error
            self._interrupt()
            repl.enter()

    def _return(self, repl: RawRepl, typed: bytes, shown: bool = False) -> None:
        """Leave the raw REPL and put what was half typed back behind the prompt."""
        self._link.guard = _nothing  # a deadline must not end the way back
        try:
            rest = repl.leave()
        except ProtocolError:
            self._recover(repl)
            return
        self._at_prompt(repl, typed)
        if shown:
            self._feed.add(repl.prompt + typed)
        if typed:
            self._link.write(typed)
            self._swallow(typed)
        self._saw(rest)

    def _swallow(self, echo: bytes) -> None:
        """The terminal shows already what is typed again."""
        deadline = time.monotonic() + 0.3
        seen = b""
        while echo not in seen and time.monotonic() < deadline:
            seen += self._link.read(0.05)
        self._saw(seen.partition(echo)[2])

    def _recover(self, repl: RawRepl) -> None:
        self._link.guard = _nothing
        if repl.recover():
            self._at_prompt(repl, b"")
            return
        self._stuck = True
        self._watch.place = Place.RUNNING

    def _at_prompt(self, repl: RawRepl, typed: bytes) -> None:
        self._prompt = repl.prompt
        self._watch.learn(repl.prompt)
        self._watch.at_prompt(typed)
        self._moved = time.monotonic()
        self._stuck = False

    def _expect_start(self) -> None:
        """The board begins anew: its banner and prompt, or its main.py, come by themselves."""
        self._watch = PromptWatch()
        self._watch.learn(self._prompt)
        self._opened = self._moved = time.monotonic()
        self._starts_board = True

    def _need_prompt(self, interrupt: bool) -> None:
        """Wait shortly for the prompt, then interrupt or raise BoardBusyError."""
        self._await_echo()
        if self._await_prompt(self._moved + self._grace()):
            return
        if interrupt:
            self._interrupt()
            return
        if self._watch.place is Place.ENTRY:
            raise BoardBusyError("A statement is being typed in the terminal; finish or cancel it first.")
        if self._watch.place is Place.UNKNOWN and not self._starts_board:
            return  # `_enter` finds out
        if not self._watch.maybe_prompt:
            raise BoardBusyError()

    def _await_echo(self) -> None:
        """What stands behind the prompt is known from its echo: let that come first."""
        while time.monotonic() < self._typed_at + _ECHO:
            before = self._link.heard_text
            self.listen(_ECHO_PAUSE)
            if before == self._link.heard_text > self._typed_at:
                return

    def _grace(self) -> float:
        """How long after the last change an operation waits for the prompt."""
        if self._watch.place is not Place.UNKNOWN:
            return _GRACE
        return _STARTING if self._starts_board else _QUIET + _ANSWER

    def _await_prompt(self, deadline: float) -> bool:
        while self._watch.place is not Place.PROMPT:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.listen(min(left, 0.05))
        return True

    def _interrupt(self) -> None:
        """Ctrl-C, again and again: programs may swallow one."""
        for attempt in range(_INTERRUPTS):
            self._link.write(INTERRUPT)
            if self._await_prompt(time.monotonic() + _INTERRUPT_PERIOD):
                return
            if attempt > 1 and self._watch.maybe_prompt:
                return  # perhaps a prompt of the board's own
        self._stuck = True
        raise BoardError("The program does not react to Ctrl-C. Reset the board, or unplug it.")


def _nothing() -> None:
    return None
