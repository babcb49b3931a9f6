"""``micropython.mem_info(1)`` read back: golden texts of real boards, and any map that a board may print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.device.memory_map import FREE, KINDS, parse_mem_info

UNIX = """\
mem: total=3174, current=1024, peak=2522
stack: 800 out of 80000
GC: total: 303616, used: 1120, free: 302496
 No. of 1-blocks: 14, 2-blocks: 4, max blk sz: 9, max free sz: 9446
GC memory layout; from 7f3271a28e00:
00000000: h=hh=hhLhhSh===h========hhhhBh=h......h.h=......................
       (147 lines all free)
0004a000: ................
"""
PYBOARD = """\
stack: 500 out of 15360
GC: total: 256, used: 96, free: 160
 No. of 1-blocks: 2, 2-blocks: 2, max blk sz: 2, max free sz: 8, max new split: 8
GC memory layout; from 20001840:
00000: h=hMD=..........
"""


def test_the_unix_port():
    info = parse_mem_info(UNIX)
    assert (info.total, info.used, info.free) == (303616, 1120, 302496)
    assert (info.one_blocks, info.two_blocks, info.largest, info.largest_free) == (14, 4, 9, 9446)
    assert (info.stack_used, info.stack_limit) == (800, 80000)
    assert len(info.blocks) == 64 + 147 * 64 + 16
    assert info.block_size == 32
    assert info.blocks.startswith("h=hh=hhLhhSh===h")
    assert len(info.blocks) * info.block_size == info.total
    assert (len(info.blocks) - info.blocks.count(FREE)) * info.block_size == info.used


def test_a_board_of_32_bits():
    info = parse_mem_info(PYBOARD)
    assert info.block_size == 16
    assert info.blocks == "h=hMD=.........."
    assert info.stack_limit == 15360


def test_without_the_map():
    info = parse_mem_info("\r\n".join(PYBOARD.splitlines()[:3]))
    assert info.blocks == ""
    assert info.block_size == 16
    assert info.free == 160


@pytest.mark.parametrize("text", ["", "GC: total: x", "NameError: mem_info"])
def test_something_else_is_refused(text):
    with pytest.raises(ValueError, match="not what"):
        parse_mem_info(text)


@given(st.text(alphabet="".join(KINDS), min_size=1, max_size=1500))
def test_any_map_is_read_as_it_was_printed(blocks):
    assert parse_mem_info(printed(blocks)).blocks == blocks


def printed(blocks: str) -> str:
    """As py/gc.c prints a heap: 64 blocks a line, runs of two or more free lines in words."""
    used = len(blocks) - blocks.count(FREE)
    text = f"GC: total: {len(blocks) * 16}, used: {used * 16}, free: {(len(blocks) - used) * 16}\n"
    lines = [blocks[start : start + 64] for start in range(0, len(blocks), 64)]
    skipped = 0
    for number, line in enumerate(lines):
        if line == FREE * 64:
            skipped += 1
            continue
        text += f"       ({skipped} lines all free)\n" if skipped else ""
        skipped = 0
        text += f"{number * 1024:08x}: {line}\n"
    return text + (f"       ({skipped} lines all free)\n" if skipped else "")
