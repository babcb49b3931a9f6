"""Telling a free prompt from a running program by what was sent and what came."""

from __future__ import annotations

import pytest

from engines.board.prompt import Place, PromptWatch


@pytest.fixture
def watch():
    watch = PromptWatch()
    watch.saw(b"MicroPython\r\n>>> ")
    return watch


def test_nothing_is_known_before_a_prompt():
    watch = PromptWatch()
    watch.saw(b"some output\r\nand more")
    assert watch.place is Place.UNKNOWN


def test_a_prompt_in_pieces(watch):
    watch = PromptWatch()
    for piece in (b"x\r\n>", b">", b"> "):
        watch.saw(piece)
    assert watch.place is Place.PROMPT


def test_what_is_typed_is_known_from_its_echo(watch):
    watch.sent(b"abc")
    watch.saw(b"abc")
    assert (watch.place, watch.line) == (Place.PROMPT, b"abc")


def test_a_line_runs_until_the_prompt_is_back(watch):
    watch.sent(b"1+1\r")
    assert watch.place is Place.RUNNING
    for piece in (b"1+", b"1\r\n", b"2\r\n"):
        watch.saw(piece)
        assert watch.place is Place.RUNNING
    watch.saw(b">>> ")
    assert watch.place is Place.PROMPT


def test_a_timers_print_leaves_the_prompt_free(watch):
    watch.saw(b"tick\r\ntock\r\n")
    assert watch.place is Place.PROMPT


def test_a_paste_of_several_lines_runs_to_its_last(watch):
    watch.sent(b"a\rb\r")
    watch.saw(b"a\r\n>>> ")
    assert watch.place is Place.RUNNING
    watch.saw(b"b\r\n")
    assert watch.place is Place.RUNNING
    watch.saw(b">>> ")
    assert watch.place is Place.PROMPT


def test_a_line_that_the_program_took_is_settled_by_silence(watch):
    watch.sent(b"input()\r")
    watch.saw(b"input()\r\n")
    watch.sent(b"answer\r")
    watch.saw(b"answer\r\n'answer'\r\n>>> ")
    assert watch.place is Place.RUNNING
    watch.settle()
    assert watch.place is Place.PROMPT


@pytest.mark.parametrize("continuation", [b"... ", b"=== "])
def test_an_unfinished_statement_is_no_prompt(watch, continuation):
    watch.sent(b"if x:\r")
    watch.saw(b"if x:\r\n" + continuation)
    assert watch.place is Place.ENTRY


def test_a_learnt_prompt_counts(watch):
    watch.learn(b"mine: ")
    watch.sent(b"\r")
    watch.saw(b"\r\nmine: ")
    assert watch.place is Place.PROMPT


def test_a_flood_without_line_ends_is_bounded(watch):
    for _ in range(100):
        watch.saw(b"x" * 100_000)
    assert len(watch._tail) < 1000
