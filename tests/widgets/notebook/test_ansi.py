"""ANSI colours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QPalette

from widgets.workspace.ansi import PLAIN, Run, Style, apply_sgr, parse_ansi, text_format, utf16_runs


def test_runs_say_where_which_style_is():
    text, runs = parse_ansi("a\x1b[1;31mbc\x1b[0md\x1b[38;5;208me\x1b[48;2;1;2;3mf\x1b[39;49mg")
    assert text == "abcdefg"
    assert runs == (
        Run(1, 2, Style(foreground=1, bold=True)),
        Run(4, 1, Style(foreground=208)),
        Run(5, 1, Style(foreground=208, background="#010203")),
    )


def test_switches_and_bright_colours():
    assert apply_sgr(PLAIN, "1;3;4;7;9") == Style(
        bold=True, italic=True, underline=True, inverse=True, strike=True
    )
    assert apply_sgr(Style(bold=True, faint=True), "22") is PLAIN
    assert apply_sgr(PLAIN, "97;100") == Style(foreground=15, background=8)
    assert apply_sgr(PLAIN, "38;5") is PLAIN
    assert apply_sgr(Style(bold=True), "") is PLAIN


@given(st.text(alphabet="a\x1b[0123456789;m", max_size=40))
def test_nothing_breaks_it(text):
    plain, runs = parse_ansi(text)
    assert all(0 <= run.start < run.start + run.length <= len(plain) for run in runs)


def test_runs_in_utf16_units():
    text, runs = parse_ansi("😀\x1b[31m😀a\x1b[0m")
    assert utf16_runs(text, runs) == (Run(2, 3, Style(foreground=1)),)


def test_colours_can_be_read_on_both_grounds(qapp, dark):
    for palette in (qapp.palette(), dark):
        base = palette.color(QPalette.ColorRole.Base)
        for colour in range(256):
            shown = text_format(Style(foreground=colour), palette).foreground().color()
            assert abs(shown.lightnessF() - base.lightnessF()) > 0.15, colour
