"""What the raw REPL answers to a program: its output, ^D, the traceback of its end, ^D and ``>``.

Source of the protocol: MicroPython ``shared/runtime/pyexec.c``. A program may print a ^D itself, and a timer
may print at any moment. So an end is believed at once only where a traceback (or nothing) stands between the
two, and nothing but text behind them; what else looks like one has to be followed by silence.
"""

from __future__ import annotations

import re

_MARK = b"\x04"
_END = re.compile(rb"\x04((?:Traceback [^\x04]*|[A-Za-z_]\w*(?::[^\x04]*|\r?\n))?)\x04>([^\x04]*)\Z")
_LOOSE_END = re.compile(rb"\x04([^\x04]*)\x04>([^\x04]*)\Z")
_ERROR_BEGINS = re.compile(rb"\A(?:T|Traceback .*|[A-Za-z_]\w*(?::.*|\r?\n?)?)?\Z", re.DOTALL)
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_BANNER = re.compile(rb"(?:\A|\n)MicroPython v[^\n]*\n(?:[^\n]*\n){0,8}>>> ")
_SEEN = 1000
_DOUBTED = 4096
"""So much behind a ^D is held back until it is known what it is; more is output."""


class RawAnswer:
    """Takes the answer apart as it arrives.

    ``error`` is the traceback, empty when the program ended well; ``rest`` is what came behind the end. Both
    hold once it has ``ended``.
    """

    def __init__(self) -> None:
        self.ended = False
        self.error = b""
        self.rest = b""
        self.seen_start = b""
        """A banner and prompt, and what came behind them: the board seems to have started anew."""
        self._held = b""
        self._seen = b""

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; what of it (and of what was held back) is the program's output."""
        self._held += data
        if match := _END.search(self._held):
            return self._end(match, match[1])
        at = self._held.find(_MARK)
        return self._release(at if at >= 0 else len(self._held)) + self._release_certain()

    def settle(self) -> bytes:
        """Nothing has come for a while: what may be the end is the end. The output that was held back."""
        match = _LOOSE_END.search(self._held)
        if match is None:
            return self._release(len(self._held))
        beside, _, traceback = match[1].partition(b"Traceback ")
        output = self._end(match, b"Traceback " + traceback if traceback else b"")
        self.rest = beside + self.rest
        return output

    def _end(self, match: re.Match[bytes], error: bytes) -> bytes:
        self.ended, self.error, self.rest = True, error, match[2]
        output, self._held = self._held[: match.start()], b""
        return output

    def _release_certain(self) -> bytes:
        """Of much behind a ^D, what cannot be a traceback."""
        if len(self._held) < _DOUBTED or _ERROR_BEGINS.match(self._held[1:].partition(_MARK)[0]):
            return b""
        at = self._held.rfind(_MARK, 1)
        return self._release(at if at > 0 else len(self._held))

    def _release(self, size: int) -> bytes:
        output, self._held = self._held[:size], self._held[size:]
        self._look_for_start(output)
        return output

    def _look_for_start(self, output: bytes) -> None:
        seen = self._seen + output
        if self.seen_start:
            self.seen_start = (self.seen_start + output)[-_SEEN:]
        elif b">>> " in seen and (match := _BANNER.search(seen)):
            self.seen_start = seen[match.start() :]
        elif seen.endswith(_RAW_BANNER):
            self.seen_start = _RAW_BANNER
        self._seen = seen[-_SEEN:]
