"""The REPL on the serial line, byte for byte MicroPython's (shared/runtime/pyexec.c).

It runs in the guest's thread while the guest asks for its next request, takes what was typed and says what
to execute; the interpreter executes it and reports the outcome. Nothing here waits: ``next_request``
returns None when more has to be typed, so that timers go on while a transfer stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from engines.board.virtual.completion import Completion
from engines.board.virtual.console import Console
from engines.board.virtual.continuation import needs_more
from engines.board.virtual.paste import statements
from engines.board.virtual.readline import CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E, NeedsCompletion, Readline

WINDOW = 128
"""Raw-paste: the sender may have this many unconfirmed bytes more on the way with each confirmation."""
_RAW_STOPS = frozenset((CTRL_A, CTRL_B, CTRL_C, CTRL_D))
_PASTE_STOPS = frozenset((CTRL_C, CTRL_D, 13))
_MAX_TAKE = 4096


class Mode(Enum):
    FRIENDLY = "friendly"
    RAW = "raw"


@dataclass(frozen=True)
class Execute:
    """Run this source; ``single``: as one statement that prints its value if it is an expression."""

    source: bytes
    single: bool


@dataclass(frozen=True)
class ExecutePaste:
    """Run ``parts`` as single statements if ``source`` as a whole compiles."""

    source: bytes
    parts: tuple[bytes, ...]


@dataclass(frozen=True)
class ExecuteStream:
    """Compile while it arrives: the source is read through ``Repl.read_paste``."""


@dataclass(frozen=True)
class Complete:
    """List the names that ``path`` (dotted; empty for the globals) has."""

    path: bytes
    after_import: bool


class SoftReset(Exception):  # noqa: N818 (a request, not an error)
    """Ctrl-D on an empty line."""


Request = Execute | ExecutePaste | ExecuteStream | Complete


class Interrupt(Exception):  # noqa: N818 (Ctrl-C in a raw paste)
    """KeyboardInterrupt has to be raised in the compiling guest."""


class Repl:
    """One session of the prompt, from a (soft) reset to the next."""

    def __init__(self, console: Console, mode: Mode, banner: bytes) -> None:
        self.mode = mode
        self.prompts = (b">>> ", b"... ")
        self._console = console
        self.banner = banner
        self._readline = Readline(console.write)
        self._answer = self._readline
        self._raw = bytearray()
        self._paste: bytearray | None = None
        self._compound = False
        self._raw_reply = False
        self._completion: Completion | None = None
        self._credit = WINDOW
        self._paste_ended = True
        self._states: dict[Mode, Callable[[], Request | None]] = {
            Mode.FRIENDLY: self._friendly,
            Mode.RAW: self._take_raw,
        }

    def start(self) -> None:
        """Say hello: the banner and prompt, or the raw REPL's."""
        if self.mode is Mode.RAW:
            self._enter_raw()
        else:
            self._greet()

    def next_request(self) -> Request | None:
        """Take what was typed; the next thing to execute, or None until more is typed.

        Raises:
            SoftReset: it was asked for.
        """
        while self._console.available:
            request = self._states[self.mode]()
            if request is not None:
                return request
        return None

    def finished(self, error: bytes) -> None:
        """A request was executed; ``error`` is the traceback's text, empty when it went well."""
        if self._raw_reply:
            self._console.write(b"\x04")
            self._console.write_text(error)
            self._console.write(b"\x04>")
            self._raw_reply = False
            return
        self._console.write_text(error)
        self._prompt()

    def left(self) -> None:
        """The program asked for a soft reset (SystemExit)."""
        if self._raw_reply:
            self._console.write(b"\x04\x04")

    def completed(self, names: list[bytes]) -> None:
        """The guest's answer to ``Complete``."""
        if self._completion is not None:
            self._readline.complete(*self._completion.choose(names))
            self._completion = None

    # friendly

    def _greet(self) -> None:
        self._console.write(self.banner + b'\r\nType "help()" for more information.\r\n')
        self._prompt()

    def _prompt(self) -> None:
        self._compound = False
        self._readline.start(self.prompts[0])

    def _friendly(self) -> Request | None:
        if self._paste is not None:
            return self._take_paste()
        (byte,) = self._console.take(1)
        try:
            ended = self._readline.key(byte)
        except NeedsCompletion as tab:
            self._completion = Completion.of(tab.text)
            return Complete(self._completion.path, self._completion.after_import)
        if ended is None:
            return None
        return self._compound_line(ended) if self._compound else self._first_line(ended)

    def _first_line(self, ended: int) -> Request | None:
        if ended == CTRL_A:
            self._console.write(b"\r\n")
            self._enter_raw()
        elif ended == CTRL_B:
            self._console.write(b"\r\n")
            self._greet()
        elif ended == CTRL_D:
            self._console.write(b"\r\n")
            raise SoftReset
        elif ended == CTRL_E:
            self._console.write(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
            self._paste = bytearray()
        elif ended == CTRL_C:
            self._console.write(b"\r\n")
            self._prompt()
        elif not self._readline.line:
            self._prompt()
        else:
            return self._run_or_go_on()
        return None

    def _compound_line(self, ended: int) -> Request | None:
        if ended == CTRL_C:
            self._console.write(b"\r\n")
            self._prompt()
            return None
        if ended == CTRL_D:
            return self._single()
        return self._run_or_go_on()

    def _run_or_go_on(self) -> Request | None:
        if not needs_more(bytes(self._readline.line)):
            return self._single()
        self._compound = True
        self._readline.go_on(self.prompts[1])
        return None

    def _single(self) -> Execute:
        return Execute(bytes(self._readline.line), single=True)

    def _take_paste(self) -> Request | None:
        assert self._paste is not None
        data = self._console.take_until(_PASTE_STOPS, _MAX_TAKE)
        if data[-1] == CTRL_C:
            self._echo_paste(data[:-1])
            self._console.write(b"\r\n")
            self._paste = None
            self._prompt()
            return None
        if data[-1] != CTRL_D:
            self._echo_paste(data)
            return None
        self._echo_paste(data[:-1])
        self._console.write(b"\r\n")
        source, self._paste = bytes(self._paste), None
        parts = statements(source)
        return Execute(source, single=False) if parts is None else ExecutePaste(source, tuple(parts))

    def _echo_paste(self, data: bytes) -> None:
        assert self._paste is not None
        self._paste += data
        self._console.write(data.replace(b"\r", b"\r\n=== "))

    # raw

    def _enter_raw(self) -> None:
        self.mode = Mode.RAW
        self._raw.clear()
        self._console.write(b"raw REPL; CTRL-B to exit\r\n>")

    def _take_raw(self) -> Request | None:
        data = self._console.take_until(_RAW_STOPS, _MAX_TAKE)
        end = data[-1]
        self._raw += data[:-1] if end in _RAW_STOPS else data
        if end == CTRL_A:
            return self._raw_again()
        if end == CTRL_B:
            self.mode = Mode.FRIENDLY
            self._console.write(b"\r\n")
            self._greet()
        elif end == CTRL_C:
            self._raw.clear()
        elif end == CTRL_D:
            return self._run_raw()
        return None

    def _raw_again(self) -> Request | None:
        """Ctrl-A in the raw REPL: start over, or a raw-paste command (``\\x05A`` before it)."""
        command, self._raw = bytes(self._raw), bytearray()
        if len(command) != 2 or command[0] != CTRL_E:
            self._enter_raw()
            return None
        if command[1:] != b"A":
            self._console.write(b"R\x00>")
            return None
        self._console.write(b"R\x01" + WINDOW.to_bytes(2, "little") + b"\x01")
        self._credit = WINDOW
        self._paste_ended = False
        self._raw_reply = True
        return ExecuteStream()

    def _run_raw(self) -> Request:
        self._console.write(b"OK")
        source, self._raw = bytes(self._raw), bytearray()
        if not source:
            self._console.write(b"\r\n")
            raise SoftReset
        self._raw_reply = True
        return Execute(source, single=False)

    # input(), while a program runs

    def ask(self, prompt: bytes) -> None:
        """Begin to edit the answer to ``input(prompt)``."""
        self._answer = Readline(self._console.write)
        self._answer.history = self._readline.history
        self._answer.start(prompt, indents=False, completes=False)

    def next_answer(self) -> bytes | None:
        """The line entered, with its newline; empty at Ctrl-D on an empty line; None until more is typed."""
        while self._console.available:
            (byte,) = self._console.take(1)
            ended = self._answer.key(byte)
            if ended == 0:
                return bytes(self._answer.line) + b"\n"
            if ended == CTRL_D:
                return b""
            if ended == CTRL_C:
                raise Interrupt
        return None

    # raw-paste, while the guest compiles

    @property
    def paste_ended(self) -> bool:
        return self._paste_ended

    def read_paste(self, count: int) -> bytes | None:
        """The next bytes of the pasted source, at most ``count``; empty at its end, None until more is typed.

        Raises:
            Interrupt: Ctrl-C ended it.
        """
        if self._paste_ended:
            return b""
        data = self._console.take_until((CTRL_C, CTRL_D), count)
        if not data:
            return None
        end = data[-1]
        if end in (CTRL_C, CTRL_D):
            data = data[:-1]
            self._paste_ended = True
        self._confirm(len(data))
        if self._paste_ended:
            self._console.write(b"\x04")
        if end == CTRL_C:
            raise Interrupt
        return data

    def drain_paste(self) -> bool:
        """The compiler gave up before the end: tell the sender, drop the rest; False until the end."""
        if self._paste_ended:
            return True
        if self._credit >= 0:
            self._console.write(b"\x04")
            self._credit = -1
        while data := self._console.take_until((CTRL_C, CTRL_D), _MAX_TAKE):
            if data[-1] in (CTRL_C, CTRL_D):
                self._paste_ended = True
                return True
        return False

    def _confirm(self, count: int) -> None:
        """Grant a new window for each that was used up."""
        self._credit -= count
        windows = 0
        while self._credit <= 0:
            self._credit += WINDOW
            windows += 1
        self._console.write(b"\x01" * windows)
