"""What is at the other end of a connection that was made in the middle of something."""

from __future__ import annotations

import unicodedata

from engines.board import status as say
from engines.board.connection.link import Link
from engines.board.prompt import PromptWatch
from engines.board.repl import ENTER_RAW, INTERRUPT, LEAVE_RAW, RAW_BANNER
from engines.board.status import Status

QUIET = 0.3
"""After so much silence the other side is asked for its prompt ..."""
STEADY = 2.0
"""... and after so long where it is never silent: a timer may print while the prompt is free."""
ANSWER = 0.7
_SETTLED = 0.15
_KEPT = 256
_ENOUGH = 24
_GARBAGE = 0.2
"""More than this share of characters that no text holds is no text."""
_ENTER = b"\r"
_DELETE = b"\x7f"
_GRANT, _CALLED_OFF = b"\x01", b"\x04"
"""The board's raw-paste wants the next window; or no more, and waits until it is told that this was heard."""


class Diagnosis:
    """Listens, and asks as little as possible. Nothing is interrupted.

    One Enter, in silence if there is any; where that is answered by what may be a prompt of the board's own,
    one ^A, which opens a raw REPL where there is one. Where Enter is not answered, one ^B, which leaves a raw
    REPL that somebody left open.

    A connection that broke while the board was reading from us may have left it in the middle of that. Zeros
    fill it up, which a prompt and ``input()`` do not take; what then answers is a program of ours, and ended.

    Args:
        bootloader: which bootloader the port is known to be; '' for none.
        owed: so many zeros fill up what the connection before may have broken (``Link.owed``).
    """

    def __init__(
        self, link: Link, watch: PromptWatch, opened: float, bootloader: str = "", owed: int = 0
    ) -> None:
        self._owed = owed
        self._filled: float | None = None
        self._left = False
        self._link = link
        self._watch = watch
        self._opened = opened
        self._bootloader = bootloader
        self._recent = b""
        self._asked: float | None = None
        self._tried: float | None = None
        self._given_up = False
        self.micropython = False
        """It has shown that it is one."""

    def heard(self, text: bytes) -> None:
        self._recent = (self._recent + text)[-_KEPT:]
        if b"MicroPython v" in self._recent or RAW_BANNER in self._recent:
            self.micropython = True
        if self._filled is not None and (_GRANT in text or _CALLED_OFF in text):  # it was reading a program
            self._filled = None
            self._link.write(INTERRUPT)

    def ask(self, now: float) -> None:
        """The next question, when it is time for it."""
        silence = now - self._link.heard_text
        if self._owed:
            if silence >= QUIET:
                self._link.write(bytes(self._owed))
                self._owed, self._filled = 0, now
        elif self._filled is not None and (self._link.sending or now - self._filled < ANSWER):
            if self._link.sending:
                self._filled = now
        elif self._asked is None:
            if silence >= QUIET or now - self._opened >= STEADY:
                self._asked = now
                self._link.write(_ENTER)
        elif self._tried is None:
            if self._link.heard_text <= self._asked and now - self._asked > ANSWER and not self._left:
                self._left = True
                self._link.write(LEAVE_RAW)
            elif self._link.heard_text > self._asked and silence >= _SETTLED and self._watch.maybe_prompt:
                self._tried = now
                self._link.write(ENTER_RAW)
        elif not self.micropython and not self._given_up and now - self._tried > ANSWER:
            self._given_up = True
            self._link.write(_DELETE)  # what takes lines has got a character that it does not know

    def status(self, now: float, prints_numbers: bool) -> Status:
        """What can be said while no prompt is known."""
        name, link = self._link.name, self._link
        if self._bootloader and not self.micropython:
            return say.bootloader(name, self._bootloader)
        if not self.micropython and (self._given_up or self._is_garbage()):
            return say.foreign(name, self._recent)
        if self._tried is not None and not self._given_up:
            return say.listening(name)
        if link.heard_text - self._opened > ANSWER:
            return say.streaming(name) if prints_numbers else say.running()
        if self._asked is None or now - self._asked <= 2 * ANSWER:
            return say.listening(name)
        return say.streaming(name) if link.traffic.frames else say.silent(name)

    def unmoved(self) -> Status:
        """What can be said when Ctrl-C changed nothing."""
        if self.micropython or self._link.traffic.frames:
            return say.stuck(self._link.has_reset_line)
        if self._recent.strip():
            return say.foreign(self._link.name, self._recent)
        return say.mute(self._link.name, self._link.has_reset_line)

    def _is_garbage(self) -> bool:
        text = self._recent.decode(errors="replace")
        if len(text) < _ENOUGH:
            return False
        strange = sum(char == "\ufffd" or (char not in "\r\n\t\x1b\b" and _is_control(char)) for char in text)
        return strange > _GARBAGE * len(text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cn", "Co")
