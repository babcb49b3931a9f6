"""The terminal's text: decoded across pieces, in portions, bounded under a flood."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engines.board.terminal.feed import MOST_WAITING, PERIOD, PORTION, TerminalFeed


def drain(feed: TerminalFeed) -> str:
    text, now = "", 0.0
    while feed.due(now) is not None:
        text += feed.take(now)
        now += PERIOD
    return text


@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_any_bytes_in_any_pieces_decode_the_same(data, cuts):
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    feed, text, now = TerminalFeed(), "", 0.0
    for start, stop in itertools.pairwise(places):
        feed.add(data[start:stop])
        text += feed.take(now)
        now += PERIOD
    # An unfinished character at the very end may still wait.
    whole = data.decode(errors="replace")
    assert whole.startswith(text)
    assert len(whole) - len(text) <= 1


def test_updates_keep_their_distance():
    feed = TerminalFeed()
    feed.add(b"a")
    assert feed.take(1.0) == "a"
    feed.add(b"b")
    assert feed.take(1.01) == ""
    assert 0 < feed.due(1.01) <= PERIOD
    assert feed.take(1.0 + PERIOD) == "b"


def test_a_long_answer_is_shown_whole():
    feed = TerminalFeed()
    text = "".join(f"line {number}\r\n" for number in range(10_000))
    feed.add(text.encode())
    assert drain(feed) == text


def test_a_flood_is_bounded_and_says_what_is_missing():
    feed = TerminalFeed()
    chunk = b"".join(b"number %d\r\n" % number for number in range(2000))
    for _ in range(200):
        feed.add(chunk)
        assert len(feed._waiting) <= MOST_WAITING + 1000
    text = drain(feed)
    assert text.startswith("number 0\r\n")
    assert text.endswith("number 1999\r\n")
    assert "kB not shown" in text
    assert feed.left_out > 1_000_000
    assert len(text) < MOST_WAITING + PORTION
