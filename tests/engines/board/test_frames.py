"""Frames are taken out of any output, in any pieces; nothing else is changed, lost or reordered."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.streams.frames import LONGEST_PAYLOAD, MARKER, Frame, FrameDecoder, encode

FRAMES = st.builds(Frame, st.sampled_from([1, 2, 3]), st.binary(max_size=60))
# Text may hold anything but a marker: also 0xFE alone, and broken UTF-8.
TEXTS = st.binary(min_size=1, max_size=40).filter(lambda data: MARKER not in data and data[-1:] != MARKER[:1])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in itertools.pairwise(places)]


def joined(pieces: list[bytes | Frame]) -> list[bytes | Frame]:
    """Neighbouring texts as one."""
    out: list[bytes | Frame] = []
    for piece in pieces:
        if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += piece
        else:
            out.append(piece)
    return out


@given(items=st.lists(FRAMES | TEXTS, max_size=12), places=st.lists(st.integers(0, 10_000), max_size=12))
def test_any_mixture_in_any_pieces(items, places):
    wire = b"".join(encode(i.kind, i.payload) if isinstance(i, Frame) else i for i in items)
    decoder = FrameDecoder()
    out: list[bytes | Frame] = []
    for piece in cut(wire, places):
        out.extend(decoder.feed(piece))
    assert joined(out) == joined(items)
    assert decoder.holding == 0
    assert decoder.damaged == 0


@given(
    items=st.lists(FRAMES | TEXTS, min_size=1, max_size=8),
    places=st.lists(st.integers(0, 10_000), max_size=8),
    damage=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=5),
)
def test_damage_loses_frames_but_no_byte(items, places, damage):
    wire = bytearray(b"".join(encode(i.kind, i.payload) if isinstance(i, Frame) else i for i in items))
    for place, change in damage:
        wire[place % len(wire)] ^= change
    decoder = FrameDecoder()
    out: list[bytes | Frame] = []
    for piece in cut(bytes(wire), places):
        out.extend(decoder.feed(piece))
    while decoder.holding:
        out.extend(decoder.flush())
    back = b"".join(encode(i.kind, i.payload) if isinstance(i, Frame) else i for i in out)
    assert back == bytes(wire)


def test_a_damaged_frame_does_not_hide_the_one_inside_or_behind():
    good = encode(1, b"good")
    broken = bytearray(encode(1, b"x" * 4 + good + b"y" * 4))
    broken[-1] ^= 1
    out = FrameDecoder().feed(bytes(broken) + good)
    assert [piece for piece in out if isinstance(piece, Frame)] == [Frame(1, b"good"), Frame(1, b"good")]


def test_text_before_an_incomplete_frame_comes_at_once():
    decoder = FrameDecoder()
    wire = encode(1, b"payload")
    assert decoder.feed(b"hello" + wire[:6]) == [b"hello"]
    assert decoder.holding == 6
    assert decoder.feed(wire[6:] + b"!") == [Frame(1, b"payload"), b"!"]


def test_flush_gives_up_an_incomplete_frame():
    decoder = FrameDecoder()
    decoder.feed(MARKER + b"\x01\x00\x04abc")
    assert decoder.flush() == [MARKER + b"\x01\x00\x04abc"]
    assert (decoder.holding, decoder.damaged) == (0, 1)


def test_a_length_that_no_frame_has_is_not_waited_for():
    decoder = FrameDecoder()
    assert decoder.feed(MARKER + b"\x01\xff\xffabc") == [MARKER + b"\x01\xff\xffabc"]
    assert decoder.damaged == 1


def test_too_long_a_payload_is_refused():
    with pytest.raises(ValueError, match="1024"):
        encode(1, b"x" * (LONGEST_PAYLOAD + 1))
