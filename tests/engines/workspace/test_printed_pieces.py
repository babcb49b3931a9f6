"""Printed pieces on their way to a view that plays the terminal itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.terminal_text import LINE_LENGTH, PrintedPieces, bounded

PIECES = st.lists(st.text("ab\r\n\x1b[m", max_size=30), max_size=20)


@given(PIECES)
def test_what_is_short_stays_as_it_is(pieces):
    printed = PrintedPieces()
    assert [printed.cut(piece) for piece in pieces] == pieces


@given(st.lists(st.text("x", max_size=3 * LINE_LENGTH) | st.sampled_from(["\n", "\r", "\n\n"]), max_size=8))
def test_no_line_is_much_longer_than_the_limit_however_it_comes(pieces):
    printed = PrintedPieces()
    shown = "".join(printed.cut(piece) for piece in pieces)
    runs = [run for line in shown.split("\n") for run in line.split("\r")]
    assert all(len(run) < LINE_LENGTH + 60 for run in runs)
    assert shown.count("\n") == "".join(pieces).count("\n")


def test_a_text_in_one_piece_reads_as_in_the_notebook():
    for text in (
        "x" * 5000,
        "\n".join("y" * number for number in range(1900, 2200)),
        "\n".join(map(str, range(5000))),
    ):
        assert abs(len(PrintedPieces().cut(text)) - len(bounded(text).text)) < 30
    assert PrintedPieces().cut("x" * 5000) == bounded("x" * 5000).text


def test_colours_end_with_a_cut_line():
    assert PrintedPieces().cut("\x1b[31m" + "x" * 5000).endswith("\x1b[0m")
