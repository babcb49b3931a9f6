"""The terminal's text as a board writes it: finished lines, and one line that is still being edited.

MicroPython's line editor uses backspace, ``ESC [ K`` and ``ESC [ n D``; programs add colours and carriage
returns. That is understood within the last line; what is finished never changes. Sequences: ECMA-48.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from widgets.workspace.ansi import PLAIN, Style, apply_sgr

LONGEST_LINE = 2000
"""Longer lines are cut: Qt lays out a very long line for seconds."""
_TAB = 8

_TOKEN = re.compile(r"\x1b\[([0-9;:?]*)([@-~])|\x1b[^\[]|([\x00-\x1a\x1c-\x1f\x7f])|([^\x00-\x1f\x7f]+)")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;:?]{0,40})?$")

Line = list[tuple[str, Style]]
"""Runs of text of one look."""


class Screen:
    """Feed it text in any pieces; take the finished lines, and look at ``line`` and ``column``."""

    def __init__(self) -> None:
        self.column = 0
        """Where the cursor stands in the last line."""
        self._style = PLAIN
        self._letters: list[str] = []
        self._styles: list[Style] = []
        self._cut = False
        self._held = ""
        self._finished: list[Line] = []

    def feed(self, text: str) -> None:
        text = self._held + text
        unfinished = _UNFINISHED.search(text)
        self._held = unfinished[0] if unfinished else ""
        end = unfinished.start() if unfinished else len(text)
        for token in _TOKEN.finditer(text, 0, end):
            parameters, final, control, letters = token.groups()
            if letters:
                self._write(letters)
            elif control:
                self._control(control)
            elif final == "m":
                self._style = apply_sgr(self._style, parameters)
            elif final:
                self._edit(final, parameters)

    def take_finished(self) -> list[Line]:
        """The lines finished since the last call."""
        finished, self._finished = self._finished, []
        return finished

    @property
    def line(self) -> Line:
        """The last line as it stands."""
        pairs = zip(self._letters, self._styles, strict=True)
        runs = [
            ("".join(letter for letter, _ in group), style)
            for style, group in groupby(pairs, key=lambda pair: pair[1])
        ]
        return [*runs, (" …", PLAIN)] if self._cut else runs

    def clear(self) -> None:
        """Forget the finished lines; the last one stays, as the board still edits it."""
        self._finished.clear()

    def _write(self, letters: str) -> None:
        room = LONGEST_LINE - self.column
        if len(letters) > room:
            letters, self._cut = letters[:room], True
        end = self.column + len(letters)
        self._pad(self.column)
        self._letters[self.column : end] = letters
        self._styles[self.column : end] = [self._style] * len(letters)
        self.column = end

    def _pad(self, column: int) -> None:
        missing = column - len(self._letters)
        if missing > 0:
            self._letters.extend(" " * missing)
            self._styles.extend([PLAIN] * missing)

    def _control(self, control: str) -> None:
        if control == "\n":
            self._finished.append(self.line)
            self._letters, self._styles = [], []
            self.column, self._cut = 0, False
        elif control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(0, self.column - 1)
        elif control == "\t":
            self._write(" " * (_TAB - self.column % _TAB))

    def _edit(self, final: str, parameters: str) -> None:
        first = parameters.split(";", maxsplit=1)[0]
        number = min(int(first), LONGEST_LINE) if first.isdigit() else None
        moves: dict[str, Callable[[], int]] = {
            "D": lambda: self.column - (number or 1),
            "C": lambda: self.column + (number or 1),
            "G": lambda: (number or 1) - 1,
        }
        if final in moves:
            self.column = min(max(0, moves[final]()), LONGEST_LINE)
        elif final == "K":
            self._erase(number or 0)
        elif final == "P":
            self._replace(self.column, self.column + (number or 1), 0)
        elif final == "@":
            self._replace(self.column, self.column, number or 1)

    def _erase(self, what: int) -> None:
        if what == 0:
            self._replace(self.column, len(self._letters), 0)
            self._cut = False
            return
        end = len(self._letters) if what == 2 else min(self.column + 1, len(self._letters))
        self._replace(0, end, end)

    def _replace(self, start: int, stop: int, blanks: int) -> None:
        """Put blanks in place of letters."""
        self._pad(start)
        self._letters[start:stop] = " " * blanks
        self._styles[start:stop] = [PLAIN] * blanks
        del self._letters[LONGEST_LINE:], self._styles[LONGEST_LINE:]
