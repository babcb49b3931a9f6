"""MicroPython's raw REPL and raw-paste mode, the host's side.

Protocol: MicroPython ``shared/runtime/pyexec.c``. In the raw REPL a program is ended by ^D and answered by
``OK`` output ^D traceback ^D ``>``. Raw-paste (``^E A ^A``) answers ``R ^A`` and a window: the host may send
that many bytes, and as many again for every ^A; a ^D from the board calls the transfer off.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engines.board.connection.link import Link
from engines.board.connection.port_errors import PortError
from engines.board.errors import BoardError, BoardResetError, ProtocolError
from engines.board.excerpt import Excerpt
from engines.board.prompt import PROMPT
from engines.board.raw_answer import RawAnswer

INTERRUPT = b"\x03"
SOFT_RESET = b"\x04"
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
RAW_DONE = b"\x04>"
"""The end of a program's answer in the raw REPL, and the prompt for the next one."""
ENTER_RAW = b"\x01"
LEAVE_RAW = b"\x02"
_END = b"\x04"
_ANSWER_END = re.compile(rb"\x04([^\x04]*)\x04>[^\x04]*\Z")
_RAW_PASTE = b"\x05A\x01"
_GRANT = b"\x01"
_BANNER = b"MicroPython v"
_TEXT = re.compile(rb"[^\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\xfe\xff]+")
_QUIET = 0.1
_PLAIN_CHUNK = 256
_PLAIN_PAUSE = 0.01
_KEPT = 4096
_MOST_OUTPUT = 1 << 23
_SETTLED = 0.3
_GOING = 0.4
"""So long a program that ends the board is waited for to fail."""
_NO_END = 1.0
"""A program that prints a banner and goes on, or a board that was reset? After so long it is the latter."""
_STEP = 0.1
_USUAL_WINDOWS = 512
"""Bytes: two windows of a board's raw-paste, or more."""
_STALLED = 10.0
_PRESS_PERIOD = 0.5
_MOST_PRESSES = 8

Output = Callable[[bytes], object]


@dataclass(frozen=True)
class Executed:
    """What a program printed, and its traceback ('' when it ended well). In the midst of very long output a
    line says how much of it was left out."""

    output: bytes
    error: bytes


class RawRepl:
    """A visit to the raw REPL over a link. Between ``enter`` and ``leave`` nothing reaches the terminal.

    Frames never come here: the link has taken them out. Deadlines of user code are the link's guard's.

    Args:
        interrupted: set when the user wants the program to be interrupted. Before the program runs a Ctrl-C
            would be taken for something else, so it is sent from here.
        aside: takes what a timer prints between the words of the protocol.
    """

    def __init__(
        self,
        link: Link,
        prompt: bytes = PROMPT,
        clock: Callable[[], float] = time.monotonic,
        interrupted: threading.Event | None = None,
        aside: Output = lambda text: None,
    ) -> None:
        self._link = link
        self._aside = aside
        self._clock = clock
        self.interrupted = interrupted or threading.Event()
        self._presses = 0
        self._press_at = 0.0
        self._buffer = bytearray()
        self._raw_paste: bool | None = None
        self.prompt = prompt
        """The friendly prompt; learnt anew when another one comes back."""

    def enter(self, *, typed: bool = False, timeout: float = 1.0) -> None:
        """Go from the prompt to the raw REPL.

        Args:
            typed: something is typed behind the prompt; it is cancelled first, as ^A within a line means
                "to its beginning".

        Raises:
            ProtocolError: this is not a MicroPython prompt.
        """
        if typed:
            self._link.write(INTERRUPT)
            self._read_quiet(_QUIET)
        seen = b""
        for attempt in (ENTER_RAW, b"\r" + ENTER_RAW, INTERRUPT + b"\r" + ENTER_RAW):
            if attempt.startswith(INTERRUPT) and not typed:
                break
            self._link.write(attempt)
            if (before := self._until(RAW_BANNER, timeout=timeout)) is not None:
                return self._tell_aside(before)
            if self._buffer:  # a board that is starting says a lot first: ask again when it is done
                self._read_quiet(_QUIET)
                if self._until(RAW_BANNER, timeout=0) is not None:
                    return None
            seen += bytes(self._buffer)
            self._buffer.clear()
        raise ProtocolError("The board's raw REPL cannot be entered.", seen)

    def probe(self, *, enter: bool, timeout: float = 0.7) -> None:
        """Try to open the raw REPL from an unknown place, interrupting nothing. Raises ProtocolError.

        Args:
            enter: begin with an Enter, which ends whatever line may be typed there.
        """
        self._link.write(b"\r" + ENTER_RAW if enter else ENTER_RAW)
        if self._until(RAW_BANNER, timeout=timeout) is None:
            seen = bytes(self._buffer)
            self._buffer.clear()
            raise ProtocolError("The board's raw REPL cannot be entered.", seen)

    def leave(self, timeout: float = 2.0) -> bytes:
        """Back to the friendly prompt, whose banner is swallowed. Text that came behind it is returned.

        Raises:
            ProtocolError: no prompt came back.
        """
        self._link.write(LEAVE_RAW)
        deadline = self._clock() + timeout
        while self._clock() < deadline:
            at = self._find(self.prompt)
            if at >= 0:
                self._tell_aside(self._buffer[: max(self._buffer.find(_BANNER), 0)])
                rest = bytes(self._buffer[at + len(self.prompt) :])
                self._buffer.clear()
                return rest
            before = len(self._buffer)
            self._fill(_QUIET)
            if before and len(self._buffer) == before and self._learn_prompt():
                continue
        seen = bytes(self._buffer)
        self._buffer.clear()
        raise ProtocolError("The board's prompt did not come back.", seen)

    def _find(self, prompt: bytes) -> int:
        """Where the prompt stands at the start of a line."""
        at = self._buffer.find(b"\n" + prompt)
        return at + 1 if at >= 0 else -1

    def _learn_prompt(self) -> bool:
        """After the banner and then silence the last line is the prompt, whatever it is (``sys.ps1``)."""
        line = bytes(self._buffer).rpartition(b"\n")[2]
        if not 0 < len(line.strip()) < 40 or b"raw REPL" in line or line.strip() == b">":
            return False
        self.prompt = line
        return True

    def exec(self, source: str, on_output: Output | None = None, keep: int | None = None) -> Executed:
        """Run a program and wait for its end; see ``finish`` for the arguments.

        Raises:
            BoardError: the source holds ^C or ^D, which the protocol cannot carry.
            ProtocolError: the board does not answer as a raw REPL does.
        """
        self.begin(source)
        return self.finish(on_output, keep)

    def begin(self, source: str) -> None:
        """Let a program run, to talk with it; ``finish`` waits for its end. Raises as ``exec``."""
        data = source.encode()
        if INTERRUPT in data or _END in data:
            raise BoardError("The program holds a ^C or ^D character; write it as \\x03 or \\x04.")
        if self._raw_paste is not False and self._enter_raw_paste():
            self._paste(data)
        else:
            self._send_plain(data)

    @property
    def ended(self) -> bool:
        """The program that was begun is over, as far as was read."""
        return _ANSWER_END.search(self._buffer) is not None

    def hear(self, timeout: float) -> bool:
        """Read while a program runs that talks in frames; whether text came.

        Whole lines of text are a timer's, which go aside; what is none is left of a damaged frame.
        """
        before = len(self._buffer)
        self._fill(timeout)
        if len(self._buffer) == before:
            return False
        end = self._buffer.find(_END)
        size = self._buffer.rfind(b"\n", 0, end if end >= 0 else None) + 1
        if _TEXT.fullmatch(self._buffer[:size]):
            self._aside(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return True

    def finish(self, on_output: Output | None = None, keep: int | None = None) -> Executed:
        """Wait for the end of the program, as long as the link's guard lets it take.

        Args:
            on_output: takes the output as it comes.
            keep: the result holds little more than so many bytes of the output, its end.

        Raises:
            BoardResetError: the board began anew meanwhile.
        """
        answer = RawAnswer()
        output = Excerpt(_MOST_OUTPUT, _MOST_OUTPUT) if keep is None else Excerpt(0, keep)

        def take(part: bytes) -> None:
            output.add(part)
            if part and on_output:
                on_output(part)

        heard = started = self._clock()
        while True:
            take(answer.feed(self._take_all()))
            if answer.ended:
                break
            self._fill(_STEP)
            now = self._clock()
            self._press_interrupt(heard=bool(self._buffer))
            if self._buffer:
                heard = now
            elif now - heard > _SETTLED:
                take(answer.settle())
            if not answer.seen_start:
                started = now
            elif not answer.ended and now - started > _NO_END:
                raise BoardResetError(answer.seen_start)
        self._tell_aside(answer.rest)
        return Executed(bytes(output), answer.error)

    def _take_all(self) -> bytes:
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def finish_noisy(self) -> bytes:
        """As ``finish``, where any bytes may be among the text; the traceback, empty when it ended well.

        What was said to the program too late now stands in the raw REPL's line; Ctrl-C empties that.
        """
        while not (found := _ANSWER_END.search(self._buffer)):
            self._fill(_STEP)
        error = bytes(found[1])
        self._buffer.clear()
        self._link.forget_outgoing()
        self._link.write(INTERRUPT)
        return error

    def start(self, source: str) -> Executed:
        """Run a program that gives no answer (a reset): what the board says then, and the traceback where the
        program failed.
        """
        self._link.write(source.encode() + _END)
        answer, deadline = RawAnswer(), self._clock() + _GOING
        said = b""
        with contextlib.suppress(PortError):  # it may take the port with it
            self._until(b"OK", timeout=0.5)
            while not answer.ended and self._clock() < deadline:
                self._fill(_STEP)
                said += answer.feed(self._take_all())
        return Executed(said, answer.error)

    def soft_reset(self, timeout: float = 20.0) -> bytes:
        """Start MicroPython anew and stay in the raw REPL; what was said meanwhile. main.py does not run.

        Raises:
            ProtocolError: it did not come back, as boot.py does not end.
        """
        self._link.write(SOFT_RESET)
        said = self._until(RAW_BANNER, timeout)
        if said is None:
            raise ProtocolError("The board did not come back from its soft reset.", bytes(self._buffer))
        return said.removeprefix(b"OK")

    def recover(self, attempts: int = 5) -> bool:
        """Interrupt whatever is going on and come back to the friendly prompt."""
        self._link.forget_outgoing()
        for _ in range(attempts):
            self._link.write(INTERRUPT)
            self._read_quiet(_QUIET)
            self._buffer.clear()
            try:
                self.leave(timeout=1.0)
                return True
            except ProtocolError:
                continue
        return False

    def _enter_raw_paste(self) -> bool:
        """A banner means "not known"; where it is known, that the line damaged the question."""
        self._link.owed = _USUAL_WINDOWS  # should the answer be lost with the connection
        for _ in range(2 if self._raw_paste else 1):
            self._link.write(_RAW_PASTE)
            found = self._until_any((b"R\x01", b"R\x00", RAW_BANNER), timeout=3)
            if found is None:
                raise ProtocolError("The board does not take a program.", bytes(self._buffer))
            if found != 2:
                break
        self._raw_paste = found == 0
        if not self._raw_paste:
            self._link.owed = 0
        return self._raw_paste

    def _paste(self, data: bytes) -> None:
        window = int.from_bytes(self._exactly(2), "little")
        self._link.owed = 2 * window
        credit, sent = window, 0
        granted_at = self._clock()
        while sent < len(data):
            if credit:
                part = data[sent : sent + credit]
                self._link.write(part)
                sent += len(part)
                credit -= len(part)
            grants, called_off = self._signals(0 if credit else 1.0)
            credit += grants * window
            if called_off:
                self._link.write(_END)
                self._link.owed = 0
                return
            if grants or credit:
                granted_at = self._clock()
            elif self._clock() - granted_at > _STALLED:
                raise ProtocolError("The board stopped taking the program.")
        self._link.write(_END)
        late = self._until(_END, timeout=10)
        if late is None:
            raise ProtocolError("The board did not take the end of the program.", bytes(self._buffer))
        self._link.owed = 0
        self._tell_aside(late)

    def _signals(self, timeout: float) -> tuple[int, bool]:
        """Window grants that came, and whether the board called the transfer off."""
        if not self._buffer:
            self._fill(timeout)
        end = self._buffer.find(_END)
        told = self._buffer[: end if end >= 0 else None]
        grants = told.count(_GRANT)
        self._tell_aside(told)
        del self._buffer[: end + 1 if end >= 0 else None]
        return grants, end >= 0

    def _send_plain(self, data: bytes) -> None:
        """Without flow control: little by little, as the board's input buffer is small."""
        for start in range(0, len(data), _PLAIN_CHUNK):
            self._link.write(data[start : start + _PLAIN_CHUNK])
            self._fill(_PLAIN_PAUSE)
        self._link.write(_END)
        if self._until(b"OK", timeout=5) is None:
            raise ProtocolError("The board does not take a program.", bytes(self._buffer))

    def _press_interrupt(self, heard: bool) -> None:
        """Ctrl-C when it is wanted, and again while nothing at all comes of it: one may get lost."""
        if self.interrupted.is_set():
            self.interrupted.clear()
            self._presses, self._press_at = _MOST_PRESSES, self._clock()
        elif heard:
            self._presses = 0
        if not self._presses or self._clock() < self._press_at:
            return
        self._presses -= 1
        if not self._presses:
            raise BoardError("The program does not react to Ctrl-C. Reset the board, or unplug it.")
        self._press_at = self._clock() + _PRESS_PERIOD
        self._link.write(INTERRUPT)

    def _fill(self, timeout: float) -> None:
        self._buffer += self._link.read(timeout)

    def _exactly(self, count: int) -> bytes:
        deadline = self._clock() + 3
        while len(self._buffer) < count:
            if self._clock() > deadline:
                raise ProtocolError("The board stopped in the middle of an answer.", bytes(self._buffer))
            self._fill(0.1)
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _until(self, end: bytes, timeout: float) -> bytes | None:
        """Take everything up to ``end`` and ``end`` itself; None (and take nothing) when it does not come."""
        deadline = self._clock() + timeout
        while True:
            at = self._buffer.find(end)
            if at >= 0:
                data = bytes(self._buffer[:at])
                del self._buffer[: at + len(end)]
                return data
            left = deadline - self._clock()
            if left <= 0:
                return None
            self._fill(left)

    def _until_any(self, ends: tuple[bytes, ...], timeout: float) -> int | None:
        """Which of ``ends`` came first."""
        deadline = self._clock() + timeout
        while True:
            places = [(at, index) for index, end in enumerate(ends) if (at := self._buffer.find(end)) >= 0]
            if places:
                at, index = min(places)
                self._tell_aside(self._buffer[:at])
                del self._buffer[: at + len(ends[index])]
                return index
            left = deadline - self._clock()
            if left <= 0:
                return None
            self._fill(left)

    def _tell_aside(self, text: bytes | bytearray) -> None:
        """What came before something that was waited for, without the protocol's own signs."""
        text = bytes(text).replace(_GRANT, b"").removeprefix(b"\r\n")
        if text.strip():
            self._aside(text)

    def _read_quiet(self, quiet: float) -> None:
        """Read until nothing comes for ``quiet`` seconds, two seconds at most."""
        deadline = self._clock() + 2
        while self._clock() < deadline:
            before = len(self._buffer)
            self._fill(quiet)
            if len(self._buffer) == before:
                return
            del self._buffer[:-_KEPT]
