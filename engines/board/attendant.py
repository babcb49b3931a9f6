"""What the session does on an open connection: listen, tell what it sees, and perform operations."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from typing import Any, TypeVar

from engines.board import status as say
from engines.board.bench import RawBench
from engines.board.connection.diagnosis import ANSWER, QUIET, Diagnosis
from engines.board.connection.link import Link
from engines.board.connection.port_errors import PortError
from engines.board.errors import BoardBusyError, BoardError, BoardResetError, ProtocolError, RemoteError
from engines.board.files.board_files import BoardFileError
from engines.board.operations import Operation
from engines.board.prompt import Place, PromptWatch
from engines.board.repl import ENTER_RAW, INTERRUPT, LEAVE_RAW, RAW_BANNER, RAW_DONE, RawRepl
from engines.board.status import Status
from engines.board.streams.printed import PrintedReader
from engines.board.terminal.feed import TerminalFeed
from engines.board.terminal.typist import Typist
from engines.board.transfer.content import farewell, is_waiting

_SETTLED = 0.15
_STARTING = 3.0
"""So long a board that we started may take to show its prompt before it counts as running a program."""
_GRACE = 0.4
"""So long a short program may take to end before an operation says that one is running."""
_DEBOUNCE = 0.25
_ECHO = 0.2
_ECHO_PAUSE = 0.02
_INTERRUPTS = 8
_INTERRUPT_PERIOD = 0.5
_KEPT_OPEN = 0.05
T = TypeVar("T")


class Attendant:
    """Belongs to one connection and to the session's thread.

    Args:
        starts_board: the board starts with the connection, so its prompt comes by itself.
        bootloader: which bootloader the port is known to be.
        owed: what the connection before broke, see ``Diagnosis``.
    """

    def __init__(
        self,
        link: Link,
        starts_board: bool,
        feed: TerminalFeed,
        printed: PrintedReader,
        *,
        bootloader: str = "",
        owed: int = 0,
    ) -> None:
        self._link = link
        self._feed = feed
        self._printed = printed
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._watch = PromptWatch()
        self._prompt = b">>> "
        self._raw_tail = b""
        self._opened = time.monotonic()
        self._starts_board = starts_board
        self._resettable = starts_board or link.has_reset_line
        self._diagnosis = Diagnosis(link, self._watch, self._opened, bootloader, owed)
        self._typist = Typist(link, link.paced)
        self._numbers = printed.samples
        self.before_write: Callable[[RawBench], object] = lambda bench: None
        """See ``RawBench.before_write``."""
        self._raw_wanted = False
        """The user typed ^A."""
        self._raw = False
        """The user has opened the raw REPL and may type there."""
        self._astray = False
        """A raw REPL may be open (or open later) that was never left."""
        self._left_raw = False
        """A raw REPL was left, so that a prompt comes next, whatever it looks like."""
        self._farewell_at = 0.0
        self.offer: Status | None = None
        """Shown at the prompt in place of "is ready", until something is typed."""
        self._moved = self._opened
        """When the place changed last."""
        self._stuck = False
        self._typed_at = 0.0
        self._insist = 0
        """How many more times Ctrl-C is sent."""
        self._again = 0.0
        self._kept_open: tuple[RawRepl, bytes, float] | None = None
        """The raw REPL after an operation, what was typed behind the prompt, and until when it stays open."""
        link.on_transfer = self._end_orphan

    # Listening

    def listen(self, timeout: float) -> None:
        """Take what arrives within ``timeout`` seconds."""
        self._saw(self._link.read(timeout))
        now = time.monotonic()
        if self._kept_open and now >= self._kept_open[2]:
            self.leave_raw_repl()
        if now - self._link.heard_text >= _SETTLED:
            self._settle()
        if self._watch.place is Place.UNKNOWN and not self._starts_board:
            self._diagnosis.ask(now)
        self._typist.go_on(now)
        if self._insist:
            self._repeat_interrupt(now)

    def patience(self) -> float:
        """Seconds after which something should be looked at although nothing arrived."""
        if self._insist:
            return max(0.0, self._again - time.monotonic())
        if self._kept_open:
            return max(0.0, self._kept_open[2] - time.monotonic())
        if self._typist.waiting:
            return self._typist.due(time.monotonic())
        undecided = self._watch.place in (Place.UNKNOWN, Place.RUNNING)
        return 0.05 if undecided and time.monotonic() - self._moved < _STARTING else 0.5

    def _saw(self, text: bytes) -> None:
        if not text:
            return
        self._typist.heard(len(text))
        self._diagnosis.heard(text)
        place = self._watch.place
        self._watch.saw(text)
        if self._watch.place is not place:
            self._moved = time.monotonic()
            self._stuck = False
        self._feed.add(text)
        if self._watch.place is not Place.PROMPT or b"\n" in text:
            self._printed.take(self._decoder.decode(text), time.monotonic())
        self._note_raw_repl(text)

    def _show(self, text: bytes) -> None:
        """What a program prints that is run for the user: into the terminal, its numbers into a stream."""
        self._feed.add(text)
        self._printed.take(self._decoder.decode(text), time.monotonic())

    def _note_raw_repl(self, text: bytes) -> None:
        seen = self._raw_tail + text
        self._raw_tail = seen[-len(RAW_BANNER) :]
        if RAW_BANNER in seen and self._raw_wanted:
            self._raw = True
            self._raw_tail = b""
        elif RAW_BANNER in seen:
            self._leave_stray_raw_repl()

    def _leave_stray_raw_repl(self) -> None:
        """An earlier tool (or a question of ours) left the board in its raw REPL. A program that prints what
        looks so is left alone."""
        self._raw_tail = b""
        if self._watch.place is not Place.RUNNING or self._astray:
            self._left_raw, self._astray = True, False
            self._link.write(LEAVE_RAW)

    def _end_orphan(self, payload: bytes) -> None:
        """A transfer that a connection was cut out of still waits for us: its program is ours to end."""
        now = time.monotonic()
        if self._watch.place is Place.UNKNOWN and is_waiting(payload) and now - self._farewell_at > 1.0:
            self._farewell_at = now
            self._link.write(farewell(payload))

    def _settle(self) -> None:
        """Nothing has come for a while."""
        self._watch.settle()
        if self._raw_tail.endswith(RAW_DONE) and not self._raw:
            self._leave_stray_raw_repl()
        renamed = self._left_raw or self._watch.renamed
        if renamed and self._watch.place is not Place.PROMPT and (prompt := self._watch.learn_tail()):
            self._prompt = prompt
            self._moved = time.monotonic()
        self._left_raw = self._left_raw and self._watch.place is not Place.PROMPT

    def status(self) -> Status:
        now = time.monotonic()
        name = self._link.name
        place = self._watch.place
        if self._raw:
            return say.raw()
        if place is Place.PROMPT:
            return self.offer or say.at_prompt(name)
        if self._stuck:
            unknown = place is Place.UNKNOWN
            return self._diagnosis.unmoved() if unknown else say.stuck(self._resettable)
        if place is Place.ENTRY:
            return say.entry()
        if place is Place.RUNNING:
            return say.running() if now - self._moved > _DEBOUNCE else say.at_prompt(name)
        if self._starts_board:
            return say.starting(name) if now - self._opened < _STARTING else say.running()
        return self._diagnosis.status(now, self._printed.samples > self._numbers)

    def interrupt(self) -> None:
        """Ctrl-C now, and again while no prompt comes."""
        self.leave_raw_repl()
        self._insist = _INTERRUPTS
        self._again = 0.0
        self._typist.clear()

    def press_reset(self) -> None:
        """Reset the board by its line; it begins anew. Raises PortError."""
        self._kept_open, self._insist = None, 0
        self._link.pulse_reset()
        self._expect_start()

    def _repeat_interrupt(self, now: float) -> None:
        if self._insist < _INTERRUPTS and self._watch.place is Place.PROMPT:
            self._insist = 0
        if not self._insist or now < self._again:
            return
        self._insist -= 1
        self._again = now + _INTERRUPT_PERIOD
        # Where no prompt was ever seen it may be a raw REPL, which ^C does not leave.
        unknown = self._watch.place is Place.UNKNOWN and self._insist < _INTERRUPTS - 1
        self._link.write(INTERRUPT + LEAVE_RAW if unknown else INTERRUPT)
        self._stuck = not self._insist

    def type(self, data: bytes) -> None:
        self.leave_raw_repl()
        now = time.monotonic()
        place = self._watch.place
        self._watch.sent(data)
        if self._watch.place is not place:
            self._moved = now
        self._typed_at = now
        self.offer = None
        self._note_raw(data)
        self._typist.type(data, now)

    @property
    def prompt(self) -> str:
        """The board's own (``sys.ps1``), as far as it is known."""
        return self._prompt.decode(errors="replace")

    @property
    def typing(self) -> int:
        """Bytes that are still to be typed."""
        return self._typist.waiting

    def _note_raw(self, data: bytes) -> None:
        """^A opens the raw REPL and ^B leaves it; whichever comes last counts."""
        if ENTER_RAW in data or LEAVE_RAW in data:
            self._raw_wanted = data.rfind(ENTER_RAW) > data.rfind(LEAVE_RAW)
            self._raw = self._raw and self._raw_wanted
        elif b"\r" in data and not self._raw:
            self._raw_wanted = False

    # Performing

    def perform(self, operation: Operation[Any], check: Callable[[], object]) -> Any:
        """Do an operation in the raw REPL, then come back to the prompt.

        Raises:
            BoardError: of whatever kind; the prompt is restored as far as possible.
            PortError: the connection is lost.
        """
        self._link.guard = check
        try:
            if not self._kept_open:
                self._need_prompt(operation.interrupt)
            return self._visit(operation)
        finally:
            self._link.guard = _nothing

    def _visit(self, operation: Operation[Any]) -> Any:
        was_raw, self._raw, self._raw_wanted = self._raw, False, False
        repl, typed = self._open_raw_repl(operation, was_raw)
        bench = RawBench(repl, self._link, self._show, operation.tell)
        bench.before_write = self.before_write
        try:
            result = operation.work(bench)
        except (RemoteError, BoardFileError):
            self._keep_open(repl, typed)
            raise
        except PortError:
            raise
        except BoardResetError as error:
            self._expect_start(error.seen)
            raise
        except Exception:
            # Called off, out of time, or not understood: whatever runs there is ours to end.
            self._recover(repl)
            raise
        if bench.gone:
            self._expect_start(bench.last_words)
        elif bench.shown or was_raw:
            self._return(repl, typed, shown=True)
        else:
            self._keep_open(repl, typed)
        return result

    def _open_raw_repl(self, operation: Operation[Any], was_raw: bool) -> tuple[RawRepl, bytes]:
        """The open raw REPL, and what is typed behind the prompt."""
        if self._kept_open:
            (repl, typed, _), self._kept_open = self._kept_open, None
            repl.interrupted = operation.interrupted
            return repl, typed
        repl = RawRepl(self._link, self._prompt, interrupted=operation.interrupted, aside=self._show)
        at_line = self._watch.place is Place.PROMPT and not was_raw
        typed = self._watch.line if at_line else b""
        self._enter(repl, typed, operation.interrupt)
        return repl, typed

    def _keep_open(self, repl: RawRepl, typed: bytes) -> None:
        """For a moment: where one operation follows another, coming and going takes longest."""
        self._kept_open = repl, typed, time.monotonic() + _KEPT_OPEN
        self._at_prompt(repl, typed)

    def leave_raw_repl(self) -> None:
        """Back to the prompt, where an operation has left the raw REPL open. Raises PortError."""
        if self._kept_open:
            (repl, typed, _), self._kept_open = self._kept_open, None
            self._return(repl, typed)

    def take_over(self, work: Callable[[RawBench], T]) -> T:
        """The raw REPL was opened by force (a rescue): do something there, then come back to the prompt."""
        self._link.guard = _nothing
        repl = RawRepl(self._link, self._prompt)
        self._starts_board = False
        self._stuck = False
        try:
            return work(RawBench(repl, self._link, self._show))
        finally:
            self._feed.add(b"\r\n")
            self._return(repl, b"", shown=True)

    def give_up(self) -> None:
        """A rescue ended without success, in whatever place the board is."""
        self._astray = True
        self._watch.lost_prompt()
        self._moved = time.monotonic()
        self._link.write(LEAVE_RAW)

    def _enter(self, repl: RawRepl, typed: bytes, interrupt: bool) -> None:
        """Open the raw REPL; where that fails a program runs after all."""
        try:
            if self._watch.place is Place.PROMPT:
                repl.enter(typed=bool(typed))
            else:
                # An Enter could answer a program's `input()`, so it is sent only where nothing is known.
                repl.probe(enter=self._watch.place is Place.UNKNOWN)
        except ProtocolError as error:
            self._astray = True
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
        self._stuck = self._astray = True
        self._watch.place = Place.RUNNING

    def _at_prompt(self, repl: RawRepl, typed: bytes) -> None:
        self._prompt = repl.prompt
        self._watch.learn(repl.prompt)
        self._watch.at_prompt(typed)
        self._moved = time.monotonic()
        self._stuck = self._astray = False

    def _expect_start(self, said: bytes = b"") -> None:
        """The board begins anew: its banner and prompt, or its main.py, come by themselves.

        Args:
            said: what came of that already.
        """
        self._watch = PromptWatch()
        self._watch.learn(self._prompt)
        self.offer = None
        self._stuck = False
        self._opened = self._moved = time.monotonic()
        self._starts_board = True
        self._saw(said)

    def _need_prompt(self, interrupt: bool) -> None:
        """Wait shortly for the prompt, then interrupt or raise BoardBusyError."""
        if self._raw:
            return  # as good as a prompt, and the user's own
        self._await_echo()
        if self._await_prompt(self._moved + self._grace()):
            return
        if self._watch.place is Place.UNKNOWN and not self._starts_board:
            return  # `_enter` finds out
        if interrupt:
            self._interrupt()
            return
        if self._watch.place is Place.ENTRY:
            raise BoardBusyError("A statement is being typed in the terminal; finish or cancel it first.")
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
        return _STARTING if self._starts_board else QUIET + ANSWER

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
            # A raw REPL that was left behind is not left by ^C.
            self._link.write(INTERRUPT + LEAVE_RAW if attempt > 1 else INTERRUPT)
            if self._await_prompt(time.monotonic() + _INTERRUPT_PERIOD):
                return
            if attempt > 1 and self._watch.maybe_prompt:
                return  # perhaps a prompt of the board's own
        self._stuck = True
        raise BoardError("The program does not react to Ctrl-C. Reset the board, or unplug it.")


def _nothing(*_: object) -> None:
    return None
