"""Turns a stream of printed text, in pieces of any size, into bounded lines.

Carriage return, backspace and "erase to end of line" act as on a terminal, so that progress bars overwrite
themselves; colour escapes (SGR, ECMA-48) are kept, all others dropped. However much is printed, only the
first and the last lines stay in memory.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

HEAD_LINES = 500
TAIL_LINES = 500
LINE_LENGTH = 2_000
CHARACTERS = 200_000  # of all lines together, half of them from the beginning
ESCAPES_KEPT = 128  # characters of colour escapes in front of one character

# Sequences are bounded, so that a stray introducer cannot hold back what follows it.
_CSI = r"\x1b\[[0-?]{0,64}[ -/]{0,8}"
_OSC = r"\x1b\][^\x07\x1b]{0,400}"
_TOKEN = re.compile(
    rf"(?P<escape>{_CSI}[@-~]|{_OSC}(?:\x07|\x1b\\)|\x1b[()*+][0-~]|\x1b[0-Z\\^-~])"
    r"|(?P<control>[\r\n\b])|(?P<text>[^\x1b\r\n\b]+)|(?P<stray>\x1b)"
)
_UNFINISHED = re.compile(rf"(?:{_CSI}|{_OSC}\x1b?|\x1b[()*+]?)\Z")
_UNFINISHED_LIMIT = 512
_NEEDS_CARE = re.compile(r"[\x1b\r\b]")


class _Line:
    """The line that is being written: one entry per character, its colour escapes in front of it."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._cells: list[str] = []
        self._column = 0
        self._length = 0
        self._escapes = ""

    def write(self, text: str) -> None:
        start, self._column = self._column, self._column + len(text)
        self._length = max(self._length, self._column)
        if start >= LINE_LENGTH:
            self._escapes = ""
            return
        cells = list(text[: LINE_LENGTH - start])
        cells[0] = self._escapes + cells[0]
        self._escapes = ""
        self._cells[start : start + len(cells)] = cells

    def escape(self, sequence: str) -> None:
        if sequence.endswith("m") and sequence.startswith("\x1b["):
            self._escapes = (self._escapes + sequence)[-ESCAPES_KEPT:]
        elif sequence in ("\x1b[K", "\x1b[0K"):
            del self._cells[self._column :]
            self._length = min(self._length, self._column)
        elif sequence == "\x1b[2K":
            self._cells = [" "] * min(self._column, LINE_LENGTH)
            self._length = self._column

    def carriage_return(self) -> None:
        self._column = 0

    def backspace(self) -> None:
        self._column = max(0, self._column - 1)

    @property
    def cut(self) -> bool:
        return self._length > LINE_LENGTH

    def text(self) -> str:
        return _with_length("".join(self._cells), self._length) + self._escapes


def _with_length(text: str, length: int) -> str:
    left_out = length - LINE_LENGTH
    return f"{text} … {left_out:,} more characters" if left_out > 0 else text


def _within(lines: list[str], characters: int) -> list[str]:
    """The first lines that have no more characters than this together."""
    room = characters
    for number, line in enumerate(lines):
        room -= len(line)
        if room < 0:
            return lines[:number]
    return lines


def _with_gap(first: list[str], last: list[str], left_out: int) -> tuple[list[str], int]:
    """The first and the last lines with a word of how many are left out, or more where they are too much."""
    together = [*first, *last]
    if sum(map(len, together)) > CHARACTERS:
        count = len(together) + left_out
        if not left_out:
            first = last = together
        first = _within(first, CHARACTERS // 2)
        last = _within(last[::-1], CHARACTERS // 2)[::-1]
        left_out = count - len(first) - len(last)
    gap = [f"… {left_out:,} lines left out …"] if left_out else []
    return [*first, *gap, *last], left_out


def _cut(line: str) -> str:
    return line if len(line) <= LINE_LENGTH else _with_length(line[:LINE_LENGTH], len(line))


@dataclass(frozen=True)
class BoundedText:
    """``text`` is what to show and to save; ``trimmed`` says whether anything was left out."""

    text: str
    trimmed: bool


class TerminalText:
    """Collects one stream. The result does not depend on how the text was cut into pieces."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._left_out = 0
        self._lines = 0
        self._cut = False
        self._line = _Line()
        self._unfinished = ""

    def write(self, text: str) -> None:
        """Add a piece of printed text."""
        text = self._unfinished + text
        self._unfinished = ""
        cut = _UNFINISHED.search(text, max(0, len(text) - _UNFINISHED_LIMIT))
        if cut is not None:
            self._unfinished = cut.group()
            text = text[: cut.start()]
        if _NEEDS_CARE.search(text) is None:
            self._write_plain(text)
        else:
            self._write_tokens(text)

    def snapshot(self) -> BoundedText:
        """The text so far."""
        lines, left_out = _with_gap(self._head, [*self._tail, self._line.text()], self._left_out)
        return BoundedText("\n".join(lines), left_out > 0 or self._cut or self._line.cut)

    def _write_tokens(self, text: str) -> None:
        for match in _TOKEN.finditer(text):
            piece = match.group()
            match match.lastgroup:
                case "text":
                    self._line.write(piece)
                case "escape":
                    self._line.escape(piece)
                case "control":
                    self._control(piece)

    def _control(self, sign: str) -> None:
        match sign:
            case "\n":
                self._end_line()
            case "\r":
                self._line.carriage_return()
            case "\b":
                self._line.backspace()

    def _write_plain(self, text: str) -> None:
        """Without escapes, returns and backspaces whole lines need no look at their characters."""
        first, newline, rest = text.partition("\n")
        if first:
            self._line.write(first)
        if not newline:
            return
        self._end_line()
        lines, newline, last = rest.rpartition("\n")
        if newline:
            self._keep_lines(lines)
        if last:
            self._line.write(last)

    def _keep_lines(self, block: str) -> None:
        """Complete lines; of a long block only the last ones are looked at once the head is full."""
        lines_in_block = block.count("\n") + 1
        if lines_in_block > HEAD_LINES + TAIL_LINES:
            *first, block = block.split("\n", HEAD_LINES)
            self._keep_each(first)
            skipped = lines_in_block - HEAD_LINES - TAIL_LINES
            self._left_out += skipped + len(self._tail)
            self._lines += lines_in_block - HEAD_LINES
            self._tail.clear()
            last_lines = block.rsplit("\n", TAIL_LINES)[1:]
            self._tail.extend(_cut(line) for line in last_lines)
            return
        self._keep_each(block.split("\n"))

    def _keep_each(self, lines: list[str]) -> None:
        for line in lines:
            self._keep(_cut(line), len(line) > LINE_LENGTH)

    def _end_line(self) -> None:
        self._keep(self._line.text(), self._line.cut)
        self._line.clear()

    def _keep(self, line: str, cut: bool) -> None:
        self._cut = self._cut or cut
        self._lines += 1
        if len(self._head) < HEAD_LINES:
            self._head.append(line)
            return
        if len(self._tail) == TAIL_LINES:
            self._left_out += 1
        self._tail.append(line)


def bounded(text: str) -> BoundedText:
    """A text that comes in one piece, bounded in the same way."""
    collector = TerminalText()
    collector.write(text)
    return collector.snapshot()


class PrintedPieces:
    """For a view that takes pieces as they come and plays the terminal itself.

    It gets no more of a line, and no more lines of a piece, than ``TerminalText`` shows.
    """

    def __init__(self) -> None:
        self._column = 0

    def cut(self, piece: str) -> str:
        """What to show of the next piece; returns, backspaces and escapes stay as they are."""
        shown = []
        for number, line in enumerate(piece.split("\n")):
            self._column = 0 if number else self._column
            shown.append(self._cut_line(line))
        first, rest = shown[:HEAD_LINES], shown[HEAD_LINES:]
        last = rest[-TAIL_LINES:]
        return "\n".join(_with_gap(first, last, len(rest) - len(last))[0])

    def _cut_line(self, line: str) -> str:
        return "\r".join(self._cut_run(run, anew=number > 0) for number, run in enumerate(line.split("\r")))

    def _cut_run(self, run: str, *, anew: bool) -> str:
        """What is printed between two returns."""
        start = 0 if anew else self._column
        self._column = start + len(run)
        if self._column <= LINE_LENGTH:
            return run
        room = LINE_LENGTH - start
        if room < 0:  # that it is cut was said
            return ""
        end = "\x1b[0m" if "\x1b" in run else ""
        return _with_length(run[:room], LINE_LENGTH + len(run) - room) + end
