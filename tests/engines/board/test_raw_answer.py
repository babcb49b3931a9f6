"""The raw REPL's answer taken apart: whatever a program prints, in whatever pieces it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.raw_answer import RawAnswer

TRACEBACK = (
    b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nValueError: no\r\n'
)
ERRORS = (b"", TRACEBACK, b"KeyboardInterrupt: \r\n", b"MemoryError\r\n")
printed = st.lists(
    st.sampled_from([b"\x04", b">", b"Traceback", b"text\r\n", b"T", b"\xff", b"E: ", b"\r\n", b"tick"]),
    max_size=12,
).map(b"".join)


def fed(pieces: list[bytes]) -> tuple[bytes, RawAnswer]:
    answer = RawAnswer()
    output = b"".join(answer.feed(piece) for piece in pieces)
    return output, answer


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(output=printed, error=st.sampled_from(ERRORS))
def test_what_arrives_in_one_piece_is_understood_whatever_it_prints(output, error):
    got, answer = fed([output + b"\x04" + error + b"\x04>"])
    assert answer.ended
    assert got + b"\x04" + answer.error + b"\x04>" + answer.rest == output + b"\x04" + error + b"\x04>"
    if b"\x04" not in output:
        assert (got, answer.error, answer.rest) == (output, error, b"")


@given(
    output=printed.filter(lambda text: b"\x04\x04>" not in text and not text.endswith(b"\x04")),
    error=st.sampled_from(ERRORS),
    places=st.lists(st.integers(0, 500), max_size=6),
)
def test_nothing_is_lost_in_whatever_pieces_it_arrives(output, error, places):
    whole = output + b"\x04" + error + b"\x04>"
    got, answer = fed(cut(whole, places))
    assert answer.ended
    assert got + b"\x04" + answer.error + b"\x04>" + answer.rest == whole


def test_a_control_d_that_is_printed_is_output():
    got, answer = fed([b"a\x04", b"b\r\n", b"\x04\x04>"])
    assert (got, answer.error, answer.ended) == (b"a\x04b\r\n", b"", True)
    got, answer = fed([b"a\x04\x04>b\r\n\x04" + TRACEBACK + b"\x04>"])
    assert (got, answer.error) == (b"a\x04\x04>b\r\n", TRACEBACK)


def test_output_behind_a_printed_control_d_is_shown_after_a_silence_or_when_it_is_much():
    got, answer = fed([b"before\x04 data ", b"and more"])
    assert (got, answer.settle(), answer.ended) == (b"before", b"\x04 data and more", False)
    much = b"\x04" + b"1, 2, 3\r\n" * 1000
    got, answer = fed(cut(much, [5000, 8000]))
    assert (got, answer.ended) == (much, False)
    assert answer.feed(b"\x04\x04>") == b""
    assert answer.ended


def test_a_long_traceback_is_waited_for():
    error = TRACEBACK * 100
    got, answer = fed(cut(b"out\x04" + error + b"\x04>", [2000, 6000, 9000]))
    assert (got, answer.error, answer.ended) == (b"out", error, True)


@pytest.mark.parametrize("error", [b"", TRACEBACK])
def test_what_a_timer_prints_into_the_end_is_put_beside_it(error):
    got, answer = fed([b"out\r\n\x04tick 20\r\n" + error + b"\x04>"])
    assert not answer.ended
    got += answer.settle()
    assert (got, answer.error, answer.rest) == (b"out\r\n", error, b"tick 20\r\n")


def test_a_reset_is_told_from_what_a_board_says_then():
    for text, start in (
        (b'out\r\nMicroPython v1.2; x\r\nType "help()" for more information.\r\n>>> ', b"\nMicroPython v1.2"),
        (b"\r\nMPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>", b"raw REPL"),
        (b"MicroPython v1.2 is great\r\n", b""),
        (b"\r\n>>> ", b""),
    ):
        _, answer = fed([text])
        answer.feed(b"tick\r\n")
        assert answer.seen_start.startswith(start)
        assert bool(answer.seen_start) == bool(start)
