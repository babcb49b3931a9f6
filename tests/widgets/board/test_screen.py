"""The terminal's line model: what a board's line editor and coloured programs write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.board.screen import LONGEST_LINE, Screen
from widgets.workspace.ansi import PLAIN


def show(text: str, *, pieces: int = 1) -> tuple[list[str], str, int]:
    screen = Screen()
    for start in range(pieces):
        size = -(-len(text) // pieces)
        screen.feed(text[start * size : (start + 1) * size])
    finished = ["".join(piece for piece, _ in line) for line in screen.take_finished()]
    return finished, "".join(piece for piece, _ in screen.line), screen.column


@pytest.mark.parametrize(
    ("text", "finished", "line", "column"),
    [
        ("hello\r\nworld", ["hello"], "world", 5),
        ("abc\rX", [], "Xbc", 1),
        ("abc\b\x1b[K", [], "ab", 2),
        ("abc\b\b\b\x1b[Kx", [], "x", 1),
        ("abcdef\x1b[3DXY", [], "abcXYf", 5),
        ("abc\x1b[2D\x1b[1C|", [], "ab|", 3),
        ("abcdef\x1b[4D\x1b[2P", [], "abef", 2),
        ("abc\x1b[2D\x1b[2@", [], "a  bc", 1),
        ("abc\x1b[2K", [], "   ", 3),
        ("a\tb", [], "a       b", 9),
        ("x\x1b[10Cy", [], "x          y", 12),
        ("bell\a and \x1b[?25lhidden\x1b[?25h", [], "bell and hidden", 15),
        ("\x1b]unknown", [], "unknown", 7),
        ("\b\b\bstart", [], "start", 5),
        ("日本😀!", [], "日本😀!", 4),
    ],
)
def test_editing(text, finished, line, column):
    assert show(text) == (finished, line, column)


def test_colours_are_runs():
    screen = Screen()
    screen.feed("a\x1b[31mred\x1b[1mbold\x1b[0mz")
    runs = screen.line
    assert [piece for piece, _ in runs] == ["a", "red", "bold", "z"]
    assert runs[0][1] == runs[3][1] == PLAIN
    assert runs[1][1].foreground == 1
    assert runs[2][1].bold


@pytest.mark.parametrize("cut", range(1, 12))
def test_sequences_in_pieces(cut):
    text = "ab\x1b[1;31mcd\x1b[0m\x1b[2De"
    screen, whole = Screen(), Screen()
    whole.feed(text)
    screen.feed(text[:cut])
    screen.feed(text[cut:])
    assert (screen.line, screen.column) == (whole.line, whole.column)


def test_a_long_line_is_cut_and_says_so():
    finished, line, _ = show("x" * 100_000 + "\n" + "y" * 10)
    assert finished == ["x" * LONGEST_LINE + " …"]
    assert line == "y" * 10


def test_endless_sequences_are_not_held_for_ever():
    screen = Screen()
    screen.feed("\x1b[" + "1;" * 100_000)
    screen.feed("text\r\n")
    assert len(screen._held) < 100


@given(st.text(alphabet=st.sampled_from("ab\r\n\b\t\x1b[;0123K@PDCGm "), max_size=80))
def test_any_sequence_keeps_its_house_in_order(text):
    screen = Screen()
    screen.feed(text)
    for line in [*screen.take_finished(), screen.line]:
        for piece, _ in line:
            assert not re.search(r"[\x00-\x1f]", piece)
    assert 0 <= screen.column <= LONGEST_LINE
