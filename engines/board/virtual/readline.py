"""The prompt's line editor: key for key the bytes that MicroPython's sends (shared/readline/readline.c)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial

HISTORY_SIZE = 8
CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = 1, 2, 3, 4, 5
_TAB, _ESCAPE = 9, 27
_ENTER = 0


class _Sequence(Enum):
    NONE = 0
    ESCAPE = 1
    BRACKET = 2
    DIGIT = 3
    LETTER_O = 4


class NeedsCompletion(Exception):  # noqa: N818 (a question to the guest, not an error)
    """Tab was pressed; ``text`` is the line up to the cursor. Answer with ``Readline.complete``."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.text = text


class Readline:
    """Edits one line at a time; the lines of a compound statement are edited as one growing text.

    ``line`` holds everything typed since ``start``; ``begin`` is where its current, editable line starts.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self.history: list[bytes] = []
        self.line = bytearray()
        self.begin = 0
        self.cursor = 0
        self.prompt = b""
        self._sequence = _Sequence.NONE
        self._digit = 0
        self._history_at = -1
        self._newline = 0
        self._indents = True
        self._just_indented = False
        self.completes = True
        older, newer = partial(self._recall, +1), partial(self._recall, -1)
        home, end, left, right, delete = self._home, self._end, self._left, self._right, self._delete_right
        self._controls: dict[int, Callable[[], None]] = {
            CTRL_A: home, CTRL_B: left, CTRL_D: delete, CTRL_E: end, 6: right, 14: newer, 16: older,
            11: lambda: self._delete(self.cursor, len(self.line)),
            21: lambda: self._delete(self.begin, self.cursor),
        }  # fmt: skip
        # after ESC [ (or ESC O), and after ESC [ digit ~
        self._letters: dict[int, Callable[[], None]] = dict(
            zip(b"ABCDHF", (older, newer, right, left, home, end), strict=True)
        )
        self._digits: dict[int, Callable[[], None]] = dict(
            zip(b"17483", (home, home, end, end, delete), strict=True)
        )

    def start(self, prompt: bytes, *, indents: bool = True, completes: bool = True) -> None:
        """Begin a new text: show the prompt."""
        self.line.clear()
        self._indents = indents
        self.completes = completes
        self._sequence = _Sequence.NONE
        self._history_at = -1
        self._begin_line(prompt)

    def go_on(self, prompt: bytes) -> None:
        """Begin the next line of a compound statement."""
        self.line += b"\n"
        self._history_at = -1
        self._begin_line(prompt)

    def _begin_line(self, prompt: bytes) -> None:
        self.begin = self.cursor = len(self.line)
        self.prompt = prompt
        self._write(prompt)
        self._just_indented = False
        self._auto_indent()

    def key(self, byte: int) -> int | None:
        """Handle one byte: None while the line goes on, 0 at Enter, or the control key that ended it.

        Raises:
            NeedsCompletion: Tab after something that can be completed.
        """
        if self._sequence is not _Sequence.NONE:
            self._finish_sequence(byte)
        elif byte == CTRL_C or (CTRL_A <= byte <= CTRL_E and len(self.line) == self.begin):
            return byte
        elif self._is_newline(byte):
            self._write(b"\r\n")
            self._remember(bytes(self.line[self.begin :]))
            return _ENTER
        elif byte == _TAB and not self._just_indented:
            self._tab()
        else:
            self._edit(byte)
        self._just_indented = False
        return None

    def _is_newline(self, byte: int) -> bool:
        """CR, LF and CR LF are one newline each."""
        if byte in (13, 10) and self._newline in (0, byte):
            self._newline = byte
            return True
        self._newline = 0
        return False

    def _edit(self, byte: int) -> None:
        if byte in self._controls:
            self._controls[byte]()
        elif byte in (8, 127):
            self._backspace()
        elif self._just_indented and byte in (_TAB, 32):
            self._refuse_indent(byte)
        elif byte == _ESCAPE:
            self._sequence = _Sequence.ESCAPE
        elif 32 <= byte <= 126:
            self._insert(bytes([byte]))

    def _home(self) -> None:
        self._move(self.begin)

    def _end(self) -> None:
        self._move(len(self.line))

    def _left(self) -> None:
        self._move(max(self.begin, self.cursor - 1))

    def _right(self) -> None:
        self._move(min(len(self.line), self.cursor + 1))

    def _delete_right(self) -> None:
        self._delete(self.cursor, self.cursor + 1)

    def _finish_sequence(self, byte: int) -> None:
        sequence, self._sequence = self._sequence, _Sequence.NONE
        if sequence is _Sequence.ESCAPE:
            self._sequence = {0x5B: _Sequence.BRACKET, 0x4F: _Sequence.LETTER_O}.get(byte, _Sequence.NONE)
        elif sequence is _Sequence.BRACKET and 0x30 <= byte <= 0x39:
            self._sequence, self._digit = _Sequence.DIGIT, byte
        elif sequence is _Sequence.BRACKET:
            self._letters.get(byte, _nothing)()
        elif sequence is _Sequence.DIGIT and byte == ord("~"):
            self._digits.get(self._digit, _nothing)()
        elif sequence is _Sequence.LETTER_O and byte in b"HF":
            self._letters[byte]()

    # changes to the line, each with what it sends

    def _move(self, to: int) -> None:
        if to < self.cursor:
            self._back(self.cursor - to)
        else:
            self._write(bytes(self.line[self.cursor : to]))
        self.cursor = to

    def _insert(self, text: bytes) -> None:
        self.line[self.cursor : self.cursor] = text
        self._redraw(len(text))

    def _delete(self, start: int, end: int) -> None:
        before = len(self.line)
        del self.line[start:end]
        self._back(self.cursor - start)
        self.cursor = start
        if len(self.line) < before:
            self._write(b"\x1b[K")
        self._redraw(0)

    def _backspace(self) -> None:
        if self.cursor <= self.begin:
            return
        before = self.line[self.begin : self.cursor]
        spaces = len(before) if not before.strip(b" ") else 0
        self._delete(self.cursor - (4 if spaces >= 4 else 1), self.cursor)

    def _refuse_indent(self, byte: int) -> None:
        """After an automatic indent a tab keeps it, a space cuts it to one; both end the automatism."""
        self._indents = False
        if byte != 32:
            return
        del self.line[-3:]
        self.cursor -= 3
        self._back(3)

    def _recall(self, step: int) -> None:
        """Up (+1, older) and down (-1, newer) in the history; below the newest is the empty line."""
        target = self._history_at + step
        if (step > 0 and target >= len(self.history)) or (step < 0 and self._history_at < 0):
            return
        self._history_at = target
        shrinks = len(self.line)
        self.line[self.begin :] = self.history[target] if target >= 0 else b""
        self._back(self.cursor - self.begin)
        self.cursor = self.begin
        if len(self.line) < shrinks:
            self._write(b"\x1b[K")
        self._redraw(len(self.line) - self.begin)

    def _redraw(self, forward: int) -> None:
        """Send the rest of the line and put the cursor ``forward`` characters on."""
        self._write(bytes(self.line[self.cursor :]))
        self._back(len(self.line) - (self.cursor + forward))
        self.cursor += forward

    def _back(self, count: int) -> None:
        if count <= 0:
            return
        self._write(b"\b" * count if count <= 4 else b"\x1b[%dD" % count)

    # history, completion, indentation

    def _remember(self, line: bytes) -> None:
        if line and (not self.history or self.history[0] != line):
            self.history.insert(0, line)
            del self.history[HISTORY_SIZE:]

    def _tab(self) -> None:
        before = self.line[self.cursor - 1 : self.cursor] if self.cursor else b""
        if before and before.isspace():
            self._insert(b"    ")
        elif self.completes:
            raise NeedsCompletion(bytes(self.line[self.begin : self.cursor]))

    def complete(self, addition: bytes, choices: bytes = b"") -> None:
        """The answer to ``NeedsCompletion``: text to insert, or a printed list of choices."""
        if choices:
            self._write(choices + self.prompt + bytes(self.line[self.begin : self.cursor]))
            self._redraw(0)
        elif addition:
            self._insert(addition)

    def _auto_indent(self) -> None:
        if not self._indents or len(self.line) < 2 or not self.line.endswith(b"\n"):
            return
        lines = self.line[:-1].split(b"\n")
        last = lines[-1]
        blank = not last.strip(b" ")
        if len(lines) > 1 and blank and (len(lines) > 2 and not lines[-2].strip(b" ")):
            return
        depth = (len(last) - len(last.lstrip(b" "))) // 4 + last.endswith(b":")
        for _ in range(depth):
            self.line += b"    "
            self._write(b"    ")
            self.cursor += 4
            self._just_indented = True


def _nothing() -> None:
    pass
