"""Blocks on their way to the board: any bytes, none of them a control character; and how far ahead they go."""

from __future__ import annotations

import contextlib
import struct
from binascii import crc32

from hypothesis import given
from hypothesis import strategies as st

from engines.board.board_program import checked, is_damaged, resource
from engines.board.errors import RemoteError
from engines.board.transfer.content import Message, encode_block, wire_size
from engines.board.transfer.pace import LARGEST_BLOCK, SMALLEST_BLOCK, Pace

CONTROLS = b"\x01\x02\x03\x04\x0d"
AWKWARD = st.lists(st.sampled_from([b"\x03", b"\x04", b"\x10", b"\x10C", b"CP\x10", b"a"])).map(b"".join)


def decode(wire: bytes) -> tuple[int, bytes]:
    """As resources/board/transfer.py does it."""
    assert wire[:1] == b"B"
    body = wire[3:]
    assert len(body) == wire[1] & 127 | (wire[2] & 127) << 7
    for byte in b"\x01\x02\x03\x04\x0d\x10":
        body = body.replace(bytes((16, byte | 64)), bytes((byte,)))
    assert crc32(body[:-4]) == struct.unpack("<I", body[-4:])[0]
    return struct.unpack("<I", body[:4])[0], body[4:-4]


@given(place=st.integers(0, 2**32 - 1), data=st.binary(max_size=300) | AWKWARD)
def test_any_block_comes_back_and_holds_no_control_character(place, data):
    wire = encode_block(place, data)
    assert not set(wire) & set(CONTROLS)
    assert decode(wire) == (place, data)
    assert len(wire) <= 3 + wire_size(len(data))


def test_the_largest_block_fits_its_head():
    assert wire_size(LARGEST_BLOCK) < 1 << 14
    assert decode(encode_block(7, b"\x03" * LARGEST_BLOCK)) == (7, b"\x03" * LARGEST_BLOCK)


@given(st.binary(max_size=40), st.integers(0, 65535))
def test_foreign_frames_are_no_messages(payload, tag):
    message = Message.parse(payload, tag)
    assert message is None or payload[1:3] == struct.pack("<H", tag)


def test_blocks_grow_while_all_goes_well_and_go_singly_after_a_loss():
    pace = Pace(LARGEST_BLOCK)
    for _ in range(10):
        pace.well()
    assert (pace.block, pace.ahead) == (LARGEST_BLOCK, 2)
    pace.lost()
    assert (pace.block, pace.ahead) == (LARGEST_BLOCK // 2, 1)
    pace.well()
    assert pace.ahead == 1
    for _ in range(10):
        pace.lost()
    assert pace.block == SMALLEST_BLOCK


@given(text=st.text(max_size=60), place=st.floats(0, 1), doubled=st.booleans())
def test_a_damaged_program_does_not_run(text, place, doubled):
    done: list[str] = []
    source = checked(f"done.append({text!a})").replace("exec(source, {", "exec(source, {'done': done, ")
    start, end = source.index("_dirigent(b") + len("_dirigent(b"), source.rindex(",")
    at = start + int(place * (end - start - 1))
    damaged = source[: at + 1] + source[at:] if doubled else source[:at] + source[at + 1 :]
    with contextlib.suppress(OSError, SyntaxError):
        exec(damaged, {"done": done})
    assert done in ([], [text])
    exec(source, {"done": done})
    assert done[-1] == text


def test_the_boards_half_is_small():
    put, get = (resource("transfer.py", without=name) for name in ("get", "put"))
    assert "def get" not in put and "def put" not in get
    assert "#" not in put
    assert max(len(put), len(get)) < 2500


def test_what_has_run_is_told_from_what_arrived_damaged():
    begun = 'Traceback (most recent call last):\n  File "<stdin>", line 12, in <module>\n'
    inside = '  File "<stdin>", line 8, in _dirigent\n'
    ran = inside + '  File "<string>", line 3, in _dirigent\n'
    for traceback, damaged in (
        (f"{begun}{inside}NameError: name 'checck' isn't defined\n", True),
        (f"{begun}{inside}OSError: damaged on its way\n", True),
        (f"{begun}SyntaxError: invalid syntax\n", True),
        (f"{begun}{ran}NameError: name 'x' isn't defined\n", False),
        (f"{begun}{ran}OSError: [Errno 2] ENOENT\n", False),
        (f"{begun}{inside}KeyboardInterrupt: \n", False),
        ("MemoryError: \n", False),
    ):
        assert is_damaged(RemoteError(traceback)) is damaged
